"""The report behind ``list_invoices``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vultr_cost_mcp.domain.reports.common import Label, Nearest, Omitted, Usd
from vultr_cost_mcp.domain.reports.pending import LineRow, ProductRow


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
