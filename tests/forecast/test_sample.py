"""The sample account's forecast, against figures worked out by hand (D24 to D26)."""

from __future__ import annotations

import json
from decimal import Decimal

import httpx
import pytest

from tests.support.double import Account, VultrDouble
from tests.support.stage import URL, clock_from, staged_client, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.demo import SAMPLE_NOW, SampleTransport

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


async def test_the_sample_comes_about_as_worked_out_by_hand() -> None:
    """D24, D25: 4,954.38 + 3,158.52 + 35.51 + 27.82; hourly lines alone come to 8,108.73."""
    nothing = VultrDouble(Account())
    async with staged_client(nothing, clock_from(SAMPLE_NOW), COST_DEMO="1") as client:
        answer = structured(await client.call_tool("forecast_month_end", {}))
        page = structured(await client.call_tool("get_cost_overview", {}))
    assert answer["projected_total"] == "8176.23"
    assert answer["components"] == {
        "accrued": "4954.38",
        "remaining_hourly": "3158.52",
        "usage_based": "35.51",
        "bandwidth_overage": "27.82",
    }
    async with httpx.AsyncClient(transport=SampleTransport(), base_url=URL) as vultr:
        bill = (await vultr.get("/billing/pending-charges")).text
    lines = json.loads(bill, parse_float=Decimal)["pending_charges"]
    hourly = sum(Decimal(row["total"]) for row in lines if row["unit_type"] == "hours")
    assert hourly == Decimal("4950.21")
    assert hourly + Decimal(answer["components"]["remaining_hourly"]) == Decimal("8108.73")
    assert answer["without_line"] == []
    assert (answer["straight_line_total"], answer["capped"]["count"]) == ("8451.30", 0)
    assert sum(Decimal(row["projected"]) for row in answer["by_service"]) + Decimal(
        answer["omitted"]["total"]
    ) == Decimal("8176.23")
    assert answer["credit"] == {
        "credit": "8317.15",
        "used": "4954.38",
        "left_now": "3362.77",
        "left_at_month_end": "140.92",
        "runs_out_on": "2026-12-01",
        "state": "open",
        "uninvoiced": "0.00",
        # 8,192.58 is the invoice to come; 16.35 of it is tax.
        "with_tax": {
            "tax_percent": 0.2,
            "left_at_month_end": "124.57",
            "runs_out_on": "2026-12-01",
        },
    }
    assert page["projected_month_end"] == answer["projected_total"]
    assert page["credit_left"] == answer["credit"]["left_now"]
    assert page["next_invoice"]["expected"] == answer["expected_invoice"] == "8192.58"
    assert answer["expected_tax"] == "16.35"
