"""The tool ``forecast_month_end``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.month_end import lines_of_tax
from vultr_cost_mcp.billing.projection import is_followed
from vultr_cost_mcp.domain.parts import (
    ACCOUNT,
    BILL,
    INVENTORY,
    INVOICE_LINES,
    INVOICED,
    INVOICES,
    MONTH,
    POOL,
    PRICED,
    PROJECTED,
)
from vultr_cost_mcp.domain.source import billed_gateways_wanted
from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.mcp_tools.arguments import Limit
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.caveats import (
    credit_caveats,
    invoiced_caveats,
    unknown_products,
    unpriced_running,
    unprojected,
)
from vultr_cost_mcp.questions.fetching import snapshot_with_bill
from vultr_cost_mcp.questions.forecast.report import ForecastReport, forecast, newest_invoice_wanted
from vultr_cost_mcp.questions.forecast.text import headline_forecast, render_forecast

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import DetailRequest

NEEDS = BILL | INVENTORY | ACCOUNT | POOL | INVOICES
RESTS_ON = RestsOn(
    "projected_total",
    {
        "month_to_date": MONTH,
        "invoiced_this_month": INVOICED,
        "projected_total": PROJECTED,
        "expected_invoice_with_tax": PROJECTED | INVOICE_LINES,
        **each(PROJECTED, "by_service", "omitted", "components"),
        **each(PRICED, "capped", "without_line", "without_line_omitted"),
        "straight_line_total": MONTH,
        "overage_to_date": POOL,
        "credit": PROJECTED | ACCOUNT,
    },
)
_BUDGET = NextStep("check_budget", {}, "whether that is inside a budget")
_CREDIT = "What tax will be and when promotional credit expires is not in the API."
_NO_INTERVAL = "No interval: there are no earlier forecasts to measure the error by."


@question("Month-end forecast", ForecastReport)
async def forecast_month_end(call: Call, limit: Limit = DEFAULT_LIMIT) -> Reply[ForecastReport]:
    """How month end comes about: every line at its own price and cap, usage, overage, credit
    runway, expected invoice."""
    snapshot = await snapshot_with_bill(call, NEEDS, _follow_up)

    def draft(rows: int) -> Draft[ForecastReport]:
        report = forecast(snapshot, limit=rows)
        return Draft(
            report,
            RESTS_ON,
            headline_forecast(report, snapshot.month),
            render_forecast(report, snapshot.now.date()),
            caveats=_caveats(snapshot),
            next_steps=[_BUDGET],
        )

    return Reply(snapshot, draft, limit)


def _follow_up(snapshot: Snapshot) -> list[DetailRequest]:
    return [*newest_invoice_wanted(snapshot), *billed_gateways_wanted(snapshot)]


def _caveats(snapshot: Snapshot) -> list[str]:
    # Only a few caveats fit: those about this account come before general ones.
    caveats = [*invoiced_caveats(snapshot), *unprojected(snapshot.charges)]
    caveats += unpriced_running(snapshot)
    caveats += credit_caveats(snapshot, RESTS_ON.figures["credit"])
    caveats += unknown_products((*(snapshot.month_charges or ()), *lines_of_tax(snapshot)))
    caveats += [_NO_INTERVAL, _CREDIT]
    guessed = [
        charge
        for charge in snapshot.charges or ()
        if is_followed(charge) and not charge.listed_price
    ]
    if guessed:
        caveats.append(
            f"{count(len(guessed), 'running line is', 'running lines are')} at no listed price: "
            "the month's price is computed back from the unit price."
        )
    return caveats
