"""Errors of SQLite and the file system, in one sentence with the next step."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vultr_cost_mcp.errors import StoreError, StoreTimeoutError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_ANOTHER = "name another file in VULTR_COST_STORE"
_FULL = "The disk that holds the history {path} is full; make room on it and try again."
_DENIED = (
    "The history {path} cannot be opened, permission is denied; let this user read and write the "
    f"file and its folder, or {_ANOTHER}."
)
_READ_ONLY = (
    "The history {path} is read-only; to add to it make the file, those beside it and their folder "
    f"writable, or {_ANOTHER}."
)
_FOLDER = f"The history {{path}} is a folder; {_ANOTHER}."
_NO_FOLDER = f"The folder of the history {{path}} is a file; move that away, or {_ANOTHER}."
NO_FILE = f"The history {{path}} is not a file but a device or a pipe; {_ANOTHER}."
LOST_LINK = (
    f"The history {{path}} is a link to a file that is not there; put that back, or {_ANOTHER}."
)
NO_DATABASE = f"{{path}} is not a history but a file of another program; {_ANOTHER}."
NEWER = (
    "The history {path} was written by a newer vultr-cost-mcp (its version is {found}, this one "
    f"knows up to {{known}}) and was left as it is; update vultr-cost-mcp, or {_ANOTHER}."
)
_BY_CODE = {
    sqlite3.SQLITE_BUSY: "The history {path} is in use by another process that does not let it go; "
    "try again in a moment.",
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_NOTADB: NO_DATABASE,
    sqlite3.SQLITE_CORRUPT: "The history {path} is damaged; put a copy of it back, or move it away "
    "to begin a new one.",
    sqlite3.SQLITE_IOERR: "The disk does not read or write the history {path} as it should; see "
    "whether it is full, over a quota or disconnected, and try again.",
}
_BY_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: _READ_ONLY,
    errno.EISDIR: _FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
}
_NOT_OPENED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM})


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn errors of SQLite and of the file system into StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        away = primary_code(error) == sqlite3.SQLITE_BUSY
        kind = StoreTimeoutError if away else StoreError
        raise kind(_reason(error, path).format(path=path)) from error
    except UnicodeError as error:
        # SQLite's own sentence quotes what is no text: the names in the file are damaged.
        raise StoreError(_BY_CODE[sqlite3.SQLITE_CORRUPT].format(path=path)) from error
    except OSError as error:
        raise StoreError(_reason_of_system(error).format(path=path)) from error


def primary_code(error: sqlite3.Error) -> int | None:
    """The number of an error without its details; None for one that Python found itself."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _reason(error: sqlite3.Error, path: Path) -> str:
    # Python's own errors are about invalid text, and quote it.
    code = primary_code(error) or sqlite3.SQLITE_CORRUPT
    # Path.is_dir raises where the folder above may not be entered.
    if os.path.isdir(path):  # noqa: PTH112
        return _FOLDER
    if code in _NOT_OPENED:
        return _reason_of_refusal(path)
    if code in _BY_CODE:
        return _BY_CODE[code]
    words = str(error).rstrip(".").replace("{", "{{").replace("}", "}}")
    return f"The history {{path}} cannot be used, SQLite says: {words}; try again, or {_ANOTHER}."


def _reason_of_refusal(path: Path) -> str:
    """Return the reason why SQLite, which states none, cannot open or write a file.

    The file is not opened for that: closing it would undo the locks of its other users here.
    """
    if not may(path, os.R_OK):
        return _DENIED
    beside = (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))
    written = [path.parent, *filter(os.path.exists, beside)]
    if all(may(each, os.W_OK) for each in written):
        return "The history {path} cannot be opened just now; try again."
    return _READ_ONLY


def may(path: Path, what: int) -> bool:
    """Return whether this user may do that (``os.R_OK``, ``os.W_OK``) with a file or folder."""
    return os.access(path, what, effective_ids=os.access in os.supports_effective_ids)


def _reason_of_system(error: OSError) -> str:
    words = (error.strerror or "unknown error").replace("{", "{{").replace("}", "}}")
    other = f"The history {{path}} cannot be opened ({words}); {_ANOTHER}."
    return _BY_ERRNO.get(error.errno or 0, other)
