"""Tell from pending lines if an unread invoice has a part of the running month (rule D1)."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.mid_month import mid_month_invoices
from vultr_cost_mcp.billing.months import with_resources
from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.domain.invoice import UnreadInvoice, is_early
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.money import HUNDRED, ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Kind, Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

    # When a line begins, and the line.
    _Placed = tuple[datetime, Charge]
    # When a line begins, and its price an hour.
    _Priced = tuple[datetime, Decimal]

# Billed by the hour from the day on which they are created: their lines begin with them. Others,
# such as registries and control planes, may exist for free first.
_BILLED_AT_ONCE: frozenset[Kind] = frozenset(
    {
        "instance",
        "gpu_instance",
        "bare_metal",
        "gpu_bare_metal",
        "kubernetes_node",
        "database",
        "block_storage",
        "file_system",
        "load_balancer",
        "reserved_ip",
    }
)
_DAY = timedelta(days=1)
# A resource that is resized has two lines, and the second begins where the first ends.
_TAKEN_OVER_WITHIN = timedelta(hours=2)


def unread_invoice(snapshot: Snapshot) -> UnreadInvoice | None:
    """Return what lines tell of this month's unread invoices (D1).

    None if the list of invoices was read wholly, or the pending lines were not, or no invoice of
    the month can count yet: one that is dated on its first three days is last month's.
    """
    if not snapshot.missing("invoices") or snapshot.charges is None or is_early(snapshot.now):
        return None
    return _told_by_lines(snapshot)


def mid_month_gaps(snapshot: Snapshot, told: UnreadInvoice | None) -> list[Gap]:
    """Return the gap in the invoices of the running month, requested or not known of (D1, D33)."""
    asked = (invoice for invoice in mid_month_invoices(snapshot) if invoice.asked)
    unread = [invoice.id for invoice in asked if not invoice.read_wholly]
    if unread and snapshot.charges is not None:
        named = f"invoice {unread[0]}" if len(unread) == 1 else f"{len(unread)} invoices"
        return [Gap("mid_month_invoices", f"lines of {named} not read")]
    if told is None or told.told != "missing":
        return []
    why = "no line begins in the month's first days"
    if told.begins is not None:
        why = f"a line begins on {day_name(told.begins)}, later than the resource that it is for"
    return [Gap("mid_month_invoices", f"may exist: {why}")]


def _told_by_lines(snapshot: Snapshot) -> UnreadInvoice:
    placed, by_key = _placed_lines(snapshot), snapshot.by_id()
    from_start = any(_is_of_first_days(begins, snapshot.month) for begins, _ in placed)
    # Lines of an invoice that was read only show where a pending one takes over from them.
    pending = {id(line) for line in snapshot.charges or ()}
    history = cache(lambda: _prices_by_key(snapshot))
    for key, first in _first_lines(row for row in placed if id(row[1]) in pending).items():
        resource, begins = by_key.get(key), first[0]
        if resource is None or (from_start and resource.kind not in _BILLED_AT_ONCE):
            continue
        if not _is_late(resource, begins, snapshot.month) or _takes_over(begins, placed):
            continue
        if not _is_other_plan(first, history().get(key, ())):
            return UnreadInvoice("missing", resource.name, resource.created, begins)
    if from_start:
        return UnreadInvoice("whole")
    return UnreadInvoice("missing" if _something_is_older(snapshot, placed) else "unknown")


def _placed_lines(snapshot: Snapshot) -> list[_Placed]:
    """Return the hourly charges that tell when they begin, by their beginning.

    Those of this month's invoices that were read are among them.
    """
    invoiced = [c for invoice in mid_month_invoices(snapshot) for c in invoice.lines or ()]
    lines = (*(snapshot.charges or ()), *with_resources(invoiced, snapshot.known))
    placed = [(_begin(c), c) for c in lines if c.hourly and c.total > 0]
    return sorted(
        ((begins, line) for begins, line in placed if begins is not None), key=itemgetter(0)
    )


def _begin(line: Charge) -> datetime | None:
    span = line.span
    return line.start if span is None else span[0]


def _first_lines(placed: Iterable[_Placed]) -> dict[str, _Placed]:
    """Return each resource's first line, the earliest first."""
    found: dict[str, _Placed] = {}
    for row in placed:
        if row[1].resource_id is not None:
            found.setdefault(row[1].resource_id, row)
    return found


