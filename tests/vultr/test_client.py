"""The client: every page, patient with what passes, quick with what does not."""

from __future__ import annotations

import json
import ssl
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
import respx

from tests.support.double import (
    Account,
    Duplicate,
    EndlessCursor,
    RepeatCursor,
    Status,
    VultrDouble,
)
from tests.support.stage import StagedTransport
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.collect.reader import Reader
from vultr_cost_mcp.domain.snapshot import Traffic
from vultr_cost_mcp.errors import (
    AddressNotAllowedError,
    AuthError,
    ForbiddenError,
    RateLimitedError,
    ServerError,
    StatusError,
    TransportError,
    UnexpectedBodyError,
    VultrError,
)
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr._retry import ATTEMPTS, RETRY_SECONDS
from vultr_cost_mcp.vultr.client import VultrClient
from vultr_cost_mcp.vultr.pagination import Listing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BASE = "https://api.vultr.com/v2"
NOW = datetime(2026, 11, 19, 11, 21, tzinfo=UTC)
KEY = "TEST-KEY-0123456789ABCDEF"
ACCOUNT = ENDPOINTS["account"]
# Reading the system's certificates takes longer than a test: once is enough.
CERTIFICATES = ssl.create_default_context()
GOOD = httpx.Response(200, json={"account": {"balance": 1}})


@pytest.fixture
def anyio_backend() -> object:
    """Retries wait in virtual time."""
    return VIRTUAL_ASYNCIO


class Counting:
    """A limiter that lets everything through and counts."""

    def __init__(self) -> None:
        self.passed = 0

    async def __aenter__(self) -> None:
        self.passed += 1

    async def __aexit__(self, *_: object) -> None: ...


@pytest.fixture
def limiter() -> Counting:
    """Count what passes."""
    return Counting()


@pytest.fixture
async def client(limiter: Counting) -> AsyncIterator[VultrClient]:
    """Open a client on the network that respx stands in for."""
    opened = VultrClient(
        base_url=BASE,
        key=KEY,
        limiter=limiter,
        now=lambda: NOW,
        transport=httpx.AsyncHTTPTransport(verify=CERTIFICATES),
    )
    yield opened
    await opened.aclose()


def ignore(*_: object) -> None:
    """Nobody listens."""


async def filled(client: VultrClient, name: str, **ids: str) -> Listing:
    """A list as the reader fills it, its rows as they came."""
    listing = Listing()
    await Reader(client, lambda: NOW).fill(listing, ENDPOINTS[name], ignore, ignore, ids)
    listing.count_once()
    return listing


async def listed(client: VultrClient, name: str = "instances") -> Listing:
    """A list read to its end."""
    return await filled(client, name)


# --- retries --------------------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(429),
        httpx.Response(429, headers={"Retry-After": "1"}),
        httpx.Response(429, headers={"Retry-After": "10"}),
        httpx.Response(500),
        httpx.Response(502, text="<html>"),
        httpx.Response(503, text="<html>", headers={"Retry-After": "1"}),
        httpx.Response(504),
        httpx.Response(200, text=""),
        httpx.Response(200, text='{"account":'),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("late"),
        httpx.ReadTimeout("late"),
        httpx.PoolTimeout("late"),
        httpx.RemoteProtocolError("dropped"),
        httpx.ReadError("dropped"),
    ],
    ids=repr,
)
async def test_what_passes_is_tried_again(
    client: VultrClient, limiter: Counting, failure: httpx.Response | Exception
) -> None:
    """D35: a second attempt succeeds, and passed the limiter like the first."""
    with respx.mock as net:
        route = net.get(f"{BASE}/account")
        route.side_effect = [failure, GOOD]
        account = await client.read(ACCOUNT, {})
    assert account.balance == 1
    assert route.call_count == 2
    assert limiter.passed == 2


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.Response(429), RateLimitedError),
        (httpx.Response(503, text="<html>"), ServerError),
        (httpx.Response(200, text="garbage"), UnexpectedBodyError),
        (httpx.ReadTimeout("late"), TransportError),
        (httpx.ConnectError("refused"), TransportError),
    ],
    ids=repr,
)
async def test_what_does_not_pass_ends_after_so_many_attempts(
    client: VultrClient, failure: httpx.Response | Exception, error: type[VultrError]
) -> None:
    """The last failure is told, and it is one of ours."""
    with respx.mock as net:
        route = net.get(f"{BASE}/account")
        route.side_effect = [failure] * (ATTEMPTS + 5)
        with pytest.raises(error):
            await client.read(ACCOUNT, {})
    assert route.call_count == ATTEMPTS


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (401, "Invalid API token.", AuthError),
        (401, "Unauthorized IP address: 203.0.113.7", AddressNotAllowedError),
        (403, "Forbidden", ForbiddenError),
        (404, "Invalid", StatusError),
        (405, "Method", StatusError),
        (422, "Range", StatusError),
        (302, "Moved", StatusError),
    ],
)
async def test_a_refusal_is_not_tried_again(
    client: VultrClient, status: int, text: str, error: type[StatusError]
) -> None:
    """Asking again would not change it."""
    with respx.mock as net:
        route = net.get(f"{BASE}/account").respond(status, json={"error": text})
        with pytest.raises(error):
            await client.read(ACCOUNT, {})
    assert route.call_count == 1


