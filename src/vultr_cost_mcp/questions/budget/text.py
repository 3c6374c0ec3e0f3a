"""Render the answer of ``check_budget``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import at_least, code, count, percent, usd

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from decimal import Decimal

    from vultr_cost_mcp.questions.budget.report import BudgetReport, BudgetRow

_VERDICTS = {
    "ok": "inside the budget, now and at month end",
    "warn": "a warning",
    "over": "over the budget",
    "unknown": "unknown whether inside the budget",
}
# What a status compares, in a row that names it alone.
_STATES = {
    "ok": "now and at month end",
    "warn": "by the projection, not reached yet",
    "over": "by what is spent",
    "unknown": "not all of it was read",
    "no_budget": "",
}

_NO_DAY = {"open": "not reached this month", "passed": "passed", None: "day unknown"}


def headline_budget(
    report: BudgetReport, hedged: Collection[str] = frozenset(), today: date | None = None
) -> str:
    """Return a sentence with the verdict; ``hedged`` figures are "at least"."""
    projected = at_least(report.projected, hedged="projected" in hedged)
    spent = f"{usd(report.spent)} spent, {projected} projected"
    if report.status == "no_budget":
        return f"{spent}; no budget is set."
    return f"{spent}, budget {_which(report)}: {_verdict(report, today)}."


def _which(report: BudgetReport) -> str:
    """Return the budget of the sentence, with its name and scope where there are several."""
    several = len(report.budgets) + report.omitted_budgets
    if several <= 1 or not report.budgets:
        return usd(report.budget)
    worst = report.budgets[0]
    return f"{usd(report.budget)} ({code(worst.name)} for {_covers(worst)}, worst of {several})"


def _verdict(report: BudgetReport, today: date | None) -> str:
    """Return the status in words, with the day on which the budget was or will be reached."""
    day = _reached(report, today)
    breach = f", {day}" if day else ""
    if report.status != "warn" or report.budget is None:
        return f"{_VERDICTS[report.status]}{breach}"
    if report.projected is None or report.projected < report.budget:
        return f"close to the budget at month end{breach}"
    return f"on track to reach it{day.removeprefix('reached')}"


def _reached(row: BudgetReport | BudgetRow, today: date | None) -> str:
    """Return the date on which a budget was or will be reached, "" if unknown."""
    if row.breach_on is None:
        return ""
    if row.state == "passed":
        when = " (today)" if row.breach_on == today else ""
        return f"passed on {row.breach_on:%Y-%m-%d}{when}"
    when = " (later today)" if row.breach_on == today else ""
    return f"reached on {row.breach_on:%Y-%m-%d}{when}"


def render_budget(report: BudgetReport, today: date | None = None) -> list[str]:
    """Return every budget and its scope."""
    body = [line for row in report.budgets for line in render_row(row, today)]
    if not body:
        body = ["Pass monthly_budget, set VULTR_COST_BUDGET, or add [[budgets]] to the file."]
    if report.omitted_budgets:
        body.append(f"{count(report.omitted_budgets, 'more budget')}, none of them worse.")
    body.append("Budgets count charges before tax; credits do not reduce them.")
    if report.discounts:
        body.append(
            f"After credits and discounts ({usd(report.discounts)}) the account has spent "
            f"{usd(report.spent_net)} and is projected at {usd(report.projected_net)}."
        )
    return body


def render_row(row: BudgetRow, today: date | None) -> list[str]:
    """Return lines on a budget: the verdict, its use, the rest, and what was not read of it."""
    return [
        (
            f"- {code(row.name)}, {row.status}: {usd(row.budget)} a month for {_covers(row)} "
            f"({_STATES[row.status]})"
        ),
        (
            f"  {usd(row.spent)} spent ({percent(row.percent)}), {usd(row.projected)} projected "
            f"({percent(row.projected_percent)}); {_reached(row, today) or _NO_DAY[row.state]}"
        ),
        f"  {_room(row.room)} now, {_room(row.projected_room)} at month end{_cut(row)}",
        *([f"  Not read: {row.unknown_because}"] if row.unknown_because else []),
    ]


def _room(room: Decimal | None) -> str:
    """Return the rest of a budget, or the amount by which it is over."""
    if room is None:
        return "unknown room"
    return f"{usd(room)} left" if room > 0 else f"{usd(-room)} over"


def _cut(row: BudgetRow) -> str:
    if row.cut_per_day is None:
        return ""
    return f"; {usd(row.cut_per_day)} less a day from now on keeps it inside"


def _covers(row: BudgetRow) -> str:
    parts = [f"tag {code(row.tag)}" if row.tag else "", code(row.service) if row.service else ""]
    return " and ".join(part for part in parts if part) or "everything"
