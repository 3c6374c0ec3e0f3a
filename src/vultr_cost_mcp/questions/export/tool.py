"""The tool ``export_costs``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from mcp.types import ResourceLink
from pydantic import Field

from vultr_cost_mcp.domain.account_parts import ACCOUNT, INVENTORY, PRICED, REGIONS
from vultr_cost_mcp.domain.exporting import Format
from vultr_cost_mcp.domain.snapshot_source import gateways_wanted
from vultr_cost_mcp.errors import TransportError
from vultr_cost_mcp.mcp_tools.arguments import Period
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import Draft, NextStep
from vultr_cost_mcp.mcp_tools.nearest_value import CURRENT
from vultr_cost_mcp.mcp_tools.question import WRITES, Call, Reply, question
from vultr_cost_mcp.questions.bill_parts import lines_of
from vultr_cost_mcp.questions.export.report import ExportReport, export_report, sheet_of
from vultr_cost_mcp.questions.export.text import headline_export, render_export
from vultr_cost_mcp.questions.periods import period_of, taken_for

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import MonthlyBill
    from vultr_cost_mcp.domain.exporting import CostExport, ExportedFile
    from vultr_cost_mcp.domain.snapshot import Snapshot

NEEDS = INVENTORY | ACCOUNT | REGIONS


@question("Export", ExportReport, WRITES)
async def export_costs(
    call: Call,
    format: Annotated[  # noqa: A002
        Format, Field(description="focus is FOCUS 1.3 in CSV, parquet the same")
    ] = "csv",
    period: Period = CURRENT,
) -> Reply[ExportReport]:
    """A file for finance: writes every line of a month's bill to this server's export folder.
    Changes nothing at Vultr."""
    snapshot, bill = await taken_for(call, period, NEEDS, gateways_wanted)
    sheet = sheet_of(snapshot, _with_lines(snapshot, bill))
    written = await call.account.exports(sheet, format)
    report = export_report(snapshot, bill, sheet, written, format)

    def draft(rows: int) -> Draft[ExportReport]:
        del rows
        return Draft(
            report,
            _rests_on(bill),
            headline_export(report, sheet.month),
            render_export(report),
            next_steps=[_next_step(sheet)],
            period=period_of(snapshot, bill),
            links=[_link(written)],
            note=report.uri,
        )

    return Reply(snapshot, draft)


def _rests_on(bill: MonthlyBill) -> RestsOn:
    """Return the parts of each figure; the file also names resources, regions and the account."""
    lines = lines_of(bill)
    file = lines | PRICED | ACCOUNT | REGIONS | {"invoices", "invoice_items", "history"}
    return RestsOn("total", {**each(lines, "rows", "total"), **each(file, "size_bytes", "sha256")})


def _with_lines(snapshot: Snapshot, bill: MonthlyBill) -> MonthlyBill:
    """Return the bill; raises an error if it is the running one and its lines were not read."""
    if bill.running and snapshot.charges is None:
        snapshot.require("pending_charges")
        msg = "The bill's lines could not be read. Ask again."
        raise TransportError(msg)
    return bill


def _next_step(sheet: CostExport) -> NextStep:
    if sheet.invoices:
        return NextStep("list_invoices", {"invoice_id": sheet.invoices[0].id}, "the invoice itself")
    return NextStep("get_pending_charges", {}, "what the account states of them")


def _link(written: ExportedFile) -> ResourceLink:
    return ResourceLink(
        type="resource_link",
        uri=written.uri,
        name=written.name,
        mime_type=written.mime_type,
        size=written.size,
    )
