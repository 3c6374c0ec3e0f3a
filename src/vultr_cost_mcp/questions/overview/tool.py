"""The tool ``get_cost_overview``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.account_parts import (
    ACCOUNT,
    BILL,
    CREDIT,
    INVENTORY,
    INVOICE_LINES,
    INVOICED,
    INVOICES,
    MEASURED,
    MONTH,
    POOL,
    PRICED,
    PROJECTED,
    SERVERS,
    STOPPED_COSTS,
    SUBACCOUNTS,
)
from vultr_cost_mcp.domain.snapshot_source import billed_gateways_wanted
from vultr_cost_mcp.mcp_tools.arguments import Limit
from vultr_cost_mcp.mcp_tools.coverage import RestsOn
from vultr_cost_mcp.mcp_tools.envelope import Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.fetching import snapshot_with_bill
from vultr_cost_mcp.questions.forecast.report import newest_invoice_wanted, projected_exactly
from vultr_cost_mcp.questions.overview.report import OverviewReport, overview
from vultr_cost_mcp.questions.overview.text import headline_overview, render_overview
from vultr_cost_mcp.questions.savings.measured_waste import ownership_wanted
from vultr_cost_mcp.questions.savings.report import measured_total

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest

NEEDS = BILL | INVENTORY | ACCOUNT | POOL | INVOICES | SUBACCOUNTS
_TOP = 5
_NEXT = [
    NextStep("breakdown_by_service", {"group_by": "resource"}, "on what exactly"),
    NextStep("estimate_savings", {}, "how to save it"),
]


@question("Cost overview", OverviewReport)
async def get_cost_overview(call: Call, limit: Limit = _TOP) -> Reply[OverviewReport]:
    """Start here, one call, no lists: month to date, projected month end, run rate, credit,
    next invoice, top services and resources, idle cost, possible savings."""
    snapshot = await snapshot_with_bill(call, NEEDS, _follow_up)
    projected = cache(lambda: projected_exactly(snapshot))
    measured = cache(lambda: measured_total(snapshot) if snapshot.resources is not None else None)

    def draft(rows: int) -> Draft[OverviewReport]:
        report = overview(snapshot, projected=projected(), savings_monthly=measured(), limit=rows)
        rests_on = _rests_on(has_credit=report.credit is not None)
        return Draft(
            report,
            rests_on,
            headline_overview(report, snapshot.month, rests_on.hedged(snapshot)),
            render_overview(report, snapshot.now.date()),
            next_steps=_NEXT,
        )

    return Reply(snapshot, draft, limit)


def _rests_on(*, has_credit: bool) -> RestsOn:
    """Return the parts of each figure; without credit there is nothing to top up."""
    return RestsOn(
        "month_to_date",
        {
            "month_to_date": MONTH,
            "invoiced_this_month": INVOICED,
            "projected_month_end": PROJECTED,
            "run_rate": PRICED,
            "last_invoice": INVOICE_LINES,
            "next_invoice": PROJECTED | INVOICE_LINES,
            "last_payment": ACCOUNT,
            "credit_left": ACCOUNT | BILL,
            "owed": ACCOUNT,
            "uninvoiced": BILL,
            "top_services": MONTH,
            "top_resources": PRICED | MONTH,
            "idle_monthly_cost": STOPPED_COSTS,
            "savings_monthly": MEASURED,
            "counts": PRICED,
            "gpu": SERVERS | {"gpu_clusters"} | MONTH,
            "stopped_not_counted": STOPPED_COSTS,
            "credit": ACCOUNT | BILL,
            "top_up": CREDIT | INVOICE_LINES if has_credit else ACCOUNT,
            "bridge": PROJECTED | PRICED,
        },
    )


def _follow_up(snapshot: Snapshot) -> list[DetailRequest]:
    """Request only details that decide a sum, none per server."""
    return [
        *newest_invoice_wanted(snapshot),
        *ownership_wanted(snapshot),
        *billed_gateways_wanted(snapshot),
    ]
