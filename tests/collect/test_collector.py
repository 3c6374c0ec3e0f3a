"""Taking snapshots: what a question costs in requests, and what is said of what is missing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.golden.world import QUESTIONS
from tests.support.double import (
    Account,
    Body,
    Duplicate,
    Meta,
    Row,
    Shape,
    Status,
    VultrDouble,
    account_of,
)
from tests.support.stage import (
    FIXTURES,
    KEY,
    NOW,
    TOOLS,
    clock,
    clock_from,
    staged_client,
    staged_source,
    structured,
    text_of,
)
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.errors import ForbiddenError, ServerError

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot

BILL: frozenset[Part] = frozenset({"pending_charges", "account"})
INVOICES: frozenset[Part] = frozenset({"invoices"})
MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
def double() -> VultrDouble:
    """Hold the recorded account, without a socket."""
    return VultrDouble(account_of(FIXTURES), key=KEY)


def fleet(count: int) -> list[Row]:
    """Running servers, each dearer than the one before."""
    return [
        {
            "id": f"server-{number:03}",
            "label": f"web-{number:03}",
            "region": "ewr",
            "plan": f"plan-{number}",
            "status": "active",
            "power_status": "running",
            "date_created": "2026-01-01T00:00:00+00:00",
        }
        for number in range(count)
    ]


def plans(count: int) -> list[Row]:
    """A plan for each server of the fleet."""
    return [{"id": f"plan-{number}", "monthly_cost": 5 + number} for number in range(count)]


# --- requests -------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_pending_charges_cost_two_requests_and_the_second_question_none(
    double: VultrDouble,
) -> None:
    """D36: the lines and the account, then nothing until the time is over."""
    async with staged_client(double) as client:
        for pause, requests in ((0, 2), (59, 2), (2, 4)):
            await anyio.sleep(pause)
            structured(await client.call_tool("get_pending_charges", {}))
            assert double.count() == requests
    paths = sorted(request.path for request in double.requests[:2])
    assert paths == ["/account", "/billing/pending-charges"]


@pytest.mark.anyio
@pytest.mark.parametrize("cache", [0, 60])
async def test_twenty_questions_at_once_cost_one_reading(double: VultrDouble, cache: int) -> None:
    """D36: they are joined, even where nothing is kept."""
    double.latency = 0.2
    totals = []
    async with staged_client(double, COST_CACHE_SECONDS=cache) as client:

        async def ask() -> None:
            answer = structured(await client.call_tool("get_pending_charges", {}))
            totals.append(answer["total"])

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(ask)
    assert double.count() == 2
    assert totals == [totals[0]] * 20


@pytest.mark.anyio
async def test_at_zero_seconds_each_question_reads_afresh(double: VultrDouble) -> None:
    """A cache of nothing keeps nothing, but the price lists, which do not age with the account."""
    async with staged_client(double, COST_CACHE_SECONDS=0) as client:
        for _ in range(2):
            structured(await client.call_tool("list_resource_costs", {}))
    assert double.count("/billing/pending-charges") == 2
    assert double.count("/instances") == 2
    assert double.count("/plans") == 1


@pytest.mark.anyio
@pytest.mark.parametrize("tool", sorted(QUESTIONS.keys() - {"collect_metrics"}))
async def test_one_answer_rests_on_one_reading_of_each_list(tool: str) -> None:
    """Even where nothing is kept, a question that takes a second snapshot reads no list again.

    A record is left out: it asks whose account this is before it begins.
    """
    for arguments in QUESTIONS[tool]:
        double = VultrDouble(account_of(FIXTURES), key=KEY)
        async with staged_client(double, COST_CACHE_SECONDS=0) as client:
            await client.call_tool(tool, arguments)
        asked = Counter((row.path, *sorted(row.query.items())) for row in double.requests)
        assert set(asked.values()) <= {1}, asked


@pytest.mark.anyio
async def test_a_part_that_failed_stays_unread_for_the_whole_answer(double: VultrDouble) -> None:
    """The second snapshot of an answer comes after the failure is forgotten, and keeps its gap."""
    double.fail("/billing/pending-charges", Status(403))
    known: dict[str, Any] = {}
    async with staged_source(double) as source:
        first = await source(BILL | INVOICES, known=known)
        double.heal()
        await anyio.sleep(11)
        second = await source(BILL | INVOICES, known=known)
        apart = await source(BILL)
    assert [gap.part for gap in first.gaps] == [gap.part for gap in second.gaps]
    assert second.charges is None
    assert apart.charges


@pytest.mark.anyio
async def test_an_answer_rests_on_one_month(double: VultrDouble) -> None:
    """A reading of last month is not used again once the month has turned (D5)."""
    known: dict[str, Any] = {}
    async with staged_source(double, clock_from(MIDNIGHT - timedelta(seconds=5))) as source:
        await source(BILL, known=known)
        await anyio.sleep(10)
        later = await source(BILL, known=known)
    assert double.count("/billing/pending-charges") == 2
    assert later.month.start == MIDNIGHT


@pytest.mark.anyio
async def test_one_conversation_costs_one_collection(double: VultrDouble) -> None:
    """All tools, one after the other, read each list once and each server's traffic once a range.

    A record is left out: it reads afresh. Idleness needs 16 days, the month of the bandwidth 20:
    the second does not know the first's.
    """
    async with staged_client(double) as client:
        for tool, arguments in TOOLS.items():
            if tool != "collect_metrics":
                structured(await client.call_tool(tool, arguments))
    asked = [(request.path, *sorted(request.query.items())) for request in double.requests]
    assert len(asked) == len(set(asked))
    lists = [request.path for request in double.requests if "date_range" not in request.query]
    assert len(lists) == len(set(lists))
    ranges = {request.query.get("date_range") for request in double.requests}
    assert ranges == {None, "16", "20"}


@pytest.mark.anyio
async def test_price_lists_are_kept_a_day(double: VultrDouble) -> None:
    """D36: plans and regions are asked for once a day."""
    async with staged_client(double) as client:
        for hours in (0, 1, 22):
            await anyio.sleep(hours * 3_600)
            await client.call_tool("list_resource_costs", {"region": "ewr"})
        assert (double.count("/plans"), double.count("/regions")) == (1, 1)
        assert double.count("/instances") == 3
        await anyio.sleep(2 * 3_600)
        await client.call_tool("list_resource_costs", {"region": "ewr"})
    assert (double.count("/plans"), double.count("/regions")) == (2, 2)


@pytest.mark.anyio
async def test_the_account_is_in_every_key(double: VultrDouble) -> None:
    """D36: no reading of one account can ever answer for another."""
    async with staged_source(double) as source:
        await source(
            frozenset({"account", "instances", "plans", "kubernetes_clusters"}),
            lambda snapshot: [
                *(
                    DetailRequest("cluster_resources", cluster.id)
                    for cluster in snapshot.clusters or ()
                ),
                DetailRequest("instance_traffic", double.account.instances[0]["id"], 16),
            ],
        )
        keys = list(source._readings._kept)
    assert len(keys) == 6
    assert {key[0] for key in keys} == {"default"}


@pytest.mark.anyio
async def test_nothing_is_opened_before_the_first_question(double: VultrDouble) -> None:
    """Starting, and naming the tools, costs no request."""
    async with staged_client(double) as client:
        tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == set(TOOLS)
    assert double.count() == 0


@pytest.mark.anyio
async def test_a_question_that_is_cancelled_ends_its_reading(double: VultrDouble) -> None:
    """D36: with nobody waiting the reading ends; the next question begins another."""
    double.latency = 5
    async with staged_source(double) as source:
        with anyio.move_on_after(1):
            await source(BILL)
        await anyio.sleep(0.1)
        assert not source._readings._flights
        assert not source._readings._kept
        double.latency = 0
        snapshot = await source(BILL)
    assert snapshot.charges is not None
    assert double.count() == 4


@pytest.mark.anyio
async def test_another_question_keeps_the_reading_alive(double: VultrDouble) -> None:
    """D36: the first who asked is cancelled, the second is answered by the same reading."""
    double.latency = 2
    got: list[Snapshot] = []
    async with staged_source(double) as source:

        async def impatient() -> None:
            with anyio.move_on_after(1):
                await source(BILL)

        async def patient() -> None:
            await anyio.sleep(0.5)
            got.append(await source(BILL))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(impatient)
            tasks.start_soon(patient)
    assert got[0].complete
    assert double.count() == 2


@pytest.mark.anyio
async def test_each_who_waits_gets_a_failure_of_their_own(double: VultrDouble) -> None:
    """D36: one exception object raised twice would carry the traces of both."""
    double.fail("/instances", Status(403))
    raised = []
    async with staged_source(double) as source:

        async def ask() -> None:
            snapshot = await source(frozenset({"instances"}))
            try:
                snapshot.require("instances")
            except ForbiddenError as error:
                raised.append(error)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            tasks.start_soon(ask)
    assert double.count() == 1
    assert [error.status for error in raised] == [403, 403]
    assert str(raised[0]) == str(raised[1])
    assert raised[0] is not raised[1]


@pytest.mark.anyio
async def test_a_failure_is_kept_ten_seconds(double: VultrDouble) -> None:
    """D36: even without a cache a failing list is not asked again at once."""
    double.fail("/billing/pending-charges", Status(403))
    async with staged_source(double, COST_CACHE_SECONDS=0) as source:
        for pause, requests in ((0, 1), (9, 1), (2, 2)):
            await anyio.sleep(pause)
            await source(BILL)
            assert double.count("/billing/pending-charges") == requests


# --- what is missing ------------------------------------------------------------------------------


async def gap_of(double: VultrDouble, part: Part, **values: Any) -> tuple[Snapshot, str | None]:
    """A snapshot of one part and what is said to be missing of it."""
    async with staged_source(double, **values) as source:
        snapshot = await source(frozenset({part}))
    return snapshot, next((gap.reason for gap in snapshot.gaps if gap.part == part), None)


@pytest.mark.anyio
async def test_pages_that_failed_are_a_gap_and_the_others_stay() -> None:
    """D33: "5,000 of 10,000" is said, and 5,000 are there."""
    double = VultrDouble(Account(instances=fleet(10_000)), key=KEY)
    double.fail("/instances", Status(502), page=11)
    snapshot, gap = await gap_of(double, "instances")
    assert gap == "5,000 of 10,000 read: the next page failed (502)"
    assert len(snapshot.resources or ()) == 5_000
    assert not snapshot.complete


@pytest.mark.anyio
async def test_rows_that_cannot_be_read_are_a_gap() -> None:
    """D33: a damaged row costs itself, and is counted."""
    rows: list[Any] = [
        *fleet(3),
        None,
        "surprise",
        {"id": None},
        {"id": "bad", "label": {"no": "text"}},
    ]
    snapshot, gap = await gap_of(VultrDouble(Account(instances=rows), key=KEY), "instances")
    assert gap == "3 of 7 read: 4 could not be understood"
    assert len(snapshot.resources or ()) == 3


@pytest.mark.anyio
async def test_a_line_with_a_damaged_number_costs_only_itself() -> None:
    """D33: neither an absurd amount nor an impossible date takes the other lines with it."""
    lines: list[Row] = [
        {"total": 5, "end_date": "2026-11-19T11:20:52+00:00"},
        {"total": Decimal(10) ** 1_000},
        {"total": 7, "end_date": "9999-12-31T23:59:59-05:00"},
    ]
    double = VultrDouble(Account(pending=lines), key=KEY)
    snapshot, gap = await gap_of(double, "pending_charges")
    assert gap == "2 of 3 read: 1 could not be understood"
    assert snapshot.month_to_date == 12


@pytest.mark.anyio
async def test_fewer_rows_than_stated_are_a_gap() -> None:
    """D33: the list itself says that one is missing."""
    double = VultrDouble(Account(instances=fleet(3)), key=KEY)
    double.fail("/instances", Meta("larger_total"))
    snapshot, gap = await gap_of(double, "instances")
    assert gap == "3 of 4 read: the list ended early"
    assert len(snapshot.resources or ()) == 3


@pytest.mark.anyio
async def test_an_id_that_comes_twice_is_one_resource() -> None:
    """D33: rows that move while a list is read are not counted twice."""
    double = VultrDouble(Account(instances=fleet(3)), key=KEY)
    double.fail("/instances", Duplicate())
    snapshot, gap = await gap_of(double, "instances")
    assert [row.id for row in snapshot.resources or ()] == [
        "server-000",
        "server-001",
        "server-002",
    ]
    assert gap is None


@pytest.mark.anyio
async def test_equal_lines_are_two_charges() -> None:
    """D1: a line has no id, so nothing makes two of them one."""
    line = {"total": 5, "description": "Load Balancer (x)"}
    double = VultrDouble(Account(pending=[line, line]), key=KEY)
    snapshot, gap = await gap_of(double, "pending_charges")
    assert snapshot.month_to_date == 10
    assert gap is None


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["nested", "missing", "null", "no_links", "null_links"])
async def test_every_form_of_meta_is_a_whole_list(kind: Any) -> None:
    """A last page may say so in many ways."""
    double = VultrDouble(Account(instances=fleet(3)), key=KEY)
    double.fail("/instances", Meta(kind))
    snapshot, gap = await gap_of(double, "instances")
    assert len(snapshot.resources or ()) == 3
    assert gap is None


@pytest.mark.anyio
async def test_a_null_list_is_an_empty_one_but_for_what_it_states() -> None:
    """Null with no rows stated is nothing; null with rows stated could not be read."""
    nothing = VultrDouble(Account(), key=KEY)
    nothing.fail("/instances", Shape("null"))
    assert (await gap_of(nothing, "instances"))[1] is None
    missing = VultrDouble(Account(instances=fleet(3)), key=KEY)
    missing.fail("/instances", Shape("null"))
    snapshot, gap = await gap_of(missing, "instances")
    assert gap == "could not be read (0 of 3 read: null stands where a list should)"
    assert "instances" in snapshot.failures


@pytest.mark.anyio
@pytest.mark.parametrize("body", ["null", '[["no line"]]'])
async def test_a_bill_of_which_no_line_was_read_is_not_zero(double: VultrDouble, body: str) -> None:
    """D1, D33: the account states the month; nothing is said of its lines."""
    double.fail("/billing/pending-charges", Body(f'{{"pending_charges": {body}}}'.encode()))
    async with staged_client(double) as client:
        overview = structured(await client.call_tool("get_cost_overview", {}))
        pending = structured(await client.call_tool("get_pending_charges", {}))
        budget = structured(await client.call_tool("check_budget", {"monthly_budget": 10**6}))
        forecast = await client.call_tool("forecast_month_end", {})
    stated = pending["account_pending_charges"]
    assert stated not in {None, "0.00"}
    assert overview["month_to_date"] == pending["total"] == stated
    assert (overview["run_rate"]["hourly"], pending["charges"]) == (None, None)
    assert (budget["status"], budget["spent"]) == ("unknown", stated)
    assert forecast.is_error


@pytest.mark.anyio
async def test_nodes_that_are_stated_and_not_listed_are_a_gap() -> None:
    """D33: a pool of three with one node in its list is said to miss two."""
    node = {"id": "n", "status": "active"}
    pool = {"id": "p", "plan": "x", "node_quantity": 3, "nodes": [node]}
    cluster = {"id": "c", "label": "fleet", "region": "ams", "node_pools": [pool]}
    double = VultrDouble(Account(vke_clusters=[cluster]), key=KEY)
    snapshot, _ = await gap_of(double, "kubernetes_clusters")
    assert [gap.reason for gap in snapshot.gaps] == ["2 nodes are stated but not listed"]


@pytest.mark.anyio
async def test_a_part_that_has_no_time_left_keeps_its_pages() -> None:
    """D34: what came in time is there, four pages of three seconds in fourteen; the gap says so."""
    double = VultrDouble(Account(instances=fleet(30)), key=KEY, page_size_cap=1, latency=3)
    snapshot, gap = await gap_of(double, "instances")
    assert len(snapshot.resources or ()) == 4
    assert gap == "4 of 30 read: there was no time for more"


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_month_that_turns_while_reading_is_read_again() -> None:
    """D5: parts from both sides of midnight UTC of the 1st are never put together."""
    double = VultrDouble(account_of(FIXTURES), key=KEY, latency=1)
    begin = MIDNIGHT - timedelta(seconds=0.5)
    async with staged_source(double, clock_from(begin)) as source:
        snapshot = await source(BILL)
    assert double.count() == 4
    assert snapshot.month.name == "2026-12"
    assert snapshot.as_of >= MIDNIGHT


@pytest.mark.anyio
async def test_a_part_begun_before_midnight_does_not_pass_for_the_new_month() -> None:
    """D5: what was asked for in November and came in December is of November."""
    double = VultrDouble(account_of(FIXTURES), key=KEY, latency=1)
    begin = MIDNIGHT - timedelta(seconds=0.5)
    async with staged_source(double, clock_from(begin)) as source:
        await source(BILL)
        asked = [request.at for request in double.requests]
        snapshot = await source(BILL)
    assert len([at for at in asked if at > min(asked) + 0.5]) == 2
    assert snapshot.as_of >= MIDNIGHT


@pytest.mark.anyio
async def test_a_reading_of_last_month_is_not_used_in_this_one(double: VultrDouble) -> None:
    """D5: the cache does not reach over midnight UTC of the 1st."""
    begin = MIDNIGHT - timedelta(seconds=30)
    async with staged_source(double, clock_from(begin)) as source:
        assert (await source(BILL)).month.name == "2026-11"
        await anyio.sleep(31)
        assert (await source(BILL)).month.name == "2026-12"
    assert double.count() == 4


@pytest.mark.anyio
@pytest.mark.parametrize(("minutes", "told"), [(0, False), (1, False), (-3, True), (10, True)])
async def test_clocks_that_differ_are_told(
    double: VultrDouble, minutes: int, *, told: bool
) -> None:
    """D5: more than two minutes between Vultr's Date and this machine is a caveat."""
    double.date = NOW + timedelta(minutes=minutes, seconds=30 if minutes > 0 else -30)
    async with staged_client(double) as client:
        answer = structured(await client.call_tool("get_pending_charges", {}))
    caveats = [caveat for caveat in answer["caveats"] if "clock" in caveat]
    assert bool(caveats) is told
    assert all(f"{abs(minutes)} minutes" in caveat for caveat in caveats)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("days", "status"), [(0, "ok"), (5, "ok"), (-5, "ok"), (31, "unknown"), (-365, "unknown")]
)
async def test_a_clock_in_another_month_has_no_verdict(
    double: VultrDouble, days: int, status: str
) -> None:
    """D5: the lines are of Vultr's month, so that no figure of this machine's month is whole."""
    double.date = NOW + timedelta(days=days)
    async with staged_client(double) as client:
        budget = structured(await client.call_tool("check_budget", {"monthly_budget": 1e6}))
        plans = structured(await client.call_tool("compare_plans", {"vcpu": 2}))
        record = structured(await client.call_tool("collect_metrics", {"keep": False}))
    gaps = budget["coverage"].get("gaps", [])
    assert budget["status"] == status
    assert [(gap["part"], gap["reason"]) for gap in gaps] == (
        [("pending_charges", "are of another month than this machine's clock shows")]
        if status == "unknown"
        else []
    )
    # Neither needs this machine's month: a price has none, and a record has Vultr's time.
    assert plans["coverage"]["complete"]
    assert record["coverage"]["complete"]
    async with staged_source(double) as source:
        assert (await source(frozenset({"account"}))).gaps == ()


