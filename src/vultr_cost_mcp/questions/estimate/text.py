"""Render the answer of ``estimate_cost``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.budget import warning_line
from vultr_cost_mcp.domain.dates import month_name
from vultr_cost_mcp.markdown import at_least, code, count, more, table, usd
from vultr_cost_mcp.money import HUNDRED, total_of

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.questions.estimate.report import (
        BudgetAfter,
        Ceiling,
        EstimateLine,
        EstimateReport,
        UnpricedRow,
    )

Kind = Literal["items", "plan", "nothing"]
_SOURCES = {
    "list": "list price",
    "table": "price table",
    "api": "price of Vultr's API",
    "billed": "billed price",
}
# The projected end of the month, not what is spent (E20).
_AT_END = "at month end"


def headline_estimate(
    report: EstimateReport, month: datetime, kind: Kind = "plan", most: Decimal | None = None
) -> str:
    """Return a sentence with both numbers.

    ``month`` is the start of the running one. ``most`` is the total a month with each range at
    its highest, None without one.
    """
    if kind == "nothing":
        return "Nothing to price: give items, or terraform_plan."
    rest = f"in the rest of {month_name(month)}"
    left = len(report.unpriced) + report.omitted_unpriced
    refused = (
        f"; Vultr would refuse {count(report.would_fail, 'change')}" if report.would_fail else ""
    )
    if not report.lines and not report.omitted.count and (left or kind == "plan"):
        return f"{_nothing_priced(report, left, kind)}{refused}."
    if kind == "items" and not report.monthly_before:
        up = "" if most is None else f" (up to {usd(most)})"
        said = f"{usd(report.total_monthly)} a month{up}, {usd(report.rest_of_this_month)} {rest}"
    else:
        up = "" if most is None else f", up to {usd(most)}"
        span = f"{usd(report.monthly_before)} to {usd(report.total_monthly)}{up}"
        said = (
            f"{_more_or_less(report.monthly_change, ' a month')} ({span}), "
            f"{_more_or_less(report.rest_of_this_month)} {rest}"
        )
    if report.for_hours is not None:
        said += f", {usd(report.for_hours)} for the hours asked about"
    said += refused
    if left:
        lacking = (
            f"{count(left, 'part')} without a price {'is' if left == 1 else 'are'} not counted"
        )
        said += f"; {lacking}{'' if most is None else f' in {usd(report.total_monthly)}'}"
    return f"{said}."


def _nothing_priced(report: EstimateReport, left: int, kind: Kind) -> str:
    """Return the sentence for changes without any price: no sum, but the range of items."""
    if not left:
        kept = report.total_monthly
        before = f": {usd(kept)} a month as before" if kept else ""
        return f"Nothing that costs money changes{before}"
    lows, highs = ([getattr(row, side) for row in report.unpriced] for side in ("low", "high"))
    known = kind == "items" and not report.omitted_unpriced and None not in (*lows, *highs)
    span = f", {usd(total_of(lows))} to {usd(total_of(highs))} a month" if known else ""
    return f"The cost is unknown: {count(left, 'part')} without a price{span}"


def _more_or_less(amount: Decimal, unit: str = "") -> str:
    return f"{usd(abs(amount))}{unit} {'less' if amount < 0 else 'more'}"


def render_estimate(report: EstimateReport, ceiling: Ceiling | None = None) -> list[str]:
    """Return the changes, unpriced and kept parts, and the budget."""
    body = ["", *(row for line in report.lines for row in _row(line)), ""]
    body += more(report.omitted, "change")
    body += table(
        ("Without a price", "Why", "Least $", "Most $"),
        (_unpriced(row) for row in report.unpriced),
    )
    if report.omitted_unpriced:
        body.append(f"{report.omitted_unpriced:,} more without a price.")
    if report.unpriced_unchanged:
        body.append(
            f"{count(report.unpriced_unchanged, 'part')} without a price that "
            f"{'does' if report.unpriced_unchanged == 1 else 'do'} not change."
        )
    if report.free_changes:
        body.append(f"{count(report.free_changes, 'change')} to free resources.")
    if report.still_billed:
        named = ", ".join(map(code, report.still_billed))
        rest = f" and {report.omitted_still_billed} more" if report.omitted_still_billed else ""
        body.append(f"Terraform forgets {named}{rest}: still at Vultr, and still billed.")
    if report.budget is not None and ceiling is not None:
        body.append(_budget(report.budget, ceiling, without_key=report.without_key))
    if report.without_key:
        body.append("Public prices only: without an API key the account is not read.")
    return [*body, *(f"Assumed: {text}" for text in report.assumptions)]


def _row(line: EstimateLine) -> list[str]:
    """Return two lines on a change: its price before and after, and its basis."""
    number = "" if line.count == 1 else f"{line.count} x "
    parts = [
        f"{usd(line.this_month)} in the rest of this month",
        " and ".join(_SOURCES.get(part, part) for part in line.source.split(" + ")),
        f"would fail: {line.would_fail}" if line.would_fail else "",
        line.note or "",
        f"{usd(line.for_hours)} for its hours" if line.for_hours is not None else "",
        f"{usd(line.low)} to {usd(line.high)} by autoscaling" if line.low is not None else "",
    ]
    return [
        (
            f"- {line.action} {number}{code(line.what)}: {usd(line.before)} to {usd(line.after)} "
            f"a month{_up_to(line)}"
        ),
        f"  {'; '.join(part for part in parts if part)}",
    ]


def _up_to(line: EstimateLine) -> str:
    """Return the highest price of a change that scales by itself."""
    return "" if line.high is None or line.high <= line.after else f", up to {usd(line.high)}"


def _unpriced(row: UnpricedRow) -> tuple[str, ...]:
    return (code(row.what), row.why, usd(row.low), usd(row.high))


def _budget(row: BudgetAfter, ceiling: Ceiling, *, without_key: bool) -> str:
    """Return how the budget stands with the change, and without it."""
    if row.month_after is None:
        why = "without an API key" if without_key else "because the account could not be read"
        return f"Budget {usd(row.budget)}: not compared, {why}."
    now, least = ceiling.standing, not ceiling.standing.whole
    before = replace(
        row, status=row.was, month_after=now.month, run_rate_after=now.run_rate, at_most=False
    )
    with_it, without = (_against(one, ceiling.warn_percent, least=least) for one in (row, before))
    beside = " too" if with_it == without else f", {without.replace('the budget', 'it')}"
    return f"{stands_at(row, ceiling.warn_percent, least=least)}; without the change{beside}."


def stands_at(row: BudgetAfter, warn_percent: int, *, least: bool) -> str:
    """Return what a change makes of a budget, without a full stop; ``least``: sums are lower."""
    month, rate = (
        _sum(amount, row, least=least) for amount in (row.month_after, row.run_rate_after)
    )
    later = "an unknown amount" if row.run_rate_after is None else rate
    unread = ", as far as could be read" if row.at_most and least else ""
    return (
        f"Budget {usd(row.budget)}: with the change, {month} at the end of this month and {later} "
        f"in a full month{unread}, {_against(row, warn_percent, least=least)}"
    )


def _sum(amount: Decimal | None, row: BudgetAfter, *, least: bool) -> str:
    """Return a sum, "up to" where prices are ranges, else "at least" where not all was read."""
    if row.at_most and amount is not None:
        return f"up to {usd(amount)}"
    return at_least(amount, hedged=least)


def _against(row: BudgetAfter, warn_percent: int, *, least: bool) -> str:
    """Return how the end of this month and a full month stand to the budget."""
    rate = row.run_rate_after
    over_later = rate is not None and rate >= row.budget
    if row.status == "unknown":
        over = ", over it in a full month" if over_later else ""
        return f"unknown whether inside the budget {_AT_END}{over}"
    now = "over" if row.status == "over" else "inside"
    line = _past_line(row, warn_percent)
    if rate is None or (least and not over_later):
        return f"{now} the budget {_AT_END}{line}"
    later = "over" if over_later else "inside"
    if now == later:
        return f"{now} the budget in both{f'{line} {_AT_END}' if line else ''}"
    return f"{now} the budget {_AT_END}{line}, {later} it in a full month"


def _past_line(row: BudgetAfter, warn_percent: int) -> str:
    """Return that the end of the month warns; a warning may come of later months alone."""
    month = row.month_after
    if row.status != "warn" or month is None or month * HUNDRED < row.budget * warn_percent:
        return ""
    return f", but {warning_line(month, row.budget, warn_percent)}"
