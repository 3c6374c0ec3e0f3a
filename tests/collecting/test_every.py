"""``collect --every``: each hour gets its record, whenever it was begun and however slow it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest
from mcp.server.mcpserver import MCPServer

from tests.support.nouns import at
from tests.support.stage import clock_from
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.terminal import collect

pytestmark = pytest.mark.anyio
HOUR = 3600.0


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


class Account:
    """A server that keeps records of when they were begun; one in ten takes its time."""

    def __init__(self, now: Callable[[], datetime], slow: float, quick: float = 1.0) -> None:
        self.begun: list[datetime] = []
        self.server: MCPServer[Any] = MCPServer("account")
        seconds = [slow, *[quick] * 9]

        @self.server.tool()
        async def collect_metrics() -> dict[str, Any]:
            """Take a record."""
            self.begun.append(now())
            await anyio.sleep(seconds[len(self.begun) % 10])
            return {"stored": True}


async def recorded(
    begin: datetime, hours: int, slow: float = 20.0, every: float = HOUR
) -> list[datetime]:
    """When records were begun in some hours."""
    now = clock_from(begin)
    account, said = Account(now, slow), list[str]()
    with anyio.move_on_after(hours * HOUR):
        await collect.collect(account.server, every, said.append, said.append, now)
    assert all(json.loads(line)["stored"] for line in said)
    return account.begun


@pytest.mark.parametrize("before", [5, 1, 0.001, 0, -0.001, -5, 1800])
async def test_no_hour_is_without_a_record(before: float) -> None:
    begin = at("2026-11-18T10:00") - timedelta(seconds=before)
    begun = await recorded(begin, 200)
    hours = {instant.replace(minute=0, second=0, microsecond=0) for instant in begun}
    first, last = min(hours), max(hours)
    assert len(hours) == (last - first) // timedelta(hours=1) + 1 >= 200


async def test_records_are_taken_on_the_hour() -> None:
    begun = await recorded(at("2026-11-18T10:17:31"), 5)
    assert [f"{instant:%H:%M:%S}" for instant in begun] == [
        "10:17:31",
        *(f"{hour}:00:00" for hour in range(11, 16)),
    ]


@pytest.mark.parametrize(("every", "minutes"), [(1800, {0, 30}), (900, {0, 15, 30, 45})])
async def test_shorter_spans_begin_with_the_hour(every: float, minutes: set[int]) -> None:
    begun = await recorded(at("2026-11-18T10:17:31"), 6, every=every)
    assert {instant.minute for instant in begun[1:]} == minutes


async def test_a_day_begins_at_midnight() -> None:
    begun = await recorded(at("2026-11-18T10:17:31"), 60, every=24 * HOUR)
    assert [f"{instant:%d %H:%M}" for instant in begun] == ["18 10:17", "19 00:00", "20 00:00"]


async def test_a_record_that_lasts_into_the_next_hour_is_followed_at_once() -> None:
    account = Account(clock := clock_from(at("2026-11-18T10:59:55")), 40, quick=40)
    with anyio.move_on_after(100):
        await collect.collect(account.server, HOUR, print, print, clock)
    assert [f"{instant:%H:%M:%S}" for instant in account.begun] == ["10:59:55", "11:00:35"]


async def test_a_clock_that_is_set_back_stops_nothing() -> None:
    ahead = [timedelta(days=730)]
    now = clock_from(at("2026-11-18T10:30"))

    def wrong() -> datetime:
        return now() + ahead[0]

    account = Account(wrong, 1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(collect.collect, account.server, HOUR, print, print, wrong)
        await anyio.sleep(2 * HOUR)
        ahead[0] = timedelta()
        await anyio.sleep(2 * HOUR)
        tasks.cancel_scope.cancel()
    assert [instant.year for instant in account.begun] == [2028] * 3 + [2026] * 3