@pytest.mark.anyio
async def test_as_of_is_the_oldest_reading_used(double: VultrDouble) -> None:
    """D36: an answer is no younger than its oldest part."""
    async with staged_source(double) as source:
        await source(frozenset({"account"}))
        read = clock()
        await anyio.sleep(30)
        snapshot = await source(BILL)
    assert abs(snapshot.as_of - read) < timedelta(seconds=1)


# --- one by one -----------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_at_most_two_hundred_are_read_a_call_the_dearest_first() -> None:
    """D34: the next call goes on where this one ended, and the answer says how far it is."""
    double = VultrDouble(Account(instances=fleet(450), plans=plans(450)), key=KEY)
    checked, gaps = [], []
    async with staged_client(double) as client:
        for _ in range(4):
            answer = structured(await client.call_tool("list_idle_instances", {}))
            checked.append(answer["checked"])
            gaps.append([gap["reason"] for gap in answer["coverage"]["gaps"]])
    assert checked == [{"count": count, "of": 450} for count in (200, 400, 450, 450)]
    assert gaps == [
        ["200 of 450 read: ask again in a minute, the others are being read"],
        ["400 of 450 read: ask again in a minute, the others are being read"],
        [],
        [],
    ]
    traffic = [request.path for request in double.requests if "bandwidth" in request.path]
    assert traffic == [f"/instances/server-{number:03}/bandwidth" for number in range(449, -1, -1)]


