"""The MCP tools: each takes a snapshot, analyzes it and renders the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.mcp_tools.accounts import AccountsTool
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.questions.anomalies.tool import anomalies_tool
from vultr_cost_mcp.questions.bandwidth.tool import get_bandwidth_usage
from vultr_cost_mcp.questions.breakdown.tool import breakdown_tool
from vultr_cost_mcp.questions.budget.tool import budget_tool
from vultr_cost_mcp.questions.change.tool import change_tool
from vultr_cost_mcp.questions.collect.tool import collect_tool
from vultr_cost_mcp.questions.export.tool import export_tool
from vultr_cost_mcp.questions.forecast.tool import forecast_tool
from vultr_cost_mcp.questions.history.tool import history_tool
from vultr_cost_mcp.questions.idle.tool import list_idle_instances
from vultr_cost_mcp.questions.invoices.tool import invoices_tool
from vultr_cost_mcp.questions.overview.tool import overview_tool
from vultr_cost_mcp.questions.pending.tool import get_pending_charges
from vultr_cost_mcp.questions.resources.tool import resources_tool
from vultr_cost_mcp.questions.savings.tool import savings_tool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.server.mcpserver.tools import Tool

    from vultr_cost_mcp.domain.backend import Backend


def build_tools(backends: Mapping[str, Backend]) -> list[Tool]:
    """Return every tool of the server; with several accounts each has an ``account`` argument."""
    built = {name: {tool.name: tool for tool in _tools(row)} for name, row in backends.items()}
    tools: list[CostTool]
    if len(built) == 1:
        (only,) = built.values()
        tools = list(only.values())
    else:
        tools = [
            AccountsTool.over(
                {account: tools[name] for account, tools in built.items()},
                {account: backend.take for account, backend in backends.items()},
            )
            for name in next(iter(built.values()))
        ]
    takes = {tool.name: frozenset(tool.parameters["properties"]) for tool in tools}
    clock = next(iter(backends.values())).now
    for tool in tools:
        tool.settle(clock, takes)
    return list(tools)


def _tools(backend: Backend) -> list[CostTool]:
    take, history = backend.take, backend.history
    return [
        overview_tool(take),
        CostTool.of(get_pending_charges, backend),
        breakdown_tool(take, history),
        resources_tool(take),
        CostTool.of(list_idle_instances, backend),
        savings_tool(take),
        forecast_tool(take),
        budget_tool(take, backend.budgets),
        CostTool.of(get_bandwidth_usage, backend),
        change_tool(take, history),
        invoices_tool(take),
        history_tool(take, history),
        anomalies_tool(take, history),
        export_tool(take, backend.exports, history),
        collect_tool(take, history, backend.keep_days),
    ]
