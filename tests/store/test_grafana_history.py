"""The dashboard on ClickHouse: each of its queries runs, and shows what was stored."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.store.clickhouse_double.readings import CUSTOMER, reading
from tests.support.nouns import at
from vultr_cost_mcp.domain.history import NewRun, StoredFinding
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.clickhouse.address import read_address
from vultr_cost_mcp.history.clickhouse.client import Connection
from vultr_cost_mcp.history.clickhouse.history import ClickHouse, open_clickhouse
from vultr_cost_mcp.history.clickhouse.schema import TABLES

ROOT = Path(__file__).parents[2]
BOARD = json.loads((ROOT / "deploy" / "grafana" / "clickhouse.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "grafana.md").read_text("utf-8")
QUERIES = {
    panel["title"]: target["rawSql"] for panel in BOARD["panels"] for target in panel["targets"]
}
FIRST, LAST = at("2026-11-01"), at("2026-11-05")
DAYS = 3
# A plugin replaces those, and nothing else: what is left over would be an error of the engine.
MACRO = re.compile(r"\$__timeFilter\((\w+)\)")
EXPECTED: dict[str, list[tuple[Any, ...]]] = {
    "Spent so far": [("acme", Decimal(3)), ("shop", Decimal(7))],
    "Projected month end": [("acme", None), ("shop", None)],
    "Balance": [("acme", Decimal(-3)), ("shop", Decimal(-3))],
    "Incomplete readings": [("acme", 0), ("shop", 0)],
    # A dollar more a day; the other account's first day is not the first of a month.
    "Cost by day": [
        ("2026-11-01", Decimal(1)),
        ("2026-11-02", Decimal(1)),
        ("2026-11-03", Decimal(1)),
    ],
    "By service": [("Cloud Compute", Decimal(10))],
    "Most expensive resources": [("web", "instance", "ewr", None, Decimal(5))] * 5,
    "Waste": [("old", "delete_stopped_server", "measured", Decimal(9))],
    "Invoices by month": [("2026-10", Decimal(18))],
}


class Cut(Connection):
    """A line that breaks before the run row is written."""

    def insert(self, table: str, *rest: Any) -> None:
        if table == "runs":
            msg = "cut off"
            raise StoreError(msg)
        super().insert(table, *rest)


@pytest.fixture(scope="module")
def line() -> Connection:
    """Two readings a day for three days of one account, one of another, leftovers and doubles."""
    pytest.importorskip("chdb", reason="chdb-core is not installed")
    from tests.store import clickhouse_engine

    address = clickhouse_engine.embedded_address()
    anyio.run(_stored, address)
    cut_off = reading("left", at=at("2026-11-04T20:00"), lines=50, resources=50, invoices=("c",))
    with pytest.raises(StoreError, match="cut off"):
        ClickHouse(Cut(read_address(address))).add(cut_off)
    line = Connection(read_address(address))
    line.run("INSERT INTO lines SELECT * FROM lines")
    line.run("INSERT INTO resources SELECT * FROM resources")
    return line


async def _stored(address: str) -> None:
    history = open_clickhouse(address)
    for day in range(1, DAYS + 1):
        for hour in (6, 18):
            when = FIRST + timedelta(days=day - 1, hours=hour)
            lines = day if hour == 18 else max(day - 1, 1)
            await history.add(reading(f"{when:%d-%H}", at=when, lines=lines, resources=day))
    newest = reading("last", at=at("2026-11-03T18:30"), lines=DAYS, resources=DAYS)
    await history.add(_with_waste(newest))
    at_noon = at("2026-11-03T12:00")
    await history.add(reading("shop", at=at_noon, lines=7, customer="shop", invoices=("a", "b")))


def _with_waste(run: NewRun) -> NewRun:
    found = StoredFinding(
        action="delete_stopped_server",
        kind="instance",
        label="old",
        resource_ids=("resource-0",),
        confidence="measured",
        monthly_cost=Decimal(9),
        reasons=("powered off",),
    )
    return replace(run, findings=(found,))


def expanded(sql: str, accounts: str = f"'{CUSTOMER}', 'shop'") -> str:
    """Put in what the plugin puts in for the range and the chosen accounts."""
    first, last = int(FIRST.timestamp()), int(LAST.timestamp())
    span = rf"\1 >= toDateTime({first}) AND \1 <= toDateTime({last})"
    return MACRO.sub(span, sql).replace("${account:singlequote}", accounts)


@pytest.mark.parametrize("title", EXPECTED)
def test_a_query_shows_what_was_stored(line: Connection, title: str) -> None:
    """Each line once, and none of a reading that was cut off."""
    assert sorted(line.rows(expanded(QUERIES[title]))) == sorted(EXPECTED[title])


def test_series_have_a_reading_an_hour(line: Connection) -> None:
    """The last of an hour counts; an unknown figure is null and no zero."""
    spent = line.rows(expanded(QUERIES["Spent and projected"]))
    assert len(spent) == 2 * DAYS + 1
    assert spent[-1] == (at("2026-11-03T18:30"), "acme", Decimal(3), None)
    classes = line.rows(expanded(QUERIES["By class"]))
    assert classes[-1] == (at("2026-11-03T18:00"), None, Decimal(3), None, None, None, None)
    assert len(classes) == 2 * DAYS + 1


def test_the_age_is_that_of_the_newest_reading(line: Connection) -> None:
    sql = expanded(QUERIES["Age of the newest reading"]).replace(
        "now64()", "toDateTime64('2026-11-03 19:30:00', 6, 'UTC')"
    )
    assert line.rows(sql) == [("acme", 3600), ("shop", 27_000)]


def test_one_account_alone(line: Connection) -> None:
    sql = expanded(QUERIES["By service"], "'shop'")
    assert line.rows(sql) == [("Cloud Compute", Decimal(7))]


def test_the_list_of_accounts(line: Connection) -> None:
    (variable,) = [row for row in BOARD["templating"]["list"] if row["name"] == "account"]
    assert line.rows(variable["query"]) == [("acme",), ("shop",)]


def test_every_query_is_tried() -> None:
    others = {"Spent and projected", "By class", "Age of the newest reading"}
    assert {*EXPECTED, *others} == set(QUERIES)


def test_the_users_statements_are_understood(line: Connection) -> None:
    """Those of the page, by the engine's own reader; the user reads what the dashboard asks."""
    page = "\n".join(re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    statements = [each.strip() for each in page.split(";") if each.strip()]
    for statement in statements:
        assert line.rows(f"EXPLAIN AST {statement}")
    granted = set(re.findall(r"GRANT SELECT ON vultr_cost\.(\w+) TO", page))
    asked = {table for sql in QUERIES.values() for table in re.findall(r"(?:FROM|JOIN) (\w+)", sql)}
    assert granted == asked & set(TABLES)
    assert "readonly = 2" in statements[0]