@pytest.mark.anyio
async def test_what_could_not_be_read_one_by_one_is_a_gap() -> None:
    """D33: three of ten that fail are counted, and the seven others are used."""
    double = VultrDouble(Account(instances=fleet(10), plans=plans(10)), key=KEY)
    for number in range(3):
        double.fail(f"/instances/server-{number:03}/bandwidth", Status(404))
    async with staged_client(double) as client:
        answer = structured(await client.call_tool("list_idle_instances", {}))
    assert answer["checked"] == {"count": 7, "of": 10}
    assert answer["coverage"]["gaps"] == [
        {
            "part": "instance_traffic",
            "reason": "3 of 10 not read (404)",
            "touches": [
                "instances",
                "omitted",
                "quiet_count",
                "quiet_monthly_cost",
                "unpriced",
                "exempt",
                "checked",
            ],
        }
    ]


@pytest.mark.anyio
async def test_a_day_whose_bytes_are_not_stated_is_a_gap() -> None:
    """D18, D33: a server may be quiet, or not, on a day without a number."""
    double = VultrDouble(Account(instances=fleet(2), plans=plans(2)), key=KEY)
    days = '{"bandwidth": {"2026-11-10": {"incoming_bytes": 5, "outgoing_bytes": null}}}'
    double.fail("/instances/server-000/bandwidth", Body(days.encode()))
    async with staged_client(double) as client:
        for tool in ("list_idle_instances", "estimate_savings"):
            answer = structured(await client.call_tool(tool, {}))
            (gap,) = answer["coverage"]["gaps"]
            assert gap["part"] == "instance_traffic"
            assert gap["reason"] == "1 of 2 have days without a number"


