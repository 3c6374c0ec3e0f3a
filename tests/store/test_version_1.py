"""Stores that version 0.1 wrote: they open, keep every row, and give the right figures (M-rules).

``kept/version-1.db`` was written by version 0.1: five days of an account without a name, then five
of the same account under the name prod, with a line of HST that it took for no tax.
``kept/version-1.sql`` are its tables in ClickHouse.
"""

# ruff: noqa: S608  (statements of the test's own)
from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client

from tests.store.files import asked, content_of, modes_in
from tests.support.double import VultrDouble
from tests.support.nouns import at, known, usd
from tests.support.past import account, item
from tests.support.stage import clock_from, staged_source, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.domain.accounts import Identity, email_digest
from vultr_cost_mcp.domain.customer import customer_of
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.history.sqlite.schema import MIGRATIONS
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.history import History

pytestmark = pytest.mark.anyio

KEPT = Path(__file__).parent / "kept"
EMAIL = "billing@double.example"
UNNAMED = customer_of(EMAIL)
EVER = at("2026-01-01"), at("2027-01-01")
NOW = at("2026-11-12T00:30")
TABLES = {"runs": 10, "lines": 20, "resources": 10, "invoices": 4, "invoice_lines": 14}
ROWS = {table: f"SELECT count(*) FROM {table}" for table in TABLES}


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A copy of the file that version 0.1 wrote."""
    path = tmp_path / "history.db"
    shutil.copy(KEPT / "version-1.db", path)
    path.chmod(0o600)
    return path


def owner(name: str | None = None) -> Identity:
    """Return the account that version 0.1 kept under two ids."""
    return Identity(
        name, name or UNNAMED, email_digest(EMAIL), frozenset({"1", "2"}), invoices_whole=True
    )


async def test_every_row_is_kept_and_the_old_file_beside_it(file: Path) -> None:
    before = content_of(file)
    history = open_history(f"sqlite:///{file}")
    assert len(await history.runs(UNNAMED, *EVER)) == len(await history.runs("prod", *EVER)) == 5
    assert {table: asked(file, query) for table, query in ROWS.items()} == TABLES
    assert asked(file, "PRAGMA user_version") == 2
    copy = file.with_name("history.db.version-1")
    assert asked(copy, "PRAGMA user_version") == 1
    assert {table: asked(copy, query) for table, query in ROWS.items()} == TABLES
    assert len(before) == len(content_of(copy))
    assert modes_in(file.parent) == {"history.db": 0o600, "history.db.version-1": 0o600}
    assert history.notes == ()


async def test_kept_lines_are_read_by_todays_rules(file: Path) -> None:
    """D11: HST is tax, whenever it was kept; what stands beside the line stays as it was."""
    history = open_history(f"sqlite:///{file}")
    runs = await history.runs(UNNAMED, *EVER)
    ids = [run.run_id for run in runs]
    assert {run.rules for run in runs} == {1}
    lines = await history.lines(UNNAMED, ids)
    assert [[row.service for row in lines[id_]] for id_ in ids] == [["Cloud Compute", "Tax"]] * 5
    assert {row.resource_id for row in (lines[id_][0] for id_ in ids)} == {"id-of-web"}
    totals = await history.totals(UNNAMED, ids)
    assert [totals[id_]["2026-11", "Tax"] for id_ in ids] == [
        usd(amount) for amount in ("0.13", "0.26", "0.39", "0.52", "0.65")
    ]
    query = "SELECT count(*) FROM lines WHERE service = 'Other'"
    assert asked(file, query) == 10
    # The record says what it said.
    assert runs[0].metrics.other_cost == usd("0.13")
    assert (runs[0].metrics.cloud_provider, runs[0].metrics.invoiced_this_month) == ("vultr", None)


async def test_an_account_that_got_a_name_has_its_past(file: Path) -> None:
    history = open_history(f"sqlite:///{file}")
    whose = await history.account(owner("prod"), NOW)
    assert whose is not None
    runs = await history.runs(whose.account_id, *EVER)
    assert [run.collected_at.day for run in runs] == list(range(2, 12))
    assert {run.customer_id for run in runs} == {UNNAMED, "prod"}
    (kept,) = await history.kept()
    assert (kept.runs, kept.lines, kept.first) == (10, 20, runs[0].collected_at)


async def test_days_are_told_of_both_ids_with_their_tax(file: Path) -> None:
    made = account()
    made.pending = [
        item("11.00", "192.0.2.1 (1024 MB) [web]", "2026-11-01", "2026-11-12", units=264),
        item("1.43", "HST", "2026-11-01", "2026-11-12", product="HST", unit_type="flat", units=1),
    ]
    history = open_history(f"sqlite:///{file}")
    async with (
        staged_source(VultrDouble(made, date=NOW), clock_from(NOW)) as source,
        Client(build_server({"default": source.backend(history)}, "0")) as client,
    ):
        arguments = {"granularity": "day", "days": 10}
        answer = structured(await client.call_tool("get_cost_history", arguments))
        again = structured(await client.call_tool("collect_metrics", {}))
    days = {row["period"]: row for row in answer["rows"] if row["period"] < "2026-11-12"}
    assert len(days) == 10
    middle = days["2026-11-05"]
    assert (middle["total"], middle["by_service"]["Tax"]) == ("1.13", "0.13")
    assert "stored under the account's name alone" in " ".join(answer["caveats"])
    assert again["account_id"] in {UNNAMED, "prod"}


async def test_a_file_that_may_only_be_read_is_read_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content_of(file)
    monkeypatch.setattr("vultr_cost_mcp.history.sqlite.file.may", lambda _, what: what != os.W_OK)
    history = open_history(f"sqlite:///{file}")
    whose = await history.account(owner("prod"), NOW)
    assert whose is not None
    assert len(await history.runs("prod", *EVER)) == 5
    assert await history.last_findings("prod", *EVER) == []
    assert "read-only" in " ".join(history.notes)
    assert content_of(file) == before
    assert set(modes_in(file.parent)) == {"history.db"}


async def test_what_version_1_kept_holds_no_waste(file: Path) -> None:
    """M-ledger: findings are kept since version 2; until then nothing is known to be saved."""
    history = open_history(f"sqlite:///{file}")
    whose = known(await history.account(owner(), NOW))
    assert await history.last_findings(whose.account_id, *EVER) == []


@pytest.mark.parametrize("why", ["no room", "no right"])
async def test_without_a_copy_it_goes_on_and_says_so(
    file: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "no room":
        full = shutil.disk_usage(file.parent)._replace(free=1000)
        monkeypatch.setattr(
            "vultr_cost_mcp.history.sqlite.upgrade.shutil.disk_usage", lambda _: full
        )
    else:

        def refuse(*_: Any) -> int:
            raise PermissionError

        monkeypatch.setattr("vultr_cost_mcp.history.sqlite.upgrade.os.open", refuse)
    history = open_history(f"sqlite:///{file}")
    assert len(await history.runs(UNNAMED, *EVER)) == 5
    assert set(modes_in(file.parent)) == {"history.db"}
    (note,) = history.notes
    assert "without a copy of the old file" in note


async def test_an_upgrade_that_fails_leaves_the_old_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (*MIGRATIONS[:1], ("CREATE TABLE more (a)", "CREATE TABLE more (a)"))
    with monkeypatch.context() as patched:
        patched.setattr("vultr_cost_mcp.history.sqlite.file.MIGRATIONS", broken)
        with pytest.raises(StoreError):
            await open_history(f"sqlite:///{file}").runs("prod", *EVER)
    assert asked(file, "PRAGMA user_version") == 1
    assert len(await open_history(f"sqlite:///{file}").runs("prod", *EVER)) == 5


async def test_what_is_forgotten_is_gone_from_the_copy_as_well(file: Path) -> None:
    history = open_history(f"sqlite:///{file}")
    whose = await history.account(owner("prod"), NOW, keep=True)
    assert whose is not None
    await history.forget(whose.account_id)
    copy = file.with_name("history.db.version-1")
    for path in (file, copy):
        assert {table: asked(path, query) for table, query in ROWS.items()} == dict.fromkeys(
            TABLES, 0
        )
        left = content_of(path)
        assert b"id-of-web" not in left
        assert b"Ontario" not in left


# --- ClickHouse -----------------------------------------------------------------------------------


@pytest.fixture(params=["embedded", "over HTTP"])
def clickhouse(request: pytest.FixtureRequest) -> str:
    """A database with the tables and a reading of version 0.1."""
    pytest.importorskip("chdb", reason="chdb-core is not installed")
    from tests.store import clickhouse_engine
    from vultr_cost_mcp.history.clickhouse.address import read_address
    from vultr_cost_mcp.history.clickhouse.client import Connection

    if request.param == "embedded":
        address = clickhouse_engine.embedded_address()
    else:
        server = clickhouse_engine.double()
        address = server.address(server.database())
    line = Connection(read_address(address))
    statements = (KEPT / "version-1.sql").read_text(encoding="utf-8").split(";")
    for statement in filter(str.strip, statements):
        line.run(statement)
    line.run("INSERT INTO history_version VALUES (1)")
    write = "'6ccd780c-baba-1026-9564-5b8c656024db'"
    head = f"'prod', '2026-11-11 00:30:00', 'run-1', {write}"
    none = ", ".join(["NULL"] * 6)
    line.run(
        f"INSERT INTO lines VALUES ({head}, 0, '2026-11', 'Other', 'HST (Ontario)', 'HST', NULL,"
        " NULL, NULL, 'flat', NULL, 1.30, NULL, NULL)"
    )
    line.run(
        f"INSERT INTO resources VALUES ({head}, 0, 'id-of-web', 'instance', 'web', 'ewr',"
        " 'running', NULL, '', '[]', '[]', NULL, NULL, 'cpu', 5, 'list', NULL)"
    )
    line.run(f"INSERT INTO invoices VALUES ('prod', {write}, '1', NULL, 31.26, '2026-09')")
    line.run(
        f"INSERT INTO runs VALUES ({write}, 'prod', 'run-1', '2026-11-11 00:30:00', true,"
        " '2026-11-11 00:30:00', 'prod', '2026-11', NULL, 1.30, NULL,"
        f" {none}, NULL, NULL, NULL, NULL, NULL, NULL)"
    )
    return address


async def test_tables_of_version_1_get_columns_and_keep_their_rows(clickhouse: str) -> None:
    history: History = open_history(clickhouse)
    whose = await history.account(owner("prod"), NOW)
    assert whose is not None
    assert (whose.account_id, whose.sure_from) == ("prod", NOW)
    (run,) = await history.runs("prod", *EVER)
    assert (run.rules, run.metrics.pending_charges) == (1, usd("1.30"))
    (line,) = (await history.lines("prod", ["run-1"]))["run-1"]
    assert (line.service, line.line.total) == ("Tax", usd("1.30"))
    assert await history.totals("prod", ["run-1"]) == {"run-1": {("2026-11", "Tax"): usd("1.30")}}
    (thing,) = (await history.resources("prod", ["run-1"]))["run-1"]
    assert (thing.id, thing.attached_to) == ("id-of-web", None)
    assert [row.invoice.id for row in await history.invoices("prod")] == ["1"]
    assert await history.findings("prod", ["run-1"]) == {"run-1": []}
