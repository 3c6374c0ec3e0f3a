"""Several agents at once, and what they hear while Vultr allows no more requests (D36)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.support.double import RATE_LIMITED, Account, VultrDouble, account_of
from tests.support.stage import (
    FIXTURES,
    KEY,
    NOW,
    clock_from,
    staged_client,
    staged_source,
    structured,
)
from tests.support.virtual_time import VIRTUAL_ASYNCIO

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.account_parts import Part

LINES: frozenset[Part] = frozenset({"pending_charges"})
SERVERS: frozenset[Part] = frozenset({"instances"})
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_cost_overview", {}),
    ("get_pending_charges", {}),
    ("breakdown_by_service", {"group_by": "region"}),
    ("list_resource_costs", {"limit": 3}),
    ("list_idle_instances", {}),
)


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
def double() -> VultrDouble:
    """Hold the recorded account."""
    return VultrDouble(account_of(FIXTURES), key=KEY)


def figures(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without the instant of its readings."""
    return {name: value for name, value in answer.items() if name != "as_of"}


@pytest.mark.anyio
async def test_five_agents_wait_for_one_reading_and_get_their_own_answers(
    double: VultrDouble,
) -> None:
    """D36: 25 calls at once make each request once, and say what each call alone says."""
    double.latency = 0.2
    got: list[tuple[str, dict[str, Any]]] = []
    async with staged_client(double) as client:

        async def agent() -> None:
            async with anyio.create_task_group() as calls:
                for tool, arguments in ASKED:
                    calls.start_soon(ask, tool, arguments)

        async def ask(tool: str, arguments: dict[str, Any]) -> None:
            got.append((tool, structured(await client.call_tool(tool, arguments))))

        async with anyio.create_task_group() as agents:
            for _ in range(5):
                agents.start_soon(agent)
    requests = Counter((row.path, *sorted(row.query.items())) for row in double.requests)
    assert set(requests.values()) == {1}
    assert len(got) == 25
    alone = VultrDouble(account_of(FIXTURES), key=KEY)
    async with staged_client(alone) as client:
        expected = {
            tool: figures(structured(await client.call_tool(tool, arguments)))
            for tool, arguments in ASKED
        }
    assert all(figures(answer) == expected[tool] for tool, answer in got)


@pytest.mark.anyio
async def test_after_a_429_an_older_reading_is_answered_with_its_date(double: VultrDouble) -> None:
    """D36: the same figures, the same instant, and a caveat that says why."""
    async with staged_client(double) as client:
        first = structured(await client.call_tool("get_pending_charges", {}))
        double.fail("/billing/pending-charges", RATE_LIMITED)
        await anyio.sleep(600)
        second = structured(await client.call_tool("get_pending_charges", {}))
    assert second["total"] == first["total"]
    assert second["as_of"] == first["as_of"]
    older = [caveat for caveat in second["caveats"] if "429" in caveat]
    assert len(older) == 1
    assert "pending charges" in older[0]
    assert not any("429" in caveat for caveat in first.get("caveats", ()))


@pytest.mark.anyio
async def test_an_older_whole_list_goes_before_a_newer_half(double: VultrDouble) -> None:
    """D33, D36: a 429 on the second page does not make the account smaller."""
    rows = [{"id": f"server-{number}"} for number in range(80)]
    double = VultrDouble(Account(instances=rows), key=KEY, page_size_cap=50)
    async with staged_source(double) as source:
        await source(SERVERS)
        double.fail("/instances", RATE_LIMITED, page=2)
        await anyio.sleep(600)
        snapshot = await source(SERVERS)
    assert len(snapshot.resources or ()) == 80
    assert snapshot.complete
    assert any("429" in caveat for caveat in snapshot.caveats)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("seconds", "cache", "fresh"),
    [(3_600 + 61, 60, False), (600, 0, False), (600, 60, True)],
    ids=["too-old", "no-cache", "a-record"],
)
async def test_what_is_too_old_stands_in_for_nothing(
    double: VultrDouble, seconds: float, cache: int, fresh: object
) -> None:
    """D36: after an hour, without a cache, and for a record, a 429 is a gap."""
    async with staged_source(double, COST_CACHE_SECONDS=cache) as source:
        await source(LINES)
        double.fail("/billing/pending-charges", RATE_LIMITED)
        await anyio.sleep(seconds)
        snapshot = await source(LINES, fresh=bool(fresh))
    assert snapshot.charges is None
    assert not snapshot.complete


@pytest.mark.anyio
async def test_last_months_lines_never_stand_in_for_this_months(double: VultrDouble) -> None:
    """D5, D36: at the turn of the month a 429 is a gap."""
    night = clock_from(NOW.replace(day=30, hour=23, minute=58))
    async with staged_source(double, night) as source:
        await source(LINES)
        double.fail("/billing/pending-charges", RATE_LIMITED)
        await anyio.sleep(300)
        snapshot = await source(LINES)
    assert snapshot.charges is None