@pytest.mark.anyio
async def test_readings_one_by_one_end_with_their_time() -> None:
    """D34: slow single readings are given fifteen seconds, and what is missing is a gap."""
    double = VultrDouble(Account(instances=fleet(100), plans=plans(100)), key=KEY)
    double.on_request = lambda request: setattr(
        double, "latency", 4.0 if "bandwidth" in request.path else 0.0
    )
    begin = anyio.current_time()
    async with staged_client(double) as client:
        answer = structured(await client.call_tool("list_idle_instances", {}))
    assert anyio.current_time() - begin < 15.1
    assert 0 < answer["checked"]["count"] < 100
    assert answer["coverage"]["gaps"][0]["part"] == "instance_traffic"


# --- progress -------------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_progress_is_told_and_only_rises(mode: str) -> None:
    """A client hears of lists and single servers, in rising counts that never pass ``of``."""
    account = Account(instances=fleet(30), plans=plans(30))
    double = VultrDouble(account, key=KEY, latency=0.1)
    heard: list[tuple[float, float | None, str | None]] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with staged_client(double, mode=mode) as client:
        await client.call_tool("list_idle_instances", {}, progress_callback=listen)
    counts = [done for done, _, _ in heard]
    assert len(counts) >= 3
    assert counts == sorted(set(counts))
    assert all(of is not None and done <= of for done, of, _ in heard)
    assert any("instance traffic" in (message or "") for _, _, message in heard)


