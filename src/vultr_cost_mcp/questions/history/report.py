"""What the account cost over time, by month or by day (rules D2, D3, D31)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.daily import DaySpend, allocate_to, month_by_day
from vultr_cost_mcp.billing.mid_month import invoiced_at
from vultr_cost_mcp.billing.months import MonthlyBill, monthly_bills
from vultr_cost_mcp.billing.statistics import median, theil_sen
from vultr_cost_mcp.domain.bill import NOT_RESOURCES, BillTotals
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.report_fields import Omitted, Usd
from vultr_cost_mcp.money import HUNDRED, ZERO, allocate, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.billing.daily import Reading
    from vultr_cost_mcp.domain.snapshot import Snapshot


Granularity = Literal["month", "day"]
Trend = Literal["increasing", "decreasing", "stable", "unknown"]
RowSource = Literal["invoices", "unbilled", "running", "readings", "interpolated"]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What one month (``YYYY-MM``) or day came to; ``by_service`` sums to ``total``.

    ``total`` is with tax and credits; ``charges`` is without them, and None when lines of the
    month were not read. ``source`` says where it comes from: ``unbilled`` is last month's lines
    without an invoice, ``interpolated`` a day without a reading of its own.
    """

    period: str
    total: Usd
    charges: Usd | None
    by_service: dict[str, Usd]
    partial: bool
    source: RowSource


@dataclass(frozen=True, slots=True)
class Jump:
    """The month that came to most more, or most less, than the one before it."""

    period: str
    delta: Usd


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """Totals over time, oldest first; averages and the trend are of ``charges`` (D3, D31).

    Where months went up or down at once and not little by little there is a ``jump`` and no trend.
    ``without_row`` are the months or spans of days in between of which nothing is known.
    ``services`` are those that rows name, the dearest first. ``omitted`` are the oldest rows,
    where all would be too long.
    """

    granularity: Granularity
    rows: tuple[HistoryRow, ...]
    omitted: Omitted
    average_monthly: Usd | None
    average_daily: Usd | None
    trend: Trend
    trend_percent: float | None
    jump: Jump | None
    complete_rows: int
    services: tuple[str, ...]
    without_row: tuple[str, ...]


OTHERS = "(other services)"
NOT_READ = "(not read)"
MOST_SERVICES = 8
# What explains the difference between a total and its charges keeps its name.
_APART = frozenset({*NOT_RESOURCES, NOT_READ})
_MONTHS_OF_A_TREND = 4
_STABLE_PERCENT = 3
# A slope that is more times the usual change of a month, or less, is made by a jump.
_MOST_APART = 3
_TENTH = Decimal("0.1")
_A_DAY = timedelta(days=1)


def months_back(month: Month, count: int) -> Month:
    """The month so many months before one."""
    for _ in range(count):
        month = month.previous
    return month


def history_by_month(snapshot: Snapshot, *, months: int) -> HistoryReport:
    """The bills of the last ``months`` months that are over, and of the running one."""
    first = months_back(snapshot.month, months)
    every = monthly_bills(snapshot).values()
    bills = [bill for bill in every if bill.month >= first]
    found = [_row_of(bill) for bill in bills]
    whole = [
        # Exact: a month is rounded to be shown, not to be averaged (D4).
        (bill.month, BillTotals.exact_charges(bill.charges))
        for bill, row in zip(bills, found, strict=True)
        if not row.partial
    ]
    # An account that costs nothing costs nothing on average.
    charged = [x for _, x in whole if x > 0] or [x for _, x in whole]
    average = to_cents(total_of(charged) / len(charged)) if charged else None
    trend, percent, jump = _trend(whole)
    return HistoryReport(
        granularity="month",
        rows=tuple(found),
        omitted=Omitted(0, ZERO),
        average_monthly=average,
        average_daily=None,
        trend=trend,
        trend_percent=percent,
        jump=jump,
        complete_rows=len(charged),
        services=_dearest(found),
        without_row=_not_billed([bill.month for bill in every], first, snapshot),
    )


def uncharged_months(bills: Iterable[MonthlyBill]) -> list[str]:
    """Return the whole months that are in no average: of credit notes or empty invoices (D3)."""
    whole = [bill for bill in bills if bill.source != "running" and bill.complete]
    empty = [bill.month.name for bill in whole if BillTotals.exact_charges(bill.charges) <= 0]
    return empty if len(empty) < len(whole) else []


