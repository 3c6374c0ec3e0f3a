"""The report behind ``export_costs``."""

from __future__ import annotations

from dataclasses import dataclass

from vultr_cost_mcp.domain.exporting import Format, SheetSource
from vultr_cost_mcp.domain.reports.common import Usd


@dataclass(frozen=True, slots=True)
class ExportReport:
    """A file that was written: where, what is in it, and the digest of its bytes.

    One of ``path`` and ``uri`` is None: a client on this machine opens the path, one on another
    machine reads the URI as an MCP resource.
    """

    path: str | None
    uri: str | None
    format: Format
    rows: int
    total: Usd
    source: SheetSource
    size_bytes: int
    sha256: str
