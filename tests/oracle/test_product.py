"""The program against the reference: random accounts, many instants, every tool, to the cent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random  # noqa: TID251  (seeded by the test)
from typing import Any

import pytest
from mcp import Client

from tests.oracle import ALL_QUIRKS, Oracle, make_account
from tests.oracle.compare import differences
from tests.oracle.oracle import Filters
from tests.support.double import VultrDouble
from tests.support.seeds import seeds
from tests.support.stage import settings_for
from tests.support.whole import whole
from tests.support.world import wired
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.server import build_server

GROUPINGS = ("service", "product", "region", "tag", "plan", "compute_class", "cluster", "resource")
INSTANTS = (
    datetime(2026, 11, 1, 0, 40, tzinfo=UTC),
    datetime(2026, 11, 3, 5, 7, tzinfo=UTC),
    datetime(2026, 2, 15, 12, 0, 1, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 30, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    datetime(2026, 4, 30, 18, 0, tzinfo=UTC),
    datetime(2026, 11, 4, 9, 30, tzinfo=UTC),
    datetime(2027, 2, 28, 21, 15, tzinfo=UTC),
    datetime(2027, 1, 17, 3, 0, 2, tzinfo=UTC),
    datetime(2026, 10, 23, 16, 45, tzinfo=UTC),
    datetime(2027, 1, 1, 2, 5, tzinfo=UTC),
    datetime(2026, 6, 12, 7, 20, tzinfo=UTC),
)


@pytest.fixture(autouse=True)
def _every_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference tells resources apart by their ids: let every row have one."""
    monkeypatch.setattr("vultr_cost_mcp.mcp_tools.envelope.without_ids", lambda content, _: content)


def _questions(oracle: Oracle) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Tool, arguments and what the reference expects."""
    return [
        ("get_pending_charges", {"limit": 200}, oracle.pending()),
        *(
            ("breakdown_by_service", {"group_by": by, "limit": 200}, oracle.breakdown(by))
            for by in GROUPINGS
        ),
        (
            "breakdown_by_service",
            {"group_by": "resource", "service": "Cloud Compute", "limit": 200},
            oracle.breakdown("resource", Filters(service="Cloud Compute")),
        ),
        ("list_idle_instances", {"limit": 200}, oracle.idle()),
        (
            "estimate_savings",
            {"limit": 200, "min_monthly": 0},
            oracle.savings(min_monthly=Decimal(0)),
        ),
        ("list_resource_costs", {"limit": 200}, oracle.resource_costs()),
        ("get_cost_overview", {}, oracle.overview()),
        ("forecast_month_end", {}, oracle.outlook.forecast()),
        ("collect_metrics", {}, oracle.metrics()),
        *(
            ("check_budget", {"monthly_budget": float(amount)}, oracle.outlook.budget(amount))
            for amount in _budgets(oracle)
        ),
    ]


def _budgets(oracle: Oracle) -> list[Decimal]:
    """Passed long ago, passed by and by, nearly, and never; parts of a cent part reach and pass."""
    projected = oracle.outlook.projected_charges
    shares = (Decimal("0.11"), Decimal("0.63"), Decimal("0.97"), Decimal("1.04"), Decimal(2))
    amounts = [(projected * share).quantize(Decimal("0.01")) for share in shares]
    return [max(Decimal("0.01"), amount) + Decimal("0.003") for amount in amounts]


async def compared(seed: int, quirks: frozenset[str] = ALL_QUIRKS) -> tuple[int, list[str]]:
    """How many answers were held against the reference, and every difference."""
    now = INSTANTS[seed % len(INSTANTS)] + timedelta(seconds=seed)
    account = make_account(Random(seed), now, quirks=quirks)  # noqa: S311  (seeded)
    oracle = Oracle(account, now)
    questions, wrong = _questions(oracle), []
    with VultrDouble(account, page_size_cap=3 if seed % 2 else None, date=now) as double:
        settings = settings_for(double.url, API_KEY=double.key, COST_CACHE_SECONDS=600)
        async with wired(settings, lambda: now) as source:
            server = build_server({"default": source.backend(DisabledHistory())}, "0")
            async with Client(server) as client:
                for tool, arguments, expected in questions:
                    result = await client.call_tool(tool, arguments)
                    assert not result.is_error, result.content
                    found = differences(tool, expected, whole(result.structured_content or {}))
                    wrong += [f"{tool} {arguments}: {one}" for one in found]
    return len(questions), wrong


@pytest.mark.anyio
@pytest.mark.enable_socket
@pytest.mark.parametrize("seed", seeds(12, 150))
async def test_every_answer_is_the_reference_s_to_the_cent(seed: int) -> None:
    """D1 to D28: an account that is not in the repository gives the cents of the second builder."""
    _, found = await compared(seed)
    assert not found, found
