"""A committed write is seen whole and once, whatever happened to earlier attempts."""
# ruff: noqa: S608  (names of tables)

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

pytest.importorskip("chdb", reason="chdb-core is not installed: the ClickHouse engine is an extra")

from tests.store import clickhouse_engine
from tests.store.clickhouse_double.double import Double
from tests.store.clickhouse_double.readings import CUSTOMER, SPAN, reading
from tests.support.nouns import NOW
from vultr_cost_mcp.domain.history import History, NewRun
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.clickhouse.address import read_address
from vultr_cost_mcp.history.clickhouse.client import Connection
from vultr_cost_mcp.history.clickhouse.history import ClickHouse, open_clickhouse
from vultr_cost_mcp.history.rows import Row

pytestmark = pytest.mark.anyio


@pytest.fixture
def double() -> Iterator[Double]:
    """The server over HTTP, without faults."""
    server = clickhouse_engine.double()
    server.fail()
    yield server
    server.fail()


@pytest.fixture(params=clickhouse_engine.WAYS)
def address(request: pytest.FixtureRequest) -> str:
    """An empty database."""
    return clickhouse_engine.empty_database(request.param)


class Cut(Connection):
    """A line that breaks before the rows of one table are written."""

    def __init__(self, address: str, before: str) -> None:
        super().__init__(read_address(address))
        self._before = before

    def insert(self, table: str, *rest: object) -> None:
        if table == self._before:
            msg = "cut off"
            raise StoreError(msg)
        super().insert(table, *rest)  # type: ignore[arg-type]


async def assert_kept(history: History, run: NewRun) -> None:
    """The run, and no more, is there."""
    run_id = run.run.run_id
    assert await history.runs(CUSTOMER, *SPAN) == [run.run]
    assert await history.lines(CUSTOMER, [run_id]) == {run_id: list(run.lines)}
    assert await history.resources(CUSTOMER, [run_id]) == {run_id: list(run.resources)}
    assert await history.totals(CUSTOMER, [run_id]) == {
        run_id: {("2026-11", "Cloud Compute"): sum(each.line.total for each in run.lines)}
    }
    assert await history.invoices(CUSTOMER) == list(run.invoices)


async def assert_empty(history: History) -> None:
    """Nothing is there to be seen."""
    assert await history.runs(CUSTOMER, *SPAN) == []
    assert await history.lines(CUSTOMER, ["a"]) == {}
    assert await history.resources(CUSTOMER, ["a"]) == {}
    assert await history.totals(CUSTOMER, ["a"]) == {}
    assert await history.invoices(CUSTOMER) == []


@pytest.mark.parametrize("table", ["resources", "invoice_items", "invoices", "runs"])
async def test_a_write_that_is_cut_off_leaves_nothing_to_see(address: str, table: str) -> None:
    run = reading("a", invoices=("7", "8"))
    with pytest.raises(StoreError, match="cut off"):
        ClickHouse(Cut(address, table)).add(run)
    history = open_clickhouse(address)
    await assert_empty(history)
    await history.add(run)
    await assert_kept(history, run)


async def test_an_attempt_that_was_cut_off_may_have_had_other_lines(address: str) -> None:
    with pytest.raises(StoreError, match="cut off"):
        ClickHouse(Cut(address, "runs")).add(reading("a", lines=9))
    history = open_clickhouse(address)
    await history.add(reading("a", lines=2))
    await assert_kept(history, reading("a", lines=2))


class Unaware(ClickHouse):
    """An engine that does not see what is kept, as one that looked a moment too early."""

    def _rows(self, query: str, **parameters: object) -> list[Row]:
        found = super()._rows(query, **parameters)
        return [(0,)] if "count()" in query else found[:0]


async def test_two_that_add_the_same_run_at_once_double_nothing(address: str) -> None:
    run = reading("a", invoices=("7",))
    for _ in range(3):
        Unaware(Connection(read_address(address))).add(run)
    await assert_kept(open_clickhouse(address), run)


