"""A copy of a SQLite history as an older version left it, beside the file that is upgraded."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_COPY: Final = (
    "The history {path} was brought up to date without a copy of the old file beside it: there was "
    "no room for one, or its folder cannot be written."
)
# What is left free for the upgrade itself.
_SPARE = 4 * 1024 * 1024


def copied_beside(database: sqlite3.Connection, path: Path, version: int) -> bool:
    """Keep a copy of a file of an older version beside it; False where that cannot be done."""
    copy = path.with_name(f"{path.name}.version-{version}")
    part = path.with_name(f"{copy.name}.{os.getpid()}")
    try:
        if shutil.disk_usage(path.parent).free < path.stat().st_size + _SPARE:
            return False
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with closing(sqlite3.connect(part, isolation_level=None)) as target:
                database.backup(target)
                (copied,) = target.execute("PRAGMA user_version").fetchone()
            if copied == version:
                part.replace(copy)
            # Else another process has upgraded it by now, and made the copy.
        finally:
            for left in (part, *(part.with_name(f"{part.name}{end}") for end in ("-wal", "-shm"))):
                left.unlink(missing_ok=True)
    except (OSError, sqlite3.Error):
        return False
    return True


def copies_of(path: Path) -> list[Path]:
    """The copies that upgrades left beside a file."""
    with suppress(OSError):
        prefix = f"{path.name}.version-"
        beside = (each for each in path.parent.iterdir() if each.name.startswith(prefix))
        return sorted(each for each in beside if each.name.removeprefix(prefix).isdecimal())
    return []
