"""Invoices as documents: month, tax and lines of each (rules D1, D3, D4, D6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.months import invoices_between
from vultr_cost_mcp.domain.account_parts import INVOICES
from vultr_cost_mcp.domain.bill import BillTotals
from vultr_cost_mcp.domain.dates import month_name
from vultr_cost_mcp.domain.invoice import tax_of
from vultr_cost_mcp.domain.report_fields import Label, Nearest, Omitted, Summed, Usd, top
from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.markdown import count, usd
from vultr_cost_mcp.money import ZERO, allocate, to_cents, total_of
from vultr_cost_mcp.questions.caveats import caveats_with, invoice_caveats, unknown_products
from vultr_cost_mcp.questions.charge_rows import (
    LineRow,
    ProductRow,
    is_product,
    line_rows,
    nearest_products,
    product_rows,
    products_by_money,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.snapshot import Snapshot


_UNPAID = (
    "Which of them are paid the API does not tell: get_cost_overview shows what is owed in all."
)


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice; tax and the amount before tax are None if lines were not read (D3).

    ``month`` is the billed month, ``YYYY-MM`` (D6). ``product_total`` is the amount of the product
    that the filter names. ``discounts`` are its credits and discounts, in ``before_tax`` already;
    left out where there are none.
    """

    id: Label
    date: date | None
    month: str | None
    amount: Usd
    tax: Usd | None
    before_tax: Usd | None
    discounts: Usd | None = ZERO
    product_total: Usd | None = None


@dataclass(frozen=True, slots=True)
class InvoicesReport:
    """Invoices newest first, or one of them with its lines (D1, D3, D6).

    ``total`` is the sum of all invoices of the window, shown or not, or of the filter's product in
    them. ``average`` is before tax over the ``average_of`` invoices with a known tax.
    ``lines_total`` is the sum of all lines of the one invoice, and ``difference`` its amount less
    that.
    """

    invoices: tuple[InvoiceRow, ...]
    omitted: Omitted
    total: Summed | None
    period_total: Usd
    average: Usd | None
    average_of: int
    by_product: tuple[ProductRow, ...]
    lines: tuple[LineRow, ...]
    lines_total: Usd | None
    difference: Usd | None
    filters: dict[str, Label]
    available: tuple[Label, ...]
    nearest: tuple[Nearest, ...]
    invoice: InvoiceRow | None = None
    products_omitted: Omitted | None = None
    lines_omitted: Omitted | None = None
    caveats: tuple[str, ...] = ()


_NAMED = 5


def first_month(snapshot: Snapshot, months: int) -> Month:
    """Return the month ``months`` months before the current one."""
    month = snapshot.month
    for _ in range(months):
        month = month.previous
    return month


def listed_invoices(snapshot: Snapshot, months: int) -> list[Invoice]:
    """Return the invoices of the last months and of the current one, newest first.

    An invoice without a date comes last, whatever its age. Raises VultrError if the list could not
    be read.
    """
    if snapshot.invoices is None:
        snapshot.require("invoices")
    first = first_month(snapshot, months)
    rows = invoices_between(snapshot, first, snapshot.month)
    return [row for row in rows if row.month is None or row.month >= first]


def is_uncharged(invoice: Invoice) -> bool:
    """Return whether a fully read invoice charges nothing: a credit note, or empty."""
    return invoice.read_wholly and BillTotals.exact_charges(invoice.lines or ()) <= 0


def chosen_invoice(snapshot: Snapshot, invoice_id: str) -> Invoice:
    """Return the invoice with an id, which may be written as ``#123``.

    Raises UnknownValueError with similar and the newest ids if it does not exist, VultrError if the
    list could not be read.
    """
    if snapshot.invoices is None:
        snapshot.require("invoices")
    by_id = {row.id.casefold(): row for row in snapshot.invoices or ()}
    wanted = invoice_id.strip().removeprefix("#").strip().casefold()
    if wanted in by_id:
        return by_id[wanted]
    newest = sorted(by_id.values(), key=lambda row: (str(row.date or ""), row.id), reverse=True)
    near = [by_id[found].id for found in get_close_matches(wanted, by_id, n=3, cutoff=0.7)]
    ids = list(dict.fromkeys([*near, *(row.id for row in newest)]))[:_NAMED]
    there_is = (
        f"There are: {', '.join(map(as_shown, ids))}." if ids else "This account has none yet."
    )
    msg = f"There is no invoice '{as_shown(invoice_id, 40)}'. {there_is}"
    raise UnknownValueError(msg)


def invoices(
    snapshot: Snapshot, *, months: int = 12, product: str | None = None, limit: int = 10
) -> InvoicesReport:
    """List invoices newest first; totals cover the whole window.

    ``months`` is the length of the window, ``product`` a filter, and ``limit`` the number of rows.
    """
    listed = listed_invoices(snapshot, months)
    rows = _rows(listed, product)
    shown, hidden = tuple(rows[:limit]), rows[limit:]
    period_total = to_cents(total_of(row.amount for row in listed))
    every = [charge for row in listed for charge in row.lines or ()]
    found = [charge for charge in every if is_product(charge, product)]
    before_tax = [
        row.before_tax
        for one, row in zip(listed, rows, strict=True)
        if row.before_tax is not None and not is_uncharged(one)
    ]
    return InvoicesReport(
        invoices=shown,
        omitted=Omitted(len(hidden), total_of(_money(row, product) or ZERO for row in hidden)),
        total=period_total if product is None else _of_product(listed, found, snapshot),
        period_total=period_total,
        average=to_cents(total_of(before_tax) / len(before_tax)) if before_tax else None,
        average_of=len(before_tax),
        invoice=None,
        by_product=(),
        products_omitted=None,
        lines=(),
        lines_omitted=None,
        lines_total=None,
        difference=None,
        filters={} if product is None else {"product": product},
        available=() if found or product is None else products_by_money(every),
        nearest=() if found or product is None else nearest_products(every, product),
        caveats=caveats_with(snapshot, _caveats(snapshot, months)),
    )


