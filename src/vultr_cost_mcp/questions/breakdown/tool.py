"""The tool ``breakdown_by_service``."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import (
    ACCOUNT,
    INVENTORY,
    LISTED,
    NOTHING,
    PRICE_LISTS,
    REGIONS,
)
from vultr_cost_mcp.domain.filters import Filters, service_called
from vultr_cost_mcp.domain.report_fields import EVERY_ROW
from vultr_cost_mcp.domain.snapshot_source import DetailRequest, clusters_wanted, gateways_wanted
from vultr_cost_mcp.mcp_tools.arguments import (
    Limit,
    Period,
    Query,
    Region,
    Service,
    Tag,
    checked_region,
)
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.nearest_value import CURRENT
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.bill_parts import lines_of
from vultr_cost_mcp.questions.breakdown.report import (
    LINE_GROUPINGS,
    BreakdownReport,
    GroupBy,
    breakdown,
    shortened,
)
from vultr_cost_mcp.questions.breakdown.text import headline_breakdown, render_breakdown
from vultr_cost_mcp.questions.periods import (
    period_of,
    taken_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.bill import MonthlyBill
    from vultr_cost_mcp.domain.snapshot import Snapshot

_NEXT = {
    "service": NextStep("breakdown_by_service", {"group_by": "resource"}, "which resource it is"),
    "resource": NextStep("estimate_savings", {}, "what of it can be saved"),
}
_WHAT_EXISTS = NextStep("list_resource_costs", {}, "what exists now and costs a month")


@question("Cost breakdown", BreakdownReport)
async def breakdown_by_service(
    call: Call,
    period: Period = CURRENT,
    group_by: Annotated[GroupBy, Field(description="What a group is")] = "service",
    service: Service | None = None,
    region: Region | None = None,
    tag: Tag | None = None,
    query: Query | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[BreakdownReport]:
    """On what the money went, for any month: the bill's lines in groups that sum to the total.
    Filters combine."""
    needs = _needs(group_by, by_resource=bool(region or tag or query), region=region)
    snapshot, bill = await taken_for(call, period, needs, _follow_up(group_by))
    filters = Filters(service_called(service), checked_region(region, snapshot), tag, query)

    rests_on = _rests_on(bill, group_by, filters)
    whole = cache(
        partial(breakdown, snapshot, bill, group_by=group_by, filters=filters, limit=EVERY_ROW)
    )

    def draft(rows: int) -> Draft[BreakdownReport]:
        report = shortened(whole(), rows)
        return Draft(
            report,
            rests_on,
            headline_breakdown(
                report, bill.month, past=not bill.running, hedged=rests_on.hedged(snapshot)
            ),
            render_breakdown(report),
            known=None if report.matched else not filters.given,
            next_steps=[_next(group_by, bill)],
            period=period_of(snapshot, bill),
        )

    return Reply(snapshot, draft, limit)


def _needs(group_by: GroupBy, *, by_resource: bool, region: str | None) -> frozenset[Part]:
    """Return the parts to read: service and product need only the lines (D11, D12)."""
    exists = by_resource or group_by not in LINE_GROUPINGS
    needs = INVENTORY if exists else NOTHING
    return needs if region is None else needs | REGIONS


_OF_MISSES = ("available", "nearest", "matched_alone")


def _rests_on(bill: MonthlyBill, group_by: GroupBy, filters: Filters) -> RestsOn:
    """Return the parts of each figure: groups and filters by resource need resources (D12).

    Deleted resources come from stored readings, which are filed under the account.
    """
    lines = lines_of(bill)
    found = LISTED if bill.running else LISTED | ACCOUNT
    amounts = lines | found if filters.by_resource else lines
    grouped = amounts
    if group_by not in LINE_GROUPINGS:
        grouped = grouped | found | {"cluster_resources"}
    if group_by == "compute_class":
        grouped = grouped | PRICE_LISTS
    return RestsOn(
        "total",
        {
            "total": amounts,
            "period_total": lines,
            **each(amounts, "charges", "credits_and_discounts", "tax"),
            **each(grouped, "groups", "omitted", "unattributed"),
            **each(lines | found, "untagged", "untagged_percent"),
            **each(amounts, *(_OF_MISSES if filters.given else ())),
        },
    )


def _next(group_by: GroupBy, bill: MonthlyBill) -> NextStep:
    if not bill.running:
        return NextStep("explain_cost_change", {"to_period": bill.month.name}, "why it changed")
    return _NEXT.get(group_by, _WHAT_EXISTS)


def _follow_up(group_by: GroupBy) -> Callable[[Snapshot], list[DetailRequest]]:
    """Request NAT gateways by VPC, and clusters' resources if they are grouped by cluster."""

    def wanted(snapshot: Snapshot) -> list[DetailRequest]:
        clusters = clusters_wanted(snapshot) if group_by == "cluster" else []
        return [*clusters, *gateways_wanted(snapshot)]

    return wanted
