"""Limits of a server: concurrency, timeouts, and the messages beyond them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.http.test_leaving import HELLO, META, MODERN, connect, flights, post, session, until
from tests.support.double import Account, Hang, VultrDouble
from tests.support.served import PENDING, TOKEN, Answer, Kind, Served, message, served
from tests.support.stage import KEY, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anyio.abc import SocketStream

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

SERVE = "vultr_cost_mcp.transports"


@pytest.fixture
def hanging() -> Iterator[VultrDouble]:
    """Run a double that takes requests and never answers."""
    with VultrDouble(Account(), key=KEY) as double:
        double.fail("*", Hang())
        yield double


async def read_all(stream: SocketStream) -> Answer:
    """Read until the server closes."""
    read = b""
    with anyio.fail_after(60):
        try:
            while True:
                read += await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return Answer(read)


async def until_taken(server: Served, method: str, path: str, body: Any = None) -> None:
    """Ask until there is a place."""
    with anyio.fail_after(60):
        while (await server.ask(method, path, body)).status == 503:  # noqa: ASYNC110  (it asks)
            await anyio.sleep(0.02)


async def test_one_call_too_many_is_told_to_come_back(
    hanging: VultrDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 at once; when one of the others has gone, there is a place again."""
    monkeypatch.setattr(f"{SERVE}.app.MOST_CALLS", 2)
    async with served(hanging) as server:
        streams = [await connect(server) for _ in range(2)]
        for stream in streams:
            await stream.send(post(server, "/mcp", PENDING))
        await until(lambda: server.calls == 2)
        answer = await server.ask(body=PENDING)
        assert answer.status == 503
        assert "retry-after: 5" in answer.head
        assert "busy" in answer.json["error"]["message"]
        assert (await server.ask("GET", "/healthz")).status == 200
        await streams[0].aclose()
        await until_taken(server, "POST", "/mcp", message("ping"))
        await streams[1].aclose()


