"""The figures that are added up over accounts, as the reports declare them."""

from __future__ import annotations

from typing import Any

import pytest

from vultr_cost_mcp.mcp_tools.summed_figures import _objects, _paths
from vultr_cost_mcp.questions.catalog import QUESTIONS

SUMMED = {
    "get_cost_overview": {
        "month_to_date",
        "projected_month_end",
        "idle_monthly_cost",
        "savings_monthly",
    },
    "get_pending_charges": {"total", "charges", "credits_and_discounts", "tax"},
    "breakdown_by_service": {"total", "charges", "credits_and_discounts", "tax"},
    "list_resource_costs": {"total_monthly_cost", "total_month_to_date"},
    "list_idle_instances": {"stopped_monthly_cost", "quiet_monthly_cost"},
    "estimate_savings": {"total_monthly_savings", "total_annual_savings", "investigate_monthly"},
    "forecast_month_end": {"projected_total", "month_to_date", "straight_line_total"},
    "get_bandwidth_usage": {"projected_overage_cost"},
    "explain_cost_change": {"delta", "increases", "decreases"},
    "list_invoices": {"total"},
    "get_cost_history": {"average_monthly"},
    "collect_metrics": {"metrics.pending_charges", "metrics.monthly_spend"},
    "export_costs": {"total"},
    # Budgets are never netted, and the usual day of two accounts is no sum of theirs.
    "check_budget": set[str](),
    "detect_anomalies": set[str](),
}


@pytest.mark.parametrize("tool", SUMMED)
def test_a_report_declares_its_sums(tool: str) -> None:
    (question,) = [row for row in QUESTIONS if row.ask.__name__ == tool]
    report: Any = question.report
    assert {*_paths(report)} == SUMMED[tool]


def test_an_object_that_a_report_may_lack_has_its_own_sum() -> None:
    """M-ledger: savings so far are added up where an account has them."""
    (question,) = [row for row in QUESTIONS if row.ask.__name__ == "estimate_savings"]
    report: Any = question.report
    assert _objects(report) == {"realised_savings": "to_date"}
