"""``check_budget`` for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.render.words import at_least, percent, quote, table, usd

if TYPE_CHECKING:
    from collections.abc import Collection

    from vultr_cost_mcp.domain.reports.budget import BudgetReport, BudgetRow

_VERDICTS = {
    "ok": "inside the budget",
    "warn": "a warning",
    "over": "over the budget",
    "unknown": "not known whether inside the budget",
}


def headline_budget(report: BudgetReport, hedged: Collection[str] = frozenset()) -> str:
    """The verdict in one sentence; ``hedged`` figures are least ones."""
    projected = at_least(report.projected, hedged="projected" in hedged)
    spent = f"{usd(report.spent)} spent, {projected} projected"
    if report.status == "no_budget":
        return f"{spent}; no budget is set."
    # A budget that is over was reached at some time before: its day is not known.
    due = report.breach_on if report.status != "over" else None
    breach = f", reached on {due:%Y-%m-%d}" if due else ""
    verdict = _VERDICTS[report.status]
    if report.status == "warn" and report.budget is not None:
        goes_over = report.projected is not None and report.projected >= report.budget
        verdict = "going over" if goes_over else "close to the budget"
    return f"{spent}, budget {usd(report.budget)}: {verdict}{breach}."


def render_budget(report: BudgetReport) -> list[str]:
    """Every budget with what it counts."""
    body = table(
        ("Budget", "Covers", "Status", "Spent $", "Projected $", "Budget $", "Share $", "Reached"),
        (
            (
                quote(row.name),
                _covers(row),
                row.status,
                usd(row.spent),
                usd(row.projected),
                usd(row.budget),
                percent(row.percent),
                f"{row.breach_on:%Y-%m-%d}" if row.breach_on else "not this month",
            )
            for row in report.budgets
        ),
    )
    if not body:
        body = ["Give monthly_budget, or set VULTR_COST_BUDGET or [[budgets]] in the file."]
    return [*body, "Spend is charges before tax; credits make no room in a budget."]


def _covers(row: BudgetRow) -> str:
    parts = [f"tag {quote(row.tag)}" if row.tag else "", quote(row.service) if row.service else ""]
    return " and ".join(part for part in parts if part) or "everything"
