"""The tool ``estimate_savings``."""

from __future__ import annotations

from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.parts import BILL, INFERRED, INVENTORY, MEASURED
from vultr_cost_mcp.domain.source import gateways_wanted, most_expensive_first
from vultr_cost_mcp.mcp_tools.arguments import Limit
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.idle.report import traffic_wanted
from vultr_cost_mcp.questions.savings.measured_waste import ownership_wanted
from vultr_cost_mcp.questions.savings.report import (
    SavingsReport,
    savings,
    shortened,
    worth_a_look_wanted,
)
from vultr_cost_mcp.questions.savings.text import headline_savings, render_savings

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import DetailRequest

NEEDS: frozenset[Part] = INVENTORY | BILL
RESTS_ON = RestsOn(
    "total_monthly_savings",
    {
        **each(MEASURED, "total_monthly_savings", "total_annual_savings"),
        "investigate_monthly": INFERRED,
        **each(MEASURED, "recommendations", "omitted"),
        **each(INFERRED, "investigations", "investigations_omitted"),
        "below_minimum": MEASURED,
        "investigations_below_minimum": INFERRED,
        **each(MEASURED, "unpriced", "exempt"),
    },
)
_IDLE = NextStep("list_idle_instances", {}, "the servers among them with their evidence")


@question("Savings", SavingsReport)
async def estimate_savings(
    call: Call,
    min_monthly: Annotated[
        float, Field(ge=0, le=1_000_000, description="USD a month; smaller ones are one sum")
    ] = 1,
    include_inferred: Annotated[
        bool, Field(description="Also what is only likely, outside the total")
    ] = True,
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[SavingsReport]:
    """Every way to cut the bill, with how to do it: stopped servers, unattached volumes and
    addresses, empty balancers, superseded snapshots. Changes nothing."""
    wanted = partial(_follow_up, include_inferred=include_inferred)
    snapshot = await call.snapshot(NEEDS, wanted)

    @cache
    def whole() -> SavingsReport:
        return savings(
            snapshot,
            min_monthly=Decimal(str(min_monthly)),
            include_inferred=include_inferred,
            limit=len(snapshot.resources or ()),
        )

    def draft(rows: int) -> Draft[SavingsReport]:
        # If space is short, measured waste comes first.
        report = shortened(whole(), rows, rows if rows == limit else rows // 3)
        return Draft(
            report,
            RESTS_ON,
            headline_savings(report, RESTS_ON.hedged(snapshot)),
            render_savings(report),
            next_steps=[_IDLE],
        )

    return Reply(snapshot, draft, limit)


def _follow_up(snapshot: Snapshot, *, include_inferred: bool) -> list[DetailRequest]:
    owned = [*ownership_wanted(snapshot), *gateways_wanted(snapshot)]
    if not include_inferred:
        return owned
    look = [*worth_a_look_wanted(snapshot), *traffic_wanted(snapshot)]
    # Without duplicates: two rules may request the same cluster's resources.
    return list(dict.fromkeys([*owned, *most_expensive_first(snapshot, look)]))
