"""Money that the deletion of waste has saved since, month by month (M-ledger)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.attribution import RUNNING_WITHIN, attribute
from vultr_cost_mcp.billing.hours import accrued, hours_begun, reproduces
from vultr_cost_mcp.billing.stored_rows import resource_of
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.monthly_cap import BOTH_HOURS
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.history import StoredFinding, StoredResource
    from vultr_cost_mcp.domain.stored import StoredLine

# A resource like the deleted one that appears within this time is its replacement.
REPLACED_WITHIN = timedelta(days=7)
Closed = Literal["replaced", "after_12_months"]


@dataclass(frozen=True, slots=True)
class Replacement:
    """A resource like the deleted one, and when it appeared."""

    resource: StoredResource
    at: datetime


@dataclass(frozen=True, slots=True)
class DeletedWaste:
    """A deleted resource as the last run that lists it found it, ``at`` that run's instant.

    ``gone_by`` is the instant of the first reading that shows it gone. ``usual_hours`` are the
    hours of a month of its plan, 672 or 730, where no line tells (D7).
    """

    finding: StoredFinding
    resource: StoredResource
    at: datetime
    gone_by: datetime
    usual_hours: int
    replacement: Replacement | None = None

    @property
    def closes(self) -> tuple[datetime, Closed]:
        """Return when the entry closes, and why."""
        if self.replacement is not None:
            return self.replacement.at, "replaced"
        return _a_year_later(self.at), "after_12_months"

    def months(self, now: datetime) -> list[Month]:
        """Return the months in which it saves, the first that of its last run."""
        found, end = [Month.of(self.at)], min(now, self.closes[0])
        while found[-1].end < end:
            found.append(found[-1].next)
        return found


def replacement_of(
    gone: DeletedWaste, later: Iterable[tuple[datetime, StoredResource]]
) -> Replacement | None:
    """Return the first resource like a deleted one that appeared within seven days, if any.

    ``later`` are resources that the last run to list ``gone`` does not list, each with the instant
    of a reading that does.
    """
    found = [
        Replacement(row, _appeared(row, seen, gone.at))
        for seen, row in later
        if _is_like(row, gone.resource)
    ]
    near = [row for row in found if gone.at < row.at <= gone.at + REPLACED_WITHIN]
    return min(near, key=lambda row: (row.at, row.resource.id), default=None)


def _appeared(row: StoredResource, seen: datetime, since: datetime) -> datetime:
    return row.created if row.created is not None and row.created > since else seen


def _is_like(one: StoredResource, other: StoredResource) -> bool:
    if (one.kind, one.region, one.plan) != (other.kind, other.region, other.plan):
        return False
    same_node = one.kind == "kubernetes_node" and one.cluster and one.cluster == other.cluster
    same_label = one.label and one.label == other.label
    return bool(same_node or same_label or set(one.addresses) & set(other.addresses))


def lines_by_resource(
    lines: Sequence[StoredLine], gone: Iterable[DeletedWaste]
) -> dict[str, list[StoredLine]]:
    """Return the hourly lines of deleted resources by id; names tell where no id is kept (D10)."""
    former = {row.resource.id: resource_of(row.resource) for row in gone}
    hourly = [row for row in lines if row.line.hourly]
    lost = [row for row in hourly if row.resource_id is None]
    named = attribute(
        [row.line for row in lost], [row.service for row in lost], former.values(), None
    )
    found: dict[str, list[StoredLine]] = {}
    for row in hourly:
        if row.resource_id in former:
            found.setdefault(row.resource_id or "", []).append(row)
    for row, match in zip(lost, named, strict=True):
        if match.resource_id is not None:
            found.setdefault(match.resource_id, []).append(row)
    return found


def shows_its_end(gone: DeletedWaste, month: Month, at: datetime) -> bool:
    """Return whether lines of a month, as they stood at an instant, hold all of a resource's."""
    return at >= min(month.end, gone.gone_by)


def saved_by_month(
    gone: DeletedWaste, now: datetime, lines: Mapping[str, Sequence[StoredLine]]
) -> dict[str, Decimal] | None:
    """Return the dollars saved in each month, ``YYYY-MM``; None if its price is not known.

    ``lines`` are the resource's own by month, for the months whose bill is known to its end.
    In others that began before it was gone it may have been billed in full: they save nothing.
    """
    if gone.resource.monthly_cost is None:
        return None
    return {
        month.name: _saved_in(gone, month, now, lines.get(month.name, ()))
        if month.name in lines or month.start >= gone.gone_by
        else ZERO
        for month in gone.months(now)
    }


def _saved_in(
    gone: DeletedWaste, month: Month, now: datetime, lines: Sequence[StoredLine]
) -> Decimal:
    monthly = gone.resource.monthly_cost or ZERO
    cap_hours = _cap_hours(gone, lines)
    lines = _last_lines(lines)
    start = max(month.start, _begun(gone, lines) or month.start)
    closes, _ = gone.closes
    counted = min(now, month.end)

    def accrual(until: datetime) -> Decimal:
        return accrued(monthly, hours_begun(start, until), cap_hours)

    billed = max(total_of(row.line.total for row in lines), accrual(min(gone.at, counted)))
    saved = accrual(min(closes, counted)) - billed
    if gone.replacement is not None and closes < counted:
        cost = gone.replacement.resource.monthly_cost
        hours = hours_begun(closes, counted)
        instead = accrued(monthly if cost is None else cost, hours, cap_hours)
        saved = min(saved, accrual(counted) - billed - instead)
    return max(saved, ZERO)


def _begun(gone: DeletedWaste, lines: Sequence[StoredLine]) -> datetime | None:
    """Return when the lines of a month began, else when the resource was created, if known."""
    starts = [row.line.start for row in lines if row.line.start is not None]
    return min(starts, default=gone.resource.created)


def _last_lines(lines: Sequence[StoredLine]) -> list[StoredLine]:
    """Return the lines that ended last: a resized server's older line ended before (D7)."""
    ends = [row.line.end for row in lines if row.line.end is not None]
    newest = max(ends, default=None)
    if newest is None:
        return list(lines)
    return [row for row in lines if row.line.end and newest - row.line.end <= RUNNING_WITHIN]


def _cap_hours(gone: DeletedWaste, lines: Iterable[StoredLine]) -> int:
    """Return the hours of a month that a line's unit price tells, else those of its plan (D7)."""
    monthly = gone.resource.monthly_cost or ZERO
    hours = (gone.usual_hours, *BOTH_HOURS)
    prices = [row.line.unit_price for row in lines if row.line.unit_price]
    told = (each for each in hours for price in prices if reproduces(price, monthly, each))
    return next(told, gone.usual_hours)


def _a_year_later(instant: datetime) -> datetime:
    last_of_february = (instant.month, instant.day) == (2, 29)
    day = 28 if last_of_february else instant.day
    return instant.replace(year=instant.year + 1, day=day)