# --- money of last resort -------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize(
    "tool", ["get_cost_overview", "get_pending_charges", "breakdown_by_service"]
)
async def test_without_lines_the_account_states_the_month(double: VultrDouble, tool: str) -> None:
    """D1, D33: failing the lines, the account's own figure is the month to date, with a gap."""
    double.fail("/billing/pending-charges", Status(403))
    async with staged_client(double) as client:
        answer = structured(await client.call_tool(tool, {}))
    stated = f"{double.account.account['pending_charges']:.2f}"
    assert stated in {answer.get(name) for name in ("month_to_date", "total", "period_total")}
    reason = "could not be read (403, the key lacks the right billing or account.billing.Read)"
    gaps = {gap["part"]: gap["reason"] for gap in answer["coverage"]["gaps"]}
    assert gaps["pending_charges"] == reason
    assert answer["headline"].startswith("At least")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "tool", ["get_cost_overview", "get_pending_charges", "breakdown_by_service"]
)
async def test_without_lines_and_account_it_is_an_error(double: VultrDouble, tool: str) -> None:
    """D33: with neither there is no money to date, and the lines' error is told."""
    double.fail("/billing/pending-charges", Status(403))
    double.fail("/account", Status(500))
    async with staged_client(double) as client:
        result = await client.call_tool(tool, {})
    assert result.is_error
    assert "permission" in text_of(result)


@pytest.mark.anyio
async def test_a_snapshot_names_the_errors_of_its_parts(double: VultrDouble) -> None:
    """D33: what failed is kept by its name, what was read is there beside it."""
    double.fail("/blocks", Status(500))
    async with staged_source(double) as source:
        snapshot = await source(frozenset({"blocks", "account"}))
    assert isinstance(snapshot.failures["blocks"], ServerError)
    assert snapshot.sources == ("account",)
    assert snapshot.balance is not None
