"""Write when a thing was billed in two compared months, and for how many hours (D7, D30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.proration import month_hours
from vultr_cost_mcp.domain.dates import month_name
from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.money import HUNDRED

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.questions.change.period_usage import PeriodUsage


def hours_in_both(before: PeriodUsage, after: PeriodUsage) -> str:
    """Return a thing's hours in both months, and since when it was billed if that is known."""
    first, last = sorted((before, after), key=lambda side: side.month.start)
    if first.began:
        return clauses(_billed_since(first.start, last), moved_hours(before, after, "hour"))
    return clauses(moved_hours(before, after), ended(last))


def hours_of_new(after: PeriodUsage, start: datetime | None) -> str:
    """Return the hours of a thing that the other month lacks; ``start`` is None if unknown."""
    when = _billed_since(start, after)
    noun = "hour" if when else "billed hour"
    # The hours are one month's, also where the thing began in the month before.
    elsewhere = start is not None and start < after.month.start
    place = f" in {after.month.start:%B}" if elsewhere else ""
    lines = f": {_lines(after)}" if after.several else ""
    ran = f"{_hours(after, noun)}{place}{' (its monthly cap)' if _is_capped(after) else ''}{lines}"
    return clauses(when, ran) if when else clauses(ran, ended(after))


def moved_hours(before: PeriodUsage, after: PeriodUsage, noun: str = "billed hour") -> str:
    """Return the hours of both months, and which of them are the monthly cap (D7)."""
    if before.hours == after.hours:
        return f"{_hours(after, noun)} in both"
    capped = _is_capped(before), _is_capped(after)
    if noun == "billed hour" and not any(capped):
        return f"{number(before.hours)} to {_hours(after, noun)}"
    was = " (its monthly cap)" if capped == (True, False) else ""
    now = (" (its monthly cap in both)" if capped[0] else " (its monthly cap)") if capped[1] else ""
    then = "then" if before.month.start < after.month.start else "before that"
    return f"{_hours(before, noun)}{was}, {then} {number(after.hours)}{now}"


def hours_of_months(before: PeriodUsage, after: PeriodUsage) -> str:
    """Return the billed hours of two whole months, and why one has more than it bills (D7)."""
    first, then = (
        f"{side.billable_hours:,}{noun} in {name}{_why_fewer(side)}"
        for side, name, noun in zip(
            (before, after), _names(before, after), (" hours billed", ""), strict=True
        )
    )
    return f"{first} and {then}"


def lines_in_both(before: PeriodUsage, after: PeriodUsage) -> str:
    """Return the number of hourly lines of one name, and that of the other month."""
    was, now = len(before.hourly), len(after.hourly)
    if was == now:
        return f"{_lines(after)} in both"
    return f"{_lines(after)}, {'up' if now > was else 'down'} from {was:,}"


def ended(side: PeriodUsage) -> str:
    """Return on which day a thing ended, "" if it did not."""
    if not side.ended:
        return ""
    return f"ended on {day(side.end)}" if side.end else "ended"


def billed_hours(side: PeriodUsage) -> str:
    """Return the hours of one month: ``137 billed hours``."""
    return _hours(side, "billed hour")


def _billed_since(start: datetime | None, last: PeriodUsage) -> str:
    """Return the days from the first line to the last, "" if the first is unknown."""
    if start is None:
        return ""
    if not last.ended or last.end is None:
        return f"billed since {day(start)}{', now ended' if last.ended else ''}"
    if start.date() == last.end.date():
        return f"billed on {day(start)} only"
    same = (start.year, start.month) == (last.end.year, last.end.month)
    return f"billed from {start.day if same else day(start)} to {day(last.end)}"


def _is_capped(side: PeriodUsage) -> bool:
    """Return whether a thing of one line ran longer than its cap, and was billed for that (D7)."""
    row = side.newest
    if row is None or len(side.hourly) > 1:
        return False
    ran, cap = row.line.units, month_hours(row.charge)
    return ran is not None and row.hours is not None and row.hours >= cap and ran > cap


def _names(before: PeriodUsage, after: PeriodUsage) -> tuple[str, str]:
    """Return the names of two months, with their years if these differ."""
    starts = before.month.start, after.month.start
    if starts[0].year == starts[1].year:
        return f"{starts[0]:%B}", f"{starts[1]:%B}"
    return month_name(starts[0]), month_name(starts[1])


def _why_fewer(side: PeriodUsage) -> str:
    if side.all_hours <= side.billable_hours:
        return ""
    return f" (the monthly cap; {side.month.start:%B} has {side.all_hours:,})"


def _lines(side: PeriodUsage) -> str:
    return f"{count(len(side.hourly), 'hourly billing line')} of this name"


def _hours(side: PeriodUsage, noun: str) -> str:
    return f"{number(side.hours)} {noun if side.hours == 1 else noun + 's'}"


def number(amount: Decimal) -> str:
    """Format hours or units: without decimals if whole or from a hundred on."""
    whole = amount == amount.to_integral_value() or abs(amount) >= HUNDRED
    return f"{amount:,.0f}" if whole else f"{amount:,.2f}"


def day(instant: datetime) -> str:
    """Format a day: ``6 Nov``."""
    return f"{instant.day} {instant:%b}"


def clauses(*parts: str) -> str:
    """Join parts of a note that have commas of their own."""
    return "; ".join(part for part in parts if part)
