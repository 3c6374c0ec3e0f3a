"""The tool ``list_resource_costs``."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import BILL, INVENTORY, LISTED, MONTH, PRICED, REGIONS
from vultr_cost_mcp.domain.report_fields import EVERY_ROW
from vultr_cost_mcp.domain.resource import Kind
from vultr_cost_mcp.domain.snapshot_source import (
    DetailRequest,
    clusters_wanted,
    gateways_wanted,
    usage_wanted,
)
from vultr_cost_mcp.families.kinds_by_list import parts_of
from vultr_cost_mcp.mcp_tools.arguments import Day, Limit, Query, Region, Tag, checked_region
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.fetching import snapshot_with_bill
from vultr_cost_mcp.questions.resources.report import (
    ResourceFilters,
    ResourcesReport,
    Sort,
    resource_costs,
    shortened,
)
from vultr_cost_mcp.questions.resources.text import headline_resources, render_resources

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot

NEEDS: frozenset[Part] = INVENTORY | BILL
# The names of what these are attached to are in other lists.
_ATTACHED: frozenset[Kind] = frozenset(
    {"block_storage", "reserved_ip", "load_balancer", "file_system", "storage_gateway"}
)
_NO_PARTS: frozenset[Part] = frozenset()
_HOLDERS: frozenset[Part] = frozenset(
    {"instances", "bare_metals", "kubernetes_clusters", "load_balancers", "file_systems"}
)
_OF_MISSES = ("available", "nearest", "matched_alone")
# If space is short, names follow the rows.
_NAMES_A_ROW, _MOST_NAMES = 2, 8
_SAVE = NextStep("estimate_savings", {}, "how to cut it")


@question("Resource costs", ResourcesReport)
async def list_resource_costs(
    call: Call,
    query: Query | None = None,
    kind: Kind | None = None,
    region: Region | None = None,
    tag: Tag | None = None,
    untagged: Annotated[bool, Field(description="Only what carries no tag")] = False,
    created_after: Annotated[Day | None, Field(description="YYYY-MM-DD, that day included")] = None,
    sort: Sort = "monthly_cost",
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[ResourcesReport]:
    """What exists now and what each thing costs a month: plan, add-ons, month to date, tags."""
    needs = NEEDS if region is None else NEEDS | REGIONS
    snapshot = await snapshot_with_bill(call, needs, _follow_up)
    region = checked_region(region, snapshot)
    filters = ResourceFilters(query, kind, region, tag, untagged, created_after)
    rests_on = _rests_on(filters)
    whole = cache(partial(resource_costs, snapshot, filters=filters, sort=sort, limit=EVERY_ROW))

    def draft(rows: int) -> Draft[ResourcesReport]:
        names = 0 if rows == limit else min(_NAMES_A_ROW * rows, _MOST_NAMES)
        report = shortened(whole(), snapshot, rows, names)
        return Draft(
            report,
            rests_on,
            headline_resources(report),
            render_resources(report),
            known=None if report.count else not filters.given,
            next_steps=[_SAVE],
            narrowed_by=("kind", "query"),
        )

    return Reply(snapshot, draft, limit)


def _rests_on(filters: ResourceFilters) -> RestsOn:
    """Return the parts of each figure; for one kind of resource, only that kind's lists."""
    listed, priced = parts_of(filters.kind, LISTED), parts_of(filters.kind, PRICED) | BILL
    return RestsOn(
        "total_monthly_cost",
        {
            "resources": priced
            | MONTH
            | {"kubernetes_clusters", "cluster_resources", "inference_usage"}
            | (_HOLDERS if filters.kind in _ATTACHED else _NO_PARTS),
            "omitted": priced,
            "count": listed,
            "total_monthly_cost": priced,
            "total_month_to_date": listed | MONTH,
            "unpriced": priced,
            **each(priced, "by_kind", "kinds_omitted"),
            "reconciliation": LISTED | MONTH,
            # For other questions there is none.
            **({"attached": PRICED | BILL | _HOLDERS} if filters.query is not None else {}),
            **each(priced, *(_OF_MISSES if filters.given else ())),
        },
    )


def _follow_up(snapshot: Snapshot) -> list[DetailRequest]:
    return [*clusters_wanted(snapshot), *gateways_wanted(snapshot), *usage_wanted(snapshot)]
