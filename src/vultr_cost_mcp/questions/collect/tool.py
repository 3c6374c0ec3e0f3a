"""The tool ``collect_metrics``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from vultr_cost_mcp.domain.parts import ACCOUNT, BILL, INFERRED, INVOICED, PROJECTED
from vultr_cost_mcp.mcp_tools.arguments import Ctx
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.mcp_tools.coverage import RestsOn
from vultr_cost_mcp.mcp_tools.envelope import Draft, NextStep, answer, answer_model
from vultr_cost_mcp.questions.caveats import unknown_products
from vultr_cost_mcp.questions.collect.collecting import collected
from vultr_cost_mcp.questions.collect.report import CollectReport
from vultr_cost_mcp.questions.collect.text import headline_collect, render_collect
from vultr_cost_mcp.questions.fetching import progress_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import SnapshotSource

# It changes only our own store, where a second record in an hour replaces the first.
STORES = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)
# All figures are in the record; its first one is the bill's.
RESTS_ON = RestsOn("metrics", {"metrics": INFERRED | PROJECTED | ACCOUNT | INVOICED}, own=BILL)
_NEXT = NextStep("get_cost_history", {"granularity": "day"}, "what was kept so far")


def collect_tool(take: SnapshotSource, history: History, keep_days: Callable[[], int]) -> CostTool:
    """Build the tool."""

    async def collect_metrics(
        ctx: Ctx, keep: Annotated[bool, Field(description="false only takes the record")] = True
    ) -> CallToolResult:
        """Reads the account afresh, and keeps a metrics record of it in this server's own store,
        for history and anomalies. Changes nothing at Vultr."""
        done = await collected(
            take, history, keep_days=keep_days() if keep else None, progress=progress_of(ctx)
        )

        def draft(rows: int) -> Draft[CollectReport]:
            del rows
            return Draft(
                done.report,
                RESTS_ON,
                headline_collect(done.report, hedged=_is_hedged(done.snapshot)),
                render_collect(done.report),
                caveats=[*history.notes, *unknown_products(done.snapshot.charges)],
                next_steps=[_NEXT] if done.report.stored else [],
            )

        return await answer(done.snapshot, draft)

    return CostTool.make(
        collect_metrics,
        title="Collect metrics",
        answer=answer_model(CollectReport),
        annotations=STORES,
    )


def _is_hedged(snapshot: Snapshot) -> bool:
    """Return whether only the projection rests on unread parts."""
    return RESTS_ON.is_whole(snapshot) and any(gap.part in PROJECTED for gap in snapshot.gaps)
