"""Explain why the cost of one thing differs between two months (rule D30)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.attribution import RUNNING_WITHIN
from vultr_cost_mcp.billing.line_key import sizes_in
from vultr_cost_mcp.billing.proration import month_hours, monthly_price
from vultr_cost_mcp.billing.services import without_enclosed
from vultr_cost_mcp.domain.monthly_cap import GPU_MONTH_HOURS
from vultr_cost_mcp.money import CENT, ZERO, total_of
from vultr_cost_mcp.questions.change.hours_note import (
    billed_hours,
    clauses,
    day,
    ended,
    hours_in_both,
    hours_of_months,
    hours_of_new,
    lines_in_both,
    moved_hours,
    number,
)
from vultr_cost_mcp.questions.change.period_usage import PeriodUsage, same_price, same_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vultr_cost_mcp.billing.line_key import Family
    from vultr_cost_mcp.billing.proration import ProratedCharge
    from vultr_cost_mcp.domain.bill import ChargeLine
    from vultr_cost_mcp.questions.change.rows import ChangeKind

# Lines on both sides of one change; more of them are several changes.
_ONE_CHANGE = 2
_MOST_STEPS = 4
_SHORT = {"kb": "kB", "mb": "MB", "gb": "GB", "gib": "GiB", "tb": "TB", "tib": "TiB"}
_COUNTED = re.compile(r"\b(request|operation|token|image|minute)s?\b", re.IGNORECASE)
_UNIT = re.compile(r"[A-Za-z][A-Za-z /-]{0,15}")


@dataclass(frozen=True, slots=True)
class CostDriver:
    """The kind of a cost change, and a note with details."""

    kind: ChangeKind
    note: str = ""


def movement(family: Family, before: PeriodUsage, after: PeriodUsage) -> CostDriver:
    """Return the kind that explains a change best, and a note (D30).

    ``family`` is the kind of line, ``before`` and ``after`` its usage in the two months. The note
    is about hours, size, price or usage.
    """
    if family == "overage":
        return CostDriver("overage", _units_note(before.counted, after.counted))
    if family != "thing":
        return CostDriver(family)
    if not after.counted:
        return CostDriver("gone", _last_seen(before))
    return _lasting(before, after) if before.counted else _appeared(before, after)


def _lasting(before: PeriodUsage, after: PeriodUsage) -> CostDriver:
    """Explain the change of a thing that was charged in both months."""
    by_hours = _amount(after.hourly) - _amount(before.hourly)
    by_use = _amount(after.rest) - _amount(before.rest)
    if abs(by_hours) < abs(by_use):
        return _use(before.rest, after.rest)
    found = _hours(before, after, by_hours)
    last = after.newest_address
    if last and before.addresses and last not in before.addresses and not after.several:
        return CostDriver(found.kind, clauses(found.note, "at another address"))
    return found


def _hours(before: PeriodUsage, after: PeriodUsage, delta: Decimal) -> CostDriver:
    """Explain the change of a thing that is charged by the hour in both months."""
    if after.ended and delta < 0:
        return CostDriver("gone", f"{ended(after)} after {billed_hours(after)}")
    if before.several or after.several:
        return _several(before, after, delta)
    old, new = before.newest, after.newest
    if old is None or new is None:
        return CostDriver("hours", clauses(moved_hours(before, after), ended(after)))
    if before.switched or after.switched or _resized(old, new):
        return CostDriver(
            "resized",
            clauses(_step(before, after), _part(before, after), ended(after)),
        )
    if not same_price(old.line.unit_price, new.line.unit_price):
        kind: ChangeKind = "price" if _price_tells(old, new, before, after) else "hours"
        return CostDriver(kind, clauses(_prices(old, new), _part(before, after), ended(after)))
    return _same_terms(before, after, delta)


def _same_terms(before: PeriodUsage, after: PeriodUsage, delta: Decimal) -> CostDriver:
    if before.hours != after.hours:
        if _is_calendar(before, after):
            return CostDriver("calendar", hours_of_months(before, after))
        return CostDriver("hours", hours_in_both(before, after))
    lines = max(len(before.counted), len(after.counted))
    return CostDriver("rounding" if abs(delta) <= CENT * lines else "other")


def _is_calendar(before: PeriodUsage, after: PeriodUsage) -> bool:
    """Return whether a thing ran all of both months at 730 hours a month (D7, D30)."""
    long = any(
        month_hours(row.charge) == GPU_MONTH_HOURS for row in (*before.hourly, *after.hourly)
    )
    same = len(before.hourly) == len(after.hourly)
    return long and same and before.lasted and after.lasted


def _several(before: PeriodUsage, after: PeriodUsage, delta: Decimal) -> CostDriver:
    """Explain by hours if several things share a name and all their terms are known."""
    note = lines_in_both(before, after)
    known = all(before.has_price_of(row) for row in after.hourly) and all(
        after.has_price_of(row) for row in before.hourly
    )
    if not known:
        return CostDriver("other", note)
    if (after.hours - before.hours) * delta < 0:
        # Hours and cost moved in opposite directions: the mix of prices changed.
        return CostDriver("other", note)
    found = _same_terms(before, after, delta)
    if found.kind == "calendar":
        return found
    return CostDriver(found.kind, f"{moved_hours(before, after)}: {note}")


def _resized(old: ProratedCharge, new: ProratedCharge) -> bool:
    """Return whether the size differs, or the price if no size is stated."""
    sizes = sizes_in(old.line), sizes_in(new.line)
    if all(sizes):
        return sizes[0] != sizes[1]
    return not same_price(old.line.unit_price, new.line.unit_price)


def _price_tells(
    old: ProratedCharge, new: ProratedCharge, before: PeriodUsage, after: PeriodUsage
) -> bool:
    """Return whether the price explains more of the change than the hours do."""
    one, other = old.line.unit_price or ZERO, new.line.unit_price or ZERO
    by_price = (other - one) * before.hours
    by_hours = (after.hours - before.hours) * other
    return abs(by_price) >= abs(by_hours)


def _use(before: Sequence[ProratedCharge], after: Sequence[ProratedCharge]) -> CostDriver:
    """Explain the change of a thing that is charged by usage or at a flat amount."""
    delta = _amount(after) - _amount(before)
    old = {row.line.description: row for row in before}
    by_price = ZERO
    for row in after:
        was = old.get(row.line.description)
        if was and not same_price(was.line.unit_price, row.line.unit_price):
            one, other = was.line.unit_price or ZERO, row.line.unit_price or ZERO
            by_price += (other - one) * (was.units or ZERO)
    note = _units_note(before, after)
    if abs(by_price) > abs(delta - by_price):
        return CostDriver("price", note)
    if _units(before) != _units(after):
        return CostDriver("usage", note)
    lines = max(len(before), len(after))
    return CostDriver("rounding" if abs(delta) <= CENT * lines else "other")


def _amount(rows: Iterable[ProratedCharge]) -> Decimal:
    return total_of(row.amount for row in rows)


def _units(rows: Iterable[ProratedCharge]) -> Decimal:
    return total_of(row.units or ZERO for row in rows)


def _appeared(before: PeriodUsage, after: PeriodUsage) -> CostDriver:
    """Describe a thing that is missing in the earlier month, or in its compared part."""
    # A line that begins with its month may be for an older thing.
    start = before.later or (after.start if after.began else None)
    if after.hourly:
        return CostDriver("new", hours_of_new(after, start))
    since = f"billed since {day(start)}" if start else ""
    return CostDriver("new", clauses(since, _units_note((), after.rest)))


def _last_seen(before: PeriodUsage) -> str:
    over = before.end is not None and before.month.end - before.end > RUNNING_WITHIN
    return f"ended on {day(before.end)}" if over and before.end else ""


def _step(before: PeriodUsage, after: PeriodUsage) -> str:
    """Return the old and new size, or else the prices, and the date of the change.

    Where size or price changed more than once, every step is named: the first and the last one
    alone do not explain the cost of those between them.
    """
    steps = _steps(before, after)
    if len(steps) > _ONE_CHANGE:
        return _course(steps)
    when = after.switched or before.switched
    old, new = (before.hourly[0], after.hourly[-1])
    sizes = " ".join(sizes_in(old.line)), " ".join(sizes_in(new.line))
    prices = _prices(old, new)
    sized = f"{sizes[0]} to {sizes[1]}" if all(sizes) and sizes[0] != sizes[1] else ""
    return _joined(sized, prices) + (f" on {day(when)}" if when else "")


def _steps(before: PeriodUsage, after: PeriodUsage) -> list[ProratedCharge]:
    """Return the hourly lines with which size or price changed, oldest first, and the first one."""
    first, last = sorted((before, after), key=lambda side: side.month.start)
    steps: list[ProratedCharge] = []
    for row in (*first.hourly, *last.hourly):
        if not steps or not same_terms(steps[-1].line, row.line):
            steps.append(row)
    return steps


def _course(steps: Sequence[ProratedCharge]) -> str:
    """Return each step with its size and price: ``4096 MB at $20.00 a month, 8192 MB at ...``."""
    shown = [_terms(row) for row in steps]
    since = [row.line.start for row in steps]
    named = [
        f"{text} from {day(start)}" if start else text
        for text, start in zip(shown, since, strict=True)
    ]
    between = named[1:]
    if len(between) > _MOST_STEPS:
        between = [f"{len(between) - 1} other changes", between[-1]]
    return ", ".join([f"{shown[0]} a month", *between])


def _terms(row: ProratedCharge) -> str:
    """Return the size and price of a line, as far as they are known."""
    price = monthly_price(row.charge)
    sized = " ".join(sizes_in(row.line))
    priced = "" if price is None else f"${price:,.2f}"
    return " at ".join(filter(None, (sized, priced))) or "another price"


def _prices(old: ProratedCharge, new: ProratedCharge) -> str:
    one, other = monthly_price(old.charge), monthly_price(new.charge)
    if one is None or other is None or one == other:
        return ""
    return f"${one:,.2f} to ${other:,.2f} a month"


def _part(before: PeriodUsage, after: PeriodUsage) -> str:
    """Return the hours if the thing did not run for both whole months, else ""."""
    partly = before.began or before.ended or after.began or after.ended
    return moved_hours(before, after) if partly and before.hours != after.hours else ""


def _units_note(before: Sequence[ProratedCharge], after: Sequence[ProratedCharge]) -> str:
    """Return the usage before and after by unit, "" if equal."""
    names = dict.fromkeys(_unit_name(row.line) for row in (*before, *after))
    parts: list[str] = []
    for name in names:
        one, other = (
            _units(row for row in rows if _unit_name(row.line) == name) for rows in (before, after)
        )
        if one != other:
            parts.append(f"{number(one)} to {number(other)} {name}")
    return _joined(*parts)


def _unit_name(line: ChargeLine) -> str:
    """Return the name of a line's units: its unit type, else a unit in its text.

    Overage is counted in requests, operations or tokens where the text says so, else in GB, as
    bandwidth and storage are sold.
    """
    unit = line.unit_type.strip()
    if unit.casefold() != "overage":
        return _SHORT.get(unit.casefold(), unit) if _UNIT.fullmatch(unit) else "units"
    found = _COUNTED.search(without_enclosed(f"{line.description} {line.product}"))
    return f"{found.group(1).lower()}s" if found else "GB"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
