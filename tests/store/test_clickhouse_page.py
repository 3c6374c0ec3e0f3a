"""The page docs/clickhouse.md matches the code, and its queries work as promised."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.store.clickhouse_double.readings import CUSTOMER, reading
from tests.support.nouns import at
from vultr_cost_mcp.domain.metrics import Metrics
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.clickhouse.address import read_address
from vultr_cost_mcp.history.clickhouse.client import Connection
from vultr_cost_mcp.history.clickhouse.errors import OLDEST
from vultr_cost_mcp.history.clickhouse.history import ClickHouse, open_clickhouse
from vultr_cost_mcp.history.clickhouse.schema import (
    TABLES,
    UPGRADES,
    VERSION,
    create_table,
)

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs" / "clickhouse.md").read_text(encoding="utf-8")
BLOCKS = dict[str, str](re.findall(r"^```sql ([\w ]+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
DAYS = 3


def statements(block: str) -> list[str]:
    """The statements of a block of the page."""
    return [each.strip() for each in BLOCKS[block].split(";") if each.strip()]


def test_the_statements_are_those_that_the_program_runs() -> None:
    assert statements("single") == [create_table(table) for table in TABLES]
    assert statements("cluster") == [
        create_table(table, cluster="main", replicated=True) for table in TABLES
    ]


def test_the_upgrade_is_that_which_the_program_runs() -> None:
    assert statements("upgrade") == [each.format(on="") for each in UPGRADES[VERSION]]


def test_the_page_names_every_table_and_the_oldest_version() -> None:
    assert all(re.search(rf"^\|.*`{table}`.*\|", PAGE, re.MULTILINE) for table in TABLES)
    assert f"The server is {'.'.join(map(str, OLDEST))} or newer" in PAGE


class Cut(Connection):
    """A line that breaks before the run row is written."""

    def insert(self, table: str, *rest: Any) -> None:
        if table == "runs":
            msg = "cut off"
            raise StoreError(msg)
        super().insert(table, *rest)


@pytest.fixture
async def line() -> Connection:
    """Two readings a day for three days, each day a dollar more, with leftovers and doubles."""
    pytest.importorskip("chdb", reason="chdb-core is not installed")
    from tests.store import clickhouse_engine

    address = clickhouse_engine.embedded_address()
    history = open_clickhouse(address)
    for day in range(1, DAYS + 1):
        for hour in (6, 18):
            when = at("2026-11-01") + timedelta(days=day, hours=hour)
            await history.add(
                reading(f"{when:%d-%H}", at=when, lines=day if hour == 18 else 1, resources=day)
            )
    with pytest.raises(StoreError, match="cut off"):
        ClickHouse(Cut(read_address(address))).add(
            reading("left", at=at("2026-11-04T20:00"), lines=50, resources=50)
        )
    line = Connection(read_address(address))
    for statement in statements("admin")[1:]:
        # Retention by the server itself; the readings of the test are of its own days.
        line.run(statement.replace("400 DAY", "4000 DAY"))
    line.run("INSERT INTO lines SELECT * FROM lines")
    return line


def ask(line: Connection, name: str) -> list[tuple[Any, ...]]:
    """Run a query of the page."""
    [query] = statements(f"query {name}")
    given = {"customer": CUSTOMER, "since": date(2026, 11, 1)}
    return line.rows(query, **{key: given[key] for key in given if f"{{{key}:" in query})


async def test_the_month_to_date_by_service(line: Connection) -> None:
    assert ask(line, "month_to_date") == [("2026-11", "Cloud Compute", Decimal(3))]


async def test_daily_spend(line: Connection) -> None:
    assert ask(line, "daily_spend") == [
        (date(2026, 11, 2), "2026-11", Decimal(1), 2),
        (date(2026, 11, 3), "2026-11", Decimal(1), 1),
        (date(2026, 11, 4), "2026-11", Decimal(1), 1),
    ]


async def test_the_metrics_record(line: Connection) -> None:
    rows = ask(line, "metrics")
    assert len(rows) == 2 * DAYS
    last = reading("", at=at("2026-11-04T18:00"), lines=DAYS, resources=DAYS)
    assert Metrics(*rows[-1]) == last.run.metrics


async def test_the_most_expensive_resources(line: Connection) -> None:
    assert ask(line, "resources") == [("web", "instance", "ewr", None, Decimal(5))] * DAYS