@pytest.mark.anyio
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "wait", ["11", "3600", format_datetime(NOW + timedelta(minutes=5), usegmt=True)]
)
async def test_a_wait_that_is_too_long_is_an_error_at_once(
    client: VultrClient, status: int, wait: str
) -> None:
    """D34: nobody is kept waiting for longer than an answer may take."""
    with respx.mock as net:
        route = net.get(f"{BASE}/account").respond(status, headers={"Retry-After": wait})
        with pytest.raises((RateLimitedError, ServerError)):
            await client.read(ACCOUNT, {})
    assert route.call_count == 1


@pytest.mark.anyio
async def test_the_wait_that_vultr_asks_for_is_kept(client: VultrClient) -> None:
    """The second attempt comes when Vultr said, not before."""
    times = []

    def answer(_: httpx.Request) -> httpx.Response:
        times.append(anyio.current_time())
        return GOOD if len(times) > 1 else httpx.Response(429, headers={"Retry-After": "4"})

    with respx.mock as net:
        net.get(f"{BASE}/account").mock(side_effect=answer)
        await client.read(ACCOUNT, {})
    assert 4 <= times[1] - times[0] < 4.1


@pytest.mark.anyio
async def test_attempts_end_when_their_time_is_over(
    client: VultrClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waits that would pass the deadline are not begun, however few attempts there were."""
    monkeypatch.setattr("tenacity.time", SimpleNamespace(monotonic=anyio.current_time))
    begin = anyio.current_time()
    with respx.mock as net:
        route = net.get(f"{BASE}/account").respond(503, headers={"Retry-After": "9"})
        with pytest.raises(ServerError):
            await client.read(ACCOUNT, {})
    assert route.call_count == 2
    assert anyio.current_time() - begin < RETRY_SECONDS


@pytest.mark.anyio
async def test_an_attempt_that_hangs_ends(
    limiter: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt has its own deadline, whatever the connection believes."""

    async def hang(_: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        return GOOD

    monkeypatch.setattr("tenacity.time", SimpleNamespace(monotonic=anyio.current_time))
    hanging = VultrClient(
        base_url=BASE,
        key=KEY,
        limiter=limiter,
        now=lambda: NOW,
        transport=httpx.MockTransport(hang),
    )
    with pytest.raises(TransportError, match="in time") as caught:
        await hanging.read(ACCOUNT, {})
    assert caught.value.short == "timed out"
    assert limiter.passed == 2
    await hanging.aclose()


# --- what is read ---------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_money_is_exact_from_the_wire_to_the_model(client: VultrClient) -> None:
    """House rule 5: no figure passes a float on its way."""
    digits = "0.0074404761904761904761904761904"
    text = f'{{"account": {{"balance": -{digits}, "pending_charges": "{digits}"}}}}'
    with respx.mock as net:
        net.get(f"{BASE}/account").respond(200, text=text)
        account = await client.read(ACCOUNT, {})
    assert str(account.balance) == f"-{digits}"
    assert str(account.pending_charges) == digits


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"account": {"balance": "SECRET"}}, "balance"),
        ({"account": None}, "account"),
        ({"SECRET": 1}, "account"),
        ({"account": ["SECRET"]}, "account"),
    ],
)
async def test_a_body_of_another_shape_is_named_and_not_repeated(
    client: VultrClient, body: dict[str, Any], words: str
) -> None:
    """The error names the field and holds nothing of the body, its causes included."""
    with respx.mock as net:
        net.get(f"{BASE}/account").respond(200, json=body)
        with pytest.raises(UnexpectedBodyError, match=words) as caught:
            await client.read(ACCOUNT, {})
    error: BaseException | None = caught.value
    while error is not None:
        assert "SECRET" not in str(error)
        error = error.__cause__


