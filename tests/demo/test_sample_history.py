"""Thirty days of readings of the sample account: exact, and at one with its bill."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from mcp import Client

from tests.support.whole import whole
from tests.support.world import sample_account
from vultr_cost_mcp.cli import _server
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.demo import SAMPLE_NOW
from vultr_cost_mcp.demo.bill import whole_month
from vultr_cost_mcp.demo.history import SampleHistory, lines_at, reading_instants
from vultr_cost_mcp.demo.statements import total
from vultr_cost_mcp.domain.account_parts import ACCOUNT, BILL, INVENTORY
from vultr_cost_mcp.questions.collect.record import kept_lines

pytestmark = pytest.mark.anyio
MONTH_TO_DATE, OCTOBER = Decimal("4954.38"), Decimal("8297.34")


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A client of ``vultr-cost-mcp --demo`` with no store named."""
    for name in ("VULTR_COST_STORE", "VULTR_COST_CONFIG", "VULTR_COST_BUDGET"):
        monkeypatch.delenv(name, raising=False)
    async with _server(Settings(VULTR_COST_DEMO=True)) as server, Client(server) as client:
        yield client


async def structured(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error
    structure: dict[str, Any] | None = whole(result.structured_content)
    assert structure is not None
    return structure


async def test_days_sum_to_the_month_to_date(client: Client) -> None:
    answer = await structured(client, "get_cost_history", granularity="day", days=30)
    rows = {row["period"]: row for row in answer["rows"]}
    assert len(rows) == 31
    november = [Decimal(row["total"]) for day, row in rows.items() if day >= "2026-11"]
    assert sum(november) == MONTH_TO_DATE
    assert [day for day, row in rows.items() if row["partial"]] == ["2026-11-18"]
    for row in rows.values():
        assert sum(map(Decimal, row["by_service"].values())) == Decimal(row["total"])
    # The discount is of the month's first day.
    assert rows["2026-11-01"]["by_service"]["Credits and Discounts"] == "-50.00"


async def test_the_days_of_october_end_at_its_invoice(client: Client) -> None:
    """The last reading is the invoice: days since a reading add up to the rest."""
    answer = await structured(client, "get_cost_history", granularity="day", days=30)
    october = [Decimal(r["total"]) for r in answer["rows"] if r["period"] < "2026-11"]
    begun = lines_at(datetime(2026, 10, 19, tzinfo=UTC))
    assert sum(october) == OCTOBER - sum(row.line.total for row in begun)


async def test_anomalies_are_told_by_day(client: Client) -> None:
    answer = await structured(client, "detect_anomalies")
    assert answer["basis"] == "daily_history"
    assert answer["judged"] == 30
    (found,) = answer["anomalies"]
    assert (found["date"], found["until"]) == ("2026-11-11", "2026-11-11")
    assert found["service"] == "Inference"
    assert found["resources"] == ["field-assistant"]


async def test_the_hint_of_the_history_leads_somewhere(client: Client) -> None:
    """Nothing can be added to the sample, and no answer asks for it."""
    for name, arguments in (
        ("get_cost_history", {"granularity": "day"}),
        ("detect_anomalies", {}),
    ):
        answer = await structured(client, name, **arguments)
        assert "collect_metrics" not in [step["tool"] for step in answer["next_steps"]]
    kept = await structured(client, "collect_metrics")
    assert kept["stored"] is False
    assert "sqlite:///" in kept["store_error"]


async def test_readings_grow_within_a_month_and_end_as_the_bill_stands() -> None:
    instants = reading_instants()
    assert len(instants) == 31
    assert instants[-1] == datetime(2026, 11, 18, tzinfo=UTC)
    sums = [(lines_at(at)[0].period, sum(r.line.total for r in lines_at(at))) for at in instants]
    for (month, before), (following, after) in pairwise(sums):
        assert month != following or before < after
    assert dict(sums)["2026-10"] == OCTOBER == total(whole_month("2026-10"))
    assert sum(row.line.total for row in lines_at(SAMPLE_NOW)) == MONTH_TO_DATE
    assert [lines_at(at) for at in instants] == [lines_at(at) for at in instants]


async def test_a_reading_of_now_is_the_live_one() -> None:
    """Line by line: with the same service and the same resource."""
    async with sample_account() as source:
        snapshot = await source(BILL | INVENTORY | ACCOUNT)
    exist = {resource.key for resource in snapshot.resources or ()}
    live = {row.line: (row.service, row.resource_id) for row in kept_lines(snapshot)}
    made = {
        row.line: (row.service, row.resource_id if row.resource_id in exist else None)
        for row in lines_at(SAMPLE_NOW)
    }
    assert made == live


async def test_only_what_is_asked_for_is_read() -> None:
    history = SampleHistory()
    day = datetime(2026, 11, 2, tzinfo=UTC)
    runs = await history.runs("sample", day, day + timedelta(days=2))
    assert [run.collected_at for run in runs] == [day, day + timedelta(days=1)]
    ids = [run.run_id for run in runs]
    assert set(await history.totals("sample", ids[:1])) == {ids[0]}
    assert await history.resources("sample", ids) == {}
    assert runs[0].metrics.pending_charges == sum(
        (await history.totals("sample", ids))[ids[0]].values()
    )
