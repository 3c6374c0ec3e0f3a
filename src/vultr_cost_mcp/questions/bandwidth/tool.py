"""The tool ``get_bandwidth_usage``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import OVERAGE, POOL, SERVERS, STOPPED, TRAFFIC
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.bandwidth.report import (
    BandwidthReport,
    bandwidth_usage,
    month_traffic_wanted,
)
from vultr_cost_mcp.questions.bandwidth.text import headline_bandwidth, render_bandwidth

_SENT = STOPPED | TRAFFIC | {"bare_metals"}
RESTS_ON = RestsOn(
    "used_gb",
    {
        **each(POOL, "used_gb", "pool_gb", "pool_now_gb", "projected_gb", "projected_overage_gb"),
        **each(POOL, "overage_gb_to_date", "overage_cost_to_date"),
        "projected_overage_cost": OVERAGE,
        "previous_month": POOL,
        **each(_SENT, "top_servers", "servers_gb", "checked"),
    },
)


@question("Bandwidth", BandwidthReport)
async def get_bandwidth_usage(
    call: Call,
    top: Annotated[int, Field(ge=0, le=20, description="Servers to rank; 0 asks none")] = 5,
) -> Reply[BandwidthReport]:
    """Will there be overage: outbound GB against the account's pool, Vultr's projection, its
    cost, and who sends most."""
    needs = POOL | SERVERS if top else POOL
    snapshot = await call.snapshot(needs, month_traffic_wanted if top else None)

    def draft(rows: int) -> Draft[BandwidthReport]:
        report = bandwidth_usage(snapshot, top=top, limit=rows)
        return Draft(
            report,
            RESTS_ON,
            headline_bandwidth(report),
            render_bandwidth(report),
        )

    return Reply(snapshot, draft, max(top, DEFAULT_LIMIT))
