"""What questions left unread is read behind them, and no question waits for it (D34)."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.serve.test_limiter import most_in_a_second
from tests.support.double import RATE_LIMITED, Account, Row, Status, VultrDouble
from tests.support.stage import KEY, staged_client, staged_source, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.accounts.background_lock import claim_of, claimed_at
from vultr_cost_mcp.domain.snapshot_source import DetailRequest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from mcp import Client

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot

RATE = 20
LINES: frozenset[Part] = frozenset({"pending_charges"})
LISTS: frozenset[Part] = frozenset({"pending_charges", "instances"})


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


def fleet_of(count: int) -> VultrDouble:
    """Hold an account of running servers."""
    rows: list[Row] = [
        {
            "id": f"server-{number:04}",
            "label": f"web-{number:04}",
            "region": "ewr",
            "plan": "plan",
            "status": "active",
            "power_status": "running",
            "date_created": "2026-01-01T00:00:00+00:00",
        }
        for number in range(count)
    ]
    plans: list[Row] = [{"id": "plan", "monthly_cost": 5}]
    return VultrDouble(Account(instances=rows, plans=plans), key=KEY)


def traffic_of(double: VultrDouble) -> list[str]:
    """Return the paths of all readings of single servers."""
    return [request.path for request in double.requests if "/bandwidth" in request.path]


def wanted(count: int, days: int = 16) -> list[DetailRequest]:
    """Return the traffic of so many servers."""
    return [
        DetailRequest("instance_traffic", f"server-{number:04}", days) for number in range(count)
    ]


async def unread(client: Client) -> list[str]:
    """Return what the idle list says of the traffic that it does not have."""
    answer = structured(await client.call_tool("list_idle_instances", {}))
    return [gap["reason"] for gap in answer["coverage"]["gaps"]]


async def checked(client: Client) -> int:
    """Return how many servers the idle list rests on."""
    answer = structured(await client.call_tool("list_idle_instances", {}))
    count: int = answer["checked"]["count"]
    return count


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("background", "expected"),
    [("on", [200, 2_000]), ("off", [200, 400])],
)
async def test_the_second_call_is_whole_on_two_thousand_servers(
    background: str, expected: list[int]
) -> None:
    """D34: 1,800 servers at 20 / 4 / 1.05 a second take 378 seconds; each is read once."""
    double = fleet_of(2_000)
    async with staged_client(
        double, COST_RATE_LIMIT=RATE, COST_BACKGROUND=background, COST_CACHE_SECONDS=3_600
    ) as client:
        counts = [await checked(client)]
        await anyio.sleep(400)
        counts.append(await checked(client))
    assert counts == expected
    paths = traffic_of(double)
    assert len(paths) == len(set(paths)) == expected[-1]


@pytest.mark.anyio
async def test_the_background_takes_a_quarter_of_the_rate() -> None:
    """D34, D35: five of twenty requests a second, and no more than one at once."""
    double = fleet_of(600)
    async with staged_source(double, COST_RATE_LIMIT=RATE) as source:
        await source(frozenset(), lambda _: wanted(400))
        before = len(double.requests)
        await anyio.sleep(30)
    times = [request.at for request in double.requests[before:]]
    assert 130 <= len(times) <= 150
    assert most_in_a_second(times) <= RATE // 4


@pytest.mark.anyio
async def test_a_question_goes_before_the_background() -> None:
    """D34: while a question has requests of its own, the background starts none."""
    double = fleet_of(600)
    async with staged_source(double, COST_RATE_LIMIT=RATE) as source:
        await source(frozenset(), lambda _: wanted(400))
        await anyio.sleep(10)
        before = len(double.requests)
        await source(LINES, lambda _: wanted(100, days=30))
        during = double.requests[before:]
    others = [
        request
        for request in during
        if request.query.get("date_range") == "16" and "/bandwidth" in request.path
    ]
    assert len(during) >= 101
    assert len(others) <= 1


@pytest.mark.anyio
async def test_a_question_takes_the_reading_that_is_under_way() -> None:
    """D36: a server that the background reads just now is joined, not read twice."""
    double = fleet_of(400)
    double.latency = 0.5
    async with staged_source(double, COST_RATE_LIMIT=RATE) as source:
        await source(frozenset(), lambda _: wanted(400))
        await anyio.sleep(0.1)
        await source(frozenset(), lambda _: wanted(400))
    paths = traffic_of(double)
    assert len(paths) == len(set(paths))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "most"), [(RATE_LIMITED, 4), (Status(403), 3)], ids=["429", "refused"]
)
async def test_the_background_gives_up_where_vultr_refuses(fault: Status, most: int) -> None:
    """D34: after one 429 (four attempts), or three failures in a row, it leaves Vultr alone."""
    double = fleet_of(400)
    async with staged_source(double, COST_RATE_LIMIT=RATE) as source:
        await source(frozenset(), lambda _: wanted(400))
        before = len(double.requests)
        for number in range(200, 400):
            double.fail(f"/instances/server-{number:04}/bandwidth", fault)
        await anyio.sleep(120)
        tried = len(double.requests) - before
        assert 0 < tried <= most + 1
        assert source._background is not None
        assert source._background._scope is None


@pytest.mark.anyio
async def test_readings_of_yesterday_are_not_begun_today() -> None:
    """D34: traffic is kept by UTC day; at midnight the rest of the day before is of no use."""
    double = fleet_of(600)
    async with staged_source(double, COST_RATE_LIMIT=1) as source:
        await source(frozenset(), lambda _: wanted(600))
        assert source._background is not None
        assert source._background._unread
        await anyio.sleep(86_400)
        at_midnight = len(double.requests)
        assert not source._background._unread
        await anyio.sleep(3_600)
    assert len(double.requests) == at_midnight


@pytest.mark.anyio
async def test_closing_ends_the_background() -> None:
    """Nothing is asked for over a closed connection."""
    double = fleet_of(600)
    async with staged_source(double, COST_RATE_LIMIT=RATE) as source:
        await source(frozenset(), lambda _: wanted(600))
        await anyio.sleep(5)
        await source.aclose()
        closed = len(double.requests)
        await anyio.sleep(60)
    assert len(double.requests) == closed


@pytest.mark.anyio
async def test_lists_are_never_read_without_a_question() -> None:
    """D34: the background takes traffic alone: the bill is read when somebody asks."""
    double = fleet_of(300)
    async with staged_source(double, COST_RATE_LIMIT=RATE) as source:
        await source(LISTS, lambda _: wanted(300))
        await anyio.sleep(600)
    assert double.count("/billing/pending-charges") == 1
    assert double.count("/instances") == 1
    assert len(traffic_of(double)) == 300


# --- one process a store --------------------------------------------------------------------------


def test_one_claim_a_store(tmp_path: Path) -> None:
    """D34: the second gets none until the first ends."""
    with claimed_at(tmp_path / "a" / "lock") as first:
        with claimed_at(tmp_path / "a" / "lock") as second:
            assert (first, second) == (True, False)
        with claimed_at(tmp_path / "b") as other:
            assert other
    with claimed_at(tmp_path / "a" / "lock") as after:
        assert after


def test_a_process_that_is_killed_holds_no_claim(tmp_path: Path) -> None:
    """D34: the operating system frees the lock, so that no file has to be removed by hand."""
    code = (
        "import sys, pathlib; from vultr_cost_mcp.accounts.background_lock import claimed_at\n"
        "with claimed_at(pathlib.Path(sys.argv[1])) as ours: print(ours, flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "lock")]
    with subprocess.Popen(  # noqa: S603  (our own program)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "True"
        with claimed_at(tmp_path / "lock") as meanwhile:
            assert not meanwhile
        process.kill()
        process.wait()
    with claimed_at(tmp_path / "lock") as after:
        assert after


def test_where_no_lock_can_be_made_each_process_is_its_own(tmp_path: Path) -> None:
    """A disk that cannot be written to is no reason to read nothing."""
    (tmp_path / "file").write_text("")
    with claimed_at(tmp_path / "file" / "lock") as ours:
        assert ours
    (tmp_path / "other").write_text("no database, but a text of some length" * 50)
    with claimed_at(tmp_path / "other") as ours:
        assert ours


def test_stores_have_claims_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """D34: two stores read side by side; ``off`` writes nothing."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path / "cache")
    with claim_of("off")() as first, claim_of(" OFF ")() as second:
        assert (first, second) == (True, True)
    assert not (tmp_path / "cache").exists()
    with claim_of(None)() as first, claim_of(None)() as second, claim_of("sqlite:///a")() as third:
        assert (first, second, third) == (True, False, True)


