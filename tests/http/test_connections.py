"""The choice of connections to keep at the limit: a token always gets in."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from ipaddress import ip_address
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.test_leaving import connect
from tests.http.test_limits import read_all
from tests.support.served import TOKEN, served
from vultr_cost_mcp.transports.client_address import Peers
from vultr_cost_mcp.transports.connection import ConnectionLimit, TimeoutH11Protocol
from vultr_cost_mcp.transports.http_config import HttpConfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.abc import SocketStream

    from tests.support.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

CONNECTION = "vultr_cost_mcp.transports.connection"
PING = {"jsonrpc": "2.0", "id": 7, "method": "ping", "params": {}}
OUTSIDE = ("203.0.113.7", "198.51.100.9", "2001:db8::1", "2001:db8:0:1::1")


class Fake:
    """A connection as the limit sees it."""

    def __init__(self, limit: ConnectionLimit, host: str, *, is_idle: bool = True) -> None:
        self.peer = limit.peer(host)
        self.is_idle = is_idle
        self.open = True
        self.transport = SimpleNamespace(abort=self.close)

    def close(self) -> None:
        """Remember that it was closed for another."""
        self.open = False


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow six connections, two of them kept for tokens, three of a peer."""
    monkeypatch.setattr(f"{CONNECTION}.MOST_CONNECTIONS", 6)
    monkeypatch.setattr(f"{CONNECTION}.TOKEN_CONNECTIONS", 2)
    monkeypatch.setattr(f"{CONNECTION}.PEER_CONNECTIONS", 3)


def limit_of(*, needs_token: bool = True, proxy: str | None = None) -> ConnectionLimit:
    """Return a limit, with a trusted proxy where one is named."""
    proxies = frozenset() if proxy is None else frozenset({ip_address(proxy)})
    return ConnectionLimit(Peers(proxies), needs_token=needs_token)


def opened(limit: ConnectionLimit, *hosts: str, is_idle: bool = True) -> list[Any]:
    """Open connections; each of them is admitted."""
    made: list[Any] = [Fake(limit, host, is_idle=is_idle) for host in hosts]
    for each in made:
        assert limit.admit(each)
    return made


@pytest.mark.usefixtures("small")
def test_a_peer_closes_its_own_oldest_connection() -> None:
    """One peer does not take the places of another."""
    limit = limit_of()
    (other,) = opened(limit, OUTSIDE[1])
    mine = opened(limit, *[OUTSIDE[0]] * 5)
    assert [each.open for each in mine] == [False, False, True, True, True]
    assert other.open


@pytest.mark.usefixtures("small")
def test_addresses_of_one_ipv6_network_are_one_peer() -> None:
    """A customer has a /64 at least; the next network is somebody else's."""
    limit = limit_of()
    mine = opened(limit, *[f"2001:db8::{number}" for number in range(1, 5)])
    assert [each.open for each in mine] == [False, True, True, True]
    opened(limit, "2001:db8:0:1::1")
    assert sum(each.open for each in mine) == 3


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.9.9.9"])
def test_this_machine_has_no_limit_of_its_own(host: str) -> None:
    """It may be a proxy that nobody named, and carry a whole team."""
    limit = limit_of()
    mine = opened(limit, *[host] * 4)
    assert all(each.open for each in mine)


@pytest.mark.usefixtures("small")
def test_a_trusted_proxy_has_no_limit_of_its_own() -> None:
    """The address that is named, and no other."""
    limit = limit_of(proxy="10.0.0.5")
    assert all(each.open for each in opened(limit, *["10.0.0.5"] * 4))
    limit = limit_of(proxy="10.0.0.5")
    assert not all(each.open for each in opened(limit, *["10.0.0.6"] * 4))


@pytest.mark.usefixtures("small")
def test_the_peer_with_most_connections_loses_one() -> None:
    """A peer with one connection keeps it, however old it is."""
    limit = limit_of()
    first, *many, newest = opened(limit, OUTSIDE[1], *[OUTSIDE[0]] * 3, OUTSIDE[2])
    assert [first.open, newest.open] == [True, True]
    assert [each.open for each in many] == [False, True, True]


@pytest.mark.usefixtures("small")
def test_a_share_is_kept_for_valid_tokens() -> None:
    """Anonymous connections fill four of six places; two known ones are beside them."""
    limit = limit_of()
    known = opened(limit, "127.0.0.1", "127.0.0.1")
    for each in known:
        limit.know(each)
    anonymous = opened(limit, *["127.0.0.1"] * 20)
    assert all(each.open for each in known)
    assert [each.open for each in anonymous] == [False] * 16 + [True] * 4


@pytest.mark.usefixtures("small")
def test_known_connections_are_closed_for_nobody() -> None:
    """When all places are theirs, the next one is turned away."""
    limit = limit_of()
    for each in (known := opened(limit, *["127.0.0.1"] * 4)):
        limit.know(each)
    for each in (more := opened(limit, "127.0.0.1", "127.0.0.1")):
        limit.know(each)
    one_more: Any = Fake(limit, "127.0.0.1")
    assert not limit.admit(one_more)
    assert all(each.open for each in [*known, *more])
    limit.discard(known[0])
    assert limit.admit(one_more)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("needs_token", [True, False])
