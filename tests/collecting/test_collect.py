"""``collect_metrics``: a record is kept, one an hour, and remembers what was deleted (M-kept)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.server.mcpserver import MCPServer

from tests.support.double import Account, Hang, Slow, Status, VultrDouble
from tests.support.nouns import at, usd
from tests.support.past import NOW, account, item, server
from tests.support.stage import clock_from, staged_source, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.accounts.account import WiredAccount
from vultr_cost_mcp.domain.customer import customer_of
from vultr_cost_mcp.domain.history import DisabledHistory, History
from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.questions.collect import collecting
from vultr_cost_mcp.server import build_server

pytestmark = pytest.mark.anyio
CUSTOMER = customer_of("billing@double.example")


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
def history(tmp_path: Path) -> History:
    """An empty SQLite file."""
    return open_history(f"sqlite:///{tmp_path}/history.db")


@asynccontextmanager
async def asking(
    double: VultrDouble, history: History, now: datetime = NOW
) -> AsyncIterator[Client]:
    """A client of the whole server on an account at an instant."""
    double.date = now
    async with staged_source(double, clock_from(now)) as source:
        built: MCPServer[Any] = build_server({"default": source.backend(history)}, "0")
        async with Client(built) as client:
            yield client


async def collected(
    made: Account, history: History, now: datetime = NOW, double: VultrDouble | None = None
) -> dict[str, Any]:
    """One record."""
    async with asking(double or VultrDouble(made), history, now) as client:
        return structured(await client.call_tool("collect_metrics", {}))


async def test_a_record_is_kept_with_its_lines_resources_and_invoices(history: History) -> None:
    answer = await collected(account(), history)
    assert (answer["stored"], answer["store_error"]) == (True, None)
    assert answer["metrics"]["customer_id"] == CUSTOMER
    assert answer["metrics"]["pending_charges"] == "6.27"
    (run,) = await history.runs(CUSTOMER, at("2026-11-18"), at("2026-11-19"))
    assert (run.run_id, run.metrics.compute_cost) == (answer["run_id"], usd("6.27"))
    (line,) = (await history.lines(CUSTOMER, [run.run_id]))[run.run_id]
    assert (line.period, line.resource_id, line.region) == ("2026-11", "id-of-web", "ewr")
    (resource,) = (await history.resources(CUSTOMER, [run.run_id]))[run.run_id]
    assert resource.label == "web"
    kept = await history.invoices(CUSTOMER)
    assert [(row.invoice.id, row.period, len(row.lines)) for row in kept] == [
        ("1", "2026-09", 6),
        ("2", "2026-10", 1),
    ]


async def test_invoices_that_are_kept_are_not_read_again(history: History) -> None:
    await collected(account(), history)
    double = VultrDouble(account())
    await collected(account(), history, NOW + timedelta(hours=1), double)
    assert [request for request in double.requests if "items" in request.path] == []


async def test_a_second_record_of_an_hour_takes_the_place_of_the_first(history: History) -> None:
    first = await collected(account(), history)
    less = account()
    less.pending = []
    second = await collected(less, history, NOW + timedelta(minutes=5))
    runs = await history.runs(CUSTOMER, at("2026-11-18"), at("2026-11-19"))
    assert [run.run_id for run in runs] == [second["run_id"]] != [first["run_id"]]


async def test_a_record_is_read_afresh(history: History) -> None:
    made = account()
    double = VultrDouble(made)
    async with asking(double, history) as client:
        await client.call_tool("get_pending_charges", {})
        made.pending[0]["total"] = usd("9.99")
        kept = structured(await client.call_tool("get_pending_charges", {}))
        fresh = structured(await client.call_tool("collect_metrics", {}))
    assert kept["total"] == "6.27"
    assert fresh["metrics"]["pending_charges"] == "9.99"


async def test_without_a_store_the_record_is_answered_all_the_same() -> None:
    answer = await collected(account(), DisabledHistory())
    assert answer["stored"] is False
    assert "switched off" in answer["store_error"]
    assert answer["metrics"]["pending_charges"] == "6.27"


async def test_nobody_s_record_is_not_kept(history: History) -> None:
    double = VultrDouble(account())
    double.fail("/account", Status(403))
    answer = await collected(account(), history, double=double)
    assert answer["stored"] is False
    assert "the account could not be read" in answer["store_error"]
    # Whose record it is tells nothing of what it holds; the balance is unknown.
    assert answer["headline"].startswith("$6.27")
    assert answer["metrics"]["account_balance"] is None
    assert answer["partial"] == ["metrics"]


async def test_a_list_that_fails_leaves_its_counts_unknown(history: History) -> None:
    double = VultrDouble(account())
    double.fail("/instances", Status(500))
    answer = await collected(account(), history, double=double)
    assert answer["metrics"]["instance_count"] is None
    assert answer["metrics"]["underutilized_resources"] is None
    assert answer["stored"] is True


async def test_without_any_list_the_money_is_known(history: History) -> None:
    double = VultrDouble(account())
    for path in ("/[!ab]*", "/bare*", "/blocks*", "/account/[!b]*"):
        double.fail(path, Status(403))
    answer = await collected(account(), history, double=double)
    assert answer["metrics"]["pending_charges"] == "6.27"
    assert answer["metrics"]["underutilized_resources"] is None


async def test_a_key_that_may_not_read_a_list_still_shows_the_day_of_a_credit(
    history: History,
) -> None:
    """D31: what a reading lacks beside its lines keeps no negative day back."""
    made = account()
    double = VultrDouble(made)
    double.fail("/load-balancers", Status(403))
    await collected(made, history, at("2026-11-17T00:00"), double)
    credit = item("-5.00", "Goodwill", "2026-11-17", "2026-11-17", product="Credit", units=1)
    made.pending.append(credit)
    await collected(made, history, at("2026-11-18T00:00"), double)
    async with asking(double, history) as client:
        arguments = {"granularity": "day", "days": 1}
        answer = structured(await client.call_tool("get_cost_history", arguments))
    assert [(row["period"], row["total"]) for row in answer["rows"]] == [
        ("2026-11-17", "-5.00"),
        ("2026-11-18", "0.00"),
    ]


async def test_a_reading_of_half_the_lines_says_so(history: History) -> None:
    """D31: only then may too little money be what was not read."""
    for failing, complete in (("/load-balancers", True), ("/billing/pending-charges", False)):
        double = VultrDouble(account())
        double.fail(failing, Status(403))
        await collected(account(), history, double=double)
        (run,) = await history.runs(CUSTOMER, at("2026-11-18"), at("2026-11-19"))
        assert run.complete is complete


async def test_a_month_that_is_over_knows_what_was_deleted_from_readings(history: History) -> None:
    september = account()
    september.instances.append(server("gone (old)", "192.0.2.9", region="fra"))
    await collected(september, history, at("2026-09-05T10:00"))
    async with asking(VultrDouble(account()), history) as client:
        arguments = {"period": "2026-09", "group_by": "region"}
        answer = structured(await client.call_tool("breakdown_by_service", arguments))
    assert {row["name"]: row["total"] for row in answer["groups"]} == {
        "ewr": "10.00",
        "fra": "4.47",
    }


async def test_what_lived_between_two_days_ends_is_known_from_a_reading_of_its_hours(
    history: History,
) -> None:
    """The last readings of its days did not see it."""
    burst = item("2.40", "192.0.2.9 (2048 MB) [burst]", "2026-09-05", "2026-09-05", units=8)
    burst["start_date"], burst["end_date"] = "2026-09-05T08:00:00Z", "2026-09-05T16:00:00Z"
    made = account()
    made.invoice_items["1"] = [burst]
    while_it_lived = account()
    while_it_lived.instances.append(
        server("burst", "192.0.2.9", region="fra", created="2026-09-05")
    )
    await collected(account(), history, at("2026-09-04T23:00"))
    await collected(while_it_lived, history, at("2026-09-05T10:00"))
    await collected(account(), history, at("2026-09-05T23:00"))
    async with asking(VultrDouble(made), history) as client:
        arguments = {"period": "2026-09", "group_by": "region"}
        answer = structured(await client.call_tool("breakdown_by_service", arguments))
    assert {row["name"]: row["total"] for row in answer["groups"]} == {"fra": "2.40"}


async def test_a_server_of_some_hours_keeps_its_class_in_every_later_record(
    history: History,
) -> None:
    """M-costs: a reading of the month knew it, though no last one of a day."""
    made = account()
    line = item(
        "100.00",
        "192.0.2.9 (65536 MB) [trainer]",
        "2026-11-16",
        "2026-11-16",
        product="Vultr Cloud GPU",
        units=8,
    )
    line["start_date"], line["end_date"] = "2026-11-16T08:00:00Z", "2026-11-16T16:00:00Z"
    trainer = {**server("trainer", "192.0.2.9", created="2026-11-16"), "plan": "vcg-a100"}
    with_it = account()
    with_it.instances.append(trainer)
    await collected(with_it, history, at("2026-11-16T10:00"))
    for hour in ("2026-11-16T17:00", "2026-11-16T18:00", "2026-11-17T18:00"):
        made.pending = [line]
        answer = await collected(made, history, at(hour))
        assert answer["metrics"]["gpu_cost"] == "100.00"


async def test_an_address_that_was_given_on_is_of_whoever_had_it_then(history: History) -> None:
    before = account()
    before.instances = [server("first", "192.0.2.1", region="fra")]
    await collected(before, history, at("2026-09-09T10:00"))
    after = account()
    after.instances = [server("second", "192.0.2.1", created="2026-09-12")]
    after.invoice_items["1"] = [
        item("3.00", "192.0.2.1 (1024 MB) [first]", "2026-09-01", "2026-09-11", units=240),
        item("7.00", "192.0.2.1 (1024 MB) [second]", "2026-09-12", "2026-10-01", units=456),
    ]
    async with asking(VultrDouble(after), history) as client:
        arguments = {"period": "2026-09", "group_by": "region"}
        answer = structured(await client.call_tool("breakdown_by_service", arguments))
    assert {row["name"]: row["total"] for row in answer["groups"]} == {
        "ewr": "7.00",
        "fra": "3.00",
    }


async def test_an_account_that_hangs_takes_no_time_from_the_record(history: History) -> None:
    """D34: the very first question of a process is a record, and nothing answers."""
    double = VultrDouble(account())
    double.fail("*", Hang())
    async with asking(double, history) as client:
        begin = anyio.current_time()
        result = await client.call_tool("collect_metrics", {})
        assert anyio.current_time() - begin < 25
    assert result.is_error


async def test_an_account_that_is_slow_is_recorded(history: History) -> None:
    """Whose record it is comes late, and the record is kept all the same."""
    double = VultrDouble(account())
    double.fail("/account", Slow(6))
    answer = await collected(account(), history, double=double)
    assert answer["stored"]
    assert answer["metrics"]["customer_id"] == CUSTOMER


# --- how long it is kept --------------------------------------------------------------------------


async def lines_kept(history: History, customer: str) -> list[int]:
    """How many lines each reading of a customer has."""
    runs = await history.runs(customer, at("2026-01-01"), at("2030-01-01"))
    lines = await history.lines(customer, [run.run_id for run in runs])
    return [len(lines[run.run_id]) for run in runs]


async def test_what_one_account_drops_is_its_own(history: History) -> None:
    other = account()
    other.account["email"] = "other@double.example"
    other.invoices, other.invoice_items = [], {}
    other.instances, other.pending = [server("api", "192.0.2.50")], list(other.pending)
    other.instances[0]["id"] = "id-of-api"
    await collected(account(), history, at("2026-11-10T10:00"))
    await collected(other, history, at("2026-11-10T10:00"))
    double = VultrDouble(account(), date=NOW)
    async with staged_source(double, clock_from(NOW)) as source:
        await taken_and_kept(source, history, keep_days=1)
    assert await lines_kept(history, CUSTOMER) == [0, 1]
    assert await lines_kept(history, customer_of("other@double.example")) == [1]


async def taken_and_kept(source: WiredAccount, history: History, keep_days: int) -> None:
    """Keep a record, and drop what is older than some days."""
    done = await collecting.collected(source, history, keep_days=keep_days)
    assert done.report.stored


async def test_a_clock_that_is_years_ahead_deletes_nothing(history: History) -> None:
    """M-time: the record bears Vultr's time, and so does what is too old."""
    await collected(account(), history, at("2026-11-10T10:00"))
    ahead = NOW + timedelta(days=730)
    double = VultrDouble(account(), date=NOW)
    async with staged_source(double, clock_from(ahead)) as source:
        await taken_and_kept(source, history, keep_days=400)
    assert await lines_kept(history, CUSTOMER) == [1, 1]
    runs = await history.runs(CUSTOMER, at("2026-01-01"), at("2030-01-01"))
    late = runs[-1]
    assert abs(late.collected_at - NOW) < timedelta(minutes=1)
    assert (late.metrics.billing_period, late.metrics.timestamp) == ("2026-11", late.collected_at)


