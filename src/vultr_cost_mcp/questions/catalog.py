"""The questions that the server answers, and their tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.mcp_tools.accounts import AccountsTool
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.questions.anomalies.tool import detect_anomalies
from vultr_cost_mcp.questions.bandwidth.tool import get_bandwidth_usage
from vultr_cost_mcp.questions.breakdown.tool import breakdown_by_service
from vultr_cost_mcp.questions.budget.tool import check_budget
from vultr_cost_mcp.questions.change.tool import explain_cost_change
from vultr_cost_mcp.questions.collect.tool import collect_metrics
from vultr_cost_mcp.questions.compare.tool import compare_plans
from vultr_cost_mcp.questions.estimate.tool import estimate_cost
from vultr_cost_mcp.questions.export.tool import export_costs
from vultr_cost_mcp.questions.forecast.tool import forecast_month_end
from vultr_cost_mcp.questions.history.tool import get_cost_history
from vultr_cost_mcp.questions.idle.tool import list_idle_instances
from vultr_cost_mcp.questions.invoices.tool import list_invoices
from vultr_cost_mcp.questions.overview.tool import get_cost_overview
from vultr_cost_mcp.questions.pending.tool import get_pending_charges
from vultr_cost_mcp.questions.resources.tool import list_resource_costs
from vultr_cost_mcp.questions.savings.tool import estimate_savings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.server.mcpserver.tools import Tool

    from vultr_cost_mcp.domain.backend import Backend
    from vultr_cost_mcp.mcp_tools.question import Question

# In the order in which clients list them.
QUESTIONS: tuple[Question[Any], ...] = (
    get_cost_overview,
    get_pending_charges,
    breakdown_by_service,
    list_resource_costs,
    list_idle_instances,
    estimate_savings,
    forecast_month_end,
    estimate_cost,
    check_budget,
    get_bandwidth_usage,
    compare_plans,
    explain_cost_change,
    list_invoices,
    get_cost_history,
    detect_anomalies,
    export_costs,
    collect_metrics,
)


def build_tools(backends: Mapping[str, Backend]) -> list[Tool]:
    """Return every tool of the server; with several accounts each has an ``account`` argument."""
    tools = [_tool(question, backends) for question in QUESTIONS]
    takes = {tool.name: frozenset(tool.parameters["properties"]) for tool in tools}
    clock = next(iter(backends.values())).now
    for tool in tools:
        tool.settle(clock, takes)
    return list(tools)


def _tool(question: Question[Any], backends: Mapping[str, Backend]) -> CostTool:
    copies = {name: CostTool.of(question, backend) for name, backend in backends.items()}
    if len(copies) == 1:
        return next(iter(copies.values()))
    return AccountsTool.over(copies, {name: row.take for name, row in backends.items()})
