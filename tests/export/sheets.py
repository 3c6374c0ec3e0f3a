"""Sheets to be written, and how a reader reads the files again."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.nouns import MONTH, NOW, charge, thing
from vultr_cost_mcp.domain.exporting import CostExport, CostExportLine
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.resource import Resource

OCTOBER = MONTH.previous


def line(
    total: str = "1.00",
    service: Any = "Cloud Compute",
    resource: Resource | None = None,
    invoice_id: str | None = None,
    **named: Any,
) -> CostExportLine:
    """Make a line; ``named`` are fields of Vultr's."""
    made = charge(total, service, None if resource is None else resource.key, **named)
    return CostExportLine(made, resource, invoice_id)


def sheet(*lines: CostExportLine, month: Month = MONTH, **named: Any) -> CostExport:
    """Make the running month's sheet."""
    known: dict[str, Any] = {
        "account": "acme",
        "account_id": "acme",
        "source": "running",
        "complete": False,
        "as_of": NOW,
        **named,
    }
    return CostExport(month=month, lines=lines, **known)


def invoiced(*lines: CostExportLine, **named: Any) -> CostExport:
    """Make the sheet of October, which is over and invoiced."""
    return sheet(*lines, month=OCTOBER, source="invoices", complete=True, **named)


def server(**named: Any) -> Resource:
    """Make the server that lines are for: 48.00 a month by its plan."""
    known: dict[str, Any] = {
        "price": "48",
        "label": "web",
        "plan": "vhp-4c-8gb-amd",
        "tags": ("prod", "web"),
    }
    return thing("srv-1", **{**known, **named})


def rows_of(file: bytes | Path) -> list[dict[str, str]]:
    """Read a CSV file as a spreadsheet does."""
    content = file if isinstance(file, bytes) else file.read_bytes()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def json_of(file: bytes | Path) -> Any:
    """Read a JSON file, its numbers as decimals."""
    content = file if isinstance(file, bytes) else file.read_bytes()
    return json.loads(content, parse_float=Decimal)


def sum_of(rows: list[dict[str, str]], column: str = "total") -> Decimal:
    """Add a column up."""
    return sum((Decimal(row[column]) for row in rows), Decimal(0))
