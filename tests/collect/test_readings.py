"""Readings are joined, kept for a while, and end when nobody waits for them (D36)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.collect.reading_cache import FAILURE_SECONDS, Reading, ReadingCache
from vultr_cost_mcp.errors import ForbiddenError, UnexpectedBodyError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

NOW = datetime(2026, 11, 19, 11, 21, tzinfo=UTC)
KEY = ("account", "blocks")


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
async def readings() -> AsyncIterator[ReadingCache]:
    """Open readings as the program does, around everything."""
    async with ReadingCache(lambda: NOW) as opened:
        yield opened


class Source:
    """A reading that takes a second and counts how often it was begun, ended and broken off."""

    def __init__(self, **reading: object) -> None:
        self.reading = reading
        self.begun = self.ended = self.broken = 0
        self.error: Exception | None = None

    async def __call__(self, seen: Callable[[int, int | None], None]) -> Reading:
        """Read."""
        self.begun += 1
        number = self.begun
        try:
            await anyio.sleep(0.5)
            seen(1, 2)
            await anyio.sleep(0.5)
        except BaseException:
            self.broken += 1
            raise
        self.ended += 1
        if self.error is not None:
            raise self.error
        return Reading(number, NOW, **self.reading)  # type: ignore[arg-type]  # per test


@pytest.mark.anyio
async def test_what_was_read_is_kept_for_its_time(readings: ReadingCache) -> None:
    """D36: the same question within the time costs nothing, after it a new reading."""
    source = Source()
    values = []
    for pause in (0, 59, 2):
        await anyio.sleep(pause)
        values.append((await readings.get(KEY, source, keep_seconds=60)).value)
    assert values == [1, 1, 2]


@pytest.mark.anyio
@pytest.mark.parametrize("keep_seconds", [0, 60])
async def test_twenty_at_once_cost_one_reading(readings: ReadingCache, keep_seconds: float) -> None:
    """D36: those who ask for the same part at the same time are joined, even at zero seconds."""
    source = Source()
    values = []

    async def ask() -> None:
        values.append(await readings.get(KEY, source, keep_seconds=keep_seconds))

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(ask)
    assert source.begun == 1
    assert len({id(value) for value in values}) == 1


@pytest.mark.anyio
async def test_at_zero_seconds_nothing_is_kept(readings: ReadingCache) -> None:
    """The next question reads afresh."""
    source = Source()
    await readings.get(KEY, source, keep_seconds=0)
    assert readings.kept(KEY) is None
    await readings.get(KEY, source, keep_seconds=0)
    assert source.begun == 2


@pytest.mark.anyio
async def test_other_keys_are_other_readings(readings: ReadingCache) -> None:
    """D36: the account is part of the key, and accounts never share a reading."""
    source = Source()
    one = await readings.get(("one", "blocks"), source, keep_seconds=60)
    two = await readings.get(("two", "blocks"), source, keep_seconds=60)
    assert (one.value, two.value) == (1, 2)


@pytest.mark.anyio
async def test_a_waiter_that_is_cancelled_does_not_end_it_for_the_others(
    readings: ReadingCache,
) -> None:
    """D36: the first who asked may go; those who joined get their answer."""
    source = Source()
    got = []

    async def impatient() -> None:
        with anyio.move_on_after(0.2):
            await readings.get(KEY, source, keep_seconds=60)
            got.append("impatient")

    async def patient() -> None:
        await anyio.sleep(0.1)
        await readings.get(KEY, source, keep_seconds=60)
        got.append("patient")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(impatient)
        tasks.start_soon(patient)
    assert got == ["patient"]
    assert (source.begun, source.ended, source.broken) == (1, 1, 0)


@pytest.mark.anyio
async def test_the_last_who_leaves_ends_it(readings: ReadingCache) -> None:
    """D36: a reading that nobody waits for is broken off, and nothing of it is kept."""
    source = Source()
    async with anyio.create_task_group() as tasks:
        for patience in (0.2, 0.3):

            async def ask(patience: float = patience) -> None:
                with anyio.move_on_after(patience):
                    await readings.get(KEY, source, keep_seconds=60)

            tasks.start_soon(ask)
    await anyio.sleep(0.1)
    assert (source.begun, source.ended, source.broken) == (1, 0, 1)
    assert (await readings.get(KEY, source, keep_seconds=60)).value == 2


@pytest.mark.anyio
async def test_who_asks_while_one_is_broken_off_gets_a_new_one(readings: ReadingCache) -> None:
    """A reading that is ending is not joined any more."""
    source = Source()
    with anyio.move_on_after(0.2):
        await readings.get(KEY, source, keep_seconds=60)
    reading = await readings.get(KEY, source, keep_seconds=60)
    assert reading.value == 2
    assert (source.ended, source.broken) == (1, 1)


@pytest.mark.anyio
@pytest.mark.parametrize("keep_seconds", [0, 60, 86_400])
async def test_a_failure_is_kept_ten_seconds(readings: ReadingCache, keep_seconds: float) -> None:
    """D36: whoever asks right after a failure is told, and ten seconds later it is tried again."""
    source = Source()
    source.error = ForbiddenError("no permission", 403)
    first = await readings.get(KEY, source, keep_seconds=keep_seconds)
    assert first.error is source.error
    await anyio.sleep(FAILURE_SECONDS - 1)
    await readings.get(KEY, source, keep_seconds=keep_seconds)
    assert source.begun == 1
    await anyio.sleep(1.1)
    source.error = None
    again = await readings.get(KEY, source, keep_seconds=keep_seconds)
    assert (source.begun, again.error) == (2, None)


@pytest.mark.anyio
async def test_a_partial_reading_is_kept_no_longer_than_a_failure(readings: ReadingCache) -> None:
    """D36: what is missing may be there on the next question."""
    source = Source(gap="1 of 2 read")
    await readings.get(KEY, source, keep_seconds=86_400)
    await anyio.sleep(FAILURE_SECONDS - 1)
    await readings.get(KEY, source, keep_seconds=86_400)
    assert source.begun == 1
    await anyio.sleep(1.1)
    await readings.get(KEY, source, keep_seconds=86_400)
    assert source.begun == 2


@pytest.mark.anyio
async def test_a_crash_is_a_failure_of_its_part_only(readings: ReadingCache) -> None:
    """An unexpected error ends neither other readings nor the program, and leaks nothing."""
    crashing, other = Source(), Source()
    crashing.error = RuntimeError("SECRET")
    readings_taken: list[Reading] = []

    async def ask(key: tuple[str, ...], source: Source) -> None:
        readings_taken.append(await readings.get(key, source, keep_seconds=60))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, KEY, crashing)
        tasks.start_soon(ask, ("account", "plans"), other)
    errors = [reading.error for reading in readings_taken]
    assert [type(error) for error in errors] == [UnexpectedBodyError, type(None)]
    assert "SECRET" not in str(errors[0])


@pytest.mark.anyio
async def test_a_reading_from_before_is_not_taken(readings: ReadingCache) -> None:
    """D5: whoever needs one from this month does not get one from the last."""
    source = Source()
    await readings.get(KEY, source, keep_seconds=60)
    same = await readings.get(KEY, source, keep_seconds=60, not_before=NOW)
    assert same.value == 1
    later = NOW + timedelta(seconds=1)
    new = await readings.get(KEY, source, keep_seconds=60, not_before=later)
    assert new.value == 2


@pytest.mark.anyio
async def test_everyone_who_waits_hears_how_far_it_is(readings: ReadingCache) -> None:
    """Those who joined are told of the pages as well, those who left are not."""
    source = Source()
    heard: list[str] = []

    async def ask(name: str, patience: float) -> None:
        with anyio.move_on_after(patience):
            await readings.get(
                KEY, source, keep_seconds=0, listener=lambda _done, _of: heard.append(name)
            )

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, "first", 9)
        tasks.start_soon(ask, "second", 9)
        tasks.start_soon(ask, "gone", 0.2)
    assert sorted(heard) == ["first", "second"]


@pytest.mark.anyio
async def test_readings_end_with_the_program() -> None:
    """Leaving does not wait for what is still being read."""
    source = Source()
    begin = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        async with ReadingCache(lambda: NOW) as readings:

            async def ask() -> None:
                await readings.get(KEY, source, keep_seconds=60)

            tasks.start_soon(ask)
            await anyio.sleep(0.2)
        tasks.cancel_scope.cancel()
    assert anyio.current_time() - begin < 0.5
    assert source.broken == 1


@pytest.mark.anyio
async def test_what_has_expired_is_forgotten(readings: ReadingCache) -> None:
    """A process that runs for months does not keep every reading it ever took."""
    for number in range(50):
        await readings.get(("account", str(number)), Source(), keep_seconds=1)
    assert len(readings._kept) <= 2
