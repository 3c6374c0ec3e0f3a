"""Replay measured savings on an invoiced month: their dollars at that time (M-replay)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.proration import billed_hours
from vultr_cost_mcp.domain.report_fields import Label, Omitted, RowId, Usd, top
from vultr_cost_mcp.money import ZERO, allocate, ceil_to_cent, total_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from vultr_cost_mcp.domain.bill import Charge, MonthlyBill
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.questions.savings.rows import Recommendation

    # The UTC hours in which a stored reading shows a finding, by its action and the resource's id.
    Wasted = Mapping[tuple[str, str], Collection[datetime]]


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """A resource that is waste now, on the bill of an earlier month.

    ``cost`` are its dollars then, ``hours`` are those of its lines. In ``wasted_hours`` a stored
    reading shows it as it is now; without them it would have cost ``saved`` less.
    """

    label: Label
    cost: Usd
    hours: int
    wasted_hours: int
    saved: Usd
    id: RowId | None = None


@dataclass(frozen=True, slots=True)
class OmittedReplay(Omitted):
    """Rows of a replay that are left out: ``total`` is what they save, ``cost`` their dollars."""

    cost: Usd = field(default=ZERO, compare=False)


@dataclass(frozen=True, slots=True)
class Replay:
    """Measured savings replayed on an invoiced month (``YYYY-MM``).

    Rows and what is omitted of them sum to ``cost`` and to ``saved``.
    """

    month: str
    cost: Usd
    saved: Usd
    rows: tuple[ReplayRow, ...]
    omitted: OmittedReplay


@dataclass(frozen=True, slots=True)
class _Played:
    cost: Decimal
    saved: Decimal
    hours: int
    wasted_hours: int


def replay(
    bill: MonthlyBill,
    recommendations: Sequence[Recommendation],
    resources: Sequence[Resource],
    wasted: Wasted,
) -> Replay:
    """Replay measured savings on the bill of a month.

    ``resources`` are all that exist. A recommendation for a resource that is not on the bill has no
    row.
    """
    own: dict[str | None, list[Charge]] = defaultdict(list)
    for charge in bill.charges:
        if charge.total > 0:
            own[charge.resource_id].append(charge)
    keys: dict[tuple[str | None, str], str] = {(row.kind, row.id): row.key for row in resources}
    often = Counter(row.name for row in resources)
    billed = {
        key: row
        for row in recommendations
        if (key := keys.get((row.kind, row.resource_ids[0]))) is not None and own[key]
    }
    played = {
        key: _play(own[key], wasted.get((row.action, row.resource_ids[0]), ()), bill)
        for key, row in billed.items()
    }
    costs = allocate({key: row.cost for key, row in played.items()})
    saved = allocate({key: row.saved for key, row in played.items()})
    rows = [
        ReplayRow(
            label=row.label,
            cost=costs[key],
            hours=played[key].hours,
            wasted_hours=played[key].wasted_hours,
            saved=saved[key],
            id=row.resource_ids[0] if often[row.label] > 1 else None,
        )
        for key, row in billed.items()
    ]
    by_money = sorted(rows, key=lambda row: (-row.saved, -row.cost))
    total, proven = total_of(costs.values()), total_of(saved.values())
    return Replay(bill.month.name, total, proven, tuple(by_money), OmittedReplay(0, ZERO))


def shortened_replay(played: Replay, limit: int) -> Replay:
    """Return the replay with at most ``limit`` rows and the same sums."""
    shown, cut = top(played.rows, limit, lambda row: row.saved)
    cost = played.cost - total_of(row.cost for row in shown) if cut.count else ZERO
    omitted = OmittedReplay(cut.count, cut.total, cut.shown, cut.of, cut.shown_total, cost)
    return replace(played, rows=shown, omitted=omitted)


def _play(charges: Sequence[Charge], wasted: Collection[datetime], bill: MonthlyBill) -> _Played:
    each = [_played_line(charge, wasted, bill) for charge in charges]
    return _Played(
        cost=total_of(row.cost for row in each),
        saved=total_of(row.saved for row in each),
        # An add-on has a line of its own for the same hours.
        hours=max(row.hours for row in each),
        wasted_hours=max(row.wasted_hours for row in each),
    )


def _played_line(charge: Charge, wasted: Collection[datetime], bill: MonthlyBill) -> _Played:
    """Return a line without its wasted hours: the rest counts up to the month's cap (D29)."""
    billed = billed_hours(charge)
    if billed is None or charge.units is None:
        return _Played(charge.total, ZERO, 0, 0)
    start, end = charge.span or (bill.month.start, bill.month.end)
    first = start.replace(minute=0, second=0, microsecond=0)
    hours = int(charge.units.to_integral_value(rounding="ROUND_CEILING"))
    end = min(end, bill.month.end)
    shown = min(hours, sum(first <= hour < end for hour in wasted))
    rest = min(charge.total, ceil_to_cent(charge.total * max(hours - shown, 0) / billed))
    return _Played(charge.total, charge.total - rest, hours, shown)
