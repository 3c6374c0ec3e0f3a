"""Turn cumulative readings of a bill into the dollars of each UTC day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.money import CENT, ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from typing import TypeVar

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import StoredRun
    from vultr_cost_mcp.domain.month import Month

    K = TypeVar("K", bound=Hashable)

_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
# The precision of the store; sums of such amounts are exact.
_MICRO = Decimal("0.000001")

# Invoiced lines are no longer pending within this time of their invoice's date.
INVOICED_WITHIN = timedelta(hours=2)

Sums = dict["Service", Decimal]
Curve = list[tuple["datetime", Sums]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Dollars by (period, service) at an instant, cumulative within the period ``YYYY-MM``.

    ``complete`` is False if not all of its lines were read.
    """

    at: datetime
    complete: bool
    sums: Mapping[tuple[str, Service], Decimal]


@dataclass(frozen=True, slots=True)
class DaySpend:
    """One day's increase of the bill; ``read`` if the day has a reading, ``whole`` if it is over.

    Amounts between readings are interpolated.
    """

    day: date
    sums: Sums
    read: bool
    whole: bool

    @property
    def total(self) -> Decimal:
        """Dollars of all services, not rounded."""
        return total_of(self.sums.values())


def first_and_last_of_days(runs: Iterable[StoredRun]) -> list[StoredRun]:
    """Return the first and last run of every UTC day, oldest first; complete ones if possible."""
    by_day: dict[date, list[StoredRun]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.collected_at):
        by_day[run.collected_at.date()].append(run)
    kept: dict[str, StoredRun] = {}
    for day in by_day.values():
        best = [run for run in day if run.complete] or day
        kept |= {best[0].run_id: best[0], best[-1].run_id: best[-1]}
    return list(kept.values())


def month_by_day(
    readings: Sequence[Reading], month: Month, invoiced: Sequence[datetime] = ()
) -> list[DaySpend]:
    """Return the known days of a month, oldest first; they sum to the last reading.

    The month begins at zero, and spend grows evenly between two readings. Nothing is known after
    the last one. A reading after the month's end that still has its lines counts as the month's
    end. ``invoiced`` are the times at which parts of the month were invoiced. Lines restart then,
    so nothing is known between the readings around them, and the days no longer sum to the last
    reading (D1, D32).
    """
    curves = _curves(readings, month, invoiced)
    days: list[DaySpend] = []
    for curve in curves:
        days += _days_of(curve, month, goes_on=curve is curves[-1])
    return days


def _days_of(curve: Curve, month: Month, *, goes_on: bool) -> list[DaySpend]:
    """Return the days of one stretch; the day in which it stops is left out as unknown."""
    if len(curve) == 1:
        return []
    first, last = curve[0][0], curve[-1][0]
    # The days with a complete reading; partial ones are left out.
    points = curve[1:] if first == month.start else curve
    read = {at.date() for at, _ in points if at in month}
    days: list[DaySpend] = []
    start = first.replace(hour=0, minute=0, second=0, microsecond=0)
    start = start if start == first else start + _DAY
    before = curve[0][1] if start == first else _at(curve, min(start, last))
    while start < min(month.end, last):
        end = start + _DAY
        if end > last and not goes_on:
            break
        after = _at(curve, min(end, last))
        days.append(
            DaySpend(
                day=start.date(),
                sums={name: after[name] - before[name] for name in after},
                read=start.date() in read,
                whole=end <= last,
            )
        )
        start, before = end, after
    return days


def stretches(month: Month, invoiced: Sequence[datetime]) -> list[tuple[datetime, datetime | None]]:
    """Return the start and end of each run of comparable readings in a month (D1, D32).

    The first begins with the month; the last has no end. An invoice's lines may stay pending for a
    while after its date, so readings from that time belong to neither stretch.
    """
    dates = sorted(at for at in invoiced if at in month)
    begins = [month.start, *(at + INVOICED_WITHIN for at in dates)]
    return list(zip(begins, [*dates, None], strict=True))


def _curves(readings: Sequence[Reading], month: Month, invoiced: Sequence[datetime]) -> list[Curve]:
    """Return a curve for each stretch of the month that has a reading."""
    curves: list[Curve] = []
    for begin, end in stretches(month, invoiced):
        within = [row for row in readings if row.at >= begin and (end is None or row.at < end)]
        curve = _curve(within, month)
        curves.append(curve if begin == month.start else curve[1:])
    return [curve for curve in curves if curve] or [[(month.start, {})]]


def _curve(readings: Sequence[Reading], month: Month) -> Curve:
    """Return the month's dollars at each reading, from zero at its start, every service named.

    ``readings`` are since the month's start.
    """
    points: dict[datetime, Sums] = {}
    previous = ZERO
    for reading in sorted(readings, key=lambda reading: reading.at):
        sums: Sums = {name: x for (period, name), x in reading.sums.items() if period == month.name}
        closing = reading.at >= month.end
        if closing and not sums:
            continue
        total = total_of(sums.values())
        # An incomplete reading tells nothing about a day; the next complete one does. Half-invoiced
        # lines are no credit either.
        if not reading.complete or (closing and total < previous):
            continue
        previous = total
        points[min(reading.at, month.end)] = sums
    zero: Sums = {service: ZERO for sums in points.values() for service in sums}
    # An amount at the very first moment was added on the first day.
    ordered: Curve = [(at, zero | points[at]) for at in sorted(points)]
    return [(month.start, zero), *ordered]


def _at(curve: Curve, instant: datetime) -> Sums:
    """Return the month's dollars at an instant from its start to the last reading."""
    place = next(number for number, (at, _) in enumerate(curve) if number and at >= instant)
    (left, before), (right, after) = curve[place - 1], curve[place]
    if right == instant:
        return after
    share = Decimal((instant - left) // _MOMENT) / Decimal((right - left) // _MOMENT)
    return {
        name: (before[name] + (after[name] - before[name]) * share).quantize(
            _MICRO, rounding=ROUND_HALF_UP
        )
        for name in after
    }


def allocate_to(parts: Mapping[K, Decimal], total: Decimal) -> dict[K, Decimal]:
    """Round parts to cents that sum to ``total``, which is within a cent of theirs (D4)."""
    floors = {key: amount.quantize(CENT, rounding=ROUND_FLOOR) for key, amount in parts.items()}
    missing = int((total - total_of(floors.values())) / CENT)
    by_remainder = sorted(parts, key=lambda key: (floors[key] - parts[key], str(key)))
    for key in by_remainder[:missing]:
        floors[key] += CENT
    return floors