def one_invoice(
    snapshot: Snapshot, invoice: Invoice, *, product: str | None = None, limit: int = 10
) -> InvoicesReport:
    """Show one invoice with its products and lines, and if they add up to its amount (D1).

    ``product`` is a filter, ``limit`` the number of rows of each list.
    """
    every = invoice.lines or ()
    found = [charge for charge in every if is_product(charge, product)]
    (row,) = _rows([invoice], product)
    lines_total = to_cents(total_of(charge.total for charge in every))
    report = InvoicesReport(
        invoices=(row,),
        omitted=Omitted(0, ZERO),
        total=row.amount if product is None else _of_product([invoice], found, snapshot),
        period_total=row.amount,
        average=None,
        average_of=0,
        invoice=row,
        by_product=tuple(product_rows(found, BillTotals.of(found).charges)),
        products_omitted=Omitted(0, ZERO),
        lines=tuple(line_rows(found)),
        lines_omitted=Omitted(0, ZERO),
        lines_total=None if invoice.lines is None else lines_total,
        difference=row.amount - lines_total if invoice.read_wholly else None,
        filters={} if product is None else {"product": product},
        available=() if found or product is None else products_by_money(every),
        nearest=() if found or product is None else nearest_products(every, product),
        caveats=caveats_with(snapshot, [*invoice_caveats([invoice]), *unknown_products(every)]),
    )
    return shortened(report, limit)


def shortened(report: InvoicesReport, limit: int) -> InvoicesReport:
    """Return the report of one invoice with its largest products and lines."""
    by_product, products_omitted = top(report.by_product, limit, lambda group: group.total)
    lines, lines_omitted = top(report.lines, limit, lambda line: line.total)
    return replace(
        report,
        by_product=by_product,
        products_omitted=products_omitted,
        lines=lines,
        lines_omitted=lines_omitted,
    )


def _rows(listed: Sequence[Invoice], product: str | None) -> list[InvoiceRow]:
    """Return rows in cents; their amounts and product amounts sum to the totals (D4)."""
    amounts = allocate({row.id: row.amount for row in listed})
    parts = {} if product is None else allocate(_product_sums(listed, product))
    return [_row(row, amounts[row.id], parts) for row in listed]


def _row(invoice: Invoice, amount: Decimal, parts: Mapping[str, Decimal]) -> InvoiceRow:
    # An unread line may be the tax.
    tax = to_cents(tax_of(invoice.lines or ())) if invoice.read_wholly else None
    date = invoice.date
    return InvoiceRow(
        id=invoice.id,
        date=None if date is None else date.date(),
        month=None if invoice.month is None else invoice.month.name,
        amount=amount,
        tax=tax,
        before_tax=None if tax is None else amount - tax,
        discounts=_discounts(invoice),
        product_total=parts.get(invoice.id),
    )


def _discounts(invoice: Invoice) -> Decimal | None:
    """Return an invoice's credits and discounts in cents; None if a line may be unread (D2)."""
    if not invoice.read_wholly:
        return None
    return BillTotals.of(invoice.lines or ()).credits_and_discounts


def _product_sums(listed: Sequence[Invoice], product: str) -> dict[str, Decimal]:
    return {
        row.id: total_of(charge.total for charge in row.lines if is_product(charge, product))
        for row in listed
        if row.lines is not None
    }


def _of_product(
    listed: Sequence[Invoice], found: Sequence[Charge], snapshot: Snapshot
) -> Decimal | None:
    """Sum the lines that were found; None if one may not have been read."""
    if listed and all(row.lines is None for row in listed):
        return None
    if not found and (snapshot.lacks(INVOICES) or not all(row.read_wholly for row in listed)):
        return None
    return to_cents(total_of(charge.total for charge in found))


def _money(row: InvoiceRow, product: str | None) -> Decimal | None:
    return row.amount if product is None else row.product_total


def is_awaited(snapshot: Snapshot, months: int) -> bool:
    """Return whether last month has no invoice yet, although an earlier month has one."""
    known = {row.month for row in listed_invoices(snapshot, months)}
    return bool(snapshot.invoices) and snapshot.month.previous not in known


def _caveats(snapshot: Snapshot, months: int) -> list[str]:
    listed = listed_invoices(snapshot, months)
    caveats = invoice_caveats(listed)
    caveats += unknown_products(charge for row in listed for charge in row.lines or ())
    uncharged = sum(map(is_uncharged, listed))
    if uncharged:
        none = count(uncharged, "invoice charges nothing", "invoices charge nothing")
        caveats.append(f"{none} (credit notes, empty ones): excluded from the average.")
    unplaced = [row for row in listed if row.month is None]
    if unplaced:
        caveats.append(
            f"Neither a date nor a line tells when {count(len(unplaced), 'invoice')} was made: "
            f"{usd(total_of(row.amount for row in unplaced))} of the total may be of another time."
        )
    # A partly read list may lack the invoice.
    if is_awaited(snapshot, months) and not snapshot.missing("invoices"):
        caveats.append(f"{month_name(snapshot.month.previous.start)} has no invoice so far.")
    if listed:
        caveats.append(_UNPAID)
    return caveats
