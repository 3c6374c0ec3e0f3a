"""Render the answer of ``check_budget``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.budget import warning_line
from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.markdown import UNKNOWN, at_least, code, count, percent, usd
from vultr_cost_mcp.questions.budget.report import WARN_PERCENT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import date
    from decimal import Decimal

    from vultr_cost_mcp.questions.budget.report import BudgetReport, BudgetRow

    # Return which of "spent" and "projected" are "at least", for a budget with this tag.
    LowerBounds = Callable[[str | None], Collection[str]]

_AS_READ = "as far as could be read"


def _none(_tag: str | None) -> Collection[str]:
    return ()


def headline_budget(
    report: BudgetReport,
    hedged: Collection[str] = frozenset(),
    today: date | None = None,
    *,
    warn_percent: int = WARN_PERCENT,
    lower_bounds: LowerBounds = _none,
) -> str:
    """Return a sentence with the verdict; ``hedged`` figures are "at least"."""
    projected = at_least(report.projected, hedged="projected" in hedged)
    spent = f"{usd(report.spent)} spent, {projected} projected"
    if not report.budgets:
        return f"{spent}; no budget is set."
    worst = report.budgets[0]
    verdict = _verdict(worst, today, warn_percent, lower_bounds(worst.tag))
    return f"{spent}, budget {_which(report, worst)}: {verdict}."


def _which(report: BudgetReport, worst: BudgetRow) -> str:
    """Return the budget of the sentence, with its name and scope where there are several."""
    several = len(report.budgets) + report.omitted_budgets
    if several <= 1:
        return usd(report.budget)
    return f"{usd(report.budget)} ({code(worst.name)} for {_covers(worst)}, worst of {several})"


def _verdict(row: BudgetRow, today: date | None, warn_percent: int, least: Collection[str]) -> str:
    """Return the status in words, with the day on which the budget was or will be reached."""
    day = _day(row, today, least)
    if row.status == "over":
        return f"over the budget, passed{day}" if day else "over the budget"
    if row.status == "unknown":
        return f"unknown whether inside the budget{f', on track to reach it{day}' if day else ''}"
    partly = "projected" in least
    if row.status == "ok":
        too = f" now; at month end too, {_AS_READ}" if partly else ", now and at month end"
        return f"inside the budget{too}"
    if day:
        return f"on track to reach it{day}"
    line = warning_line(row.projected, row.budget, warn_percent)
    if partly:
        return f"{line} at month end; below the budget, {_AS_READ}"
    return f"inside the budget at month end, but {line}"


def _day(row: BudgetRow, today: date | None, least: Collection[str]) -> str:
    """Return " on" the day on which a budget was or will be reached, "" if unknown.

    What was not read can only bring it forward, so the day is the last one: " by" it.
    """
    if row.breach_on is None:
        return ""
    passed = row.state == "passed"
    word = "by" if ("spent" if passed else "projected") in least else "on"
    when = (" (today)" if passed else " (later today)") if row.breach_on == today else ""
    return f" {word} {day_name(row.breach_on)}{when}"


def render_budget(
    report: BudgetReport,
    today: date | None = None,
    *,
    warn_percent: int = WARN_PERCENT,
    lower_bounds: LowerBounds = _none,
) -> list[str]:
    """Return every budget and its scope."""
    body = [
        line
        for row in report.budgets
        for line in render_row(row, today, lower_bounds(row.tag), warn_percent=warn_percent)
    ]
    if not body:
        body = ["Pass monthly_budget, set VULTR_COST_BUDGET, or add [[budgets]] to the file."]
    if report.omitted_budgets:
        body.append(f"{count(report.omitted_budgets, 'more budget')}, none of them worse.")
    body.append("Budgets count charges before tax; credits do not reduce them.")
    if report.discounts:
        least = lower_bounds(None)
        spent = at_least(report.spent_net, hedged="spent" in least)
        more = " or more" if "projected" in least else ""
        body.append(
            f"After credits and discounts ({usd(report.discounts)}) the account has spent "
            f"{spent} and is projected at {usd(report.projected_net)}{more}."
        )
    return body


def render_row(
    row: BudgetRow,
    today: date | None,
    least: Collection[str] = frozenset(),
    *,
    warn_percent: int = WARN_PERCENT,
) -> list[str]:
    """Return lines on a budget: the verdict, its use, the rest, and what was not read of it.

    ``least`` are those of ``spent`` and ``projected`` that are "at least".
    """
    return [
        (
            f"- {code(row.name)}, {row.status}: {usd(row.budget)} a month for {_covers(row)} "
            f"({_compared(row, least, warn_percent)})"
        ),
        *_figures(row, today, least),
        *([f"  Not read: {row.unknown_because}"] if row.unknown_because else []),
    ]


def _compared(row: BudgetRow, least: Collection[str], warn_percent: int) -> str:
    """Return which of its figures give a budget its status."""
    if row.status == "over":
        return "spent so far has reached it"
    if row.status == "unknown":
        return "not all that it counts was read"
    partly = "projected" in least
    if row.status == "ok":
        too = f"spent is inside; projected too, {_AS_READ}"
        return too if partly else "spent and projected are both inside"
    if row.breach_on is not None:
        return "projected to reach it"
    line = warning_line(row.projected, row.budget, warn_percent)
    return f"projected {line}, below the budget{f' {_AS_READ}' if partly else ''}"


def _figures(row: BudgetRow, today: date | None, least: Collection[str]) -> list[str]:
    """Return lines on the use of a budget, and on the rest of it."""
    if row.spent is None and row.projected is None:
        return ["  spent and projected are unknown"]
    spent_least, projected_least = ("spent" in least), ("projected" in least)
    spent, projected = (
        at_least(row.spent, hedged=spent_least),
        at_least(row.projected, hedged=projected_least),
    )
    return [
        (
            f"  {spent} spent ({percent(row.percent)}), {projected} projected "
            f"({percent(row.projected_percent)}); {_reached(row, today, least)}"
        ),
        (
            f"  {_room(row.room, most=spent_least)} now, "
            f"{_room(row.projected_room, most=projected_least)} at month end"
            f"{_cut(row, hedged=projected_least)}"
        ),
    ]


def _reached(row: BudgetRow, today: date | None, least: Collection[str]) -> str:
    """Return when a budget was or will be reached, or that it is not."""
    day = _day(row, today, least)
    if row.state == "passed":
        return f"passed{day}"
    if day:
        return f"will be reached{day}"
    return f"not reached this month{f', {_AS_READ}' if 'projected' in least else ''}"


def _room(room: Decimal | None, *, most: bool) -> str:
    """Return the rest of a budget, or the amount by which it is over."""
    if room is None:
        return f"{UNKNOWN} room"
    if room > 0:
        return f"{'at most ' if most else ''}{usd(room)} left"
    return f"{at_least(-room, hedged=most)} over"


def _cut(row: BudgetRow, *, hedged: bool) -> str:
    if row.cut_per_day is None:
        return ""
    less = at_least(row.cut_per_day, hedged=hedged)
    return f"; {less} less a day from now on keeps it inside"


def _covers(row: BudgetRow) -> str:
    parts = [f"tag {code(row.tag)}" if row.tag else "", code(row.service) if row.service else ""]
    return " and ".join(part for part in parts if part) or "everything"
