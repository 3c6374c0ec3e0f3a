"""The sample account's bill, month by month (D29, D30)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from mcp import Client
from mcp.server.mcpserver import MCPServer

from tests.support.months import in_short, sums_up
from tests.support.servers import sizes_of, structure_of, text_of
from tests.support.world import sample_account
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.questions.change.tool import explain_cost_change

pytestmark = pytest.mark.anyio

MONTHS = [f"2025-{number}" for number in (10, 11, 12)]
MONTHS += [f"2026-{number:02}" for number in range(1, 11)]
TOTALS = [
    "1312.89", "1543.65", "1689.90", "1789.71", "3330.46", "4033.52", "5193.45", "4954.13",
    "5596.86", "6215.00", "7140.28", "8085.66", "8297.34",
]  # fmt: skip
# What is known to have happened: by the later month, kind and name, with the dollars by hand.
EVENTS = {
    "2026-01": [
        # 28.40 + 76.08 - 60
        ("resized", "fleet-pg", "44.48"),
    ],
    "2026-02": [("resized", "fleet-pg", "15.52")],
    # 16.00 + 74.29 - 48, and the start-up program begins.
    "2026-03": [
        ("resized", "api-01", "42.29"),
        ("discount", "Start-up program discount", "-50.00"),
    ],
    "2026-04": [("resized", "api-01", "5.71")],
    "2026-07": [("overage", "Bandwidth Overage", "27.52")],
    "2026-08": [("overage", "Bandwidth Overage", "-27.52")],
    # 192.00 - 66.29; what has 730 hours a month and ran all of both: 3,549.90 x 10 / 730
    "2026-10": [
        ("hours", "load-test-runner", "125.71"),
        ("calendar", "Month length", "48.62"),
        ("tax", "Tax", "16.56"),
        ("overage", "Bandwidth Overage", "12.50"),
    ],
}


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Open the tool on the sample account."""
    async with sample_account() as source:
        tool = CostTool.of(explain_cost_change, Backend(source, DisabledHistory()))
        async with Client(MCPServer("t", tools=[tool])) as opened:
            yield opened


async def test_every_pair_of_months_sums_up_and_names_what_happened(client: Client) -> None:
    """D30: to the cent, for every pair."""
    totals = dict(zip(MONTHS, TOTALS, strict=True))
    for place, later in enumerate(MONTHS[1:], 1):
        for earlier in MONTHS[:place]:
            asked = {"from_period": earlier, "to_period": later, "limit": 200}
            answer = structure_of(await client.call_tool("explain_cost_change", asked))
            assert answer["from"]["total"] == totals[earlier]
            assert answer["to"]["total"] == totals[later]
            assert sums_up(answer)
            assert "rounding" not in {row["kind"] for row in answer["drivers"]}
            assert "other" not in {row["kind"] for row in answer["drivers"]}
            if earlier == MONTHS[place - 1]:
                assert set(EVENTS.get(later, [])) <= set(in_short(answer))


async def test_what_came_and_went_is_new_and_gone(client: Client) -> None:
    """D30: the trial of an A100 from February to May, and the marketing site until January."""

    async def kinds(later: str, name: str) -> set[str]:
        asked = {"to_period": later, "limit": 200}
        answer = structure_of(await client.call_tool("explain_cost_change", asked))
        return {row["kind"] for row in answer["drivers"] if name in row["name"]}

    assert await kinds("2026-02", "grasp-trainer-trial") == {"new"}
    assert await kinds("2026-05", "grasp-trainer-trial") == {"gone"}
    assert await kinds("2026-01", "marketing-site") == {"gone"}


async def test_the_running_month_at_the_same_point(client: Client) -> None:
    """D29: what has not changed has not moved by a cent after 423 hours."""
    asked = {"to_period": "current_month"}
    result = await client.call_tool("explain_cost_change", asked)
    answer = structure_of(result)
    assert answer["elapsed_hours"] == 423
    assert answer["to"]["total"] == "4954.38"
    assert answer["full_month"]["from_total"] == "8280.78"
    # 192 x 423 / 672 = 120.857...; 39.15 of it ran in November.
    assert in_short(answer)[:4] == [
        ("gone", "load-test-runner", "-81.71"),
        ("new", "hotfix-bench", "10.83"),
        ("resized", "staging-web", "6.56"),
        ("new", "web-01 release 41", "4.12"),
    ]
    assert {row["kind"] for row in answer["drivers"][4:]} == {"usage", "overage", "hours"}
    assert sums_up(answer)
    assert max(sizes_of(result)) <= 5_250
    assert "423 hours" in text_of(result)
