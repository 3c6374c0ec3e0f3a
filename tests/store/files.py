"""A SQLite history in a file, for tests of what can happen to the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.readings import NOON, line, reading
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.sqlite.file import SqliteFile
from vultr_cost_mcp.history.sqlite.history import SqliteEngine
from vultr_cost_mcp.history.threaded import ThreadedHistory

if TYPE_CHECKING:
    from pathlib import Path

    from vultr_cost_mcp.domain.history import History

HOUR = timedelta(hours=1)


def at(file: Path, *, patience: float = 0, options: str = "") -> ThreadedHistory:
    """Open a history that, unless it is told to, waits for nobody."""
    return ThreadedHistory(SqliteEngine(SqliteFile(file, patience=patience, options=options)))


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


def content_of(file: Path) -> bytes:
    return file.read_bytes()


def overwrite(file: Path, content: bytes | bytearray) -> None:
    file.write_bytes(content)


def remove(file: Path) -> None:
    file.unlink()


def asked(file: Path, question: str) -> Any:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(question).fetchone()[0]


async def refusal(history: History) -> str:
    """Tell what is said to whoever adds a reading, having checked that it is one sentence."""
    with pytest.raises(StoreError) as caught:
        await history.add(reading("refused", NOON + HOUR, [line()]))
    return sentence(caught)


def sentence(caught: pytest.ExceptionInfo[StoreError]) -> str:
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert ". " not in text
    assert "Traceback" not in text
    assert "{" not in text
    return text
