"""What is used each day at hourly rates before any monthly cap, from readings of lines (D32)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.attribution import name_in
from vultr_cost_mcp.billing.daily import stretches
from vultr_cost_mcp.domain.bill import NOT_RESOURCES, Service
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.history import StoredLine

_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(days=1)
# A reading so shortly before midnight tells the whole day.
_NEARLY = timedelta(hours=2)

Days = dict[date, Decimal]
Who = str
Span = tuple[datetime, datetime]
Rows = list["StoredLine"]
# What makes a line the same line in the next reading, and whether it is charged by the hour.
Identity = tuple[Service, str, str, datetime | None, bool]


@dataclass(frozen=True, slots=True)
class LineReading:
    """The lines of an account at an instant, cumulative within their periods.

    ``complete`` is False when not all of its lines were read.
    """

    at: datetime
    complete: bool
    lines: Sequence[StoredLine]


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """Dollars of use, each of them spread evenly over the span in which it was used.

    ``read`` are the days with a reading whose end is known too. On the days of ``restarts`` what
    a service charges other than by the hour is not known: its lines began anew with the month.
    """

    spans: dict[tuple[Service, Who], dict[Span, Decimal]] = field(
        default_factory=dict[tuple[Service, Who], dict[Span, Decimal]]
    )
    read: set[date] = field(default_factory=set[date])
    restarts: set[tuple[Service, date]] = field(default_factory=set[tuple[Service, date]])
    names: dict[Who, str] = field(default_factory=dict[Who, str])

    def add(self, row: StoredLine, dollars: Decimal, start: datetime, end: datetime) -> None:
        """Add dollars that a line came to in a span."""
        if dollars:
            self.names[resource_key(row)] = name_of(row)
            spans = self.spans.setdefault((row.service, resource_key(row)), {})
            spans[start, end] = spans.get((start, end), ZERO) + dollars

    def by_service(self) -> dict[Service, Days]:
        """Dollars of each service by day."""
        # Lines that run share their spans: adding those up first leaves little to spread.
        sums: dict[Service, dict[Span, Decimal]] = {}
        for (service, _), spans in self.spans.items():
            total = sums.setdefault(service, {})
            for span, dollars in spans.items():
                total[span] = total.get(span, ZERO) + dollars
        return {service: _by_day(spans) for service, spans in sums.items()}

    def by_thing(self, service: str) -> dict[Who, Days]:
        """Dollars of each thing of a service by day: by its resource's id, else its name."""
        return {who: _by_day(spans) for (of, who), spans in self.spans.items() if of == service}


def resource_key(row: StoredLine) -> Who:
    """What a line is of: its resource's id, else what it calls it."""
    return row.resource_id or name_of(row)


def name_of(row: StoredLine) -> str:
    """What a line calls its thing."""
    return name_in(row.line) or row.line.description or row.line.product


