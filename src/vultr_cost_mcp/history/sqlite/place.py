"""The files at the path of a SQLite history, and beside it."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.sqlite.errors import LOST_LINK, NO_FILE, explained

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def is_there(path: Path) -> bool:
    """Return whether there is something at a path that SQLite can be asked to open.

    Raises StoreError for a pipe, at which SQLite would wait for ever, for a device, and for a link
    to nothing, which is no empty history; and OSError if the file system refuses to answer.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise StoreError(LOST_LINK.format(path=path)) from None
        return False
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise StoreError(NO_FILE.format(path=path))
    return True


def has_log(path: Path) -> bool:
    """Return whether something lies in the log beside a file that is not in the file yet."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


@contextmanager
def erasing(path: Path) -> Generator[sqlite3.Connection]:
    """Open a copy of an older version, to write zeros over its deleted rows."""
    with explained(path), closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN IMMEDIATE")
        yield database
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def size_of(path: Path) -> int | None:
    """Return the bytes of a file and its log; None where there is no file."""
    with explained(path):
        if not is_there(path):
            return None
        log = path.with_name(f"{path.name}-wal")
        return sum(each.stat().st_size for each in (path, log) if each.exists())