async def test_two_that_add_the_same_run_at_once_double_nothing_without_a_window(
    address: str,
) -> None:
    line = Connection(read_address(address))
    run = reading("a", invoices=("7",))
    Unaware(line).add(run)
    for table in ("runs", "lines", "invoices", "invoice_items"):
        line.run(f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = 0")
    for _ in range(2):
        Unaware(line).add(run)
    assert line.rows("SELECT count() FROM runs") == [(3,)]
    await assert_kept(open_clickhouse(address), run)


@pytest.mark.parametrize("table", ["lines", "resources", "invoice_items", "invoices", "runs"])
async def test_an_insert_that_is_sent_twice_counts_once(double: Double, table: str) -> None:
    """The answer is lost, and the client sends the same rows again by itself."""
    database = double.database()
    history = open_clickhouse(double.address(database))
    await assert_empty(history)
    double.fail(drop=table)
    run = reading("a", invoices=("7",))
    await history.add(run)
    sent = double.fail()["inserts"]
    assert sent.count(table) == 2
    assert len(sent) == 6
    expected = {"lines": 3, "resources": 2, "invoice_items": 1, "invoices": 1, "runs": 1}
    assert double.run(f"SELECT count() FROM {database}.{table}") == f"{expected[table]}\n"
    await assert_kept(history, run)


async def test_rows_that_are_doubled_all_the_same_are_read_once(address: str) -> None:
    history = open_clickhouse(address)
    run = reading("a", invoices=("7",))
    await history.add(run)
    line = Connection(read_address(address))
    for table in ("lines", "resources", "invoice_items", "invoices", "runs"):
        line.run(f"INSERT INTO {table} SELECT * FROM {table}")
        line.run(f"INSERT INTO {table} SELECT * FROM {table}")
    await assert_kept(history, run)
    assert await history.prune(CUSTOMER, NOW + timedelta(days=1)) == 1


async def test_no_more_ids_are_sent_at_once_than_a_server_takes(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vultr_cost_mcp.history.clickhouse.history.RUNS_AT_ONCE", 2)
    history = open_clickhouse(address)
    for number in range(5):
        await history.add(reading(f"run-{number}", at=NOW + timedelta(hours=number), lines=number))
    asked = ["run-3", "run-0", "no such run", "run-4", "run-1"]
    totals = await history.totals(CUSTOMER, asked)
    assert list(totals) == ["run-3", "run-0", "run-4", "run-1"]
    assert [sum(sums.values()) for sums in totals.values()] == [3, 0, 4, 1]


async def test_pruning_drops_what_was_never_committed(address: str) -> None:
    with pytest.raises(StoreError, match="cut off"):
        ClickHouse(Cut(address, "runs")).add(reading("a"))
    history = open_clickhouse(address)
    assert await history.prune(CUSTOMER, NOW + timedelta(days=1)) == 0
    line = Connection(read_address(address))
    assert line.rows("SELECT count() FROM lines") == [(0,)]
    assert line.rows("SELECT count() FROM resources") == [(0,)]


async def test_reading_may_do_nothing_but_read(address: str) -> None:
    line = Connection(read_address(address))
    for statement in (
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    ):
        with pytest.raises(StoreError, match="does not let this user"):
            line.rows(statement)
    # Afterwards it writes as before.
    await open_clickhouse(address).add(reading("a"))


async def test_names_of_an_account_stay_out_of_the_query_string(double: Double) -> None:
    history = open_clickhouse(double.address(double.database()))
    await history.add(reading("a", customer="secret-customer"))
    await history.runs("secret-customer", *SPAN)
    asked = double.fail()["settings"]
    assert asked
    assert "secret-customer" not in str(asked)
    assert all("session_id" not in each for each in asked)


async def test_an_insert_waits_until_it_is_written(double: Double) -> None:
    history = open_clickhouse(double.address(double.database()))
    await history.add(reading("a"))
    writes = [each for each in double.fail()["settings"] if "insert_deduplication_token" in each]
    assert {each["async_insert"] for each in writes} == {"0"}
    tokens = [each["insert_deduplication_token"].split(":") for each in writes]
    assert [table for _, table in tokens] == ["2", "lines", "resources", "runs"]
    # Lines and resources of one attempt bear the same mark, the run that of its id.
    assert tokens[1][0] == tokens[2][0] != tokens[3][0]
