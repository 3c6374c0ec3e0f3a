"""Render the answer of ``list_resource_costs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import UNKNOWN, code, count, distinct, more, table, usd
from vultr_cost_mcp.questions.nothing_matched import named, nothing_matched

if TYPE_CHECKING:
    from vultr_cost_mcp.questions.resources.report import Reconciliation, ResourcesReport


def headline_resources(report: ResourcesReport) -> str:
    """Return a sentence on the number of resources and their monthly cost."""
    where = f" with {named(report.filters)}" if report.filters else ""
    if report.filters and not report.count:
        return nothing_matched(
            report.filters,
            report.nearest,
            report.matched_alone,
            "among what exists",
            unknown=report.count is None,
        )
    if report.count is None:
        return "What exists and what it costs is unknown: it could not be read."
    if report.total_monthly_cost is None:
        return f"{count(report.count, 'resource')}{where} of unknown cost a month."
    resources = count(report.count, "resource")
    return f"{usd(report.total_monthly_cost)} a month for {resources}{where}."


def _names(report: ResourcesReport) -> list[str]:
    return distinct([(row.label, row.id) for row in report.resources])


def render_resources(report: ResourcesReport) -> list[str]:
    """Return the resources, and how they relate to the bill."""
    body = [f"This month to date: {usd(report.total_month_to_date)}."]
    body += table(
        ("Name", "Kind", "Plan", "Region", "State", "A month $", "To date $"),
        (
            (
                name,
                row.kind,
                code(row.plan) if row.plan else "",
                code(row.region) if row.region else "",
                row.state,
                usd(row.monthly_cost),
                usd(row.month_to_date),
            )
            for name, row in zip(_names(report), report.resources, strict=True)
        ),
    )
    body += more(report.omitted, "resource")
    if report.unpriced:
        body.append(f"{count(report.unpriced, 'resource')} of {UNKNOWN} price: not in the total.")
    if report.reconciliation is not None:
        body.append(_reconciled(report.reconciliation))
    if report.available:
        body.append("There is: " + ", ".join(map(code, report.available)) + ".")
    return body


def _reconciled(bill: Reconciliation) -> str:
    return (
        f"The bill's {usd(bill.bill_month_to_date)}: existing resources "
        f"{usd(bill.shown_month_to_date)}, destroyed ones {usd(bill.destroyed_this_month)}, "
        f"no resource {usd(bill.not_resources)}, unattributed {usd(bill.unattributed)}."
    )
