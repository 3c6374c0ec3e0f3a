"""The bill of a month for a file: complete and unrounded (D1, D6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.bill import BillSource
from vultr_cost_mcp.domain.exporting import (
    MOST_RESOURCE_BYTES,
    CostExport,
    CostExportLine,
    ExportedFile,
    Format,
)
from vultr_cost_mcp.domain.report_fields import Summed
from vultr_cost_mcp.markdown import usd
from vultr_cost_mcp.money import to_cents, total_of
from vultr_cost_mcp.questions.caveats import (
    caveats_with,
    invoice_caveats,
    invoiced_caveats,
    month_caveats,
    unknown_products,
)

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import MonthlyBill
    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ExportReport:
    """A written file: its place, content and digest.

    One of ``path`` and ``uri`` is None: a client on this machine opens the path, one on another
    machine reads the URI as an MCP resource.
    """

    path: str | None
    uri: str | None
    format: Format
    rows: int
    total: Summed
    source: BillSource
    size_bytes: int
    sha256: str
    caveats: tuple[str, ...] = ()


def sheet_of(snapshot: Snapshot, bill: MonthlyBill) -> CostExport:
    """Return the lines of a month's bill, each with its invoice and its resource."""
    resources = snapshot.by_id()
    return CostExport(
        account=snapshot.account,
        account_id=snapshot.customer_id or snapshot.account,
        month=bill.month,
        source=bill.source,
        # An unlisted invoice may also be for this month.
        complete=bill.complete and not snapshot.missing("invoices"),
        as_of=snapshot.as_of,
        lines=tuple(
            CostExportLine(charge, resources.get(charge.resource_id or ""), invoice_id)
            for charge, invoice_id in zip(bill.charges, _invoice_of_each(bill), strict=True)
        ),
        invoices=() if bill.running else bill.invoices,
        gaps=snapshot.gaps,
        sample=snapshot.sample,
        regions=snapshot.regions or {},
        plans=snapshot.plans,
    )


def export_report(
    snapshot: Snapshot,
    bill: MonthlyBill,
    sheet: CostExport,
    written: ExportedFile,
    as_format: Format,
) -> ExportReport:
    """Report a file that was written from a month's bill."""
    own = [
        *month_caveats(bill),
        *_caveats(sheet),
        *_too_large(written),
        *_invoices(snapshot, bill),
    ]
    return ExportReport(
        path=None if written.remote else written.path,
        uri=written.uri if written.remote else None,
        format=as_format,
        rows=len(sheet.lines),
        total=to_cents(sheet.total),
        source=sheet.source,
        size_bytes=written.size,
        sha256=written.sha256,
        caveats=caveats_with(snapshot, own),
    )


def _invoice_of_each(bill: MonthlyBill) -> list[str | None]:
    """Return the invoice of every line; a bill's invoiced lines come first, in order."""
    if bill.running:
        return [None] * len(bill.charges)
    invoiced = [row.id for row in bill.invoices for _ in row.lines or ()]
    return [*invoiced, *[None] * (len(bill.charges) - len(invoiced))]


def _invoices(snapshot: Snapshot, bill: MonthlyBill) -> list[str]:
    if bill.running:
        return invoiced_caveats(snapshot)
    return invoice_caveats(bill.invoices)


def _caveats(sheet: CostExport) -> list[str]:
    caveats = unknown_products(line.charge for line in sheet.lines)
    if sheet.source == "running":
        caveats.append("The month is not over: the file holds what it has cost so far.")
    elif not sheet.complete:
        caveats.append("Not every line of the month could be read: the file is marked as partial.")
    else:
        stated = to_cents(total_of(row.amount for row in sheet.invoices))
        rest = stated - to_cents(sheet.total)
        if sheet.source == "invoices" and rest:
            caveats.append(f"The invoices state {usd(stated)}: {usd(rest)} of it is on no line.")
    return caveats


def _too_large(written: ExportedFile) -> list[str]:
    if not written.remote or written.size <= MOST_RESOURCE_BYTES:
        return []
    most = f"{MOST_RESOURCE_BYTES // 1024**2} MiB"
    where = f"whoever runs the server has it as {written.name} in its export folder."
    return [f"The file is larger than {most} and cannot be read over MCP: {where}"]
