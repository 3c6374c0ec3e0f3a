"""The report behind ``export_costs``."""

from __future__ import annotations

from dataclasses import dataclass

from vultr_cost_mcp.domain.exporting import Format, SheetSource
from vultr_cost_mcp.domain.reports.common import Usd


@dataclass(frozen=True, slots=True)
class ExportReport:
    """A file that was written: where, what is in it, and the digest of its bytes."""

    path: str
    format: Format
    rows: int
    total: Usd
    source: SheetSource
    size_bytes: int
    sha256: str
