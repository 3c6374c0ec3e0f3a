"""The lines of a bill as CSV and as JSON, in their original digits (D1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.exporting import CURRENCY
from vultr_cost_mcp.export.cells import table_bytes, written_number, written_text, written_time

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.exporting import CostExport, CostExportLine

COLUMNS = (
    "invoice_id",
    "month",
    "description",
    "product",
    "service",
    "start",
    "end",
    "units",
    "unit_type",
    "unit_price",
    "total",
    "resource_id",
    "resource_label",
    "region",
    "tags",
    "match",
)
NUMBERS = frozenset({"units", "unit_price", "total"})
_BETWEEN_TAGS = ", "


def csv_bytes(sheet: CostExport) -> bytes:
    """Return the lines for a spreadsheet."""
    rows = (csv_row(sheet, line) for line in sheet.lines)
    cells = ([row[column] for column in COLUMNS] for row in rows)
    return table_bytes(COLUMNS, cells, NUMBERS, mark=True)


def csv_row(sheet: CostExport, line: CostExportLine) -> dict[str, str | None]:
    """Return the cells of a line by column."""
    return {**_row(sheet, line), "tags": _BETWEEN_TAGS.join(_tags(line)) or None}


def json_bytes(sheet: CostExport) -> bytes:
    """Return the lines for a program, with the facts about the whole bill.

    Amounts are text, so that no reader turns them into binary floats.
    """
    whole: dict[str, Any] = {
        "account": written_text(sheet.account),
        "account_id": written_text(sheet.account_id),
        "sample": sheet.sample,
        "period": {
            "name": sheet.month.name,
            "start": written_time(sheet.month.start),
            "end": written_time(sheet.month.end),
        },
        "source": sheet.source,
        "currency": CURRENCY,
        "total": written_number(sheet.total),
        "complete": sheet.complete,
        "generated_at": written_time(sheet.as_of),
        "gaps": [{"part": gap.part, "reason": written_text(gap.reason)} for gap in sheet.gaps],
        "invoices": [
            {
                "id": written_text(invoice.id),
                "date": written_time(invoice.date),
                "amount": written_number(invoice.amount),
            }
            for invoice in sheet.invoices
        ],
        "lines": [{**_row(sheet, line), "tags": _tags(line)} for line in sheet.lines],
    }
    return f"{json.dumps(whole, ensure_ascii=False, indent=1)}\n".encode()


def _row(sheet: CostExport, line: CostExportLine) -> dict[str, str | None]:
    charge, resource = line.charge, line.resource
    return {
        "invoice_id": written_text(line.invoice_id),
        "month": sheet.month.name,
        "description": written_text(charge.description),
        "product": written_text(charge.product),
        "service": charge.service,
        "start": written_time(charge.start),
        "end": written_time(charge.end),
        "units": written_number(charge.units),
        "unit_type": written_text(charge.unit_type),
        "unit_price": written_number(charge.unit_price),
        "total": written_number(charge.total),
        "resource_id": written_text(resource.id) if resource else None,
        "resource_label": written_text(resource.name) if resource else None,
        "region": written_text(resource.region) if resource else None,
        "match": charge.match,
    }


def _tags(line: CostExportLine) -> list[str]:
    tags = [written_text(tag) for tag in line.resource.tags] if line.resource else []
    return [tag for tag in tags if tag]
