"""The tool ``collect_metrics``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import ACCOUNT, BILL, INFERRED, INVOICED, PROJECTED
from vultr_cost_mcp.mcp_tools.coverage import RestsOn
from vultr_cost_mcp.mcp_tools.envelope import Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import WRITES, Call, Reply, question
from vultr_cost_mcp.questions.collect.collecting import collected
from vultr_cost_mcp.questions.collect.report import CollectReport
from vultr_cost_mcp.questions.collect.text import headline_collect, render_collect

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Snapshot

# All figures are in the record; its first one is the bill's.
RESTS_ON = RestsOn("metrics", {"metrics": INFERRED | PROJECTED | ACCOUNT | INVOICED}, own=BILL)
_NEXT = NextStep("get_cost_history", {"granularity": "day"}, "what was kept so far")


@question("Collect metrics", CollectReport, WRITES)
async def collect_metrics(
    call: Call, keep: Annotated[bool, Field(description="false only takes the record")] = True
) -> Reply[CollectReport]:
    """Reads the account afresh and keeps a metrics record in this server's own store, for
    history and anomalies. Changes nothing at Vultr."""
    account = call.account
    keep_days = account.keep_days() if keep else None
    done = await collected(
        account.take, account.history, keep_days=keep_days, progress=call.progress
    )

    def draft(rows: int) -> Draft[CollectReport]:
        del rows
        return Draft(
            done.report,
            RESTS_ON,
            headline_collect(done.report, hedged=_is_hedged(done.snapshot)),
            render_collect(done.report),
            next_steps=[_NEXT] if done.report.stored else [],
            note=done.report.store_error,
        )

    return Reply(done.snapshot, draft)


def _is_hedged(snapshot: Snapshot) -> bool:
    """Return whether only the projection rests on unread parts."""
    return RESTS_ON.is_whole(snapshot) and any(gap.part in PROJECTED for gap in snapshot.gaps)
