"""Render the answer of ``list_invoices``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name, period_name
from vultr_cost_mcp.markdown import code, count, more, table, usd
from vultr_cost_mcp.money import ZERO
from vultr_cost_mcp.questions.charge_rows import line_table, product_table
from vultr_cost_mcp.questions.nothing_matched import nothing_matched

if TYPE_CHECKING:
    from vultr_cost_mcp.questions.invoices.report import InvoiceRow, InvoicesReport


def headline_invoices(report: InvoicesReport, months: int) -> str:
    """Return a sentence on the sum of the invoices, or on the one invoice."""
    if _missed(report):
        span = "on an invoice of the last month" if months == 1 else "on an invoice"
        if report.invoice is not None:
            span = f"on invoice {code(report.invoice.id)}"
        elif months > 1:
            span = f"on the invoices of the last {months} months"
        return nothing_matched(
            report.filters, report.nearest, (), span, unknown=report.total is None
        )
    product = f" of {code(report.filters['product'])}" if report.filters else ""
    if report.invoice is not None:
        row = report.invoice
        whole = f" of {usd(row.amount)}" if product else ""
        return f"{_amount(report)}{product} is on invoice {code(row.id)}{whole}{_month(row)}."
    number = len(report.invoices) + report.omitted.count
    span = "the last month" if months == 1 else f"the last {months} months"
    return f"{_amount(report)}{product} is on {count(number, 'invoice')} of {span}."


def render_invoices(report: InvoicesReport) -> list[str]:
    """Return the list, or one invoice by product and line with its tax apart."""
    body = _list(report) if report.invoice is None else _one(report, report.invoice)
    if report.filters and report.invoice is None:
        body.append(f"All products: {usd(report.period_total)}.")
    if report.available:
        body.append("Available: " + ", ".join(map(code, report.available)) + ".")
    return body


def _list(report: InvoicesReport) -> list[str]:
    head = ["Invoice", "Date", "For", "Amount $", "Tax $", "Before tax $", "Discounts $"]
    by_product = bool(report.filters) and not _missed(report)
    body = table(
        [*head, "Product $"] if by_product else head,
        (
            [
                code(row.id),
                "unknown" if row.date is None else day_name(row.date),
                row.month or "unknown",
                usd(row.amount),
                usd(row.tax),
                usd(row.before_tax),
                usd(row.discounts) if row.discounts != ZERO else "",
                *([usd(row.product_total)] if by_product else []),
            ]
            for row in report.invoices
        ),
    )
    body += more(report.omitted, "older invoice")
    if report.average is not None:
        over = count(report.average_of, "invoice")
        body.append(f"Average before tax: {usd(report.average)} over {over}.")
    return body


def _one(report: InvoicesReport, row: InvoiceRow) -> list[str]:
    dated = "without a date" if row.date is None else f"dated {day_name(row.date)}"
    stated = (
        f"Invoice {code(row.id)}, {dated}: amount {usd(row.amount)}, tax {usd(row.tax)}, "
        f"before tax {usd(row.before_tax)}{_discounts(row)}."
    )
    body = [stated, _difference(report)]
    body += product_table(report.by_product)
    body += more(report.products_omitted, "product")
    body += line_table(report.lines)
    body += more(report.lines_omitted, "line")
    return body


def _discounts(row: InvoiceRow) -> str:
    return "" if row.discounts == ZERO else f", with {usd(row.discounts)} of discounts"


def _difference(report: InvoicesReport) -> str:
    """Return a sentence on whether the lines add up to the amount."""
    if report.lines_total is None:
        return "Its lines could not be read."
    if report.difference is None:
        read = usd(report.lines_total)
        return f"Some of its lines could not be read: the others add up to {read}."
    if not report.difference:
        return f"Its lines add up to {usd(report.lines_total)}, exactly its amount."
    side = "more" if report.difference > 0 else "less"
    what = "a charge, tax or rounding" if report.difference > 0 else "a credit or rounding"
    return (
        f"Its lines add up to {usd(report.lines_total)}; the amount is "
        f"{usd(abs(report.difference))} {side}: {what} that no line names."
    )


def _missed(report: InvoicesReport) -> bool:
    """Return whether the filter matched no line that was read."""
    return bool(report.available or report.nearest)


def _amount(report: InvoicesReport) -> str:
    return "An unknown part" if report.total is None else usd(report.total)


def _month(row: InvoiceRow) -> str:
    if row.month is None:
        return ""
    return f" for {period_name(row.month)}"
