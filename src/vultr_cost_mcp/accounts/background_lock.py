"""Let one process a store read in the background (D34)."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager
    from pathlib import Path

_APP = "vultr-cost-mcp"
_OFF = "off"


def claim_of(store: str | None) -> Callable[[], AbstractContextManager[bool]]:
    """Return a claim on the background reading for a store, given by its address.

    With the store ``off`` nothing is written, so nothing tells one process of another.
    """
    if store is not None and store.strip().casefold() == _OFF:
        return _unclaimed
    return partial(_claimed, blake2b((store or "").encode(), digest_size=8).hexdigest())


@contextmanager
def _unclaimed() -> Generator[bool]:
    yield True


@contextmanager
def _claimed(name: str) -> Generator[bool]:
    """Yield True if no other process of this user holds the claim, and hold it meanwhile."""
    # Imported here to keep start-up fast.
    from platformdirs import user_cache_path  # noqa: PLC0415

    with claimed_at(user_cache_path(_APP, appauthor=False) / f"background-{name}") as is_ours:
        yield is_ours


@contextmanager
def claimed_at(path: Path) -> Generator[bool]:
    """Yield whether the lock at a path is ours; the operating system frees it if we are killed.

    The file stays empty. Where none can be made, as on a read-only disk, each process is its own.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = sqlite3.connect(path, timeout=0, isolation_level=None)
    except (OSError, sqlite3.Error):
        yield True
        return
    with closing(lock):
        yield _locked(lock)


def _locked(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        return error.sqlite_errorcode != sqlite3.SQLITE_BUSY
    return True
