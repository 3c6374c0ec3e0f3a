"""The tool ``list_invoices``."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field

from vultr_cost_mcp.billing.months import invoice_lines_wanted
from vultr_cost_mcp.domain.account_parts import INVOICE_LINES, INVOICES
from vultr_cost_mcp.domain.report_fields import EVERY_ROW
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.mcp_tools.arguments import Limit, Product
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import (
    DEFAULT_LIMIT,
    Draft,
    NextStep,
    Period,
)
from vultr_cost_mcp.mcp_tools.nearest_value import LAST
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.invoices.report import (
    InvoicesReport,
    chosen_invoice,
    first_month,
    invoices,
    is_awaited,
    one_invoice,
    shortened,
)
from vultr_cost_mcp.questions.invoices.text import headline_invoices, render_invoices

if TYPE_CHECKING:
    from collections.abc import Callable

    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.snapshot import Snapshot


def _as_text(value: object) -> object:
    """Return an id as text; clients may send it as a number."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else value


InvoiceId = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(max_length=64, description="One invoice with its lines"),
]


@question("Invoices", InvoicesReport)
async def list_invoices(
    call: Call,
    invoice_id: InvoiceId | None = None,
    months: Annotated[int, Field(ge=1, le=120, description="How far back")] = 12,
    product: Product | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[InvoicesReport]:
    """Documents: invoices with date, tax and amount, newest first; with an id, one by product
    and line."""
    snapshot = await call.snapshot(INVOICES, _follow_up(invoice_id, months))
    if invoice_id is not None:
        return _one(snapshot, chosen_invoice(snapshot, invoice_id), product, limit)
    rests_on = _rests_on(snapshot, months, by_product=product is not None)
    window = _window(snapshot, months)

    def draft(rows: int) -> Draft[InvoicesReport]:
        report = invoices(snapshot, months=months, product=product, limit=rows)
        return Draft(
            report,
            rests_on,
            headline_invoices(report, months),
            render_invoices(report),
            known=False if report.nearest else None,
            next_steps=_next_steps(report),
            period=window,
        )

    return Reply(snapshot, draft, limit)


def _one(
    snapshot: Snapshot, invoice: Invoice, product: str | None, limit: int
) -> Reply[InvoicesReport]:
    month = invoice.month
    # Without a date, the current month stands in for the period.
    period = (
        None if month is None else Period(month.name, month.start, month.end, invoice.read_wholly)
    )
    next_steps = [] if month is None else [_as_file(month)]
    rests_on = _figures(total=INVOICE_LINES if product is not None else INVOICES)
    whole = cache(partial(one_invoice, snapshot, invoice, product=product, limit=EVERY_ROW))

    def draft(rows: int) -> Draft[InvoicesReport]:
        report = shortened(whole(), rows)
        return Draft(
            report,
            rests_on,
            headline_invoices(report, 1),
            render_invoices(report),
            known=False if report.nearest else None,
            next_steps=next_steps,
            period=period,
        )

    return Reply(snapshot, draft, limit)


def _rests_on(snapshot: Snapshot, months: int, *, by_product: bool) -> RestsOn:
    """Return the parts of each figure; lines set the month of an invoice near the edge."""
    edge = first_month(snapshot, months).end
    unread = [row for row in snapshot.invoices or () if row.asked and not row.read_wholly]
    placed = all(row.date is not None and row.date >= edge for row in unread)
    return _figures(total=INVOICES if placed and not by_product else INVOICE_LINES, placed=placed)


def _figures(*, total: frozenset[str], placed: bool = True) -> RestsOn:
    return RestsOn(
        "total",
        {
            **each(INVOICE_LINES, "invoices", "omitted"),
            "total": total,
            "period_total": INVOICES if placed else INVOICE_LINES,
            **each(INVOICE_LINES, "average", "average_of", "invoice", "by_product"),
            **each(INVOICE_LINES, "products_omitted", "lines", "lines_omitted", "lines_total"),
            **each(INVOICE_LINES, "difference", "available", "nearest"),
        },
    )


def _follow_up(invoice_id: str | None, months: int) -> Callable[[Snapshot], list[DetailRequest]]:
    """Request the lines of the one invoice, or of all invoices that may be listed."""

    def wanted(snapshot: Snapshot) -> list[DetailRequest]:
        if invoice_id is None:
            return invoice_lines_wanted(snapshot, first_month(snapshot, months), snapshot.month)
        try:
            return [DetailRequest("invoice_items", chosen_invoice(snapshot, invoice_id).id)]
        except UnknownValueError:
            # The error is raised after the reading, where it becomes an answer.
            return []

    return wanted


def _window(snapshot: Snapshot, months: int) -> Period:
    """Return the listed months; complete if the last of them has its invoice."""
    first = first_month(snapshot, months)
    done = not snapshot.gaps and not is_awaited(snapshot, months)
    name = LAST if months == 1 else f"last_{months}_months"
    return Period(name, first.start, snapshot.month.start, complete=done)


def _as_file(month: Month) -> NextStep:
    return NextStep("export_costs", {"period": month.name}, "its lines as a file")


def _next_steps(report: InvoicesReport) -> list[NextStep]:
    newest = report.invoices[:1]
    return [NextStep("list_invoices", {"invoice_id": row.id}, "its lines") for row in newest]