@pytest.mark.anyio
async def test_a_map_is_read_by_its_keys(client: VultrClient) -> None:
    """Days of traffic, beyond what fits in 32 bits, and the empty list that PHP makes of none."""
    days = {"2026-11-18": {"incoming_bytes": 1, "outgoing_bytes": 9_876_543_210}}
    with respx.mock as net:
        route = net.get(f"{BASE}/instances/a/bandwidth")
        route.side_effect = [
            httpx.Response(200, json={"bandwidth": days}),
            httpx.Response(200, json={"bandwidth": []}),
        ]
        traffic = ENDPOINTS["instance_traffic"]
        read = await client.read(traffic, {"date_range": "16"}, id="a")
        nothing = await client.read(traffic, {"date_range": "16"}, id="a")
    assert read.days == {date(2026, 11, 18): Traffic(1, 9_876_543_210)}
    assert (len(read), len(nothing)) == (1, 0)
    assert route.calls[0].request.url.params["date_range"] == "16"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("stamp", "skew"),
    [
        ("Thu, 19 Nov 2026 11:26:00 GMT", timedelta(minutes=5)),
        ("nonsense", None),
        ("Fri, 31 Dec 9999 23:59:59 -0500", None),
    ],
)
async def test_the_date_header_tells_the_skew(
    client: VultrClient, stamp: str, skew: timedelta | None
) -> None:
    """D5: Vultr's clock is compared with ours; a date that cannot be read breaks nothing."""
    with respx.mock as net:
        net.get(f"{BASE}/account").respond(200, json={"account": {}}, headers={"Date": stamp})
        await client.read(ACCOUNT, {})
    assert client.clock_skew == skew


class Garbled(httpx.AsyncByteStream):
    """A body that is not what its header says."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give bytes that no decoder reads."""
        yield b"not gzip"


