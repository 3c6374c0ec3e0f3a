"""Questions that wait for their turn at a store that is away do not each wait for it anew (D34)."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest
from anyio import from_thread

from tests.support.readings import CUSTOMER, EVER, reading
from vultr_cost_mcp.errors import StoreError, StoreTimeoutError
from vultr_cost_mcp.history.threaded import ThreadedHistory

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.history import NewRun
    from vultr_cost_mcp.history.engine import Engine

pytestmark = pytest.mark.anyio

AWAY = StoreTimeoutError("The store did not answer in time.")
WAITING = 8


class Slow:
    """An engine whose first question takes until all others wait, and then fails."""

    def __init__(self, error: StoreError) -> None:
        self.error = error
        self.asked: list[str] = []
        self.all_wait = anyio.Event()
        self.go_on = Event()

    def runs(self, *_: object) -> list[Any]:
        self.asked.append("runs")
        if len(self.asked) == 1:
            from_thread.run_sync(self.all_wait.set)
            self.go_on.wait(120)
            raise self.error
        return []

    def aliases_of(self, *_: object) -> list[Any]:
        return []

    def add(self, run: NewRun) -> None:
        self.asked.append(run.run.run_id)


def behind(engine: Slow) -> ThreadedHistory:
    return ThreadedHistory(cast("Engine", engine))


async def ask_together(engine: Slow, history: ThreadedHistory) -> list[str]:
    """Return the answers to concurrent requests; the first one fails."""
    told: list[str] = []

    async def ask() -> None:
        try:
            told.append(str(await history.runs(CUSTOMER, *EVER)))
        except StoreError as error:
            told.append(f"{type(error).__name__} {error}")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await engine.all_wait.wait()
        for _ in range(WAITING):
            tasks.start_soon(ask)
        tasks.start_soon(history.add, reading("kept"))
        await anyio.wait_all_tasks_blocked()
        engine.go_on.set()
    return told


async def test_all_that_wait_are_told_what_the_first_one_waited_for() -> None:
    engine = Slow(AWAY)
    history = behind(engine)
    told = await ask_together(engine, history)
    assert told == [f"StoreTimeoutError {AWAY}"] * (WAITING + 1)
    # A reading is tried to be kept all the same, and whoever asks later is no longer one of them.
    assert engine.asked == ["runs", "kept"]
    assert await history.runs(CUSTOMER, *EVER) == []


async def test_a_store_that_answers_that_it_cannot_is_asked_by_everyone() -> None:
    engine = Slow(StoreError("The history is damaged."))
    told = await ask_together(engine, behind(engine))
    assert told == ["StoreError The history is damaged."] + ["[]"] * WAITING
    assert sorted(engine.asked) == ["kept"] + ["runs"] * (WAITING + 1)
