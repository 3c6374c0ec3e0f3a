"""Fifty clients while the API fails: no figure is wrong, nothing is left, no rate is passed.

Two hundred calls, with ``-m soak`` ten thousand: then memory is judged too.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio.to_thread import run_sync

from tests.soak.account import PAGE_ROWS, account_at, spent
from tests.soak.clock import BEGUN, Clock
from tests.soak.judge import COLLECT, QUESTIONS, Question
from tests.soak.kept import damage, readings
from tests.soak.program import CACHE_SECONDS, Program
from tests.soak.storm import (
    ALLOWED,
    FEWEST_SPELLS,
    LEAVERS,
    LIMIT,
    SHARE,
    Record,
    turns,
    until,
    weathered,
)
from tests.soak.weather import Sky
from vultr_cost_mcp.questions.tools_list import LISTING
from vultr_cost_mcp.vultr._retry import ATTEMPTS

if TYPE_CHECKING:
    from pathlib import Path

    from mcp import Client

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(sys.platform != "linux", reason="counts what /proc tells of a process"),
]

_log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory, *, soak: bool) -> Record:
    """Let it happen once; each test looks at another side of it."""
    record = weathered(tmp_path_factory.mktemp("storm"), soak=soak)
    judge = record.judge
    _log.warning(
        "%d calls in %.0f s, %s, %d unlike the healthy ones, %d of them made anew; "
        "%d requests, at most %d in a second, %d refused; faults %s, %d restarts; errors %s; "
        "at first %s, early %s, late %s, idle %s; %d requests after %d clients had left",
        record.calls, record.seconds, dict(judge.counts), len(judge.odd), record.expected,
        len(record.requests), record.most_in_one_second, record.too_fast, dict(record.faults),
        record.spells, dict(judge.errors), record.started, record.early, record.late,
        record.idle, record.after_leaving, LEAVERS,
    )  # fmt: skip
    return record


def test_every_call_was_answered(storm: Record) -> None:
    """Whatever fails behind the server, its clients get an answer, and in words."""
    assert not storm.broken
    assert sum(storm.judge.counts.values()) == storm.calls >= storm.wanted_calls
    assert not storm.judge.raw
    listing = json.loads(LISTING.read_bytes())
    assert {tool for tool, _ in QUESTIONS} == {tool["name"] for tool in listing["tools"]}
    assert set(storm.asked) == {tool for tool, _ in QUESTIONS}


def test_the_weather_was_bad(storm: Record) -> None:
    """At least so many answers failed, in every way, and clients were told of it."""
    assert storm.struck >= SHARE * 0.8 * len(storm.loaded)
    assert {name.split()[0] for name in storm.faults} == {"Status", "Drop", "Truncated"}
    assert storm.spells >= FEWEST_SPELLS
    assert storm.judge.counts["partial"] > 0


def test_calm_answers_are_those_of_the_bill(storm: Record) -> None:
    """Fifty clients at once are told the same, complete, and what the wire's lines sum to."""
    assert not storm.cold_wrong
    known = storm.judge.healthy
    sums = {answer["month_to_date"] for answer in known["get_cost_overview", ()]}
    assert sums == {f"{spent(storm.account, BEGUN):.2f}"}


def test_no_figure_was_wrong(storm: Record) -> None:
    """An answer is the healthy one, or says what is missing and has the rest right."""
    wrong = storm.judge.wrong()
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong[:12])


def test_a_partial_answer_is_that_of_what_was_read(storm: Record) -> None:
    """To the last field: the same as where just these parts fail for good."""
    assert storm.expected > 0
    different = storm.different
    assert not different, f"{len(different)}: " + "\n".join(different[:12])


def test_everything_is_well_again(storm: Record) -> None:
    """Once nothing fails any more, every answer is whole."""
    assert not storm.ill
    assert not storm.judge.changed()


def test_the_rate_was_kept(storm: Record) -> None:
    """D35: not one 429 was caused by the server, at its default limit and the API's own."""
    assert storm.too_fast == 0
    # Told where they arrive: what was sent evenly may be squeezed on its way.
    assert LIMIT / 2 < storm.most_in_one_second <= ALLOWED


