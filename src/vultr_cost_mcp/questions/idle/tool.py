"""The tool ``list_idle_instances``."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import BILL, SERVERS, STOPPED, STOPPED_COSTS, TRAFFIC
from vultr_cost_mcp.domain.idleness import QUIET_DAYS, QUIET_MB_PER_DAY
from vultr_cost_mcp.domain.report_fields import EVERY_ROW
from vultr_cost_mcp.domain.resource import METAL_KINDS
from vultr_cost_mcp.mcp_tools.arguments import Limit
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.fetching import snapshot_with_bill
from vultr_cost_mcp.questions.idle.report import (
    IdleReport,
    idle_instances,
    metrics_wanted,
    shortened,
    traffic_wanted,
)
from vultr_cost_mcp.questions.idle.text import headline_idle, render_idle

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest

_CLUSTERS: frozenset[Part] = frozenset({"gpu_clusters"})
NEEDS: frozenset[Part] = SERVERS | BILL | _CLUSTERS
_LISTED = STOPPED | {"bare_metals"}
_GPUS = frozenset({"gpu_clusters", "gpu_cluster_metrics"})
_EVERYTHING = SERVERS | STOPPED_COSTS | TRAFFIC | _GPUS
RESTS_ON = RestsOn(
    "stopped_monthly_cost",
    {
        **each(_EVERYTHING, "instances", "omitted"),
        "stopped_count": STOPPED,
        "stopped_monthly_cost": STOPPED_COSTS,
        "quiet_count": _LISTED | TRAFFIC | _GPUS,
        "quiet_monthly_cost": _EVERYTHING,
        "suspended_count": _LISTED,
        "suspended_monthly_cost": SERVERS | STOPPED_COSTS,
        "suspended_billed_count": _LISTED | BILL,
        "suspended_billed_monthly_cost": SERVERS | STOPPED_COSTS,
        **each(_EVERYTHING, "unpriced", "exempt"),
        "checked": _LISTED | TRAFFIC,
        "too_young": STOPPED,
    },
)
NO_POWER_STATE = "The API has no power state for bare metal, so it can only be flagged as quiet."
_SAVE = NextStep("estimate_savings", {}, "how to cut these and other costs")


@question("Idle servers", IdleReport)
async def list_idle_instances(
    call: Call,
    quiet_days: Annotated[
        int, Field(ge=7, le=90, description="Days of little traffic that make a server quiet")
    ] = QUIET_DAYS,
    quiet_mb_per_day: Annotated[
        int, Field(ge=1, le=100_000, description="Outgoing MB a day that still are little")
    ] = QUIET_MB_PER_DAY,
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[IdleReport]:
    """Servers only: which are stopped yet billed in full, suspended, or quiet on the network,
    and what each costs. Vultr measures no CPU or memory use."""
    wanted = partial(_wanted, quiet_days=quiet_days)
    snapshot = await snapshot_with_bill(call, NEEDS, wanted)
    whole = cache(
        partial(
            idle_instances,
            snapshot,
            quiet_days=quiet_days,
            quiet_mb_per_day=quiet_mb_per_day,
            limit=EVERY_ROW,
        )
    )

    def draft(rows: int) -> Draft[IdleReport]:
        report = shortened(whole(), rows)
        return Draft(
            report,
            RESTS_ON,
            headline_idle(report, RESTS_ON.hedged(snapshot)),
            render_idle(report),
            coverage_notes=_notes(snapshot),
            next_steps=[_SAVE],
        )

    return Reply(snapshot, draft, limit)


def _wanted(snapshot: Snapshot, *, quiet_days: int) -> list[DetailRequest]:
    return [*metrics_wanted(snapshot), *traffic_wanted(snapshot, quiet_days=quiet_days)]


def _notes(snapshot: Snapshot) -> list[str]:
    metal = any(resource.kind in METAL_KINDS for resource in snapshot.resources or ())
    return [NO_POWER_STATE] if metal else []