def daily_use(readings: Iterable[LineReading], invoiced: Sequence[datetime] = ()) -> DailyUsage:
    """The use of every day that readings tell of.

    ``invoiced`` are when parts of months were invoiced in their middle: lines begin anew then, and
    what was used between the readings around is not known (D1, D32).
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
            _add_month(use, month, _of_month(within, month), anew=begin != month.start)
    return use


def _of_month(
    readings: Sequence[tuple[LineReading, Rows]], month: Month
) -> list[tuple[datetime, Rows]]:
    """What readings say of a month; one after its end that still has its lines is its end."""
    found: list[tuple[datetime, Rows]] = []
    previous = ZERO
    for reading, rows in readings:
        closing = reading.at >= month.end
        if reading.at < month.start or (closing and not rows):
            continue
        total = total_of(row.line.total for row in rows)
        # What was read by half tells of no day: the next whole reading does. Nor are lines that
        # are half invoiced a credit.
        if not reading.complete or (closing and total < previous):
            continue
        previous = total
        if found and found[-1][0] == min(reading.at, month.end):
            found.pop()
        found.append((min(reading.at, month.end), [row for row in rows if _is_use(row)]))
    return found


def _is_use(row: StoredLine) -> bool:
    """Credits, discounts and tax are no use."""
    return row.line.total >= 0 and row.service not in NOT_RESOURCES


def _add_month(
    use: DailyUsage, month: Month, readings: Sequence[tuple[datetime, Rows]], *, anew: bool = False
) -> None:
    """Add a month, or what of it follows an invoice: then the first reading tells no use."""
    before: dict[Identity, Rows] = {}
    since = month.start
    for number, (at, rows) in enumerate(readings):
        after: dict[Identity, Rows] = {}
        for row in rows:
            after.setdefault(_identity(row), []).append(row)
        if anew and not number:
            before, since = after, at
            continue
        between = _Between(use, month, since, at)
        for key in dict.fromkeys([*before, *after]):
            old, new = before.get(key, []), after.get(key, [])
            restarts = not key[-1] and (not number or (not old and between.began_anew(new)))
            if restarts:
                _restarted(use, new[0].service, month.start, at)
            else:
                between.add(old, new, by_hours=key[-1])
        if at < month.end:
            use.read.add(at.date())
        before, since = after, at
    if anew and readings:
        _unread_until(use, readings[0][0])
    # A day counts when its end was read as well.
    begun = since.replace(hour=0, minute=0, second=0, microsecond=0)
    if since < month.end and begun + _DAY - since > _NEARLY:
        use.read.discard(begun.date())


def _unread_until(use: DailyUsage, at: datetime) -> None:
    """Take back the day of a first reading after an invoice, unless that was as it began."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if at - midnight > _NEARLY:
        use.read.discard(at.date())


def _restarted(use: DailyUsage, service: Service, start: datetime, at: datetime) -> None:
    while start < at:
        use.restarts.add((service, start.date()))
        start += _DAY


def _identity(row: StoredLine) -> Identity:
    """Not its price, which may change."""
    line = row.line
    by_hours = line.hourly and line.units is not None and line.unit_price is not None
    return (row.service, line.description, line.product, line.start, by_hours)


@dataclass(frozen=True, slots=True)
class _Between:
    """Two readings of a month, and where what was used between them is added."""

    use: DailyUsage
    month: Month
    since: datetime
    at: datetime

    def began_anew(self, new: Rows) -> bool:
        """Whether a line that was not there on the month's first day may be one of every month."""
        first_day = self.month.start + _DAY
        starts = [row.line.start for row in new]
        return self.since < first_day and all(at is None or at < first_day for at in starts)

    def add(self, old: Rows, new: Rows, *, by_hours: bool) -> None:
        """Add what a line, or several that cannot be told apart, used between the two."""
        if not by_hours:
            grown = total_of(r.line.total for r in new) - total_of(r.line.total for r in old)
            self.use.add((new or old)[0], grown, self.since, self.at)
        elif len(old) == len(new) == 1:
            line, was = new[0].line, old[0].line
            hours = (line.units or ZERO) - (was.units or ZERO)
            if hours:
                # At the new price, also where that of the hours before was another.
                dollars = hours * (line.unit_price or ZERO)
                self.use.add(new[0], dollars, *self._span(was.end, line.end))
        else:
            for rows, sign in ((old, -1), (new, 1)):
                for row in rows:
                    dollars = sign * (row.line.units or ZERO) * (row.line.unit_price or ZERO)
                    self.use.add(row, dollars, *self._span(row.line.start, row.line.end))

    def _span(self, start: datetime | None, end: datetime | None) -> Span:
        """When hours were used by what the line says, else between the readings, in the month."""
        if start is None or end is None:
            return self.since, self.at
        # One line may be of more than its month; what it used there is of no day of this one.
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
    """The dollars of certain days, zero where there are none."""
    return [days.get(day, ZERO) for day in points]