def test_nothing_but_get_was_sent(storm: Record) -> None:
    """No verb but GET was sent while every tool ran."""
    assert Counter(request.method for request in storm.requests) == {"GET": len(storm.requests)}


def test_callers_of_one_reading_were_joined(storm: Record) -> None:
    """D36: one reading for all who wait, and none again for as long as it is kept."""
    readings_at_most = 1 + int(storm.cold_seconds // CACHE_SECONDS)
    cold = Counter((request.path, *request.query.items()) for request in storm.cold)
    assert max(cold.values()) <= readings_at_most
    # A call may take the first page of a list, and so on, as often as a request is repeated.
    fresh = 1 + int(storm.seconds // CACHE_SECONDS) + 2 * storm.asked[COLLECT[0]]
    loaded = Counter((request.path, *request.query.items()) for request in storm.loaded)
    assert max(loaded.values()) <= ATTEMPTS * fresh


def test_clients_that_left_took_their_requests_with_them(storm: Record) -> None:
    """Every part failed and would have been asked for again; what was on its way was all."""
    assert storm.left_waiting == LEAVERS
    assert storm.after_leaving <= LIMIT


def test_nothing_is_left(storm: Record) -> None:
    """Sockets, files and threads are as many as at the beginning, but for what has a reason."""
    assert storm.started is not None
    assert storm.idle is not None
    assert storm.idle.is_idle(storm.started), (storm.started, storm.idle)
    assert len(storm.said) == 1, storm.said


def test_memory_does_not_grow(storm: Record) -> None:
    """Within a tenth between a thousand calls and the end, where there are so many."""
    assert storm.late is not None
    if not storm.soak:
        assert storm.late.resident > 0
        return
    assert storm.early is not None
    assert storm.late.resident <= storm.early.resident * 1.1


def test_what_is_stored_is_whole(storm: Record) -> None:
    """Readings were made all the time, some with gaps, some by clients that left."""
    assert not damage(storm.folder / "history.db", storm.account)
    assert readings(storm.folder / "history.db") > 0


@pytest.mark.anyio
async def test_a_signal_under_load_ends_it(tmp_path: Path) -> None:
    """SIGINT and SIGTERM while readings are made and stored: soon, with 0, and nothing half."""
    account, clock = account_at(BEGUN), Clock()
    numbers = (signal.SIGINT, signal.SIGTERM)
    options = {"seed": 2, "page_size_cap": PAGE_ROWS, "clock": clock}
    with Sky(account, options) as sky:
        async with anyio.create_task_group() as tasks:
            for number in numbers:
                folder = tmp_path / number.name
                folder.mkdir()
                tasks.start_soon(_end, number, Program(folder, sky.url, sky.key, clock))
    for number in numbers:
        assert not damage(tmp_path / number.name / "history.db", account)


async def _end(number: signal.Signals, program: Program) -> None:
    """Wait for a program to start, keep it busy, and end it."""
    await run_sync(program.__enter__)
    answered = stored = 0
    ended = anyio.Event()

    async def busy(client_number: int) -> None:
        nonlocal answered, stored
        try:
            async with program.client(client_number) as client:
                for question in turns():
                    chosen = COLLECT if client_number == 0 else question
                    stored += await _is_stored(client, chosen)
                    answered += 1
        except Exception:
            # What was under way when it ended; before that nothing may fail.
            if not ended.is_set():
                raise

    try:
        async with anyio.create_task_group() as tasks:
            for client_number in range(4):
                tasks.start_soon(busy, client_number)
            assert await until(lambda: stored >= 1 and answered > 8)
            ended.set()
            code = await run_sync(program.end, number)
            tasks.cancel_scope.cancel()
        assert code == 0
        assert len(program.said) == 1, program.said
    finally:
        await run_sync(program.__exit__)


async def _is_stored(client: Client, question: Question) -> bool:
    result = await client.call_tool(question[0], dict(question[1]))
    return bool((result.structured_content or {}).get("stored"))