def _prices_by_key(snapshot: Snapshot) -> dict[str, list[_Priced]]:
    """Return when each resource's hourly lines begin, with their prices an hour.

    They are pending or on any invoice that was read. Those of a free plan cost nothing.
    """
    invoiced = [line for invoice in snapshot.invoices or () for line in invoice.lines or ()]
    found: dict[str, list[_Priced]] = defaultdict(list)
    for line in (*(snapshot.charges or ()), *with_resources(invoiced, snapshot.known)):
        begins = _begin(line)
        if line.resource_id is None or begins is None or not line.hourly or line.total < 0:
            continue
        if line.unit_price is not None:
            found[line.resource_id].append((begins, line.unit_price))
    return found


def _is_other_plan(first: _Placed, history: Iterable[_Priced]) -> bool:
    """Return whether a resource's lines before its first one of the month had other prices.

    Such a line begins with a change of plan. A server has more than one price where it has backups.
    """
    begins, line = first
    before = [price for start, price in history if start < begins]
    price = line.unit_price
    return price is not None and bool(before) and not any(_is_close(price, x) for x in before)


def _is_close(price: Decimal, other: Decimal) -> bool:
    """Return whether two prices differ by at most a hundredth, as rounded ones may."""
    return abs(price - other) * HUNDRED <= max(price, other)


def _is_of_first_days(begins: datetime, month: Month) -> bool:
    return begins < month.start or (begins in month and is_early(begins))


def _is_late(resource: Resource, begins: datetime, month: Month) -> bool:
    """Return whether a resource is older than its first line of the month."""
    known = resource.created is not None
    return known and not _is_of_first_days(begins, month) and not _is_new(resource, begins)


def _is_new(resource: Resource | None, at: datetime) -> bool:
    """Return whether a resource is known to be created within a day before an instant."""
    created = resource.created if resource is not None else None
    return created is not None and at - created <= _DAY


def _takes_over(begins: datetime, placed: Iterable[_Placed]) -> bool:
    """Return whether another line ends there, as that of a server whose address changed does."""
    spans = [line.span for _, line in placed if line.span and not line.running]
    return any(start < begins and abs(end - begins) <= _TAKEN_OVER_WITHIN for start, end in spans)


def _something_is_older(snapshot: Snapshot, placed: Iterable[_Placed]) -> bool:
    """Return whether what costs money now is not known to be as new as its line.

    ``placed`` are lines that all begin after the month's first days.
    """
    if _some_line_is_later(snapshot, [row for row in placed if row[1].running]):
        return True
    billed = {line.resource_id for _, line in placed}
    return any(
        row.kind in _BILLED_AT_ONCE
        and row.price != ZERO
        and row.key not in billed
        and row.created is not None
        and not _is_new(row, snapshot.now)
        for row in snapshot.resources or ()
    )


def _some_line_is_later(snapshot: Snapshot, running: Iterable[_Placed]) -> bool:
    """Return whether a running line is not known to begin with its resource.

    Where the API states no creation, as of addresses, a line that began before tells that no
    invoice has ended one since, if that line began with its own resource.
    """
    rows = [(snapshot.by_id().get(line.resource_id or ""), begins) for begins, line in running]
    intact = [begins for resource, begins in rows if _is_new(resource, begins)]
    since = min(intact, default=None)
    for resource, begins in rows:
        undated = resource is not None and resource.created is None
        follows = since is not None and since <= begins + _TAKEN_OVER_WITHIN
        if not _is_new(resource, begins) and not (undated and follows):
            return True
    return False
