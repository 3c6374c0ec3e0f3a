"""Statements of a SQLite history; names are those of our own columns, values are bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vultr_cost_mcp.history.columns import (
    ALIAS_COLUMNS,
    FINDING_COLUMNS,
    INVOICE_COLUMNS,
    INVOICE_LINE_COLUMNS,
    LINE_COLUMNS,
    RESOURCE_COLUMNS,
    RUN_COLUMNS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vultr_cost_mcp.history.columns import Column


def _names(columns: Sequence[Column]) -> str:
    return ", ".join(column.name for column in columns)


def _insert(table: str, keys: str, columns: Sequence[Column]) -> str:
    names = ", ".join(filter(None, [keys, _names(columns)]))
    places = ", ".join("?" for _ in names.split(", "))
    return f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608  (our own names)


def _select(columns: Sequence[Column], rest: str, key: str = "") -> str:
    return f"SELECT {key}{_names(columns)} {rest}"


ADD_RUN: Final = _insert("runs", "run, hour", RUN_COLUMNS)
ADD_LINE: Final = _insert("lines", "run", LINE_COLUMNS)
ADD_RESOURCE: Final = _insert("resources", "run", RESOURCE_COLUMNS)
ADD_FINDING: Final = _insert("findings", "run", FINDING_COLUMNS)
ADD_ALIAS: Final = (
    _insert("aliases", "", ALIAS_COLUMNS)
    + " ON CONFLICT (kind, digest, account) DO UPDATE"
    + " SET first_seen = min(first_seen, excluded.first_seen)"
)
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

RULES_OF: Final = "SELECT rules, collected_at FROM runs WHERE run = ?"
FINDINGS: Final = _select(FINDING_COLUMNS, "FROM findings WHERE run = ? ORDER BY rowid")
# Of the rows of a group SQLite gives the one with the greatest hour.
LAST_FINDINGS: Final = _select(
    FINDING_COLUMNS,
    "FROM findings JOIN seen_runs USING (run) WHERE customer_id = ? AND hour BETWEEN ? AND ?"
    " AND collected_at >= ? AND collected_at < ? AND confidence = 'measured'"
    " GROUP BY resource_ids ORDER BY 1, findings.rowid",
    "max(hour), run_id, collected_at, ",
)
ALIASES: Final = _select(ALIAS_COLUMNS, "FROM aliases WHERE kind = ? AND digest = ?")
ALL_ALIASES: Final = _select(ALIAS_COLUMNS, "FROM aliases WHERE kind = ?")
ALIASES_OF: Final = _select(ALIAS_COLUMNS, "FROM aliases WHERE account = ? AND kind = ?")
KEPT: Final = """
SELECT customer_id, count(*), sum(lines), sum(resources), min(collected_at), max(collected_at)
FROM (
    SELECT customer_id, collected_at,
        (SELECT count(*) FROM lines WHERE lines.run = runs.run) AS lines,
        (SELECT count(*) FROM resources WHERE resources.run = runs.run) AS resources
    FROM runs
)
GROUP BY customer_id
"""
KEYS: Final = "SELECT customer_id FROM runs UNION SELECT customer_id FROM invoices"
INVOICES_KEPT: Final = "SELECT customer_id, count(*) FROM invoices GROUP BY customer_id"
INVOICE_IDS: Final = "SELECT invoice_id FROM invoices WHERE customer_id = ?"
NEWEST_RUN: Final = (
    "SELECT run FROM runs WHERE customer_id = ? AND EXISTS (SELECT 1 FROM resources WHERE"
    " resources.run = runs.run) ORDER BY hour DESC, collected_at DESC LIMIT 1"
)
RESOURCE_IDS: Final = "SELECT resource_id FROM resources WHERE run = ?"

OLD_RUNS: Final = (
    "SELECT run FROM runs WHERE customer_id = ? AND collected_at < ? AND (EXISTS"
    " (SELECT 1 FROM lines WHERE lines.run = runs.run)"
    " OR EXISTS (SELECT 1 FROM resources WHERE resources.run = runs.run))"
)
DROP_LINES: Final = "DELETE FROM lines WHERE run = ?"
DROP_RESOURCES: Final = "DELETE FROM resources WHERE run = ?"
DROP_FINDINGS: Final = "DELETE FROM findings WHERE run = ?"

_RUNS_OF = "(SELECT run FROM runs WHERE customer_id = ?)"
# What an account has, from the rows that hang on others to those; of a file of version 1 the first.
ERASE: Final = (
    f"DELETE FROM lines WHERE run IN {_RUNS_OF}",  # noqa: S608  (our own names)
    f"DELETE FROM resources WHERE run IN {_RUNS_OF}",  # noqa: S608  (our own names)
    "DELETE FROM invoice_lines WHERE invoice IN (SELECT invoice FROM invoices WHERE customer_id=?)",
    "DELETE FROM invoices WHERE customer_id = ?",
)
ERASE_FINDINGS: Final = f"DELETE FROM findings WHERE run IN {_RUNS_OF}"  # noqa: S608  (our own)
ERASE_RUNS: Final = "DELETE FROM runs WHERE customer_id = ?"
ERASE_ALIASES: Final = "DELETE FROM aliases WHERE account = ?"