@pytest.mark.anyio
async def test_a_compressed_body_that_is_damaged_is_our_error(limiter: Counting) -> None:
    """Not even a decoder's failure leaves the client as anything else."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Garbled())

    garbled = VultrClient(
        base_url=BASE,
        key=KEY,
        limiter=limiter,
        now=lambda: NOW,
        transport=httpx.MockTransport(answer),
    )
    with pytest.raises(UnexpectedBodyError):
        await garbled.read(ACCOUNT, {})
    await garbled.aclose()


# --- lists ----------------------------------------------------------------------------------------


def fleet(count: int) -> list[dict[str, Any]]:
    """Rows that only have an id."""
    return [{"id": f"server-{number}"} for number in range(count)]


class Paged:
    """A double of so many servers and a client on it."""

    def __init__(self, count: int, cap: int | None = None) -> None:
        line = {"total": 1, "description": "one"}
        lines = [{**line, "units": number} for number in range(count)]
        account = Account(instances=fleet(count), pending=lines)
        self.double = VultrDouble(account, key=KEY, page_size_cap=cap)
        self.limiter = Counting()
        self.client = VultrClient(
            base_url="https://double.invalid/v2",
            key=KEY,
            limiter=self.limiter,
            now=lambda: NOW,
            transport=StagedTransport(self.double),
        )


@pytest.mark.anyio
@pytest.mark.parametrize(("count", "cap", "pages"), [(0, 3, 1), (3, 3, 1), (7, 3, 3), (60, 1, 60)])
async def test_a_list_is_read_to_its_last_page(count: int, cap: int, pages: int) -> None:
    """However small the pages are, every row comes once and in order."""
    stage = Paged(count, cap)
    listing = await listed(stage.client)
    assert listing.rows == fleet(count)
    assert (listing.stated, listing.gap) == (count, None)
    assert stage.double.count() == pages == stage.limiter.passed


@pytest.mark.anyio
async def test_pages_are_asked_for_as_large_as_they_may_be() -> None:
    """``per_page=500`` goes with every request, and servers with their charges."""
    stage = Paged(1_100)
    listing = await listed(stage.client)
    assert len(listing.rows) == 1_100
    queries = [request.query for request in stage.double.requests]
    assert [query["per_page"] for query in queries] == ["500"] * 3
    assert all(query["show_pending_charges"] == "true" for query in queries)
    assert ["cursor" in query for query in queries] == [False, True, True]


@pytest.mark.anyio
async def test_the_pages_that_came_before_a_failure_are_kept() -> None:
    """D33: what was read stays, and the gap says what failed."""
    stage = Paged(7, 3)
    stage.double.fail("/instances", Status(503), page=2)
    listing = await listed(stage.client)
    assert listing.rows == fleet(3)
    assert listing.stated == 7
    assert listing.gap == "the next page failed (503)"
    assert stage.double.count() == 1 + ATTEMPTS


@pytest.mark.anyio
async def test_a_page_that_failed_once_is_no_gap() -> None:
    """A second page that passes on its second attempt leaves the list whole."""
    stage = Paged(7, 3)
    stage.double.fail("/instances", Status(503), page=2, times=1)
    listing = await listed(stage.client)
    assert (listing.rows, listing.gap) == (fleet(7), None)


@pytest.mark.anyio
async def test_a_first_page_that_fails_is_an_error() -> None:
    """With nothing read there is nothing to keep."""
    stage = Paged(7, 3)
    stage.double.fail("/instances", Status(403))
    with pytest.raises(ForbiddenError):
        await listed(stage.client)


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["instances", "pending_charges"])
async def test_a_cursor_that_repeats_ends_the_list(name: str) -> None:
    """A page that points to itself is not read again and again, nor counted twice."""
    stage = Paged(7, 3)
    stage.double.fail(ENDPOINTS[name].path, RepeatCursor())
    listing = await listed(stage.client, name)
    assert listing.gap is not None
    assert stage.double.count() <= 3
    distinct = Counter(json.dumps(row, default=str) for row in listing.rows)
    assert max(distinct.values()) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["instances", "pending_charges"])
async def test_a_list_without_an_end_is_ended(name: str) -> None:
    """Ever new cursors end as soon as nothing new comes, and no row counts twice."""
    stage = Paged(7, 3)
    stage.double.fail(ENDPOINTS[name].path, EndlessCursor())
    listing = await listed(stage.client, name)
    assert listing.gap is not None
    assert stage.double.count() <= 6
    distinct = Counter(json.dumps(row, default=str) for row in listing.rows)
    assert len(distinct) == 7
    assert max(distinct.values()) == 1


@pytest.mark.anyio
async def test_more_rows_than_stated_end_a_list_that_goes_on(client: VultrClient) -> None:
    """A list that is longer than it says and does not end is not followed for ever."""
    pages = (
        {
            "instances": [{"id": f"{page}-{row}"} for row in range(3)],
            "meta": {"total": 4, "links": {"next": f"cursor-{page}"}},
        }
        for page in range(50)
    )
    with respx.mock as net:
        route = net.get(f"{BASE}/instances")
        route.side_effect = lambda _: httpx.Response(200, json=next(pages))
        listing = await listed(client)
    assert route.call_count == 2
    assert listing.gap == "the list is longer than it says"


@pytest.mark.anyio
async def test_rows_that_come_twice_are_all_handed_on() -> None:
    """The client keeps what came: whose id repeats is for the collector to tell (D33)."""
    stage = Paged(3, 3)
    stage.double.fail("/instances", Duplicate())
    listing = await listed(stage.client)
    assert [row["id"] for row in listing.rows] == ["server-0", "server-1", "server-2", "server-2"]
    assert listing.gap is None


def paged(*pages: list[str], total: int) -> list[httpx.Response]:
    """Make pages of lines with these descriptions, of a list that states so many."""
    bodies = [
        {
            "invoice_items": [{"description": name, "total": 5} for name in names],
            "meta": {"total": total, "links": {"next": f"page-{number}"}},
        }
        for number, names in enumerate(pages, start=2)
    ]
    bodies[-1]["meta"] = {"total": total, "links": {"next": ""}}
    return [httpx.Response(200, json=body) for body in bodies]


async def lines_of(client: VultrClient, pages: list[httpx.Response]) -> tuple[list[str], Any]:
    """The descriptions of an invoice's lines, and the gap."""
    with respx.mock as net:
        net.get(f"{BASE}/billing/invoices/7/items").mock(side_effect=pages)
        listing = await filled(client, "invoice_items", id="7")
    return [row["description"] for row in listing.rows], listing.gap


