"""The tool ``get_cost_overview``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.types import CallToolResult

from vultr_cost_mcp.analyze.overview import overview
from vultr_cost_mcp.analyze.savings import measured_total, ownership_wanted
from vultr_cost_mcp.domain.parts import BILL, INVENTORY
from vultr_cost_mcp.domain.reports.overview import OverviewReport
from vultr_cost_mcp.render.overview import headline_overview, render_overview
from vultr_cost_mcp.tools._strict import StrictTool
from vultr_cost_mcp.tools._taking import taken
from vultr_cost_mcp.tools.answers import Draft, NextStep, answer, answer_model
from vultr_cost_mcp.tools.arguments import Ctx

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.source import Take

NEEDS: frozenset[Part] = frozenset({*BILL, *INVENTORY, "account"})
_TOP = 5
_NEXT = [
    NextStep("breakdown_by_service", {"group_by": "resource"}, "on what exactly"),
    NextStep("estimate_savings", {}, "how to save it"),
]
LATER = "The projection and invoices are not read by this version yet: those fields are null."


def overview_tool(take: Take) -> StrictTool:
    """Build the tool."""

    async def get_cost_overview(ctx: Ctx) -> CallToolResult:
        """Start here, one call, no lists: month to date, run rate, credit, top services and
        servers, idle cost, possible savings."""
        snapshot = await taken(take, NEEDS, ctx, ownership_wanted)
        measured = measured_total(snapshot) if snapshot.resources is not None else None

        def draft(rows: int) -> Draft:
            report = overview(snapshot, savings_monthly=measured, limit=min(rows, _TOP))
            return Draft(
                report,
                headline_overview(report, snapshot.month),
                render_overview(report),
                caveats=[LATER],
                next_steps=_NEXT,
                month=snapshot.month,
            )

        return answer(snapshot, draft)

    return StrictTool.make(
        get_cost_overview,
        title="Cost overview",
        answer=answer_model(OverviewReport, period=True),
    )
