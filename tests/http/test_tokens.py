"""Wrong tokens: logged without the token, answered late, and slowed for the peer alone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.http.test_leaving import until
from tests.support.served import TOKEN, served
from vultr_cost_mcp.transports import limits
from vultr_cost_mcp.transports.authentication import FailedTokens

if TYPE_CHECKING:
    from tests.support.served import Served

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

PING = {"jsonrpc": "2.0", "id": 7, "method": "ping", "params": {}}
FAILURES = "vultr_cost_mcp.transports.authentication"
A, B = "203.0.113.7", "198.51.100.9"
GUESS = "wrong"
PROXY = ("127.0.0.1",)


class Clock:
    """The time by which attempts come back: it stands until a test moves it on."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []

    def current_time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait, and remember for how long."""
        self.waits.append(seconds)
        await anyio.sleep(seconds)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the time, and answer wrong tokens without waiting."""
    clock = Clock()
    monkeypatch.setattr(f"{FAILURES}.WRONG_TOKEN_SECONDS", 0.0)
    monkeypatch.setattr(f"{FAILURES}.anyio", clock)
    return clock


async def status(server: Served, token: str | None = GUESS, forwarded: str | None = None) -> int:
    """Ask with a token; the status."""
    given = None if token is None else f"Bearer {token}"
    headers = {"authorization": given, "x-forwarded-for": forwarded}
    return (await server.ask(body=PING, headers=headers)).status


async def test_a_peer_that_guesses_has_to_wait_and_no_other() -> None:
    """Behind a trusted proxy: ten attempts, then its tokens are not even looked at."""
    async with served(token=TOKEN, trusted_proxies=PROXY) as server:
        seen = [await status(server, f"guess-{number}", A) for number in range(12)]
        assert seen == [401] * limits.WRONG_TOKENS + [429] * 2
        assert await status(server, TOKEN, A) == 429
        assert await status(server, TOKEN, f"{A}, {B}") == 200
        assert await status(server, "wrong", B) == 401
        assert await status(server, None, A) == 401
        assert (await server.ask("GET", "/healthz", headers={"x-forwarded-for": A})).status == 200


async def test_what_is_written_before_the_last_entry_changes_nothing() -> None:
    """Neither hides whoever guesses, nor makes another wait."""
    async with served(token=TOKEN, trusted_proxies=PROXY) as server:
        seen = [await status(server, "guess", f"192.0.2.{number}, {A}") for number in range(11)]
        assert seen[-1] == 429
        assert await status(server, TOKEN, f"{A}, 192.0.2.1") == 200


async def test_a_wait_is_told_and_ends(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Retry-After and in words; attempts come back."""
    monkeypatch.setattr(f"{FAILURES}.WRONG_TOKENS_MINUTE", 60)
    async with served(token=TOKEN, trusted_proxies=PROXY) as server:
        for _ in range(limits.WRONG_TOKENS):
            assert await status(server, "guess", A) == 401
        headers = {"authorization": f"Bearer {TOKEN}", "x-forwarded-for": A}
        answer = await server.ask(body=PING, headers=headers)
        assert answer.status == 429
        assert "retry-after: 1\r\n" in answer.head + "\r\n"
        assert "Too many wrong tokens" in answer.json["error"]["message"]
        clock.now += 0.5
        assert await status(server, TOKEN, A) == 429
        clock.now += 0.5
        assert await status(server, TOKEN, A) == 200


@pytest.mark.parametrize("proxies", [(), ("10.0.0.5",)])
async def test_this_machine_is_not_shut_out(proxies: tuple[str, ...]) -> None:
    """It may be a proxy that nobody named: what one client guesses does not lock out the team."""
    async with served(token=TOKEN, trusted_proxies=proxies) as server:
        for number in range(limits.WRONG_TOKENS * 3):
            assert await status(server, "guess", f"192.0.2.{number}") == 401
        assert await status(server, TOKEN) == 200


@pytest.mark.parametrize("kind", ["http", "sse"])
async def test_each_wrong_token_is_answered_late(
    kind: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From this machine as well; a missing one is not."""
    monkeypatch.setattr(f"{FAILURES}.WRONG_TOKEN_SECONDS", 0.1)
    method, path = ("POST", "/mcp") if kind == "http" else ("GET", "/sse")
    async with served(kind=kind, token=TOKEN) as server:  # type: ignore[arg-type]
        for token, waits in (("wrong", [0.1]), ("", [0.1]), (None, [])):
            given = None if token is None else f"Bearer {token}"
            clock.waits.clear()
            begun = anyio.current_time()
            body = PING if method == "POST" else None
            answer = await server.ask(method, path, body, {"authorization": given})
            assert answer.status == 401
            assert clock.waits == waits
            assert anyio.current_time() - begun >= sum(waits)


async def test_answers_that_wait_are_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender of many wrong tokens cannot hold a connection with each."""
    monkeypatch.setattr(f"{FAILURES}.WRONG_TOKEN_SECONDS", 600.0)
    monkeypatch.setattr(f"{FAILURES}.MOST_DELAYED", 2)
    async with served(token=TOKEN) as server, anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(status, server)
        await until(lambda: clock.waits == [600.0] * 2)
        with anyio.fail_after(60):
            assert await status(server) == 401
            assert await status(server, TOKEN) == 200
        tasks.cancel_scope.cancel()


async def test_a_wrong_token_is_logged_and_the_token_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With the address of the client, one line each."""
    caplog.set_level(logging.DEBUG, "vultr_cost_mcp")
    async with served(token=TOKEN, trusted_proxies=PROXY) as server:
        for token in ("SECRET-guess", TOKEN[:-1], f"{TOKEN}x", "", "S" * 8000):
            await status(server, token, f"evil\u00ff, {A}")
        await status(server, None, A)
        await status(server, TOKEN, A)
    lines = [record for record in caplog.records if record.name == FAILURES]
    assert [record.getMessage() for record in lines] == [f"wrong token from {A}"] * 5
    assert {record.levelno for record in lines} == {logging.WARNING}
    for text in ("SECRET", TOKEN[:-1], "SSSS", "evil"):
        assert text not in caplog.text


async def test_a_flood_of_wrong_tokens_does_not_flood_the_log(
    caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    """So many lines a minute; the next minute's first says how many were left out."""
    failed = FailedTokens()
    for _ in range(limits.MOST_LOGGED + 25):
        await failed.add(None, None)
    assert len(caplog.records) == limits.MOST_LOGGED
    clock.now += 60
    await failed.add(None, None)
    assert caplog.records[-1].getMessage().endswith("(25 more were not logged)")


async def test_only_so_many_peers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that failed longest ago is forgotten first."""
    monkeypatch.setattr(f"{FAILURES}.MOST_PEERS", 3)
    failed = FailedTokens()
    for _ in range(limits.WRONG_TOKENS):
        await failed.add("first", None)
    assert failed.wait("first") > 0
    for name in ("a", "b", "first", "c"):
        await failed.add(name, None)
    assert failed.wait("first") > 0
    for name in ("d", "e", "f"):
        await failed.add(name, None)
    assert failed.wait("first") == 0
    assert len(failed._full_at) == 3


async def test_waiting_is_not_longer_than_what_was_guessed() -> None:
    """A peer that was refused unread does not have to wait any longer for that."""
    failed = FailedTokens()
    for _ in range(limits.WRONG_TOKENS):
        await failed.add(A, None)
    spacing = 60 / limits.WRONG_TOKENS_MINUTE
    assert failed.wait(A) == spacing
    assert failed.wait(B) == 0
    assert failed.wait(None) == 0