@pytest.mark.anyio
async def test_a_line_that_two_pages_have_is_one_charge_where_the_list_says_so(
    client: VultrClient,
) -> None:
    """D33: lines have no id; three are stated, and the fourth stood on the page before."""
    pages = paged(["web", "db"], ["db", "mail"], total=3)
    assert await lines_of(client, pages) == (["web", "db", "mail"], None)


@pytest.mark.anyio
@pytest.mark.parametrize("total", [4, 5])
async def test_equal_lines_that_the_list_counts_are_two_charges(
    client: VultrClient, total: int
) -> None:
    """D1, D33: four are stated, or more: nothing is dropped."""
    names, _ = await lines_of(client, paged(["web", "db"], ["db", "mail"], total=total))
    assert names == ["web", "db", "db", "mail"]


@pytest.mark.anyio
async def test_repeats_that_the_stated_number_does_not_explain_are_a_gap(
    client: VultrClient,
) -> None:
    """D33: five came, four are stated, and two stood on the page before: three are certain."""
    pages = paged(["web", "db", "mail"], ["db", "mail"], total=4)
    names, gap = await lines_of(client, pages)
    assert (names, gap) == (["web", "db", "mail"], "its rows repeat")


@pytest.mark.anyio
async def test_lines_that_one_page_has_twice_are_one_charge_where_the_list_says_so(
    client: VultrClient,
) -> None:
    """D33: two are stated; another stated number than that of the different lines is a gap."""
    twice = ["web", "web", "db", "db"]
    assert await lines_of(client, paged(twice, total=2)) == (["web", "db"], None)
    assert await lines_of(client, paged(twice, total=4)) == (twice, None)
    assert await lines_of(client, paged(twice, total=3)) == (["web", "db"], "its rows repeat")
    names, gap = await lines_of(client, paged(twice[:3], twice[2:], total=2))
    assert (names, gap) == (["web", "db"], "the list is longer than it says")


@pytest.mark.anyio
async def test_more_lines_than_stated_that_all_differ_come_as_they_are(client: VultrClient) -> None:
    """D33: a stated number may be that of a page."""
    pages = paged(["web", "db"], ["mail"], total=2)
    assert await lines_of(client, pages) == (["web", "db", "mail"], None)


@pytest.mark.anyio
async def test_pages_are_told_while_they_come() -> None:
    """Whoever listens hears of every page, with the stated number."""
    stage = Paged(7, 3)
    heard: list[tuple[int, int | None]] = []
    await Reader(stage.client, lambda: NOW).part("instances")(
        lambda rows, of: heard.append((rows, of))
    )
    assert heard == [(0, None), (3, 7), (6, 7), (7, 7)]


@pytest.mark.anyio
async def test_a_total_of_endless_digits_is_no_total(client: VultrClient) -> None:
    """The rows of a list whose meta is nonsense are read all the same."""
    body = {"instances": fleet(2), "meta": {"total": "9" * 5_000}}
    with respx.mock as net:
        net.get(f"{BASE}/instances").respond(200, json=body)
        listing = await listed(client)
    assert (listing.rows, listing.stated, listing.gap) == (fleet(2), None, None)
