"""Daily usage at hourly rates before any monthly cap, from readings of lines (D32)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.attribution import name_in
from vultr_cost_mcp.billing.daily_cost import stretches
from vultr_cost_mcp.domain.bill import NOT_RESOURCES, Service
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.history import StoredLine

_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(days=1)
# A reading this shortly before midnight covers the whole day.
_NEARLY = timedelta(hours=2)

Days = dict[date, Decimal]
Who = str
Span = tuple[datetime, datetime]
Rows = list["StoredLine"]
# The key of a line across readings, and whether it is charged by the hour.
Identity = tuple[Service, str, str, datetime | None, bool]


@dataclass(frozen=True, slots=True)
class LineReading:
    """The lines of an account at an instant, cumulative within their periods.

    ``complete`` is False if not all of its lines were read.
    """

    at: datetime
    complete: bool
    lines: Sequence[StoredLine]


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """Dollars of usage, each spread evenly over the span in which it was used.

    ``read`` are the days that have a reading and a known end. On the days in ``restarts`` the
    charges of a service that are not hourly are unknown, because its lines restarted with the
    month.
    """

    spans: dict[tuple[Service, Who], dict[Span, Decimal]] = field(
        default_factory=dict[tuple[Service, Who], dict[Span, Decimal]]
    )
    read: set[date] = field(default_factory=set[date])
    restarts: set[tuple[Service, date]] = field(default_factory=set[tuple[Service, date]])
    names: dict[Who, str] = field(default_factory=dict[Who, str])

    def add(self, row: StoredLine, dollars: Decimal, start: datetime, end: datetime) -> None:
        """Add the dollars that a line gained in a span."""
        if dollars:
            self.names[resource_key(row)] = name_of(row)
            spans = self.spans.setdefault((row.service, resource_key(row)), {})
            spans[start, end] = spans.get((start, end), ZERO) + dollars

    def by_service(self) -> dict[Service, Days]:
        """Return dollars of each service by day."""
        # Running lines share their spans. Adding those up first leaves few amounts to spread.
        sums: dict[Service, dict[Span, Decimal]] = {}
        for (service, _), spans in self.spans.items():
            total = sums.setdefault(service, {})
            for span, dollars in spans.items():
                total[span] = total.get(span, ZERO) + dollars
        return {service: _by_day(spans) for service, spans in sums.items()}

    def by_thing(self, service: str) -> dict[Who, Days]:
        """Return dollars of each resource of a service by day, keyed by resource id, else name."""
        return {who: _by_day(spans) for (of, who), spans in self.spans.items() if of == service}


def resource_key(row: StoredLine) -> Who:
    """Return the key of a line's resource: its id, else the name on the line."""
    return row.resource_id or name_of(row)


def name_of(row: StoredLine) -> str:
    """Return the name that a line gives its resource."""
    return name_in(row.line) or row.line.description or row.line.product


def daily_use(readings: Iterable[LineReading], invoiced: Sequence[datetime] = ()) -> DailyUsage:
    """Return the usage of every day that the readings cover.

    ``invoiced`` are the times of mid-month invoices. Lines restart then, so usage between the
    readings around them is unknown (D1, D32).
    """
    use = DailyUsage()
    ordered: list[tuple[LineReading, dict[str, Rows]]] = []
    for reading in sorted(readings, key=lambda reading: reading.at):
        by_period: dict[str, Rows] = {}
        for row in reading.lines:
            by_period.setdefault(row.period, []).append(row)
        ordered.append((reading, by_period))
    for name in sorted({name for _, by_period in ordered for name in by_period}):
        year, number = map(int, name.split("-"))
        month = Month.of(datetime(year, number, 1, tzinfo=UTC))
        rows = [(reading, by_period.get(name, [])) for reading, by_period in ordered]
        for begin, end in stretches(month, invoiced):
            within = [
                row for row in rows if row[0].at >= begin and (end is None or row[0].at < end)
            ]
            _add_month(use, month, _of_month(within, month), restarted=begin != month.start)
    return use


def _of_month(
    readings: Sequence[tuple[LineReading, Rows]], month: Month
) -> list[tuple[datetime, Rows]]:
    """Return the readings of a month; one after its end that still has its lines is its end.

    ``readings`` are since the month's start.
    """
    found: list[tuple[datetime, Rows]] = []
    previous = ZERO
    for reading, rows in readings:
        closing = reading.at >= month.end
        if closing and not rows:
            continue
        total = total_of(row.line.total for row in rows)
        # An incomplete reading tells nothing about a day; the next complete one does. Half-invoiced
        # lines are no credit either.
        if not reading.complete or (closing and total < previous):
            continue
        previous = total
        if found and found[-1][0] == min(reading.at, month.end):
            found.pop()
        found.append((min(reading.at, month.end), [row for row in rows if _is_use(row)]))
    return found


