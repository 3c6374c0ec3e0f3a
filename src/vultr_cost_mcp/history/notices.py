"""Messages that were sent, in a file of their own beside the history: each once, by one process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from vultr_cost_mcp.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

# A process that claimed a message and did not send it in this time has ended.
LEASE_SECONDS = 300
_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS notices (
    id TEXT PRIMARY KEY, claimed_at INTEGER NOT NULL, sent_at INTEGER
) STRICT, WITHOUT ROWID
"""
# One statement, so that of two processes one gets the row.
_CLAIM = """
INSERT INTO notices (id, claimed_at) VALUES (:id, :now)
ON CONFLICT (id) DO UPDATE SET claimed_at = :now
WHERE sent_at IS NULL AND claimed_at <= :now - :lease
RETURNING id
"""


class SentNotices:
    """Which messages were sent, by id. A message is sent at least once, and as a rule once.

    A process claims an id before it sends, and settles it afterwards. If it ends in between, the
    claim runs out and the message is sent again. Raises StoreError when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def claim(self, notice: str, at: datetime) -> bool:
        """Return whether this process is to send the message."""
        given = {"id": notice, "now": int(at.timestamp()), "lease": LEASE_SECONDS}
        return bool(self._run(_CLAIM, given))

    def settle(self, notice: str, at: datetime, *, sent: bool) -> None:
        """Write down that a claimed message was sent, or give the claim back."""
        if sent:
            change = "UPDATE notices SET sent_at = :now WHERE id = :id"
        else:
            change = "DELETE FROM notices WHERE id = :id AND sent_at IS NULL"
        self._run(change, {"id": notice, "now": int(at.timestamp())})

    def is_sent(self, notice: str) -> bool:
        """Return whether a message was sent."""
        if not self._path.exists():
            return False
        found = "SELECT 1 FROM notices WHERE id = :id AND sent_at IS NOT NULL"
        return bool(self._run(found, {"id": notice}))

    def _run(self, sql: str, given: Mapping[str, object]) -> list[tuple[object, ...]]:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_SECONDS)) as database, database:
                database.execute(_SCHEMA)
                return database.execute(sql, given).fetchall()
        except (sqlite3.Error, OSError) as error:
            msg = f"Messages cannot be kept apart in {self._path}: {error}. None was sent."
            raise StoreError(msg) from error
