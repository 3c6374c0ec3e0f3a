"""Messages that were sent, in a file of their own beside the history: each once, by one process."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from vultr_cost_mcp.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import TypeVar

    T = TypeVar("T")

# A process that claimed a message and did not send it in this time has ended.
LEASE_SECONDS = 300
_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS notices (
    id TEXT PRIMARY KEY, claimed_at INTEGER NOT NULL, sent_at INTEGER
) STRICT, WITHOUT ROWID
"""
_CLAIM = """
INSERT INTO notices (id, claimed_at) VALUES (:id, :now)
ON CONFLICT (id) DO UPDATE SET claimed_at = :now
WHERE sent_at IS NULL AND claimed_at <= :now - :lease
RETURNING id
"""
_SENT = """
INSERT INTO notices (id, claimed_at, sent_at) VALUES (:id, :now, :now)
ON CONFLICT (id) DO UPDATE SET sent_at = :now WHERE sent_at IS NULL
"""
_IS_SENT = "SELECT 1 FROM notices WHERE id = :id AND sent_at IS NOT NULL"
_GIVE_BACK = "DELETE FROM notices WHERE id = :id AND sent_at IS NULL"


class SentNotices:
    """Messages that were sent: each at least once, and as a rule once.

    A message has one id, or several if it is about several days: it was sent if one of them was,
    and then stands for all of them. A process claims the first id before it sends, and settles all
    afterwards. If it ends in between, the claim runs out and the message is sent again. Raises
    StoreError when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def claim(self, ids: Sequence[str], at: datetime) -> bool:
        """Return whether this process is to send the message."""

        def run(database: sqlite3.Connection) -> bool:
            if _any_sent(database, ids):
                # A day more of a stretch that was told is not another message.
                _write_sent(database, ids, at)
                return False
            given = {"id": ids[0], "now": int(at.timestamp()), "lease": LEASE_SECONDS}
            return bool(database.execute(_CLAIM, given).fetchall())

        return self._in_one_step(run)

    def settle(self, ids: Sequence[str], at: datetime, *, sent: bool) -> None:
        """Write down that a claimed message was sent, or give the claim back."""

        def run(database: sqlite3.Connection) -> None:
            if sent:
                _write_sent(database, ids, at)
            else:
                database.execute(_GIVE_BACK, {"id": ids[0]})

        self._in_one_step(run)

    def is_sent(self, ids: Sequence[str]) -> bool:
        """Return whether a message was sent."""
        if not self._path.exists():
            return False
        return self._in_one_step(lambda database: _any_sent(database, ids))

    def _in_one_step(self, run: Callable[[sqlite3.Connection], T]) -> T:
        """Run in a transaction that no other process's comes between."""
        try:
            self._make()
            database = sqlite3.connect(self._path, timeout=_SECONDS, isolation_level=None)
            with closing(database):
                database.execute("BEGIN IMMEDIATE")
                database.execute(_SCHEMA)
                done = run(database)
                database.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            msg = f"The list of sent messages {self._path} cannot be used: {error}. None was sent."
            raise StoreError(msg) from error
        return done

    def _make(self) -> None:
        """Make the file if there is none, for its user alone, as the history is."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))


def _any_sent(database: sqlite3.Connection, ids: Sequence[str]) -> bool:
    return any(database.execute(_IS_SENT, {"id": one}).fetchall() for one in ids)


def _write_sent(database: sqlite3.Connection, ids: Sequence[str], at: datetime) -> None:
    now = int(at.timestamp())
    database.executemany(_SENT, [{"id": one, "now": now} for one in ids])
