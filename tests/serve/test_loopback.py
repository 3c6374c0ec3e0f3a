"""The same over a real connection: what httpx and the kernel make of faults, and what is logged."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import anyio
import pytest
from mcp import Client
from tenacity import wait_none

from tests.support.double import (
    Body,
    Dribble,
    Drop,
    Fault,
    Hang,
    Redirect,
    Slow,
    Status,
    Truncated,
    VultrDouble,
    account_of,
)
from tests.support.stage import FIXTURES, KEY, NOW, settings_for, structured, text_of
from tests.support.world import wired
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries do not wait."""
    monkeypatch.setattr("vultr_cost_mcp.vultr._retry.ATTEMPTS", 2)
    monkeypatch.setattr("vultr_cost_mcp.vultr._retry._backoff", wait_none())


@pytest.fixture
def double() -> Iterator[VultrDouble]:
    """Run the recorded account on a port of this machine."""
    with VultrDouble(account_of(FIXTURES), key=KEY, date=NOW) as running:
        yield running


@pytest.fixture
async def client(double: VultrDouble) -> AsyncIterator[Client]:
    """Connect a client to the whole server, which reads the double through its real transport."""
    async with wired(settings_for(double.url), lambda: NOW) as source:
        server = build_server({"default": source.backend(DisabledHistory())}, "0")
        async with Client(server, mode="auto") as opened:
            yield opened


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Drop(), "no connection"),
        (Drop(headers=False), "no connection"),
        (Hang(), "timed out"),
        (Slow(60), "timed out"),
        (Dribble(60), "timed out"),
        (Truncated(), "JSON"),
        (Body(b""), "JSON"),
        (Status(503, html=True), "503"),
        (Redirect("http://127.0.0.1:9/v2/blocks"), "302"),
    ],
    ids=repr,
)
async def test_a_fault_on_the_line_is_a_gap(  # noqa: PLR0917  (fixtures and a case)
    double: VultrDouble,
    client: Client,
    fault: Fault,
    reason: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """D33: the list that fails is named with why; nobody logs the key or a secret."""
    caplog.set_level(logging.DEBUG)
    if reason == "timed out":
        # Long enough for every other list, however slow the machine.
        monkeypatch.setattr("vultr_cost_mcp.vultr.client.ATTEMPT_SECONDS", 4.0)
        monkeypatch.setattr("vultr_cost_mcp.vultr._retry.ATTEMPTS", 1)
    double.fail("/blocks", fault)
    result = await client.call_tool("list_resource_costs", {"limit": 200})
    answer = structured(result)
    gaps = answer["coverage"]["gaps"]
    assert [gap["part"] for gap in gaps] == ["blocks"]
    assert reason in gaps[0]["reason"]
    assert {row["kind"] for row in answer["resources"]} >= {"instance", "bare_metal", "snapshot"}
    # What they say at debug level holds addresses and headers: they say nothing.
    heard = {record.name.partition(".")[0] for record in caplog.records}
    assert heard.isdisjoint({"httpcore", "httpx"})
    for text in (text_of(result), json.dumps(answer), caplog.text):
        assert KEY not in text
        assert "SECRET" not in text


async def test_every_request_is_a_get_with_the_key_in_its_header(
    double: VultrDouble, client: Client
) -> None:
    """As it arrives at the other end."""
    structured(await client.call_tool("get_cost_overview", {}))
    assert double.count() > 10
    for request in double.requests:
        assert request.method == "GET"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert KEY not in f"{request.path} {request.query}"


async def test_nobody_at_the_other_end(double: VultrDouble, client: Client) -> None:
    """A port that refuses is a clear error."""
    double.refuse()
    result = await client.call_tool("get_pending_charges", {})
    assert result.is_error
    assert "could not be reached" in text_of(result)


async def test_connections_that_died_meanwhile_are_made_anew(
    double: VultrDouble, client: Client
) -> None:
    """A server that closed its idle connections costs an attempt, not an answer."""
    await client.call_tool("get_pending_charges", {})
    assert double._server is not None
    double._server.hang_up()
    await anyio.sleep(0.05)
    answer = structured(await client.call_tool("list_resource_costs", {}))
    assert answer["coverage"]["complete"] is True
