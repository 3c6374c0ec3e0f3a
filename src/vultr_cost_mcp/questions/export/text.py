"""Render the answer of ``export_costs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import month_name
from vultr_cost_mcp.markdown import count, usd

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.questions.export.report import ExportReport

_NAMES = {
    "csv": "a CSV",
    "json": "a JSON",
    "xlsx": "an XLSX",
    "focus": "a FOCUS 1.3 (CSV)",
    "parquet": "a FOCUS 1.3 (Parquet)",
}
_SOURCES = {
    "invoices": "the lines of the month's invoices",
    "unbilled": "the month's pending lines, not invoiced yet",
    "running": "the running month's lines so far",
}


def headline_export(report: ExportReport, month: Month) -> str:
    """Return a sentence on the content of the file."""
    return (
        f"{usd(report.total)} in {count(report.rows, 'line')} of {month_name(month.start)} "
        f"is written to {_NAMES[report.format]} file."
    )


def render_export(report: ExportReport) -> list[str]:
    """Return the file's location and how to check it."""
    holds = (
        f"It holds {_SOURCES[report.source]}, not rounded: {count(report.rows, 'row')} that sum to "
        f"{usd(report.total)}."
    )
    return [
        _place(report),
        holds,
        f"{report.size_bytes:,} bytes, SHA-256 `{report.sha256}`.",
    ]


def _place(report: ExportReport) -> str:
    if report.path is None:
        return f"Resource: `{report.uri}`, for `resources/read`."
    # A folder may have any name; as code it cannot become markup.
    return "File: `{}`".format(report.path.replace("`", "'"))
