"""The ledger of realised savings: waste that was deleted, and its money since (M-ledger)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.realised import Closed, DeletedWaste, saved_by_month
from vultr_cost_mcp.domain.report_fields import DayOf, Label, Omitted, RowId, Summed, Usd, top
from vultr_cost_mcp.domain.resource import Kind
from vultr_cost_mcp.money import allocate_known, cents_of, total_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.stored import StoredLine


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A resource that was measured waste until it was deleted, and dollars saved since.

    ``since`` is the day of the last reading that lists it, ``monthly_cost`` its cost a month then.
    Amounts are None where its price is not known. An open entry is not ``closed``.
    """

    label: Label
    kind: Kind
    action: Label
    since: DayOf
    monthly_cost: Usd | None
    saved: Usd | None
    closed: Closed | None = None
    closed_on: DayOf | None = None
    id: RowId | None = None


@dataclass(frozen=True, slots=True)
class RealisedSavings:
    """Dollars that deleting measured waste has saved to date, entries sum to it (M-ledger).

    ``since`` is the day of the first entry, None without one. ``unpriced`` entries are of unknown
    amount and in no sum.
    """

    to_date: Summed
    since: DayOf | None
    entries: tuple[LedgerEntry, ...]
    omitted: Omitted
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Billed:
    """The bill of deleted resources, from readings and invoices.

    ``known`` are their lines by id, then by month (``YYYY-MM``), of months that are known to the
    end of the resource. ``shown`` are the ids that any bill ever showed.
    """

    known: Mapping[str, Mapping[str, Sequence[StoredLine]]] = field(
        default_factory=dict[str, "Mapping[str, Sequence[StoredLine]]"]
    )
    shown: Collection[str] = frozenset()


def realised_savings(
    deleted: Sequence[DeletedWaste],
    billed: Billed,
    snapshot: Snapshot,
) -> RealisedSavings:
    """Return the ledger of deleted waste at a snapshot's time.

    A resource that was never billed has no entry.
    """
    now = snapshot.now
    counted = {
        row.resource.id: row
        for row in deleted
        if row.resource.month_to_date or row.resource.id in billed.shown
    }
    amounts = {
        id_: _total(saved_by_month(row, now, billed.known.get(id_, {})))
        for id_, row in counted.items()
    }
    cents = allocate_known(amounts)
    often = Counter(row.name for row in snapshot.resources or ())
    often += Counter(row.resource.label for row in counted.values())
    entries = [
        _entry(row, cents.get(id_), now, with_id=often[row.resource.label] > 1)
        for id_, row in counted.items()
    ]
    shown, omitted = top(entries, len(entries), lambda entry: entry.saved)
    return RealisedSavings(
        to_date=total_of(cents.values()),
        since=min((entry.since for entry in entries), default=None),
        entries=shown,
        omitted=omitted,
        unpriced=sum(entry.saved is None for entry in entries),
    )


def shortened_ledger(ledger: RealisedSavings, limit: int) -> RealisedSavings:
    """Return the ledger with at most ``limit`` entries and the same sums."""
    shown, omitted = top(ledger.entries, limit, lambda entry: entry.saved)
    return replace(ledger, entries=shown, omitted=omitted)


def _total(months: Mapping[str, Decimal] | None) -> Decimal | None:
    return None if months is None else total_of(months.values())


def _entry(
    row: DeletedWaste, saved: Decimal | None, now: datetime, *, with_id: bool
) -> LedgerEntry:
    resource, (closes, why) = row.resource, row.closes
    name = resource.label or resource.hostname or next(iter(resource.addresses), resource.id)
    is_closed = closes <= now
    return LedgerEntry(
        label=name,
        kind=resource.kind,
        action=row.finding.action,
        since=row.at,
        monthly_cost=cents_of(resource.monthly_cost),
        saved=saved,
        closed=why if is_closed else None,
        closed_on=closes if is_closed else None,
        id=resource.id if with_id else None,
    )
