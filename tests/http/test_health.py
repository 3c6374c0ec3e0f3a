"""Answers to probes: alive, ready or a reason, without a word about the account."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import anyio
import pytest
from tenacity import wait_none

from tests.support.double import (
    INVALID_TOKEN,
    Body,
    Fault,
    Hang,
    Status,
    VultrDouble,
    account_of,
    address_not_allowed,
)
from tests.support.served import TOKEN, Answer, Served, served
from tests.support.stage import FIXTURES, KEY, NOW
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.transports.health import (
    KEEP_SECONDS,
    Readiness,
    account_word,
    accounts_word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vultr_cost_mcp.domain.snapshot import Snapshot

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

HEALTH = "vultr_cost_mcp.transports.health"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries do not wait, and only what never answers is given up."""
    monkeypatch.setattr("vultr_cost_mcp.vultr._retry.ATTEMPTS", 2)
    monkeypatch.setattr("vultr_cost_mcp.vultr._retry._backoff", wait_none())
    monkeypatch.setattr(f"{HEALTH}.PATIENCE_SECONDS", 60.0)


@pytest.fixture
def double() -> Iterator[VultrDouble]:
    """Run the recorded account."""
    with VultrDouble(account_of(FIXTURES), key=KEY, date=NOW) as running:
        yield running


async def probe(server: Served, path: str = "/readyz", method: str = "GET") -> Answer:
    """Ask as a probe does: without a token."""
    return await server.ask(method, path, headers={"authorization": None})


async def test_alive_and_ready_without_a_token(double: VultrDouble) -> None:
    """Alive asks nobody; ready asks for the account."""
    async with served(double, token=TOKEN) as server:
        assert (await probe(server, "/healthz")).json == {"status": "ok"}
        assert double.count() == 0
        ready = await probe(server)
        assert (ready.status, ready.json) == (200, {"status": "ready"})
        assert {request.path for request in double.requests} == {"/account"}
        head = await probe(server, method="HEAD")
        assert (head.status, head.body) == (200, b"")
        assert "no-store" in head.head


async def test_the_sample_account_is_always_ready() -> None:
    """It needs no key and no network."""
    async with served() as server:
        assert (await probe(server)).status == 200


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (INVALID_TOKEN, "refused"),
        (address_not_allowed("203.0.113.7"), "refused"),
        (Status(403, "Not allowed"), "refused"),
        (Status(429, "Rate limit", retry_after=3600), "rate limited"),
        (Status(503, html=True), "unreachable"),
        (Hang(), "unreachable"),
        (Body(b"<html>SECRET</html>"), "not understood"),
    ],
    ids=repr,
)
async def test_why_not_in_a_word(
    double: VultrDouble, fault: Fault, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 and nothing else: no address, no key, no body of Vultr's."""
    if isinstance(fault, Hang):
        monkeypatch.setattr(f"{HEALTH}.PATIENCE_SECONDS", 1.0)
    double.fail("/account", fault)
    async with served(double) as server:
        answer = await probe(server)
        assert answer.status == 503
        assert answer.json == {"status": "not ready", "reason": word}
        assert (await probe(server, "/healthz")).status == 200


async def test_nobody_at_the_other_end(double: VultrDouble) -> None:
    """A port that refuses."""
    async with served(double) as server:
        double.refuse()
        assert (await probe(server)).json["reason"] == "unreachable"


async def test_without_a_key_it_is_alive_and_not_ready(double: VultrDouble) -> None:
    """Nothing is sent."""
    async with served(double, API_KEY="${VULTR_API_KEY}") as server:
        assert (await probe(server, "/healthz")).status == 200
        assert (await probe(server)).json == {"status": "not ready", "reason": "not configured"}
    assert double.count() == 0


async def test_probes_cannot_be_used_to_ask_vultr(
    double: VultrDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many come: one request, though nothing is kept for answers."""
    monkeypatch.setattr(f"{HEALTH}.KEEP_SECONDS", 600.0)
    async with served(double, COST_CACHE_SECONDS=0) as server:
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(probe, server)
        for _ in range(20):
            assert (await probe(server)).status == 200
        assert double.count() == 1


async def test_what_was_said_is_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not for longer, whether it was good or bad."""
    asked: list[int] = []

    async def ask() -> str:
        asked.append(1)
        return "ready" if len(asked) == 1 else "refused"

    now = 1_000.0
    clock = SimpleNamespace(**{**vars(anyio), "current_time": lambda: now})
    monkeypatch.setattr(f"{HEALTH}.anyio", clock)
    readiness = Readiness(ask)
    assert [await readiness.word() for _ in range(3)] == ["ready"] * 3
    now += KEEP_SECONDS - 0.5
    assert await readiness.word() == "ready"
    now += 0.5
    assert [await readiness.word() for _ in range(3)] == ["refused"] * 3
    now += KEEP_SECONDS - 0.5
    assert await readiness.word() == "refused"
    assert len(asked) == 2


async def test_a_configuration_that_cannot_be_used_is_a_reason() -> None:
    """Whatever it is: the tools say more to those who may ask them."""

    async def take(*_: object, **__: object) -> Snapshot:
        msg = "SECRET"
        raise ConfigError(msg)

    assert await account_word(take) == "not configured"


async def test_one_account_that_can_be_read_is_enough(double: VultrDouble) -> None:
    """With several, none hides another."""

    async def broken(*_: object, **__: object) -> Snapshot:
        msg = "SECRET"
        raise ConfigError(msg)

    async with served(double) as server:
        assert await accounts_word([broken, server.source]) == "ready"
        assert await accounts_word([broken, broken]) == "not configured"
