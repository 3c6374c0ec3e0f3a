"""The tool ``estimate_savings``."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from mcp.types import CallToolResult
from pydantic import Field

from vultr_cost_mcp.domain.parts import BILL, INFERRED, INVENTORY, MEASURED
from vultr_cost_mcp.domain.source import gateways_wanted, most_expensive_first
from vultr_cost_mcp.mcp_tools.arguments import Ctx, Limit
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep, answer, answer_model
from vultr_cost_mcp.questions.caveats import GROSS, has_discounts, price_caveats
from vultr_cost_mcp.questions.fetching import fetch_snapshot
from vultr_cost_mcp.questions.idle.report import traffic_wanted
from vultr_cost_mcp.questions.savings.measured_waste import ownership_wanted
from vultr_cost_mcp.questions.savings.report import (
    SavingsReport,
    savings,
    shortened,
    worth_a_look_wanted,
)
from vultr_cost_mcp.questions.savings.text import headline_savings, render_savings
from vultr_cost_mcp.workers import worked_out

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import DetailRequest, SnapshotSource

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


def savings_tool(take: SnapshotSource) -> CostTool:
    """Build the tool."""

    async def estimate_savings(
        ctx: Ctx,
        min_monthly: Annotated[
            float, Field(ge=0, le=1_000_000, description="USD a month; smaller ones are one sum")
        ] = 1,
        include_inferred: Annotated[
            bool, Field(description="Also what is only likely, outside the total")
        ] = True,
        limit: Limit = DEFAULT_LIMIT,
    ) -> CallToolResult:
        """Every way to cut the bill, with how to do it: stopped servers, unattached volumes and
        addresses, empty balancers, superseded snapshots. Changes nothing."""

        def follow_up(snapshot: Snapshot) -> list[DetailRequest]:
            owned = [*ownership_wanted(snapshot), *gateways_wanted(snapshot)]
            if not include_inferred:
                return owned
            look = [*worth_a_look_wanted(snapshot), *traffic_wanted(snapshot)]
            # Without duplicates: two rules may request the same cluster's resources.
            return list(dict.fromkeys([*owned, *most_expensive_first(snapshot, look)]))

        snapshot = await fetch_snapshot(take, NEEDS, ctx, follow_up)

        whole = await worked_out(
            lambda: savings(
                snapshot,
                min_monthly=Decimal(str(min_monthly)),
                include_inferred=include_inferred,
                limit=len(snapshot.resources or ()),
            ),
            large=snapshot.large,
        )

        def draft(rows: int) -> Draft[SavingsReport]:
            # If space is short, measured waste comes first.
            report = shortened(whole, rows, rows if rows == limit else rows // 3)
            return Draft(
                report,
                RESTS_ON,
                headline_savings(report, RESTS_ON.hedged(snapshot)),
                render_savings(report),
                caveats=_caveats(snapshot),
                next_steps=[_IDLE],
            )

        return await answer(snapshot, draft, limit)

    return CostTool.make(estimate_savings, title="Savings", answer=answer_model(SavingsReport))


def _caveats(snapshot: Snapshot) -> list[str]:
    caveats = [GROSS] if has_discounts(snapshot) else []
    return [*caveats, *price_caveats(snapshot)]
