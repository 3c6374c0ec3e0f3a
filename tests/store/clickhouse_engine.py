"""The engines of ClickHouse that the contract runs on: embedded, over HTTP, and a server's own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from tests.store.clickhouse_double.double import Double, served
from tests.store.engines import Engine
from vultr_cost_mcp.domain.history import History
from vultr_cost_mcp.history.clickhouse.address import read_address
from vultr_cost_mcp.history.clickhouse.client import Connection
from vultr_cost_mcp.history.clickhouse.history import open_clickhouse

MISSING = "chdb-core is not installed: the ClickHouse engine is an extra"
SERVER = os.environ.get("VULTR_COST_TEST_CLICKHOUSE_URL", "")  # noqa: TID251  (opting in)
WAYS = ("embedded", "over HTTP")
_numbers = count(1)


@cache
def temporary_folder() -> Path:
    """One folder for the whole process, that goes when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="vultr-cost-chdb-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def embedded_address() -> str:
    """The address of an empty database of this process's only embedded engine."""
    return f"chdb://{temporary_folder() / 'embedded'}?database=test_{next(_numbers)}"


@cache
def double() -> Double:
    """The server over HTTP, one for the whole process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(served(temporary_folder() / "served"))


def empty_database(way: str) -> str:
    """Return the address of an empty database, one of ``WAYS``."""
    return embedded_address() if way == WAYS[0] else double().address(double().database())


@contextmanager
def embedded(_folder: Path) -> Iterator[History]:
    """Open a database of its own in the engine of this process: opening an engine again leaks."""
    yield open_clickhouse(embedded_address())


@contextmanager
def over_http(_folder: Path) -> Iterator[History]:
    """Open a database of its own of the loopback server."""
    yield open_clickhouse(empty_database("over HTTP"))


@contextmanager
def a_server(_folder: Path) -> Iterator[History]:
    """Open a database of its own of the server that the environment names."""
    name = f"vultr_cost_test_{uuid4().hex}"
    admin = Connection(read_address(SERVER))
    admin.run(f"CREATE DATABASE {name}")
    try:
        yield open_clickhouse(urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}")))
    finally:
        admin.run(f"DROP DATABASE {name}")


ENGINES = (
    Engine("chdb", embedded, "chdb", MISSING),
    Engine("clickhouse over HTTP", over_http, "chdb", MISSING),
    *([Engine("a ClickHouse server", a_server)] if SERVER else []),
)
