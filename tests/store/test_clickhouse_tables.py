"""Tables are made, taken as an administrator made them, upgraded, and refused when newer."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("chdb", reason="chdb-core is not installed: the ClickHouse engine is an extra")

from tests.store import clickhouse_engine
from tests.store.clickhouse_double.readings import CUSTOMER, SPAN, reading
from tests.support.nouns import NOW
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.clickhouse import schema as clickhouse_schema
from vultr_cost_mcp.history.clickhouse.address import read_address
from vultr_cost_mcp.history.clickhouse.client import Connection
from vultr_cost_mcp.history.clickhouse.history import open_clickhouse
from vultr_cost_mcp.history.clickhouse.schema import TABLES, create_table, ensure_tables
from vultr_cost_mcp.history.clickhouse.sql import drop_rows
from vultr_cost_mcp.history.private_folder import make_private

pytestmark = pytest.mark.anyio


@pytest.fixture(params=clickhouse_engine.WAYS)
def address(request: pytest.FixtureRequest) -> str:
    """An empty database."""
    return clickhouse_engine.empty_database(request.param)


class Noted(Connection):
    """A line that writes down what it runs."""

    def __init__(self, address: str) -> None:
        super().__init__(read_address(address))
        self.ran: list[str] = []

    def run(self, sql: str) -> None:
        self.ran.append(sql)
        if "ON CLUSTER" not in sql:
            super().run(sql)


def plain(table: str) -> str:
    """Make the statement as one would write it who knows of no dictionaries."""
    return re.sub(r"LowCardinality\((\w+(?:\(\w+\))?)\)", r"\1", create_table(table))


def test_tables_are_made_once(address: str) -> None:
    line = Noted(address)
    ensure_tables(line)
    assert line.ran == [create_table(table) for table in TABLES]
    ensure_tables(line)
    assert len(line.ran) == len(TABLES)
    assert line.rows("SELECT version FROM history_version") == [(clickhouse_schema.VERSION,)]


def test_tables_of_an_administrator_are_taken_as_they_are(address: str) -> None:
    line = Noted(address)
    for table in TABLES:
        line.run(plain(table).split("\nSETTINGS")[0] + "\nSETTINGS index_granularity = 1024")
    line.ran = []
    ensure_tables(line)
    assert line.ran == []
    assert line.rows("SELECT version FROM history_version") == [(clickhouse_schema.VERSION,)]


async def test_a_history_with_plain_columns_works(address: str) -> None:
    line = Noted(address)
    for table in TABLES:
        line.run(plain(table))
    history = open_clickhouse(address)
    await history.add(reading("a"))
    assert await history.lines(CUSTOMER, ["a"]) == {"a": list(reading("a").lines)}


def test_an_older_version_is_upgraded(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Noted(address)
    ensure_tables(line)
    monkeypatch.setattr(clickhouse_schema, "VERSION", 4)
    monkeypatch.setattr(
        clickhouse_schema,
        "UPGRADES",
        {
            3: ("ALTER TABLE runs{on} ADD COLUMN IF NOT EXISTS note String",),
            4: ("ALTER TABLE runs{on} RENAME COLUMN IF EXISTS note TO remark",),
        },
    )
    line.ran = []
    ensure_tables(line)
    assert [statement.split()[3] for statement in line.ran] == ["ADD", "RENAME"]
    assert line.rows("SELECT max(version) FROM history_version") == [(4,)]
    assert line.rows("SELECT remark FROM runs") == []
    ensure_tables(line)
    assert len(line.ran) == 2


async def test_a_newer_version_is_refused_by_every_call(address: str) -> None:
    line = Noted(address)
    ensure_tables(line)
    line.insert("history_version", TABLES["history_version"], [(7,)], "version:7")
    history = open_clickhouse(address)
    for _ in range(2):
        with pytest.raises(StoreError) as raised:
            await history.runs(CUSTOMER, *SPAN)
        text = str(raised.value)
        assert text.endswith(
            " was written by a newer vultr-cost-mcp: its tables are of version 7, this program "
            f"knows version {clickhouse_schema.VERSION}; update vultr-cost-mcp."
        )
    with pytest.raises(StoreError, match="newer"):
        await history.add(reading("a"))
    assert line.rows("SELECT count() FROM runs") == [(0,)]


def test_a_cluster_gets_replicated_tables(address: str) -> None:
    assert "ENGINE = ReplicatedMergeTree\n" in create_table("runs", replicated=True)
    assert "SETTINGS" not in create_table("runs", replicated=True)
    statement = create_table("lines", cluster="main")
    assert statement.startswith("CREATE TABLE IF NOT EXISTS lines ON CLUSTER `main`\n(")
    line = Noted(address)
    ensure_tables(line)
    assert drop_rows("lines", "pröd'", NOW, "main") == (
        "ALTER TABLE lines ON CLUSTER `main` DELETE WHERE customer_id = "
        "unhex('7072c3b66427') AND collected_at < "
        "toDateTime64('2026-11-18 14:05:00.000000', 6, 'UTC') SETTINGS mutations_sync = 1"
    )


def modes_below(folder: Path) -> set[tuple[bool, int]]:
    """Return whether each path is a folder, and its mode; links have none.

    A running engine merges and removes files while they are listed: those have none either.
    """
    found = set()
    for path, folders, files in os.walk(folder):
        for each in (Path(path), *(Path(path, name) for name in (*folders, *files))):
            with suppress(FileNotFoundError):
                mode = each.lstat().st_mode
                if not stat.S_ISLNK(mode):
                    found.add((stat.S_ISDIR(mode), mode & 0o777))
    return found


async def test_only_the_user_can_read_what_the_embedded_engine_writes() -> None:
    address = clickhouse_engine.embedded_address()
    await open_clickhouse(address).add(reading("a", invoices=("i",)))
    folder = read_address(address).folder
    assert folder is not None
    assert modes_below(Path(folder)) == {(True, 0o700), (False, 0o600)}


def test_what_an_older_version_left_readable_is_made_private(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    for path in ("metadata/a.sql", "status", "store/abc/columns.txt"):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("kept")
        file.chmod(0o644)
        file.parent.chmod(0o755)
    make_private(folder)
    assert modes_below(folder) == {(True, 0o700), (False, 0o600)}


def test_a_file_that_the_engine_removes_meanwhile_needs_no_modes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    walk = os.walk

    def walk_while_parts_are_merged(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        for path, folders, files in walk(folder):
            yield path, [*folders, "merged"], [*files, "count.txt"]

    for name in ("metadata", "status"):
        (tmp_path / name).write_text("kept")
        (tmp_path / name).chmod(0o644)
    monkeypatch.setattr(os, "walk", walk_while_parts_are_merged)
    make_private(tmp_path)
    assert modes_below(tmp_path) == {(True, 0o700), (False, 0o600)}


def test_a_folder_of_something_else_keeps_its_modes(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    (tmp_path / "letter.txt").chmod(0o644)
    tmp_path.chmod(0o755)
    make_private(tmp_path)
    assert modes_below(tmp_path) == {(True, 0o755), (False, 0o644)}
