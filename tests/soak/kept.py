"""Check that a program's stored data is whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.double import Account

_RUNS = """
    SELECT run_id, complete,
           (SELECT count(*) FROM lines WHERE lines.run = seen_runs.run),
           (SELECT count(*) FROM resources WHERE resources.run = seen_runs.run)
    FROM seen_runs"""
# What belongs to no run, or to one that another of its hour has replaced.
_LOST = """
    SELECT count(*) FROM {table} WHERE run NOT IN (SELECT run FROM seen_runs)"""
_INVOICES = """
    SELECT (SELECT count(*) FROM invoice_lines WHERE invoice_lines.invoice = invoices.invoice)
    FROM invoices"""


def damage(file: Path, account: Account) -> list[str]:
    """Return the damage of a store of readings; nothing if each reading is whole."""
    with closing(sqlite3.connect(file)) as database:
        found = [str(row) for row in database.execute("PRAGMA integrity_check") if row != ("ok",)]
        for table in ("lines", "resources"):
            (lost,) = database.execute(_LOST.format(table=table)).fetchone()
            found += [f"{lost} {table} of no reading"] if lost else []
        invoice_lines = {len(lines) for lines in account.invoice_items.values()}
        of_invoices = {count for (count,) in database.execute(_INVOICES)}
        found += [f"invoices of {of_invoices} lines"] if of_invoices - invoice_lines else []
        runs = database.execute(_RUNS).fetchall()
    for run, complete, lines, resources in runs:
        # The bill is one page: a reading has all of its lines, or none where it failed.
        if lines != len(account.pending) and (complete or lines):
            found.append(f"{run} has {lines} of {len(account.pending)} lines")
        if complete and not resources:
            found.append(f"{run} has no resources")
    return found


def readings(file: Path) -> int:
    """How many readings were stored, those that later ones replaced too."""
    with closing(sqlite3.connect(file)) as database:
        (count,) = database.execute("SELECT count(*) FROM runs").fetchone()
    return int(count)
