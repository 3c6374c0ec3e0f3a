"""The MCP tools: one small function each, take a snapshot, analyze it, render it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.tools.bandwidth import bandwidth_tool
from vultr_cost_mcp.tools.breakdown import breakdown_tool
from vultr_cost_mcp.tools.budget import budget_tool
from vultr_cost_mcp.tools.forecast import forecast_tool
from vultr_cost_mcp.tools.idle import idle_tool
from vultr_cost_mcp.tools.overview import overview_tool
from vultr_cost_mcp.tools.pending import pending_tool
from vultr_cost_mcp.tools.resources import resources_tool
from vultr_cost_mcp.tools.savings import savings_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcp.server.mcpserver.tools import Tool

    from vultr_cost_mcp.domain.budget import Budget
    from vultr_cost_mcp.domain.source import Take


def build_tools(take: Take, budgets: Callable[[], Sequence[Budget]]) -> list[Tool]:
    """Every tool of the server, reading its snapshots from ``take``."""
    return [
        overview_tool(take),
        pending_tool(take),
        breakdown_tool(take),
        resources_tool(take),
        idle_tool(take),
        savings_tool(take),
        forecast_tool(take),
        budget_tool(take, budgets),
        bandwidth_tool(take),
    ]
