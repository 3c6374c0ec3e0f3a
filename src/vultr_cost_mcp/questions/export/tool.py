"""The tool ``export_costs``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from mcp.types import ResourceLink
from pydantic import Field

from vultr_cost_mcp.domain.exporting import MOST_RESOURCE_BYTES, Format
from vultr_cost_mcp.domain.parts import ACCOUNT, INVENTORY, PRICED, REGIONS
from vultr_cost_mcp.domain.source import gateways_wanted
from vultr_cost_mcp.errors import TransportError
from vultr_cost_mcp.markdown import usd
from vultr_cost_mcp.mcp_tools.arguments import Period
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import Draft, NextStep
from vultr_cost_mcp.mcp_tools.nearest_value import CURRENT
from vultr_cost_mcp.mcp_tools.question import WRITES, Call, Reply, question
from vultr_cost_mcp.money import to_cents, total_of
from vultr_cost_mcp.questions.bill_parts import lines_of
from vultr_cost_mcp.questions.caveats import invoice_caveats, invoiced_caveats, unknown_products
from vultr_cost_mcp.questions.export.report import ExportReport, sheet_of
from vultr_cost_mcp.questions.export.text import headline_export, render_export
from vultr_cost_mcp.questions.periods import month_caveats, period_of, taken_for

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import MonthlyBill
    from vultr_cost_mcp.domain.exporting import CostExport, ExportedFile
    from vultr_cost_mcp.domain.snapshot import Snapshot

NEEDS = INVENTORY | ACCOUNT | REGIONS


@question("Export", ExportReport, WRITES)
async def export_costs(
    call: Call,
    format: Annotated[Format, Field(description="focus is FOCUS 1.3")] = "csv",  # noqa: A002
    period: Period = CURRENT,
) -> Reply[ExportReport]:
    """A file for finance: writes every line of a month's bill to this server's own export
    folder. Changes nothing at Vultr."""
    snapshot, bill = await taken_for(call, period, NEEDS, gateways_wanted)
    sheet = sheet_of(snapshot, _with_lines(snapshot, bill))
    written = await call.account.exports(sheet, format)
    report = ExportReport(
        path=None if written.remote else written.path,
        uri=written.uri if written.remote else None,
        format=format,
        rows=len(sheet.lines),
        total=to_cents(sheet.total),
        source=sheet.source,
        size_bytes=written.size,
        sha256=written.sha256,
    )

    def draft(rows: int) -> Draft[ExportReport]:
        del rows
        return Draft(
            report,
            _rests_on(bill),
            headline_export(report, sheet.month),
            render_export(report),
            caveats=[
                *month_caveats(bill),
                *_caveats(sheet),
                *_too_large(written),
                *_invoices(snapshot, bill),
            ],
            next_steps=[_next_step(sheet)],
            period=period_of(snapshot, bill),
            links=[_link(written)],
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
