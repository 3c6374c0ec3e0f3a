"""Tables are made, taken as an administrator made them, upgraded, and refused when newer."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("chdb", reason="chdb-core is not installed: the ClickHouse engine is an extra")

from tests.domain.make import NOW
from tests.store import clickhouse_engine
from tests.store.clickhouse_double.readings import CUSTOMER, SPAN, reading
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.store import clickhouse_schema
from vultr_cost_mcp.store.clickhouse import open_clickhouse
from vultr_cost_mcp.store.clickhouse_address import read_address
from vultr_cost_mcp.store.clickhouse_client import Line
from vultr_cost_mcp.store.clickhouse_schema import TABLES, create_table, ensure_tables
from vultr_cost_mcp.store.clickhouse_sql import drop_rows

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["embedded", "over HTTP"])
def address(request: pytest.FixtureRequest) -> str:
    """An empty database."""
    if request.param == "embedded":
        return clickhouse_engine.embedded_address()
    server = clickhouse_engine.double()
    return server.address(server.database())


class Noted(Line):
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
    monkeypatch.setattr(clickhouse_schema, "VERSION", 3)
    monkeypatch.setattr(
        clickhouse_schema,
        "UPGRADES",
        {
            2: ("ALTER TABLE runs{on} ADD COLUMN IF NOT EXISTS note String",),
            3: ("ALTER TABLE runs{on} RENAME COLUMN IF EXISTS note TO remark",),
        },
    )
    line.ran = []
    ensure_tables(line)
    assert [statement.split()[3] for statement in line.ran] == ["ADD", "RENAME"]
    assert line.rows("SELECT max(version) FROM history_version") == [(3,)]
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
    assert drop_rows("lines", NOW, "main") == (
        "ALTER TABLE lines ON CLUSTER `main` DELETE WHERE collected_at < "
        "toDateTime64('2026-11-18 14:05:00.000000', 6, 'UTC') SETTINGS mutations_sync = 1"
    )
