"""Both eras of the protocol over both transports, with the SDK's own client."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from mcp import Client

from tests.support.double import VultrDouble, account_of
from tests.support.served import PENDING, TOKEN, Kind, message, served
from tests.support.stage import FIXTURES, KEY, NOW, TOOLS, structured
from vultr_cost_mcp.vultr.client import VultrClient

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

KINDS: list[Kind] = ["http", "sse"]
MODES = ["legacy", "auto"]
BOTH = pytest.mark.parametrize("kind", KINDS)
ERAS = pytest.mark.parametrize("mode", MODES)


@BOTH
@ERAS
async def test_every_tool_is_listed_and_answers(kind: Kind, mode: str) -> None:
    """The sample account, with a token."""
    async with served(kind=kind, token=TOKEN) as server, server.client(mode) as client:
        listed = await client.list_tools()
        assert {tool.name for tool in listed.tools} >= set(TOOLS)
        for name, arguments in TOOLS.items():
            answer = structured(await client.call_tool(name, arguments))
            assert answer["account"] == "sample"


@BOTH
@ERAS
async def test_progress_arrives_while_the_call_runs(kind: Kind, mode: str) -> None:
    """In order, before the answer."""
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert total is not None
        assert progress <= total
        assert message
        heard.append(progress)

    double = VultrDouble(account_of(FIXTURES), key=KEY, date=NOW, latency=0.05)
    with double:
        async with served(double, kind=kind) as server, server.client(mode) as client:
            structured(await client.call_tool("get_cost_overview", {}, progress_callback=hear))
    assert heard
    assert heard == sorted(heard)


@BOTH
@ERAS
async def test_calls_of_many_clients_join_their_readings(
    kind: Kind, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One account, one client of the API and one limit for all connections."""
    made: list[VultrClient] = []
    begin = VultrClient.__init__

    def count(self: VultrClient, **given: Any) -> None:
        made.append(self)
        begin(self, **given)

    monkeypatch.setattr(VultrClient, "__init__", count)
    double = VultrDouble(account_of(FIXTURES), key=KEY, date=NOW, latency=0.3)
    totals: list[str] = []
    with double:
        async with served(double, kind=kind) as server:

            async def connect(done: anyio.Event, *, task_status: Any) -> None:
                async with server.client(mode) as client:
                    task_status.started(client)
                    await done.wait()

            async def ask(client: Client) -> None:
                answer = structured(await client.call_tool("get_pending_charges", {}))
                totals.append(answer["total"])

            async with anyio.create_task_group() as connections:
                done = anyio.Event()
                clients = [await connections.start(connect, done) for _ in range(4)]
                async with anyio.create_task_group() as calls:
                    for number in range(20):
                        calls.start_soon(ask, clients[number % 4])
                done.set()
        assert len(made) == 1
        assert len(totals) == 20
        assert len(set(totals)) == 1
        assert double.count("/billing/pending-charges") == 1


@ERAS
async def test_unknown_tools_and_arguments_are_errors_to_read(mode: str) -> None:
    """As on every transport."""
    async with served() as server, server.client(mode) as client:
        refused = await client.call_tool("get_pending_charges", {"limt": 1})
        assert refused.is_error
        assert "did you mean limit" in str(refused.content)
        assert (await client.call_tool("no_such_tool", {})).is_error


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_every_handshake_is_answered_in_its_version(version: str) -> None:
    """Without a session: the next request may go to another process."""
    hello = message(
        "initialize",
        protocolVersion=version,
        capabilities={},
        clientInfo={"name": "test", "version": "0"},
    )
    async with served() as server:
        answer = await server.ask(body=hello)
        assert answer.status == 200
        assert f'"protocolVersion":"{version}"' in answer.body.decode()
        assert "mcp-session-id" not in answer.head
        later = await server.ask(body=PENDING, headers={"mcp-protocol-version": version})
        assert b"unbilled so far" in later.body


async def test_the_era_without_a_handshake_is_served_at_the_same_path() -> None:
    """Each request says everything about itself."""
    prefix = "io.modelcontextprotocol/"
    meta = {
        f"{prefix}protocolVersion": "2026-07-28",
        f"{prefix}clientCapabilities": {},
        f"{prefix}clientInfo": {"name": "test", "version": "0"},
    }
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "server/discover"}
    async with served() as server:
        found = await server.ask(body=message("server/discover", _meta=meta), headers=headers)
        assert found.status == 200
        assert found.json["result"]["supportedVersions"] == ["2026-07-28"]


async def test_nothing_is_there_to_be_heard() -> None:
    """A stream that would never say anything is refused instead of held open."""
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": "2026-07-28", f"{prefix}clientCapabilities": {}}
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "subscriptions/listen"}
    body = message("subscriptions/listen", _meta=meta, notifications={"toolsListChanged": True})
    async with served() as server:
        answer = await server.ask(body=body, headers=headers)
        assert answer.json["error"]["code"] == -32601
