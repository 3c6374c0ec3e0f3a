"""The part of the running month that is already on a mid-month invoice (rules D1, D6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.months import with_resources
from vultr_cost_mcp.domain.invoice import is_early
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Kind
    from vultr_cost_mcp.domain.snapshot import Snapshot


def mid_month_invoices(snapshot: Snapshot, month: Month | None = None) -> list[Invoice]:
    """Return the invoices dated after the third day of a month, by default the running one (D1)."""
    within = month or snapshot.month
    return [
        invoice
        for invoice in snapshot.invoices or ()
        if invoice.date is not None and invoice.date in within and not is_early(invoice.date)
    ]


def mid_month_lines_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Return requests for the lines that tell how much of the running month is invoiced (D1)."""
    return [DetailRequest("invoice_items", invoice.id) for invoice in mid_month_invoices(snapshot)]


def lines_of_month(invoice: Invoice, month: Month) -> list[Charge]:
    """Return a mid-month invoice's charges for the month of its date, before tax (D1).

    These are the lines whose own span begins in that month; lines without dates follow their
    invoice. An invoice without an hourly line, such as a credit note, adds nothing to a month to
    date.
    """
    charges = invoice.lines or ()
    if not any(charge.hourly for charge in charges):
        return []
    return [
        charge
        for charge in charges
        if charge.service != "Tax" and _begins_in(charge, month, invoice.month)
    ]


def _begins_in(charge: Charge, month: Month, own: Month | None) -> bool:
    """Return whether a line's span begins in a month; ``own`` is the month of its invoice."""
    line = charge
    start = line.span[0] if line.span is not None else line.start
    if start is not None:
        return start in month
    if line.end is not None and line.end <= month.start:
        return False
    return own == month


def invoiced_charges(
    snapshot: Snapshot, unread: Collection[Kind] = ()
) -> tuple[Charge, ...] | None:
    """Return the running month's already invoiced lines, with their resources (D1).

    ``unread`` are the kinds of resource whose lists may be incomplete. Of several invoices those
    that were read count, so the sum is at least so much where one was not. None if the list of
    invoices could not be read, if lines were not requested, or if an invoice could not be read and
    the others have no such line.
    """
    if snapshot.invoices is None:
        return None
    found = mid_month_invoices(snapshot)
    if not found and snapshot.missing("invoices"):
        return None
    unknown = [invoice for invoice in found if invoice.lines is None]
    # No gap tells of lines that nobody asked for.
    if not all(invoice.asked for invoice in unknown):
        return None
    lines = [
        replace(charge, running=False)
        for invoice in found
        for charge in lines_of_month(invoice, snapshot.month)
    ]
    if unknown and not lines:
        return None
    return tuple(with_resources(lines, snapshot.known, unread))


def invoiced_at(snapshot: Snapshot, since: Month) -> list[datetime]:
    """Return the times of the mid-month invoices since a month (D1, D32).

    An invoice without any line read may be one of them, unless it is a credit note. One that
    pending lines tell of is dated by them.
    """
    told = snapshot.unread_invoice
    unread = [told.begins] if told is not None and told.begins is not None else []
    return unread + [
        invoice.date
        for month in _months(since, snapshot.month)
        for invoice in mid_month_invoices(snapshot, month)
        if invoice.date is not None
        and (lines_of_month(invoice, month) or (invoice.lines is None and invoice.amount > 0))
    ]


def mid_month_lines_since(snapshot: Snapshot, since: Month) -> list[DetailRequest]:
    """Return requests for the lines of every invoice since a month that may be mid-month."""
    return [
        DetailRequest("invoice_items", invoice.id)
        for month in _months(since, snapshot.month)
        for invoice in mid_month_invoices(snapshot, month)
    ]


def _months(first: Month, last: Month) -> list[Month]:
    months: list[Month] = []
    while first <= last:
        months.append(first)
        first = first.next
    return months


def in_two_months(snapshot: Snapshot) -> Decimal:
    """Return the dollars of the running month on invoices that are for another one (D1, D6)."""
    return total_of(
        charge.total
        for invoice in mid_month_invoices(snapshot)
        if invoice.month != snapshot.month
        for charge in lines_of_month(invoice, snapshot.month)
    )


def in_no_month(snapshot: Snapshot) -> Decimal:
    """Return the dollars before tax on invoices of the running month that are no use of it (D1)."""
    counted = set(map(id, mid_month_invoices(snapshot)))
    rest = ZERO
    for invoice in snapshot.invoices or ():
        if invoice.asked and invoice.month == snapshot.month:
            rest += total_of(c.total for c in invoice.lines or () if c.service != "Tax")
            if id(invoice) in counted:
                rows = lines_of_month(invoice, snapshot.month)
                rest -= total_of(charge.total for charge in rows)
    return rest
