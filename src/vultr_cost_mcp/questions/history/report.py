"""The account's cost over time, by month or by day (rules D2, D3, D31)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.daily_cost import DaySpend, allocate_to, month_by_day
from vultr_cost_mcp.billing.mid_month import in_no_month, invoiced_at
from vultr_cost_mcp.billing.months import monthly_bills
from vultr_cost_mcp.billing.statistics import median, theil_sen
from vultr_cost_mcp.domain.bill import NOT_RESOURCES, BillTotals, MonthlyBill
from vultr_cost_mcp.domain.dates import month_name, period_name
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.report_fields import Omitted, Summed, Usd
from vultr_cost_mcp.markdown import UNKNOWN, usd
from vultr_cost_mcp.money import HUNDRED, ZERO, allocate, to_cents, total_of
from vultr_cost_mcp.questions.caveats import (
    caveats_with,
    invoice_caveats,
    invoiced_caveats,
    stated_otherwise,
    two_months_caveats,
    unknown_products,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.billing.daily_cost import Reading
    from vultr_cost_mcp.domain.snapshot import Snapshot


Granularity = Literal["month", "day"]
Trend = Literal["increasing", "decreasing", "stable", "unknown"]
RowSource = Literal["invoices", "unbilled", "running", "readings", "interpolated"]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """The total of a month (``YYYY-MM``) or day; ``by_service`` sums to ``total``.

    ``total`` includes tax and credits. ``charges`` does not, and is None if lines of the month were
    not read. ``source`` is the origin of the figures: ``unbilled`` is last month's lines without an
    invoice, ``interpolated`` a day without a reading of its own.
    """

    period: str
    total: Usd
    charges: Usd | None
    by_service: dict[str, Usd]
    partial: bool = False
    source: RowSource = "invoices"


@dataclass(frozen=True, slots=True)
class Jump:
    """The largest change from one month to the next."""

    period: str
    delta: Usd


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """Totals over time, oldest first; averages and the trend are of ``charges`` (D3, D31).

    If months changed suddenly and not gradually, there is a ``jump`` and no trend. ``without_row``
    are the months or spans of days without data. ``services`` are those named in rows, the most
    expensive first. ``omitted`` are the oldest rows, left out if the answer would be too long.
    """

    granularity: Granularity
    rows: tuple[HistoryRow, ...]
    omitted: Omitted
    average_monthly: Summed | None
    average_daily: Usd | None
    trend: Trend
    trend_percent: float | None
    complete_rows: int
    services: tuple[str, ...]
    without_row: tuple[str, ...]
    jump: Jump | None = None
    caveats: tuple[str, ...] = ()


OTHERS = "(other services)"
NOT_READ = "(not read)"
MOST_SERVICES = 20
DEFAULT_SERVICES = 2
# Services that explain the difference between total and charges are always named.
APART = frozenset({*NOT_RESOURCES, NOT_READ})
_MONTHS_OF_A_TREND = 4
_STABLE_PERCENT = 3
# If slope and median monthly change differ by more than this factor, a jump causes the slope.
_MOSTAPART = 3
_CAPPED_AFTER = 28
_CAPS = (
    "Resources that run all month reach their monthly cap on the 28th, so later days look cheaper: "
    "that is the cap, not a saving."
)
_TENTH = Decimal("0.1")
_A_DAY = timedelta(days=1)


def months_back(month: Month, count: int) -> Month:
    """Return the month ``count`` months earlier."""
    for _ in range(count):
        month = month.previous
    return month


def history_by_month(snapshot: Snapshot, *, months: int) -> HistoryReport:
    """Report the bills of the last ``months`` completed months, and of the current one."""
    first = months_back(snapshot.month, months)
    every = monthly_bills(snapshot).values()
    bills = [bill for bill in every if bill.month >= first]
    found = [_row_of(bill) for bill in bills]
    whole = [
        # Exact: months are rounded for display, not for averages (D4).
        (bill.month, BillTotals.exact_charges(bill.charges))
        for bill, row in zip(bills, found, strict=True)
        if not row.partial
    ]
    # If no month has charges, the average is zero.
    charged = [x for _, x in whole if x > 0] or [x for _, x in whole]
    average = to_cents(total_of(charged) / len(charged)) if charged else None
    trend, percent, jump = _trend(whole)
    report = HistoryReport(
        granularity="month",
        rows=tuple(found),
        omitted=Omitted(0, ZERO),
        average_monthly=average,
        average_daily=None,
        trend=trend,
        trend_percent=percent,
        jump=jump,
        complete_rows=len(charged),
        services=_by_cost(found),
        without_row=_months_without_bill([bill.month for bill in every], first, snapshot),
    )
    return replace(report, caveats=caveats_with(snapshot, _caveats_of_months(report, snapshot)))


def uncharged_months(bills: Iterable[MonthlyBill]) -> list[str]:
    """Return the complete months left out of averages: credit notes, empty invoices (D3)."""
    whole = [bill for bill in bills if not bill.running and bill.complete]
    empty = [bill.month.name for bill in whole if BillTotals.exact_charges(bill.charges) <= 0]
    return empty if len(empty) < len(whole) else []


def _row_of(bill: MonthlyBill) -> HistoryRow:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for charge in bill.charges:
        sums[charge.service] += charge.total
    if bill.source == "invoices" and not bill.read_wholly:
        # The invoice's amount is known even if its lines are not.
        stated = total_of(invoice.amount for invoice in bill.invoices)
        sums[NOT_READ] = stated - total_of(sums.values())
    cents = allocate(sums)
    totals = BillTotals.of(bill.charges)
    return HistoryRow(
        period=bill.month.name,
        total=total_of(cents.values()),
        charges=totals.charges if bill.complete or bill.running else None,
        by_service=cents,
        partial=not bill.complete,
        source=bill.source,
    )


def _trend(months: Sequence[tuple[Month, Decimal]]) -> tuple[Trend, float | None, Jump | None]:
    """Return the slope a month in percent of the median month, or the jump that hides it (D31)."""
    if len(months) < _MONTHS_OF_A_TREND:
        return "unknown", None, None
    points = [(month.start.year * 12 + month.start.month, x) for month, x in months]
    slope, usual = theil_sen(points), median(x for _, x in months)
    if not usual:
        return ("unknown", None, None) if slope else ("stable", 0.0, None)
    percent = slope * HUNDRED / usual
    shown = float(percent.quantize(_TENTH, rounding=ROUND_HALF_UP) + ZERO)
    if abs(percent) <= _STABLE_PERCENT:
        return "stable", shown, None
    step = median((second - first) / (at - was) for (was, first), (at, second) in pairwise(points))
    if not _agree(step, slope):
        return "unknown", None, _jump(months)
    return ("increasing" if percent > 0 else "decreasing"), shown, None


def _agree(step: Decimal, slope: Decimal) -> bool:
    """Return whether the median monthly change is close to the slope over all months."""
    alike = abs(slope) <= _MOSTAPART * abs(step) and abs(step) <= _MOSTAPART * abs(slope)
    return alike and step * slope > 0


def _jump(months: Sequence[tuple[Month, Decimal]]) -> Jump:
    """Return the largest change from one month to the next, the newest of equal ones."""
    changes = [(second - first, month) for (_, first), (month, second) in pairwise(months)]
    delta, month = max(changes, key=lambda change: (abs(change[0]), change[1]))
    return Jump(month.name, to_cents(delta))


def _months_without_bill(
    months: Sequence[Month], first: Month, snapshot: Snapshot
) -> tuple[str, ...]:
    """Return the months without a bill since ``first`` or the oldest bill, if later."""
    known = set(months)
    # Lines of invoices dated before the first month are not requested.
    dates = [row.date for row in snapshot.invoices or () if row.date is not None]
    oldest = min([*known, *map(Month.of, dates)], default=snapshot.month)
    month, missing = snapshot.month.previous, list[str]()
    while month >= max(first, oldest):
        if month not in known:
            missing.append(month.name)
        month = month.previous
    return tuple(reversed(missing))


def history_by_day(snapshot: Snapshot, readings: Sequence[Reading], *, days: int) -> HistoryReport:
    """Report the last ``days`` completed days, and today, from cumulative readings."""
    today = snapshot.now.date()
    invoiced = invoiced_at(snapshot, Month.of(snapshot.now - days * _A_DAY))
    first = first_day(snapshot, days)
    found: list[HistoryRow] = []
    month = Month.of(snapshot.now)
    while month.end.date() > first:
        spent = month_by_day(readings, month, invoiced)
        found[:0] = [row for row in _rows_of(spent) if first.isoformat() <= row.period]
        month = month.previous
    whole = [row.charges or ZERO for row in found if not row.partial]
    report = HistoryReport(
        granularity="day",
        rows=tuple(found),
        omitted=Omitted(0, ZERO),
        average_monthly=None,
        average_daily=to_cents(total_of(whole) / len(whole)) if whole else None,
        trend="unknown",
        trend_percent=None,
        jump=None,
        complete_rows=len(whole),
        services=_by_cost(found),
        without_row=_spans_without_row({row.period for row in found}, first, today)
        if found
        else (),
    )
    own = [*_caveats_of_days(report), *unknown_products(snapshot.charges)]
    return replace(report, caveats=caveats_with(snapshot, own))


def first_day(snapshot: Snapshot, days: int) -> date:
    """Return the first of the last ``days`` completed days."""
    return snapshot.now.date() - days * _A_DAY


def _rows_of(days: Sequence[DaySpend]) -> list[HistoryRow]:
    """Return a month's days in cents; they sum to its last reading, each to its services."""
    totals = allocate({day.day: day.total for day in days})
    return [_day_row(day, totals[day.day]) for day in days]