@pytest.mark.parametrize("kind", ["http", "sse"])
async def test_calls_of_one_session_are_bounded_too(
    kind: Kind, hanging: VultrDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over SSE the requests end before their calls do: it is the calls that are counted."""
    monkeypatch.setattr(f"{SERVE}.limits.MOST_CALLS", 2)
    async with (
        served(hanging, kind=kind) as server,
        server.client() as client,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(2):
            tasks.start_soon(client.call_tool, "get_pending_charges", {})
        await until(lambda: server.calls == 2)
        refused = await client.call_tool("get_pending_charges", {})
        assert refused.is_error
        assert "busy" in text_of(refused)
        assert (await client.list_tools()).tools
        tasks.cancel_scope.cancel()


async def test_a_session_that_reads_nothing_does_not_fill_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may send on, and its answers would wait for ever: it is ended, and no other one."""
    monkeypatch.setattr(f"{SERVE}.sse.MOST_UNREAD", 2)
    async with served(kind="sse") as server, server.client() as other:
        stream, path = await session(server)
        await server.ask(path=path, body=HELLO)
        status, sent = 202, 0
        while status == 202:
            sent += 1
            assert sent < 60, "everything that it is answered is kept"
            ping = {**message("ping"), "id": f"{sent}" * 300_000}
            status = (await server.ask(path=path, body=ping)).status
        assert status == 404
        assert (await other.list_tools()).tools
        await stream.aclose()


async def test_one_session_too_many_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a place is free again when a client leaves."""
    monkeypatch.setattr(f"{SERVE}.app.MOST_SESSIONS", 2)
    async with served(kind="sse") as server:
        first, _ = await session(server)
        second, _ = await session(server)
        assert (await server.ask("GET", "/sse")).status == 503
        await first.aclose()
        third: list[SocketStream] = []
        with anyio.fail_after(60):
            while not third:
                stream = await connect(server)
                head = f"GET /sse HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n\r\n"
                await stream.send(head.encode())
                if b" 200 " in await stream.receive():
                    third.append(stream)
                else:
                    await stream.aclose()
                    await anyio.sleep(0.02)
        await second.aclose()
        await third[0].aclose()


@pytest.mark.parametrize("kind", ["http", "sse"])
@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_call_that_takes_too_long_says_so(
    kind: Kind, mode: str, hanging: VultrDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the tool's answer, and what it waited for is given up."""
    monkeypatch.setattr(f"{SERVE}.limits.CALL_SECONDS", 0.3)
    async with served(hanging, kind=kind) as server, server.client(mode) as client:
        late = await client.call_tool("get_pending_charges", {})
        assert late.is_error
        assert "took longer" in text_of(late)
        await until(lambda: flights(server) == 0)


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_a_request_that_takes_too_long_is_answered_all_the_same(
    era: str, hanging: VultrDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last resort, should a call not end: an error for the id that was asked."""
    monkeypatch.setattr(f"{SERVE}.app.REQUEST_SECONDS", 0.3)
    async with served(hanging) as server:
        params = {**PENDING["params"], **({"_meta": META} if era == "modern" else {})}
        headers = {**MODERN, "mcp-name": "get_pending_charges"} if era == "modern" else {}
        answer = await server.ask(body={**PENDING, "params": params}, headers=headers)
    if era == "legacy":
        assert answer.status == 200
        data = next(line for line in answer.body.decode().splitlines() if line.startswith("data:"))
        error = json.loads(data.removeprefix("data:"))
    else:
        assert answer.status == 504
        error = answer.json
    assert error["id"] == 7
    assert "too long" in error["error"]["message"]


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that comes a byte at a time."""
    monkeypatch.setattr(f"{SERVE}.body.BODY_SECONDS", 0.3)
    async with served() as server:
        stream = await connect(server)
        async with stream:
            await stream.send(post(server, "/mcp", PENDING)[:-5])
            assert (await read_all(stream)).status == 408


@pytest.mark.parametrize("begin", [b"", b"G", b"GET /healthz HTTP/1.1\r\nhost: local"])
async def test_a_head_that_does_not_come_is_not_waited_for(
    begin: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, uvicorn would wait for ever."""
    monkeypatch.setattr(f"{SERVE}.connection.HEAD_SECONDS", 0.3)
    async with served() as server:
        stream = await connect(server)
        async with stream:
            if begin:
                await stream.send(begin)
            assert (await read_all(stream)).raw == b""


async def test_a_head_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then does not begin the time anew, on the first request and on the next."""
    monkeypatch.setattr(f"{SERVE}.connection.HEAD_SECONDS", 1.0)
    whole = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
    async with served() as server:
        stream = await connect(server)
        async with stream:
            await stream.send(whole)
            assert b" 200 " in await stream.receive()
            with (
                anyio.fail_after(60),
                pytest.raises((anyio.BrokenResourceError, anyio.EndOfStream)),
            ):
                await drip(stream, whole * 100)


async def drip(stream: SocketStream, data: bytes) -> None:
    """Send a byte now and then, and read what comes back: nothing."""
    for byte in data:
        await stream.send(bytes([byte]))
        await anyio.sleep(0.1)
        with anyio.move_on_after(0.001):
            assert await stream.receive() == b""


async def test_a_call_is_no_slow_head(
    hanging: VultrDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for an answer is not cut off."""
    monkeypatch.setattr(f"{SERVE}.connection.HEAD_SECONDS", 1.0)
    monkeypatch.setattr(f"{SERVE}.limits.CALL_SECONDS", 2.0)
    async with served(hanging) as server:
        assert b"took longer" in (await server.ask(body=PENDING)).body


async def test_one_connection_too_many_is_turned_away(
    hanging: VultrDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it has asked anything, when a call is under way on each of the others."""
    monkeypatch.setattr(f"{SERVE}.connection.MOST_CONNECTIONS", 3)
    async with served(hanging) as server:
        streams = [await connect(server) for _ in range(3)]
        for stream in streams:
            await stream.send(post(server, "/mcp", PENDING))
        await until(lambda: server.calls == 3)
        async with await connect(server) as turned_away:
            assert (await read_all(turned_away)).status == 503
        for stream in streams:
            await stream.aclose()
        await until_taken(server, "GET", "/healthz")


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_who_is_asked_to_stop_answers_what_is_under_way(
    era: str, hanging: VultrDouble
) -> None:
    """A call that does not end in time gets an error, not a connection that breaks off."""
    params = {**PENDING["params"], **({"_meta": META} if era == "modern" else {})}
    headers = {**MODERN, "mcp-name": "get_pending_charges"} if era == "modern" else {}
    with anyio.fail_after(60):
        async with served(hanging) as server:
            stream = await connect(server)
            await stream.send(post(server, "/mcp", {**PENDING, "params": params}, **headers))
            await until(lambda: hanging.count() >= 1)
        async with stream:
            answer = await read_all(stream)
    assert b"The server is stopping." in answer.body
    assert answer.status == (200 if era == "legacy" else 503)


async def test_a_session_ends_when_the_server_does(hanging: VultrDouble) -> None:
    """With its call."""
    with anyio.fail_after(60):
        async with served(hanging, kind="sse", token=TOKEN) as server:
            stream = await connect(server)
            head = f"GET /sse HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n"
            await stream.send(f"{head}authorization: Bearer {TOKEN}\r\n\r\n".encode())
            read = b""
            while b"session_id=" not in read:
                read += await stream.receive()
            path = next(word for word in read.decode().split() if word.startswith("/messages"))
            await _call(server, path, hanging)
        async with stream:
            await read_all(stream)


async def _call(server: Served, path: str, hanging: VultrDouble) -> None:
    assert (await server.ask(path=path, body=HELLO)).status == 202
    assert (await server.ask(path=path, body={**PENDING, "id": 8})).status == 202
    await until(lambda: hanging.count() >= 1)
