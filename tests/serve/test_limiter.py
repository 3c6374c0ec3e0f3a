"""In no one-second window more requests than the setting allows, counted where they arrive."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING

import anyio
import pytest
from aiolimiter import AsyncLimiter

from tests.support.double import RATE_LIMITED, Account, ChildDouble, Status, VultrDouble
from tests.support.stage import KEY, NOW, settings_for, staged_source
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from tests.support.world import wired
from vultr_cost_mcp.accounts.account import limiter_of
from vultr_cost_mcp.domain.snapshot_source import DetailRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot

SERVERS = [{"id": f"server-{number:03}"} for number in range(120)]
LISTS: frozenset[Part] = frozenset({"account", "pending_charges", "instances", "blocks", "plans"})


def most_in_a_second(times: Sequence[float]) -> int:
    """The largest number of requests within any one second."""
    ordered = sorted(times)
    return max(sum(begin <= at < begin + 1 for at in ordered) for begin in ordered)


def traffic_of(count: int) -> list[DetailRequest]:
    """So many readings of single servers."""
    return [DetailRequest("instance_traffic", f"server-{number:03}", 16) for number in range(count)]


@pytest.mark.anyio
@pytest.mark.parametrize("limit", [1, 5, 20, 30, 200])
@pytest.mark.parametrize("anyio_backend", [VIRTUAL_ASYNCIO], ids=["virtual"])
async def test_no_second_has_more_requests_than_allowed(limit: int) -> None:
    """D35: lists, single readings and retries of several questions at once share one limit."""
    double = VultrDouble(Account(instances=SERVERS), key=KEY, page_size_cap=50)
    double.fail("/blocks", Status(503))
    double.fail("/account", RATE_LIMITED, times=2)
    async with staged_source(double, COST_RATE_LIMIT=limit) as source:

        async def ask(first: int) -> None:
            def wanted(_: Snapshot) -> list[DetailRequest]:
                return traffic_of(120)[first : first + 40]

            await source(LISTS, wanted)

        async with anyio.create_task_group() as tasks:
            for first in (0, 40, 80):
                tasks.start_soon(ask, first)
    times = [request.at for request in double.requests]
    assert most_in_a_second(times) <= limit
    # And it is used: a limiter that let hardly anything through would pass as well.
    if 5 <= limit <= 30:
        assert len(times) > 2 * limit
        assert most_in_a_second(times) >= 0.9 * limit


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", [VIRTUAL_ASYNCIO], ids=["virtual"])
async def test_a_pause_saves_nothing_up() -> None:
    """D35: after a quiet minute there is no burst."""
    double = VultrDouble(Account(instances=SERVERS), key=KEY)
    async with staged_source(double, COST_RATE_LIMIT=20) as source:
        await source(LISTS)
        await anyio.sleep(61)
        await source(LISTS, lambda _: traffic_of(60))
    assert most_in_a_second([request.at for request in double.requests]) <= 20


class Gate:
    """The limiter of the program, and when it let the first request go."""

    def __init__(self, limiter: AsyncLimiter) -> None:
        self._limiter = limiter
        self.opened = inf

    async def __aenter__(self) -> None:
        asked = monotonic()
        await self._limiter.acquire()
        self.opened = min(self.opened, asked)

    async def __aexit__(self, *_: object) -> None:
        pass


@pytest.mark.anyio
@pytest.mark.enable_socket
@pytest.mark.parametrize("limit", [5, 20, 30])
async def test_the_limit_holds_at_the_receiving_end(limit: int) -> None:
    """D35: over a real connection, seen by another process, none comes before its turn.

    A request may be late on a slow machine, and then be close to the next: no less is promised.
    """
    # A little over a second's worth.
    count = limit + limit // 2
    account = Account(instances=SERVERS)
    with ChildDouble(account, {"key": KEY}) as double:
        settings = settings_for(double.url, COST_RATE_LIMIT=limit)
        gate = Gate(limiter_of(settings)())
        async with wired(settings, lambda: NOW, limiter=gate) as source:
            await source(frozenset(), lambda _: traffic_of(count))
        times = sorted(request.at - gate.opened for request in double.requests())
    assert len(times) == count
    assert all(at >= number / limit for number, at in enumerate(times))