def test_idle_connections_are_closed_first(needs_token: bool) -> None:  # noqa: FBT001  (a case)
    """And one with a request under way only where it could have shown a token and has not."""
    limit = limit_of(needs_token=needs_token)
    size = 4 if needs_token else 6
    busy = opened(limit, *["127.0.0.1"] * (size - 1), is_idle=False)
    (idle,) = opened(limit, "127.0.0.1")
    (last,) = opened(limit, "127.0.0.1", is_idle=False)
    assert [idle.open, last.open] == [False, True]
    assert all(each.open for each in busy)
    next_one: Any = Fake(limit, "127.0.0.1")
    assert limit.admit(next_one) == needs_token
    assert busy[0].open != needs_token


@settings(max_examples=200, deadline=None)
@given(
    st.booleans(),
    st.lists(
        st.tuples(
            st.sampled_from(["open", "know", "close", "busy"]),
            st.sampled_from([*OUTSIDE, "127.0.0.1"]),
            st.integers(0, 30),
        ),
        max_size=60,
    ),
)
def test_the_limits_hold_whatever_happens(
    needs_token: bool,  # noqa: FBT001  (a case)
    events: list[tuple[str, str, int]],
) -> None:
    """No order of events makes more connections than there may be, or counts one twice."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(f"{CONNECTION}.MOST_CONNECTIONS", 6)
        patched.setattr(f"{CONNECTION}.TOKEN_CONNECTIONS", 2)
        patched.setattr(f"{CONNECTION}.PEER_CONNECTIONS", 3)
        limit = limit_of(needs_token=needs_token)
        made: list[Any] = []
        for event, host, number in events:
            live = [each for each in made if each.open]
            if event in {"open", "busy"}:
                each: Any = Fake(limit, host, is_idle=event == "open")
                each.known = False
                if limit.admit(each):
                    made.append(each)
            elif live and event == "know" and needs_token:
                live[number % len(live)].known = True
                limit.know(live[number % len(live)])
            elif live and event == "close":
                live[number % len(live)].close()
                limit.discard(live[number % len(live)])
            live = [each for each in made if each.open]
            assert len(live) <= 6
            if needs_token:
                assert sum(not each.known for each in live) <= 4
            assert all(
                sum(each.peer == peer for each in live) <= 3
                for peer in {each.peer for each in live} - {None}
            )
        for each in [each for each in made if each.open]:
            limit.discard(each)
        assert not limit._anonymous
        assert not limit._known
        assert not limit._of_peer
        assert limit._anonymous_count == 0


@asynccontextmanager
async def idle(server: Served, number: int) -> AsyncIterator[list[SocketStream]]:
    """Open connections that send nothing, more than there may be; the newest six may stay."""
    streams = [await connect(server) for _ in range(number)]
    # They are accepted in order: this one is closed for the last of them.
    assert (await read_all(streams[-7])).raw == b""
    try:
        yield streams
    finally:
        for stream in streams:
            await stream.aclose()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("token", [TOKEN, None])
async def test_idle_sockets_shut_nobody_out(token: str | None) -> None:
    """Many times the connections that there may be, and each question is answered."""
    async with served(token=token) as server, idle(server, 20) as streams:
        for _ in range(5):
            assert (await server.ask(body=PING)).status == 200
        assert (await read_all(streams[0])).raw == b""


@pytest.mark.usefixtures("small")
async def test_a_connection_that_has_shown_a_token_stays() -> None:
    """Idle as it is between two questions, no flood closes it."""
    async with served(token=TOKEN) as server:
        head = f"host: localhost\r\nauthorization: Bearer {TOKEN}\r\n"
        whole = f"GET /mcp HTTP/1.1\r\n{head}\r\n".encode()
        known = await connect(server)
        async with known:
            await known.send(whole)
            assert b" 405 " in await known.receive()
            async with idle(server, 20):
                await known.send(whole)
                assert b" 405 " in await known.receive()


@pytest.mark.usefixtures("small")
async def test_a_wrong_token_makes_no_connection_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a question that needs none."""
    monkeypatch.setattr("vultr_cost_mcp.transports.authentication.WRONG_TOKEN_SECONDS", 0.0)
    async with served(token=TOKEN) as server:
        for path, token in (("/mcp", "wrong"), ("/healthz", TOKEN)):
            stream = await connect(server)
            async with stream:
                head = f"host: localhost\r\nauthorization: Bearer {token}\r\n"
                await stream.send(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
                assert await stream.receive()
                async with idle(server, 20):
                    assert (await read_all(stream)).raw == b""


async def test_answers_do_not_wait_for_acknowledgements(monkeypatch: pytest.MonkeyPatch) -> None:
    """TCP_NODELAY needs a listening socket that names its protocol: asyncio looks at that."""
    seen: list[int] = []
    admit = ConnectionLimit.admit

    def note(limit: ConnectionLimit, connection: TimeoutH11Protocol) -> bool:
        opened = connection.transport.get_extra_info("socket")
        seen.append(opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        return admit(limit, connection)

    monkeypatch.setattr(ConnectionLimit, "admit", note)
    for host in ("127.0.0.1", "::1"):
        (listener,) = await HttpConfig("http", host, port=0).open()
        with listener:
            assert listener.proto == socket.IPPROTO_TCP
    async with served() as server:
        assert (await server.ask("GET", "/healthz")).status == 200
    assert seen
    assert all(seen)
