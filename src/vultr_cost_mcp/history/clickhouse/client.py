"""The line to ClickHouse, a server's or the embedded engine's: rows out, rows in, StoreError."""

from __future__ import annotations

import logging
import os
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Protocol

from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.clickhouse.errors import (
    IN_USE,
    OLDEST,
    failed,
    missing,
    no_certificates,
    too_old,
)
from vultr_cost_mcp.history.private_folder import make_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vultr_cost_mcp.history.clickhouse.address import ClickHouseConfig
    from vultr_cost_mcp.history.rows import Row

# Seconds. A question about the running month must not wait long for a history that is away.
CONNECT_SECONDS: Final = 2
OPEN_SECONDS: Final = 4
READ_SECONDS: Final = 8
WRITE_SECONDS: Final = 20
# Every progress header would start a new wait, for as long as the server likes.
_QUIET: Final = {"send_progress_in_http_headers": "0"}
# An insert counts when it is written, also where a profile says otherwise: the run row is last.
_WRITE: Final = {"async_insert": "0", "insert_deduplicate": "1", **_QUIET}
# SQL that reads can read files of the machine as well, unless it may only read tables.
_READ: Final = {"readonly": "1", **_QUIET}

_engine_lock = Lock()
# For the life of the process: the engine leaks threads and files whenever it is opened again.
_engines: dict[tuple[str, str], Client] = {}


class Result(Protocol):
    """The result of a query."""

    @property
    def result_rows(self) -> Sequence[Any]:
        """Its rows, each a tuple in the order of the columns."""
        ...


class Client(Protocol):
    """The methods of clickhouse-connect that are used; it is no part of a default install."""

    server_version: str
    server_settings: Mapping[str, Any]
    database: str | None
    timeout: Any

    def query(self, query: str, *, parameters: dict[str, Any], settings: dict[str, Any]) -> Result:
        """Ask; ``{name:Type}`` in the SQL is bound to a parameter."""
        ...

    def command(self, cmd: str) -> object:
        """Run a statement that returns no rows."""
        ...

    def insert(
        self,
        table: str,
        data: Sequence[Sequence[Any]],
        *,
        column_names: Sequence[str],
        column_type_names: Sequence[str],
        settings: dict[str, Any],
    ) -> object:
        """Write rows in one request."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


class Connection:
    """A line to one place; after any failure the next request opens a new one."""

    def __init__(self, place: ClickHouseConfig) -> None:
        self.place = place
        self._client: Client | None = None
        self._lock = Lock()

    @property
    def client(self) -> Client | None:
        """Return the current client; a failure replaces it, None while there is none."""
        return self._client

    def rows(self, sql: str, **parameters: object) -> list[Row]:
        """The rows of a SELECT; raises StoreError."""
        client = self._opened(READ_SECONDS)
        try:
            found = client.query(sql, parameters=parameters, settings=_reading(client))
        except Exception as error:
            raise self._failed(error) from error
        return list(found.result_rows)

    def run(self, sql: str) -> None:
        """Run a statement that has no rows as its answer; raises StoreError."""
        client = self._opened(WRITE_SECONDS)
        try:
            client.command(sql)
        except Exception as error:
            raise self._failed(error) from error

    def insert(
        self, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]], token: str
    ) -> None:
        """Write rows as one block; the same token again writes nothing; raises StoreError."""
        client = self._opened(WRITE_SECONDS)
        try:
            client.insert(
                table,
                rows,
                column_names=list(columns),
                column_type_names=list(columns.values()),
                settings={**_WRITE, "insert_deduplication_token": token},
            )
        except Exception as error:
            raise self._failed(error) from error

    def _opened(self, patience: float) -> Client:
        with self._lock:
            if self._client is None:
                opened = _server if self.place.folder is None else _engine
                self._client = opened(self.place)
            if self.place.folder is None:
                waits: Any = self._client.timeout
                self._client.timeout = type(waits)(connect=CONNECT_SECONDS, read=patience)
            return self._client

    def _failed(self, error: Exception) -> StoreError:
        with self._lock:
            client, self._client = self._client, None
        if client is not None and self.place.folder is None:
            client.close()
        return failed(error, self.place, opening=False)


def _server(place: ClickHouseConfig) -> Client:
    """Connect to a server over HTTP, in a few seconds or not at all."""
    connect = _package(place)
    if place.ca_cert is not None and not os.access(place.ca_cert, os.R_OK):
        raise no_certificates(place)
    try:
        client = connect.get_client(
            interface="https" if place.tls else "http",
            host=place.host,
            port=place.port,
            username=place.user,
            password=place.password,
            database=place.database,
            ca_cert=place.ca_cert,
            client_name="vultr-cost-mcp",
            connect_timeout=CONNECT_SECONDS,
            send_receive_timeout=OPEN_SECONDS,
            # Threads share the client, which a session forbids.
            autogenerate_session_id=False,
            # Names and numbers of an account stay out of the logs of whatever is in between.
            form_encode_query_params=True,
            dedicated_pool=True,
            tz_mode="aware",
        )
    except Exception as error:
        raise failed(error, place, opening=True) from error
    if _version(client.server_version) < OLDEST:
        client.close()
        raise too_old(place)
    return client  # type: ignore[no-any-return]


def _engine(place: ClickHouseConfig) -> Client:
    """The embedded engine, opened once a process and kept."""
    folder = str(Path(place.folder or "").resolve())
    with _engine_lock:
        client = _engines.get((folder, place.database))
        if client is None:
            client = _open_engine(place, folder)
            _engines[folder, place.database] = client
        return client


def _open_engine(place: ClickHouseConfig, folder: str) -> Client:
    connect = _package(place)
    names = {name for name, _ in _engines}
    if others := names - {folder}:
        msg = f"This process has another embedded history open, in {min(others)}."
        raise StoreError(msg)
    try:
        make_private(Path(folder))
        client = connect.get_client(interface="chdb", path=folder, tz_mode="aware")
    except ImportError as error:
        raise missing(place) from error
    except Exception as error:
        # This process's own engine has the lock as well, where another database of it is open.
        if folder not in names and _is_locked(Path(folder, "status")):
            raise StoreError(IN_USE) from error
        raise failed(error, place, opening=True) from error
    try:
        client.command(f"CREATE DATABASE IF NOT EXISTS `{place.database}`")
        client.database = place.database
    except Exception as error:
        client.close()
        raise failed(error, place, opening=True) from error
    return client  # type: ignore[no-any-return]


def _package(place: ClickHouseConfig) -> Any:
    """clickhouse-connect; a quarter of a second to import, so not before it is needed."""
    try:
        if place.folder is not None:
            import_module("chdb")
        package = import_module("clickhouse_connect")
    except ImportError as error:
        raise missing(place) from error
    # What fails is told in a StoreError, once and in words.
    for library in ("clickhouse_connect", "urllib3"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    return package


def _is_locked(status: Path) -> bool:
    """Return whether the engine of another process holds a folder: its status file is locked."""
    # Here and not above: it does not exist on Windows, where the engine does not either.
    fcntl = import_module("fcntl")
    try:
        with status.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _reading(client: Client) -> dict[str, Any]:
    """The settings of a SELECT; a user who may only read as it is may not even say so."""
    profile = client.server_settings.get("readonly")
    return dict(_READ) if profile is None or profile.value == "0" else {}


def _version(text: str) -> tuple[int, ...]:
    numbers = text.split(".")[:2]
    return tuple(int(number) if number.isdigit() else 0 for number in numbers)
