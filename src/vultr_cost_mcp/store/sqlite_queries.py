"""What a SQLite history is asked and told; names are those of our own columns, values are bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vultr_cost_mcp.store.columns import (
    INVOICE_COLUMNS,
    INVOICE_LINE_COLUMNS,
    LINE_COLUMNS,
    RESOURCE_COLUMNS,
    RUN_COLUMNS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vultr_cost_mcp.store.columns import Column


def _names(columns: Sequence[Column]) -> str:
    return ", ".join(column.name for column in columns)


def _insert(table: str, keys: str, columns: Sequence[Column]) -> str:
    names = f"{keys}, {_names(columns)}"
    places = ", ".join("?" for _ in names.split(", "))
    return f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608  (our own names)


def _select(columns: Sequence[Column], rest: str, key: str = "") -> str:
    return f"SELECT {key}{_names(columns)} {rest}"


ADD_RUN: Final = _insert("runs", "run, hour", RUN_COLUMNS)
ADD_LINE: Final = _insert("lines", "run", LINE_COLUMNS)
ADD_RESOURCE: Final = _insert("resources", "run", RESOURCE_COLUMNS)
ADD_INVOICE: Final = (
    _insert("invoices", "customer_id", INVOICE_COLUMNS)
    + " ON CONFLICT (customer_id, invoice_id) DO NOTHING"
)
ADD_INVOICE_LINE: Final = _insert("invoice_lines", "invoice", INVOICE_LINE_COLUMNS)
NEXT_RUN: Final = "SELECT coalesce(max(run), 0) + 1 FROM runs"
IS_KEPT: Final = "SELECT 1 FROM runs WHERE customer_id = ? AND run_id = ?"
OF_HOUR: Final = "SELECT run, collected_at, run_id FROM runs WHERE customer_id = ? AND hour = ?"

RUNS: Final = _select(
    RUN_COLUMNS,
    "FROM seen_runs WHERE customer_id = ? AND hour BETWEEN ? AND ?"
    " AND collected_at >= ? AND collected_at < ? ORDER BY hour",
)
IS_SEEN: Final = "SELECT run FROM seen_runs WHERE customer_id = ? AND run_id = ?"
# Whole dollars and what is left of them, each alone: no sum of either overflows.
TOTALS: Final = (
    "SELECT period, service, sum(total / 1000000), sum(total % 1000000) FROM lines WHERE run = ?"
    " GROUP BY period, service"
)
LINES: Final = _select(LINE_COLUMNS, "FROM lines WHERE run = ? ORDER BY rowid")
RESOURCES: Final = _select(RESOURCE_COLUMNS, "FROM resources WHERE run = ? ORDER BY rowid")
INVOICES: Final = _select(INVOICE_COLUMNS, "FROM invoices WHERE customer_id = ?", "invoice, ")
INVOICE_LINES: Final = _select(
    INVOICE_LINE_COLUMNS, "FROM invoice_lines WHERE invoice = ? ORDER BY rowid"
)

OLD_RUNS: Final = (
    "SELECT run FROM runs WHERE collected_at < ? AND (EXISTS (SELECT 1 FROM lines WHERE"
    " lines.run = runs.run) OR EXISTS (SELECT 1 FROM resources WHERE resources.run = runs.run))"
)
DROP_LINES: Final = "DELETE FROM lines WHERE run = ?"
DROP_RESOURCES: Final = "DELETE FROM resources WHERE run = ?"