@pytest.mark.anyio
async def test_without_the_claim_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """D34: another process reads for this store already."""
    monkeypatch.setattr(
        "vultr_cost_mcp.accounts.background_lock.claim_of",
        lambda _: lambda: nullcontext(enter_result=False),
    )
    double = fleet_of(300)
    async with staged_source(double, COST_RATE_LIMIT=RATE) as source:
        snapshot: Snapshot = await source(frozenset(), lambda _: wanted(300))
        await anyio.sleep(600)
    assert snapshot.checked["instance_traffic"].count == 200
    assert len(traffic_of(double)) == 200


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("background", "said"),
    [
        ("on", "200 of 600 read: ask again in a minute, the others are being read"),
        ("off", "200 of 600 read: ask again to go on"),
    ],
)
async def test_a_gap_says_whether_the_others_are_being_read(background: str, said: str) -> None:
    """D34: nobody has to ask three times in a row where it fills by itself."""
    async with staged_client(fleet_of(600), COST_BACKGROUND=background) as client:
        assert await unread(client) == [said]


@pytest.mark.anyio
async def test_a_gap_promises_nothing_that_another_process_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """D34: what that one reads is in its own memory."""
    monkeypatch.setattr("vultr_cost_mcp.accounts.background_lock.claim_of", lambda _: _never_ours)
    async with staged_client(fleet_of(600), COST_RATE_LIMIT=RATE) as client:
        await unread(client)
        await anyio.sleep(1)
        assert await unread(client) == ["400 of 600 read: ask again to go on"]


@contextmanager
def _never_ours() -> Generator[bool]:
    """Act as a process whose store another one reads for."""
    yield False
