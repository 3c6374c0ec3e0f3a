"""The bill of a month for a file: complete and unrounded (D1, D6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.bill import BillSource
from vultr_cost_mcp.domain.exporting import CostExport, CostExportLine, Format
from vultr_cost_mcp.domain.report_fields import Usd

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
    total: Usd
    source: BillSource
    size_bytes: int
    sha256: str


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


def _invoice_of_each(bill: MonthlyBill) -> list[str | None]:
    """Return the invoice of every line; a bill's invoiced lines come first, in order."""
    if bill.running:
        return [None] * len(bill.charges)
    invoiced = [row.id for row in bill.invoices for _ in row.lines or ()]
    return [*invoiced, *[None] * (len(bill.charges) - len(invoiced))]
