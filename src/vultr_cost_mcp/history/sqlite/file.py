"""The file of a SQLite history: made, opened, brought up to date, and read where it cannot be."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.sqlite.errors import (
    NEWER,
    NO_DATABASE,
    explained,
    may,
    primary_code,
)
from vultr_cost_mcp.history.sqlite.place import erasing, has_log, is_there
from vultr_cost_mcp.history.sqlite.schema import APPLICATION_ID, MIGRATIONS
from vultr_cost_mcp.history.sqlite.upgrade import WITHOUT_COPY, copied_beside, copies_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

PATIENCE: Final = 5.0
_WITHOUT_WAL = (
    "The disk of the history {path} cannot share memory between processes (a network drive?): "
    "it works, but those who read and those who write wait for each other."
)
_AS_IT_WAS = "The history {path} is read-only: it can be asked, and nothing can be added to it."
# What a file says that was left in WAL mode where that cannot work.
_NO_SHARED_MEMORY = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
# In one statement, for another process may be making the tables.
_STATE: Final = (
    "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)"
    " FROM pragma_user_version, pragma_application_id"
)


class SqliteFile:
    """A file that is opened for each use, so that there is nothing to close at the end.

    ``patience`` is in seconds: how long another process's writing is waited for. ``options`` are
    further parameters of SQLite's own address of a file.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE, options: str = "") -> None:
        self.path = path
        self._patience = patience
        self._options = options
        self._notes: dict[str, None] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """Return sentences for the user on the state of this file, after its first use."""
        return tuple(note.format(path=self.path) for note in self._notes)

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """One state of the file; an absent file reads as an empty one and stays absent.

        Raises StoreError when the file cannot be read.
        """
        with explained(self.path), closing(self._opened_to_read()) as database:
            database.execute("BEGIN")
            yield database

    @contextmanager
    def writing(self, *, zeros: bool = False) -> Generator[sqlite3.Connection]:
        """Commit all of a block or, when it ends in an error, nothing; alone at the file.

        With ``zeros`` deleted rows are written over with zeros. Raises StoreError when the
        file cannot be written.
        """
        with explained(self.path):
            self._make()
            with closing(self._opened()) as database:
                uses_wal = _use_wal(database)
                self._bring_up_to_date(database)
                database.execute(f"PRAGMA secure_delete = {zeros:d}")
                # Not even a power failure takes back what was acknowledged.
                database.execute("PRAGMA synchronous = FULL")
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
                if zeros:
                    # The log holds what the pages were before.
                    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if not uses_wal:
                self._notes[_WITHOUT_WAL] = None

    def copies(self) -> Iterator[AbstractContextManager[sqlite3.Connection]]:
        """The copies of older versions that lie beside the file, to erase something in them."""
        for path in copies_of(self.path):
            yield erasing(path)

    def _bring_up_to_date(self, database: sqlite3.Connection) -> None:
        """Make the tables those of this version; of a file that had older ones a copy is kept."""
        version = _version(database, self.path)
        if (
            version
            and version < len(MIGRATIONS)
            and not copied_beside(database, self.path, version)
        ):
            self._notes[WITHOUT_COPY] = None
        _bring_up_to_date(database, self.path)

    def _make(self) -> None:
        """Make the file, and the folders that it lacks, for this user alone.

        Raises OSError also for a file that is there and may not be written: SQLite would put files
        beside it that are as read-only, and stay so.
        """
        if is_there(self.path):
            if not may(self.path, os.W_OK):
                raise OSError(errno.EROFS if may(self.path, os.R_OK) else errno.EACCES, "")
            return
        lacking = [folder for folder in self.path.parents if not folder.exists()]
        for folder in reversed(lacking):
            folder.mkdir(mode=0o700, exist_ok=True)
        # SQLite gives the files that it puts beside this one the same mode.
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _opened_to_read(self) -> sqlite3.Connection:
        if is_there(self.path):
            database = self._opened(reading=True)
            with _closed_on_error(database):
                version = _version(database, self.path)
                if version == len(MIGRATIONS):
                    return database
                if version and _AS_IT_WAS in self._notes:
                    with closing(database):
                        return _in_memory(database, self.path)
                if version:
                    self._bring_up_to_date(database)
                    return database
            database.close()
        empty = sqlite3.connect(":memory:", isolation_level=None)
        _bring_up_to_date(empty, self.path)
        return empty

    def _opened(self, *, reading: bool = False) -> sqlite3.Connection:
        """The file as it is; where it was left in WAL mode and that cannot work, without that."""
        self._notes.pop(_AS_IT_WAS, None)
        if reading and not may(self.path, os.W_OK) and not has_log(self.path):
            # Here too SQLite would put files beside it.
            return self._as_it_was()
        try:
            return self._connected("mode=rw")
        except sqlite3.OperationalError as error:
            if primary_code(error) not in _NO_SHARED_MEMORY:
                raise
            refused = error
        try:
            self._leave_wal()
            return self._connected("mode=rw")
        except sqlite3.OperationalError:
            # A log that cannot be read holds what was kept last.
            if not reading or has_log(self.path):
                raise refused from None
        return self._as_it_was()

    def _as_it_was(self) -> sqlite3.Connection:
        database = self._connected("mode=ro&immutable=1")
        self._notes[_AS_IT_WAS] = None
        return database

    def _leave_wal(self) -> None:
        with closing(self._connection("mode=rw")) as database:
            # Alone at the file, SQLite needs no shared memory.
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = DELETE")

    def _connected(self, mode: str) -> sqlite3.Connection:
        database = self._connection(mode)
        with _closed_on_error(database):
            _version(database, self.path)
        return database

    def _connection(self, mode: str) -> sqlite3.Connection:
        address = f"{self.path.absolute().as_uri()}?{mode}{self._options}"
        return sqlite3.connect(address, uri=True, isolation_level=None, timeout=self._patience)


@contextmanager
def _closed_on_error(database: sqlite3.Connection) -> Generator[None]:
    try:
        yield
    except BaseException:
        database.close()
        raise


def _in_memory(database: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Return a copy in memory of an older read-only file, in the tables of this version."""
    memory = sqlite3.connect(":memory:", isolation_level=None)
    with _closed_on_error(memory):
        database.backup(memory)
        _bring_up_to_date(memory, path)
    return memory


def _use_wal(database: sqlite3.Connection) -> bool:
    """Ask for WAL mode, in which nobody waits for a reader; False where that cannot work."""
    try:
        (mode,) = database.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError as error:
        # Someone else is at the file and will have asked for it.
        return primary_code(error) == sqlite3.SQLITE_BUSY
    return bool(mode == "wal")


def _version(database: sqlite3.Connection, path: Path) -> int:
    """The version of our tables in the file, 0 when it is empty.

    Raises StoreError for another program's file, and for one of a newer version.
    """
    version, application, tables = database.execute(_STATE).fetchone()
    if application != APPLICATION_ID:
        if application or version or tables:
            raise StoreError(NO_DATABASE.format(path=path))
        return 0
    if version > len(MIGRATIONS):
        raise StoreError(NEWER.format(path=path, found=version, known=len(MIGRATIONS)))
    return int(version)


def _bring_up_to_date(database: sqlite3.Connection, path: Path) -> None:
    if _version(database, path) == len(MIGRATIONS):
        return
    database.execute("BEGIN IMMEDIATE")
    # Another process may have done it in the meantime.
    for statements in MIGRATIONS[_version(database, path) :]:
        for statement in statements:
            database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    database.execute("COMMIT")
