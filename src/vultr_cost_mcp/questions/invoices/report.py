"""Invoices as documents: what each is for, its tax, its lines (rules D1, D3, D4, D6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.months import invoices_between
from vultr_cost_mcp.domain.bill import BillTotals
from vultr_cost_mcp.domain.invoice import tax_of
from vultr_cost_mcp.domain.parts import INVOICES
from vultr_cost_mcp.domain.report_fields import Label, Nearest, Omitted, Usd, top
from vultr_cost_mcp.domain.text import as_shown
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.money import ZERO, allocate, to_cents, total_of
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


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice; tax and what is before it are None where not all its lines were read (D3).

    ``month`` is the one that it is for, ``YYYY-MM`` (D6). ``product_total`` is what the product
    that was asked for comes to in it.
    """

    id: Label
    date: date | None
    month: str | None
    amount: Usd
    tax: Usd | None
    before_tax: Usd | None
    product_total: Usd | None = None


@dataclass(frozen=True, slots=True)
class InvoicesReport:
    """Invoices newest first, or one of them with its lines (D1, D3, D6).

    ``total`` is of every invoice of the window, shown or not, or of the product in them;
    ``average`` is before tax, over those whose tax is known: ``average_of`` of them.
    ``lines_total`` is of every line of the one invoice, ``difference`` its amount less that.
    """

    invoices: tuple[InvoiceRow, ...]
    omitted: Omitted
    total: Usd | None
    period_total: Usd
    average: Usd | None
    average_of: int
    invoice: InvoiceRow | None
    by_product: tuple[ProductRow, ...]
    products_omitted: Omitted | None
    lines: tuple[LineRow, ...]
    lines_omitted: Omitted | None
    lines_total: Usd | None
    difference: Usd | None
    filters: dict[str, Label]
    available: tuple[Label, ...]
    nearest: tuple[Nearest, ...]


_NAMED = 5


@dataclass(frozen=True, slots=True)
class Listed:
    """An invoice with its month and its lines as far as they were read; None if none was."""

    invoice: Invoice
    month: Month | None
    charges: Sequence[Charge] | None
    whole: bool

    @property
    def key(self) -> str:
        """Its id."""
        return self.invoice.id


def first_month(snapshot: Snapshot, months: int) -> Month:
    """The first of so many months before the running one."""
    month = snapshot.month
    for _ in range(months):
        month = month.previous
    return month


def listed_invoices(snapshot: Snapshot, months: int) -> list[Listed]:
    """The invoices of the last months and of the running one, newest first.

    One that nothing dates is listed last, whatever its age. Raises the VultrError of the list
    when that could not be read.
    """
    if snapshot.invoices is None:
        snapshot.require("invoices")
    first = first_month(snapshot, months)
    rows = [_listed(snapshot, row) for row in invoices_between(snapshot, first, snapshot.month)]
    return [row for row in rows if row.month is None or row.month >= first]


def is_uncharged(listed: Listed) -> bool:
    """Tell whether an invoice that was read wholly charges nothing: a credit note, or empty."""
    return listed.whole and BillTotals.exact_charges(listed.charges or ()) <= 0


def chosen_invoice(snapshot: Snapshot, invoice_id: str) -> Invoice:
    """The invoice of an id, which may be written as ``#123``.

    Raises UnknownValueError with the ids that are near and the newest ones, or the VultrError of
    the list when that could not be read.
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
    """List invoices newest first; totals are of the whole window."""
    listed = listed_invoices(snapshot, months)
    rows = _rows(listed, product)
    shown, hidden = tuple(rows[:limit]), rows[limit:]
    period_total = to_cents(total_of(row.invoice.amount for row in listed))
    every = [charge for row in listed for charge in row.charges or ()]
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
    )


def one_invoice(
    snapshot: Snapshot, invoice: Invoice, *, product: str | None = None, limit: int = 10
) -> InvoicesReport:
    """Show one invoice: its products and lines, and whether these are all of its amount (D1)."""
    listed = _listed(snapshot, invoice)
    every = listed.charges or ()
    found = [charge for charge in every if is_product(charge, product)]
    (row,) = _rows([listed], product)
    by_product, products_omitted = top(
        product_rows(found, BillTotals.of(found).charges), limit, lambda group: group.total
    )
    lines, lines_omitted = top(line_rows(found), limit, lambda line: line.total)
    lines_total = to_cents(total_of(charge.total for charge in every))
    return InvoicesReport(
        invoices=(row,),
        omitted=Omitted(0, ZERO),
        total=row.amount if product is None else _of_product([listed], found, snapshot),
        period_total=row.amount,
        average=None,
        average_of=0,
        invoice=row,
        by_product=by_product,
        products_omitted=products_omitted,
        lines=lines,
        lines_omitted=lines_omitted,
        lines_total=None if listed.charges is None else lines_total,
        difference=row.amount - lines_total if listed.whole else None,
        filters={} if product is None else {"product": product},
        available=() if found or product is None else products_by_money(every),
        nearest=() if found or product is None else nearest_products(every, product),
    )


def _listed(snapshot: Snapshot, invoice: Invoice) -> Listed:
    """An invoice with what is known of it; its month is the ledger's (D6)."""
    charges = snapshot.invoice_charges.get(invoice.id)
    return Listed(invoice, snapshot.invoice_month(invoice), charges, snapshot.read_wholly(invoice))


def _rows(listed: Sequence[Listed], product: str | None) -> list[InvoiceRow]:
    """Rows whose amounts, and whose parts of a product, sum to their totals (D4)."""
    amounts = allocate({row.key: row.invoice.amount for row in listed})
    parts = {} if product is None else allocate(_product_sums(listed, product))
    return [_row(row, amounts[row.key], parts) for row in listed]


def _row(listed: Listed, amount: Decimal, parts: Mapping[str, Decimal]) -> InvoiceRow:
    # A line that was not read may be the tax.
    tax = to_cents(tax_of(listed.charges or ())) if listed.whole else None
    date = listed.invoice.date
    return InvoiceRow(
        id=listed.key,
        date=None if date is None else date.date(),
        month=None if listed.month is None else listed.month.name,
        amount=amount,
        tax=tax,
        before_tax=None if tax is None else amount - tax,
        product_total=parts.get(listed.key),
    )


def _product_sums(listed: Sequence[Listed], product: str) -> dict[str, Decimal]:
    return {
        row.key: total_of(charge.total for charge in row.charges if is_product(charge, product))
        for row in listed
        if row.charges is not None
    }


def _of_product(
    listed: Sequence[Listed], found: Sequence[Charge], snapshot: Snapshot
) -> Decimal | None:
    """What the lines that were found come to; None where one may not have been read."""
    if listed and all(row.charges is None for row in listed):
        return None
    if not found and (snapshot.lacks(INVOICES) or not all(row.whole for row in listed)):
        return None
    return to_cents(total_of(charge.total for charge in found))


def _money(row: InvoiceRow, product: str | None) -> Decimal | None:
    return row.amount if product is None else row.product_total
