"""The tool ``forecast_month_end``."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import (
    ACCOUNT,
    BILL,
    CREDIT,
    INVENTORY,
    INVOICE_LINES,
    INVOICED,
    INVOICES,
    MONTH,
    POOL,
    PRICED,
    PROJECTED,
)
from vultr_cost_mcp.domain.budget import of_account
from vultr_cost_mcp.domain.report_fields import EVERY_ROW
from vultr_cost_mcp.domain.snapshot_source import billed_gateways_wanted
from vultr_cost_mcp.mcp_tools.arguments import Limit
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.budget.report import lower_bounds
from vultr_cost_mcp.questions.fetching import snapshot_with_bill
from vultr_cost_mcp.questions.forecast.report import (
    CreditForecast,
    ForecastReport,
    forecast,
    newest_invoice_wanted,
    shortened,
)
from vultr_cost_mcp.questions.forecast.text import headline_forecast, render_forecast

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest

NEEDS = BILL | INVENTORY | ACCOUNT | POOL | INVOICES
_BUDGET = NextStep("check_budget", {}, "whether that is inside a budget")
_LESS = NextStep("estimate_savings", {}, "how to spend less")


@question("Month-end forecast", ForecastReport)
async def forecast_month_end(
    call: Call,
    budget: Annotated[
        float | None,
        Field(ge=0.01, le=1_000_000_000, description="USD a month; else the configured one"),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[ForecastReport]:
    """How month end comes about: every line at its own price and cap, usage, overage, credit
    runway, expected invoice, the month against its budget."""
    snapshot = await snapshot_with_bill(call, NEEDS, _follow_up)
    if budget is None and call.account.budgets():
        # The configuration file may be edited while the readings stay.
        snapshot = replace(snapshot, basis=None)
    held_against = of_account(call.account.budgets(), budget)
    whole = cache(partial(forecast, snapshot, budget=held_against, limit=EVERY_ROW))

    def draft(rows: int) -> Draft[ForecastReport]:
        report = shortened(whole(), rows)
        return Draft(
            report,
            _rests_on(report.credit),
            headline_forecast(report, snapshot.month),
            render_forecast(report, snapshot.now.date(), lower_bounds(snapshot)),
            next_steps=[_next_step(report)],
        )

    return Reply(snapshot, draft, limit)


def _rests_on(credit: CreditForecast | None) -> RestsOn:
    """Return the parts of each figure; invoices tell the tax rate, which only open credit needs."""
    state = None if credit is None else credit.state
    return RestsOn(
        "projected_total",
        {
            "month_to_date": MONTH,
            "invoiced_this_month": INVOICED,
            "projected_total": PROJECTED,
            **each(PROJECTED | INVOICE_LINES, "expected_invoice", "expected_tax"),
            **each(PROJECTED, "by_service", "omitted", "components"),
            **each(PRICED, "capped", "without_line", "without_line_omitted"),
            "straight_line_total": MONTH,
            **each(POOL, "overage_to_date", "overage_projected"),
            "credit": ACCOUNT | BILL if state is None else CREDIT,
            **({"credit.with_tax": INVOICE_LINES} if state == "open" else {}),
            "budget": PROJECTED,
        },
    )


def _next_step(report: ForecastReport) -> NextStep:
    over = report.budget is not None and report.budget.status in {"over", "warn"}
    return _LESS if over else _BUDGET


def _follow_up(snapshot: Snapshot) -> list[DetailRequest]:
    return [*newest_invoice_wanted(snapshot), *billed_gateways_wanted(snapshot)]
