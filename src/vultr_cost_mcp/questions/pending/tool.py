"""The tool ``get_pending_charges``."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import ACCOUNT, BILL
from vultr_cost_mcp.domain.report_fields import EVERY_ROW
from vultr_cost_mcp.mcp_tools.arguments import Limit, Product
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.pending.report import PendingReport, pending_charges, shortened
from vultr_cost_mcp.questions.pending.text import headline_pending, render_pending

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.account_parts import Part

NEEDS: frozenset[Part] = frozenset({*BILL, "account"})
RESTS_ON = RestsOn(
    "total",
    {
        **each(BILL, "total", "period_total", "charges", "credits_and_discounts", "tax"),
        "account_pending_charges": ACCOUNT,
        "difference": ACCOUNT | BILL,
        **each(BILL, "previous_month_unbilled", "by_product", "lines", "omitted", "lines_omitted"),
        **each(BILL, "available", "nearest"),
    },
)
_ON_WHAT = NextStep("breakdown_by_service", {"group_by": "resource"}, "which resource costs it")


@question("Pending charges", PendingReport)
async def get_pending_charges(
    call: Call,
    detail: Annotated[
        Literal["summary", "lines"], Field(description="lines: each line too")
    ] = "summary",
    product: Product | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[PendingReport]:
    """Vultr's own unbilled lines, to check the bill: total, by product, beside what the account
    states."""
    snapshot = await call.snapshot(NEEDS)
    whole = cache(
        partial(pending_charges, snapshot, detail=detail, product=product, limit=EVERY_ROW)
    )

    def draft(rows: int) -> Draft[PendingReport]:
        report = shortened(whole(), rows)
        return Draft(
            report,
            RESTS_ON,
            headline_pending(report, snapshot.month),
            render_pending(report),
            known=False if report.nearest else None,
            next_steps=[_ON_WHAT],
        )

    return Reply(snapshot, draft, limit)
