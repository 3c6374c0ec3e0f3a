"""The bill of every known month: from invoices and from uninvoiced lines (D5, D6)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.attribution import attribute
from vultr_cost_mcp.domain.bill import MonthlyBill
from vultr_cost_mcp.domain.invoice import is_early
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.families.kinds_by_list import kinds_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Kind, Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

# An invoice is dated after its month, usually on the first.
_INVOICED_WITHIN = timedelta(days=45)
# The invoice of a whole month is dated after it; printed times may be some hours early (D5).
_PRINTED_EARLY = timedelta(days=1)


def invoices_between(snapshot: Snapshot, first: Month, last: Month) -> list[Invoice]:
    """Return the invoices that may be for a month from ``first`` to ``last``, newest first."""
    dated = [
        (invoice.date, invoice.id, invoice)
        for invoice in snapshot.invoices or ()
        if invoice.date is not None and first.start <= invoice.date < last.end + _INVOICED_WITHIN
    ]
    undated = [invoice for invoice in snapshot.invoices or () if invoice.date is None]
    return [*(row[2] for row in sorted(dated, reverse=True)), *undated]


def invoice_lines_wanted(snapshot: Snapshot, first: Month, last: Month) -> list[DetailRequest]:
    """Return requests for the lines of invoices that may be for ``first`` to ``last``."""
    return [
        DetailRequest("invoice_items", row.id) for row in invoices_between(snapshot, first, last)
    ]


def monthly_bills(snapshot: Snapshot) -> Mapping[str, MonthlyBill]:
    """Return the bill of every month whose lines were requested, by ``YYYY-MM``, oldest first.

    Invoices of one month add up, with last month's uninvoiced lines. An invoice whose lines were
    not requested is left out. One whose lines could not be read counts in the month of its date, as
    incomplete. Lines are matched with existing resources and those in ``snapshot.former``. The
    bills are built once for a snapshot.
    """
    return snapshot.once("bills", _build)


def running_bill(snapshot: Snapshot) -> MonthlyBill:
    """Return the running month's bill; it has no lines where the pending ones were not read."""
    unread = MonthlyBill(snapshot.month, "running", (), complete=False, read_wholly=False)
    return monthly_bills(snapshot).get(snapshot.month.name, unread)


def _build(snapshot: Snapshot) -> dict[str, MonthlyBill]:
    asked = [invoice for invoice in snapshot.invoices or () if invoice.asked]
    by_month: dict[Month, list[Invoice]] = defaultdict(list)
    for invoice in asked:
        if invoice.month is not None:
            by_month[invoice.month].append(invoice)
    # A mid-month invoice alone is not the bill of the running month (D1).
    mid_month = by_month.pop(snapshot.month, [])
    unplaced = [invoice for invoice in asked if _is_unplaced(invoice)]
    bills = {
        month: _invoiced(snapshot, month, invoices, unplaced)
        for month, invoices in by_month.items()
    }
    last_month = snapshot.month.previous
    waiting = _add_uninvoiced(snapshot, last_month, bills.get(last_month))
    if waiting is not None:
        bills[last_month] = waiting
    if snapshot.month_charges is not None:
        bills[snapshot.month] = MonthlyBill(
            snapshot.month, "running", snapshot.month_charges, tuple(mid_month), complete=False
        )
    return {month.name: bills[month] for month in sorted(bills)}


def _invoiced(
    snapshot: Snapshot, month: Month, invoices: Sequence[Invoice], unplaced: Sequence[Invoice]
) -> MonthlyBill:
    """Return the bill of a month from its invoices; ``unplaced`` may be for it too."""
    lines = [charge for invoice in invoices for charge in invoice.lines or ()]
    unread = kinds_in({gap.part for gap in snapshot.gaps})
    whole = all(invoice.read_wholly for invoice in invoices)
    return MonthlyBill(
        month=month,
        source="invoices",
        charges=tuple(with_resources(lines, snapshot.known, unread)),
        invoices=tuple(invoices),
        # If the list of invoices is incomplete, any month may lack one.
        complete=whole
        and not snapshot.missing("invoices")
        and not any(_may_be_for(invoice, month) for invoice in unplaced),
        read_wholly=whole,
    )


def _add_uninvoiced(
    snapshot: Snapshot, month: Month, bill: MonthlyBill | None
) -> MonthlyBill | None:
    """Add last month's uninvoiced lines until its closing invoice exists (D5)."""
    if bill is not None and any(_closes(invoice, month) for invoice in bill.invoices):
        return bill
    waiting, unread = snapshot.uninvoiced_previous, snapshot.missing("pending_charges")
    if bill is None:
        if not waiting:
            return None
        complete = not unread and not snapshot.missing("invoices")
        return MonthlyBill(month, "unbilled", waiting, complete=complete)
    if not waiting:
        closed = snapshot.charges is not None and not unread
        return replace(bill, complete=bill.complete and not unread, closed=closed)
    return replace(
        bill,
        source="unbilled",
        charges=(*bill.charges, *waiting),
        complete=bill.complete and not unread,
    )


def _closes(invoice: Invoice, month: Month) -> bool:
    """Return whether an invoice closes its month, rather than being a mid-month one."""
    return invoice.date is None or invoice.date >= month.end - _PRINTED_EARLY


def closing_invoice(snapshot: Snapshot, month: Month) -> Invoice | None:
    """Return the closing invoice of a month, judged by its lines or its date; None without one."""
    for invoice in snapshot.invoices or ():
        if invoice.month == month and _closes(invoice, month):
            return invoice
    return None


def _is_unplaced(invoice: Invoice) -> bool:
    """Return whether an invoice is unread, so that it may be for another month (D6)."""
    return not invoice.read_wholly and (invoice.date is None or not is_early(invoice.date))


def _may_be_for(invoice: Invoice, month: Month) -> bool:
    return invoice.date is None or month.start <= invoice.date < month.end + _INVOICED_WITHIN


def match_deleted_resources(charges: Sequence[Charge], former: Sequence[Resource]) -> list[Charge]:
    """Match the running month's unmatched lines with deleted resources (D10)."""
    if not former:
        return list(charges)
    lost = [charge for charge in charges if charge.resource_id is None]
    found = iter(with_resources(lost, former))
    tried = [charge if charge.resource_id is not None else next(found) for charge in charges]
    return [
        after if after.resource_id is not None else before
        for before, after in zip(charges, tried, strict=True)
    ]


def with_resources(
    charges: Sequence[Charge], resources: Sequence[Resource], unread: Collection[Kind] = ()
) -> list[Charge]:
    """Match the lines of a finished month with resources; none of the lines runs (D10).

    ``unread`` are the kinds of resource whose lists may be incomplete.
    """
    found = attribute(
        charges,
        [charge.service for charge in charges],
        resources,
        None,
        unread=unread,
    )
    return [
        charge
        if (charge.resource_id, charge.match, charge.reason)
        == (row.resource_id, row.match, row.reason)
        else replace(charge, resource_id=row.resource_id, match=row.match, reason=row.reason)
        for charge, row in zip(charges, found, strict=True)
    ]