async def test_a_clock_that_nobody_confirms_deletes_nothing(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a time from Vultr, this machine's clock deletes nothing."""
    await collected(account(), history, at("2026-11-10T10:00"))
    monkeypatch.setattr("vultr_cost_mcp.vultr.client.http_date", lambda _: None)
    double = VultrDouble(account())
    async with staged_source(double, clock_from(NOW + timedelta(days=730))) as source:
        await taken_and_kept(source, history, keep_days=400)
    assert await lines_kept(history, CUSTOMER) == [1, 1]


@pytest.mark.parametrize(("minutes", "vultrs"), [(1, False), (-1, False), (5, True), (-5, True)])
async def test_a_record_has_vultrs_time_where_clocks_differ(
    history: History, minutes: int, *, vultrs: bool
) -> None:
    double = VultrDouble(account(), date=NOW)
    here = NOW + timedelta(minutes=minutes)
    async with staged_source(double, clock_from(here)) as source:
        done = await collecting.collected(source, history)
    expected = NOW if vultrs else here
    assert abs(done.run.run.collected_at - expected) < timedelta(seconds=30)


async def test_what_was_wasted_is_kept_with_the_record(history: History) -> None:
    made = account()
    made.instances = [{**server("web", "192.0.2.1"), "power_status": "stopped"}]
    answer = await collected(made, history)
    (found,) = (await history.findings(CUSTOMER, [answer["run_id"]]))[answer["run_id"]]
    assert (found.action, found.confidence) == ("delete_stopped_server", "measured")
    assert found.resource_ids == ("id-of-web",)
    assert found.monthly_cost is not None
    assert found.reasons
    assert answer["metrics"]["cloud_provider"] == "vultr"