def _row_of(bill: MonthlyBill) -> HistoryRow:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for charge in bill.charges:
        sums[charge.service] += charge.total
    running = bill.source == "running"
    if bill.source == "invoices" and not bill.read_wholly:
        # What the invoice comes to is known, also where its lines are not.
        stated = total_of(invoice.amount for invoice in bill.invoices)
        sums[NOT_READ] = stated - total_of(sums.values())
    cents = allocate(sums)
    totals = BillTotals.of(bill.charges)
    return HistoryRow(
        period=bill.month.name,
        total=total_of(cents.values()),
        charges=totals.charges if bill.complete or running else None,
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
    """Return whether the usual change of a month is about the slope over all of them."""
    alike = abs(slope) <= _MOST_APART * abs(step) and abs(step) <= _MOST_APART * abs(slope)
    return alike and step * slope > 0


def _jump(months: Sequence[tuple[Month, Decimal]]) -> Jump:
    """Return the largest change from one month to the next, the newest of equal ones."""
    changes = [(second - first, month) for (_, first), (month, second) in pairwise(months)]
    delta, month = max(changes, key=lambda change: (abs(change[0]), change[1]))
    return Jump(month.name, to_cents(delta))


def _not_billed(months: Sequence[Month], first: Month, snapshot: Snapshot) -> tuple[str, ...]:
    """The months since ``first``, or since the oldest bill if that is later, that have none."""
    known = set(months)
    # Lines of invoices that are dated before the first month are not asked for.
    dates = [row.date for row in snapshot.invoices or () if row.date is not None]
    oldest = min([*known, *map(Month.of, dates)], default=snapshot.month)
    month, missing = snapshot.month.previous, list[str]()
    while month >= max(first, oldest):
        if month not in known:
            missing.append(month.name)
        month = month.previous
    return tuple(reversed(missing))


def history_by_day(snapshot: Snapshot, readings: Sequence[Reading], *, days: int) -> HistoryReport:
    """The last ``days`` days that are over, and today, from cumulative readings."""
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
    return HistoryReport(
        granularity="day",
        rows=tuple(found),
        omitted=Omitted(0, ZERO),
        average_monthly=None,
        average_daily=to_cents(total_of(whole) / len(whole)) if whole else None,
        trend="unknown",
        trend_percent=None,
        jump=None,
        complete_rows=len(whole),
        services=_dearest(found),
        without_row=_not_known({row.period for row in found}, first, today) if found else (),
    )


def first_day(snapshot: Snapshot, days: int) -> date:
    """The first of the last ``days`` days that are over."""
    return snapshot.now.date() - days * _A_DAY


def _rows_of(days: Sequence[DaySpend]) -> list[HistoryRow]:
    """The days of one month in cents: they sum to its last reading, and each to its services."""
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


def _not_known(known: set[str], first: date, today: date) -> tuple[str, ...]:
    """The days that have no row, as spans."""
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


def _dearest(rows: Sequence[HistoryRow]) -> tuple[str, ...]:
    """The services of all rows by their dollars, without those that make total from charges."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        for name, amount in row.by_service.items():
            sums[name] += abs(amount)
    return tuple(sorted(sums.keys() - _APART, key=lambda name: (-sums[name], name)))


def shortened(
    report: HistoryReport, *, services: int = MOST_SERVICES, rows: int | None = None
) -> HistoryReport:
    """The newest rows, each with only the dearest services of all of them by name."""
    cut = 0 if rows is None else max(0, len(report.rows) - rows)
    # One that would be the only other one has a name of its own.
    several = len(report.services) > services + 1
    named = report.services[:services] if several else report.services
    return replace(
        report,
        rows=tuple(replace(r, by_service=_named(r.by_service, named)) for r in report.rows[cut:]),
        omitted=Omitted(cut, total_of(row.total for row in report.rows[:cut])),
        services=named,
    )


def _named(parts: Mapping[str, Decimal], order: Sequence[str]) -> dict[str, Decimal]:
    named = {name: parts[name] for name in (*order, *sorted(_APART)) if name in parts}
    rest = total_of(amount for name, amount in parts.items() if name not in named)
    return {**named, OTHERS: rest} if len(named) < len(parts) else named
