"""A client that goes away: its call ends, its requests to Vultr stop, nothing of it stays."""

from __future__ import annotations

import gc
import json
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from anyio.abc import SocketAttribute

from tests.support.double import Account, Hang, VultrDouble, account_of
from tests.support.served import JSON, PENDING, Served, message, served
from tests.support.stage import FIXTURES, KEY, NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.abc import SocketStream

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

LEGACY: dict[str, str] = {}
MODERN = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call"}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
SERVERS = [{"id": f"i-{number}", "label": f"server {number}"} for number in range(400)]


def post(server: Served, path: str, content: Any, **headers: str) -> bytes:
    """A POST as bytes."""
    body = json.dumps(content).encode()
    given = {
        "host": f"127.0.0.1:{server.port}",
        "content-length": str(len(body)),
        **JSON,
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def connect(server: Served) -> SocketStream:
    """Open a connection."""
    return await anyio.connect_tcp("127.0.0.1", server.port)


async def drop(stream: SocketStream) -> None:
    """Close a connection."""
    await stream.aclose()


async def abort(stream: SocketStream) -> None:
    """Close a connection so that the other end is told at once that nobody reads any more."""
    raw = stream.extra(SocketAttribute.raw_socket)  # noqa: S610  (no SQL anywhere near)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await stream.aclose()


async def until(true: Callable[[], bool]) -> None:
    """Wait for something to come true."""
    with anyio.fail_after(60):
        while not true():  # noqa: ASYNC110  (it is not told, it looks)
            await anyio.sleep(0.01)


def flights(server: Served) -> int:
    """How many readings are under way."""
    collector = server.source._collector
    return 0 if collector is None else len(collector.readings._flights)


def waiting(server: Served) -> int:
    """Return how many calls wait for the lines of the bill."""
    collector = server.source._collector
    flights = {} if collector is None else collector.readings._flights
    return sum(row.waiters for key, row in flights.items() if key[1] == "pending_charges")


def open_files(double: VultrDouble) -> int:
    """How many files and sockets the process has open, but for the double's own."""
    gc.collect()
    assert double._server is not None
    return len(list(Path("/proc/self/fd").iterdir())) - len(double._server.open)


@pytest.mark.parametrize("leave", [drop, abort])
@pytest.mark.parametrize("headers", [LEGACY, MODERN], ids=["legacy", "modern"])
async def test_a_dropped_connection_ends_its_call(headers: dict[str, str], leave: Any) -> None:
    """400 pages would be read; after the third its client has gone, and so have the requests."""
    double = VultrDouble(Account(instances=SERVERS), key=KEY, page_size_cap=1, latency=0.05)
    params: dict[str, Any] = {"name": "list_idle_instances", "arguments": {}}
    if headers:
        params["_meta"] = META
    with double:
        async with served(double) as server:
            named = {**headers, "mcp-name": "list_idle_instances"} if headers else {}
            stream = await connect(server)
            await stream.send(post(server, "/mcp", message("tools/call", **params), **named))
            await until(lambda: double.count("/instances") >= 3)
            await leave(stream)
            await until(lambda: flights(server) == 0)
            # One may have been on its way.
            reached = double.count("/instances")
            await anyio.sleep(0.5)
            assert double.count("/instances") <= reached + 1


async def test_a_session_that_ends_takes_its_calls_with_it() -> None:
    """The same for SSE, where the call came by another connection than its answer would take."""
    double = VultrDouble(Account(instances=SERVERS), key=KEY, page_size_cap=1, latency=0.05)
    with double:
        async with served(double, kind="sse") as server:
            stream, path = await session(server)
            call = message("tools/call", name="list_idle_instances", arguments={})
            assert (await server.ask(path=path, body=HELLO)).status == 202
            assert (await server.ask(path=path, body=call)).status == 202
            await until(lambda: double.count("/instances") >= 3)
            await stream.aclose()
            await until(lambda: flights(server) == 0)
            # Its calls end a moment before it is forgotten.
            with anyio.fail_after(60):
                while (status := (await server.ask(path=path, body=call)).status) == 202:
                    pass
            assert status == 404


async def test_who_waits_for_the_same_reading_gets_it_all_the_same() -> None:
    """One of two clients leaves; the reading belongs to the process."""
    double = VultrDouble(account_of(FIXTURES), key=KEY, date=NOW, latency=2)
    with double:
        async with served(double) as server, anyio.create_task_group() as tasks:

            async def stay() -> None:
                assert b"unbilled so far" in (await server.ask(body=PENDING)).body

            leaving = await connect(server)
            await leaving.send(post(server, "/mcp", PENDING))
            await until(lambda: waiting(server) == 1)
            tasks.start_soon(stay)
            # The second has joined, unless the reading has come already.
            await until(lambda: waiting(server) != 1)
            await leaving.aclose()
        assert double.count("/billing/pending-charges") == 1


HELLO = message(
    "initialize",
    protocolVersion="2025-06-18",
    capabilities={},
    clientInfo={"name": "test", "version": "0"},
)


async def session(server: Served) -> tuple[SocketStream, str]:
    """Open a session of SSE; its stream, and where its messages are posted."""
    stream = await connect(server)
    await stream.send(f"GET /sse HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n\r\n".encode())
    read = b""
    while b"session_id=" not in read or not read.endswith(b"\r\n\r\n\r\n"):
        read += await stream.receive()
    return stream, next(
        line.split(" ", 1)[1] for line in read.decode().splitlines() if line.startswith("data: ")
    )


@pytest.mark.parametrize("kind", ["http", "sse"])
async def test_nothing_stays_of_200_connections(kind: Any) -> None:
    """Opened and dropped at every stage: silent, half a head, half a body, in the middle of a call.

    Files and tasks are as many as before.
    """
    double = VultrDouble(Account(), key=KEY)
    double.fail("*", Hang())
    with double:
        async with served(double, kind=kind) as server:
            await come_and_go(server, double)
            files, tasks = open_files(double), running()
            for _ in range(20):
                await come_and_go(server, double)
            # A task may end a moment before its socket is closed.
            await until(
                lambda: flights(server) == 0 and running() <= tasks and open_files(double) <= files
            )
            double.heal()
            assert (await server.ask("GET", "/healthz")).status == 200


def running() -> int:
    """How many tasks there are."""
    return len(anyio.get_running_tasks())


async def come_and_go(server: Served, double: VultrDouble) -> None:
    """Ten connections that are dropped, each later than the one before."""
    before = double.count()
    path = server.path
    opened: list[SocketStream] = []
    if server.kind == "sse":
        stream, path = await session(server)
        opened.append(stream)
        await server.ask(path=path, body=HELLO)
    whole = post(server, path, PENDING)
    for share in (0, 1, 20, len(whole) // 2, len(whole) - 1, *(4 * [len(whole)])):
        stream = await connect(server)
        opened.append(stream)
        if share:
            await stream.send(whole[:share])
    await until(lambda: double.count() > before)
    for stream in opened:
        await stream.aclose()
    await until(lambda: flights(server) == 0)


async def test_a_cancellation_by_message_finds_no_call() -> None:
    """Without sessions it is a request of its own: accepted, and of no effect (docs/http.md)."""
    double = VultrDouble(Account(), key=KEY)
    double.fail("*", Hang())
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    with double:
        async with served(double) as server:
            stream = await connect(server)
            await stream.send(post(server, "/mcp", PENDING))
            await until(lambda: double.count() >= 1)
            assert (await server.ask(body=cancel)).status == 202
            await anyio.sleep(0.2)
            assert flights(server) > 0
            await stream.aclose()
            await until(lambda: flights(server) == 0)