def _is_use(row: StoredLine) -> bool:
    """Return whether a line is usage; credits, discounts and tax are not."""
    return row.line.total >= 0 and row.service not in NOT_RESOURCES


def _add_month(
    use: DailyUsage,
    month: Month,
    readings: Sequence[tuple[datetime, Rows]],
    *,
    restarted: bool,
) -> None:
    """Add the usage of a month; after an invoice (``restarted``) the first reading is a start."""
    before: dict[Identity, Rows] = {}
    since = month.start
    for number, (at, rows) in enumerate(readings):
        after: dict[Identity, Rows] = {}
        for row in rows:
            after.setdefault(_identity(row), []).append(row)
        if restarted and not number:
            before, since = after, at
            continue
        between = _Between(use, month, since, at)
        for key in dict.fromkeys([*before, *after]):
            old, new = before.get(key, []), after.get(key, [])
            restarts = not key[-1] and (not number or (not old and between.may_recur(new)))
            if restarts:
                _restarted(use, new[0].service, month.start, at)
            else:
                between.add(old, new, by_hours=key[-1])
        if at < month.end:
            use.read.add(at.date())
        before, since = after, at
    if restarted and readings:
        _unread_until(use, readings[0][0])
    # A day counts only if its end was read as well.
    begun = since.replace(hour=0, minute=0, second=0, microsecond=0)
    if since < month.end and begun + _DAY - since > _NEARLY:
        use.read.discard(begun.date())


def _unread_until(use: DailyUsage, at: datetime) -> None:
    """Remove the day of a first reading after an invoice, unless the reading was at its start."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if at - midnight > _NEARLY:
        use.read.discard(at.date())


def _restarted(use: DailyUsage, service: Service, start: datetime, at: datetime) -> None:
    while start < at:
        use.restarts.add((service, start.date()))
        start += _DAY


def _identity(row: StoredLine) -> Identity:
    """Return a line's key across readings; the price may change and is not part of it."""
    line = row.line
    by_hours = line.hourly and line.units is not None and line.unit_price is not None
    return (row.service, line.description, line.product, line.start, by_hours)


@dataclass(frozen=True, slots=True)
class _Between:
    """Two readings of a month, and the target for the usage between them."""

    use: DailyUsage
    month: Month
    since: datetime
    at: datetime

    def may_recur(self, new: Rows) -> bool:
        """Return whether a line missing on the month's first day may recur every month."""
        first_day = self.month.start + _DAY
        starts = [row.line.start for row in new]
        return self.since < first_day and all(at is None or at < first_day for at in starts)

    def add(self, old: Rows, new: Rows, *, by_hours: bool) -> None:
        """Add the usage of a line, or of several with the same key, between the two readings."""
        if not by_hours:
            grown = total_of(r.line.total for r in new) - total_of(r.line.total for r in old)
            self.use.add((new or old)[0], grown, self.since, self.at)
        elif len(old) == len(new) == 1:
            line, was = new[0].line, old[0].line
            hours = (line.units or ZERO) - (was.units or ZERO)
            if hours:
                # All hours count at the new price, including those before a price change.
                dollars = hours * (line.unit_price or ZERO)
                self.use.add(new[0], dollars, *self._span(was.end, line.end))
        else:
            for rows, sign in ((old, -1), (new, 1)):
                for row in rows:
                    dollars = sign * (row.line.units or ZERO) * (row.line.unit_price or ZERO)
                    self.use.add(row, dollars, *self._span(row.line.start, row.line.end))

    def _span(self, start: datetime | None, end: datetime | None) -> Span:
        """Return a line's span by its dates, else between the readings, within the month."""
        if start is None or end is None:
            return self.since, self.at
        # A line may extend beyond its month; its usage outside belongs to no day of this month.
        start, end = max(start, self.month.start), min(end, self.month.end)
        return (start, end) if start < end else (self.since, self.at)


def _by_day(spans: Mapping[Span, Decimal]) -> Days:
    days: Days = {}
    for (begin, end), dollars in spans.items():
        start, length = begin, Decimal((end - begin) // _MOMENT)
        if not length:
            days[start.date()] = days.get(start.date(), ZERO) + dollars
        while start < end:
            midnight = start.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
            until = min(midnight, end)
            part = dollars * ((until - start) // _MOMENT) / length
            days[start.date()] = days.get(start.date(), ZERO) + part
            start = until
    return days


def by_day(days: Mapping[date, Decimal], points: Sequence[date]) -> list[Decimal]:
    """Return the dollars of the given days, zero if there are none."""
    return [days.get(day, ZERO) for day in points]
