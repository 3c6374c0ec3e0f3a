"""The library's reports have the caveats that the tools state."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.golden.world import SAMPLE, CaseTransport, client_of
from tests.support.stage import KEY, structured
from vultr_cost_mcp import collect_metrics
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.demo import SAMPLE_NOW
from vultr_cost_mcp.questions.catalog import QUESTIONS

pytestmark = pytest.mark.anyio
ACCOUNTS = [
    SAMPLE,
    "credits_hide_use",
    "features_off",
    "invoice_in_mid_month",
    "line_without_end",
    "retired_plan",
]
TOOLS = {
    "overview": "get_cost_overview",
    "breakdown": "breakdown_by_service",
    "idle": "list_idle_instances",
    "savings": "estimate_savings",
    "forecast": "forecast_month_end",
}
# More do not fit into an answer.
_SHOWN = 5


def moment_of(account: str) -> datetime:
    """Return the time at which the account is asked."""
    return SAMPLE_NOW if account == SAMPLE else CaseTransport(account).now.astimezone(UTC)


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_a_report_has_the_caveats_of_its_answer(account: str, tmp_path: Path) -> None:
    settings = Settings(
        VULTR_API_KEY=KEY,
        VULTR_API_URL="https://case.invalid/v2",
        VULTR_COST_RATE_LIMIT=1000,
        VULTR_COST_DEMO=account == SAMPLE,
        VULTR_COST_STORE="off",
    )
    async with client_of(account, tmp_path) as client:
        done = await collect_metrics(settings=settings, now=lambda: moment_of(account))
        told = {
            name: structured(await client.call_tool(tool, {}))["caveats"]
            for name, tool in TOOLS.items()
        }
    reports = {name: getattr(done.analysis, name) for name in TOOLS}
    assert {name: list(row.caveats[:_SHOWN]) for name, row in reports.items()} == told
    assert any(told.values())


def test_every_report_has_caveats() -> None:
    assert len(QUESTIONS) >= len(TOOLS)
    for question in QUESTIONS:
        assert "caveats" in {field.name for field in fields(question.report)}