def _day_row(day: DaySpend, total: Decimal) -> HistoryRow:
    cents = allocate_to({name: amount for name, amount in day.sums.items() if amount}, total)
    return HistoryRow(
        period=day.day.isoformat(),
        total=total,
        charges=total - total_of(cents.get(name, ZERO) for name in NOT_RESOURCES),
        by_service={name: amount for name, amount in cents.items() if amount},
        partial=not (day.read and day.whole),
        source="readings" if day.read else "interpolated",
    )


def _spans_without_row(known: set[str], first: date, today: date) -> tuple[str, ...]:
    """Return the days without a row, as spans."""
    spans: list[list[date]] = []
    for number in range((today - first).days + 1):
        day = first + number * _A_DAY
        if day.isoformat() in known:
            continue
        if spans and spans[-1][-1] == day - _A_DAY:
            spans[-1].append(day)
        else:
            spans.append([day])
    return tuple(f"{span[0]} to {span[-1]}" if len(span) > 1 else str(span[0]) for span in spans)


def _by_cost(rows: Sequence[HistoryRow]) -> tuple[str, ...]:
    """Return the services by cost in all rows, without tax, credits and unread parts."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        for name, amount in row.by_service.items():
            sums[name] += abs(amount)
    return tuple(sorted(sums.keys() - APART, key=lambda name: (-sums[name], name)))


def shortened(
    report: HistoryReport, *, services: int = DEFAULT_SERVICES, rows: int | None = None
) -> HistoryReport:
    """Return the newest rows, each with only the most expensive services by name.

    ``services`` is the number of named services; ``rows`` the number of rows, None for all.
    """
    cut = 0 if rows is None else max(0, len(report.rows) - rows)
    # A single remaining service is named too.
    several = len(report.services) > services + 1
    named = report.services[:services] if several else report.services
    return replace(
        report,
        rows=tuple(replace(r, by_service=_named(r.by_service, named)) for r in report.rows[cut:]),
        omitted=Omitted(cut, total_of(row.total for row in report.rows[:cut])),
        services=named,
    )


def _named(parts: Mapping[str, Decimal], order: Sequence[str]) -> dict[str, Decimal]:
    named = {name: parts[name] for name in (*order, *sorted(APART)) if name in parts}
    rest = total_of(amount for name, amount in parts.items() if name not in named)
    return {**named, OTHERS: rest} if len(named) < len(parts) else named


def _caveats_of_months(report: HistoryReport, snapshot: Snapshot) -> list[str]:
    caveats: list[str] = []
    unread = [row.period for row in report.rows if row.partial and row.source == "invoices"]
    if unread:
        caveats.append(
            f"Not all lines of {_months(unread[:6])} could be read: excluded from average and "
            "trend."
        )
    if report.without_row:
        none = "No invoice was read" if snapshot.missing("invoices") else "There is no invoice"
        caveats.append(f"{none} for {_unknown_spans(report)}: left out, not counted as zero.")
    bills = monthly_bills(snapshot)
    shown = {row.period for row in report.rows}
    uncharged = uncharged_months(bills[name] for name in bills if name in shown)
    if uncharged:
        caveats.append(
            f"Nothing is charged for {_months(uncharged[-6:])} (credit notes, empty invoices): "
            "excluded from the average."
        )
    lines = (charge for name in bills if name in shown for charge in bills[name].charges)
    caveats += unknown_products(lines)
    placed = {row.id for bill in bills.values() for row in bill.invoices}
    lost = sum(row.asked and row.id not in placed for row in snapshot.invoices or ())
    if lost:
        caveats.append(
            f"{lost} of the invoices state neither a date nor hours and are in no month."
        )
    otherwise = [name for name in bills if name in shown and stated_otherwise(bills[name])]
    if otherwise:
        named = _months(otherwise[-6:])
        caveats.append(f"Invoices of {named} state another amount than their lines: lines count.")
    caveats += [*invoiced_caveats(snapshot), *two_months_caveats(snapshot)]
    rest = to_cents(in_no_month(snapshot))
    if rest:
        caveats.append(
            f"{usd(rest)} on invoices of {month_name(snapshot.month.start)} is for something else "
            "(credits, or hours of another month) and is not in its row."
        )
    caveats += invoice_caveats([row for bill in bills.values() for row in bill.invoices])
    if any(row.source == "unbilled" for row in report.rows):
        caveats.append("Last month is not invoiced yet: its lines may still get tax.")
    return caveats


def _months(names: Iterable[str]) -> str:
    return ", ".join(map(period_name, names))


def _caveats_of_days(report: HistoryReport) -> list[str]:
    caveats: list[str] = []
    if any(row.source == "interpolated" for row in report.rows):
        caveats.append(
            "Days without a reading share evenly what lies between two readings, and are excluded "
            "from the average."
        )
    if report.without_row:
        caveats.append(f"Unknown until a later reading: {_unknown_spans(report)}.")
    if any(int(row.period[-2:]) > _CAPPED_AFTER for row in report.rows):
        caveats.append(_CAPS)
    return caveats


def _unknown_spans(report: HistoryReport) -> str:
    """Return the spans without a row, in words."""
    shown = ", ".join(
        " to ".join(map(period_name, span.split(" to "))) for span in report.without_row[:6]
    )
    rest = len(report.without_row) - 6
    return f"{shown} and {rest} more" if rest > 0 else shown or UNKNOWN
