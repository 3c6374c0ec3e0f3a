"""Liveness and readiness for probes, which have no token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.errors import (
    ConfigError,
    RateLimitedError,
    ServerError,
    StatusError,
    TransportError,
)
from vultr_cost_mcp.transports.replies import send_json
from vultr_cost_mcp.transports.routing import path_of, require_method

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from vultr_cost_mcp.domain.snapshot_source import SnapshotSource

ALIVE_PATH = "/healthz"
READY_PATH = "/readyz"
READY = "ready"
# Probes are frequent and need no token, so a result is kept this long before asking Vultr again.
KEEP_SECONDS = 15.0
PATIENCE_SECONDS = 5.0
_LOOKS = frozenset({"GET", "HEAD"})


class HealthMiddleware:
    """Answer the two paths of probes, which need no token."""

    def __init__(self, app: ASGIApp, readiness: Readiness) -> None:
        self._app = app
        self._probes = {ALIVE_PATH: _send_alive, READY_PATH: readiness.send}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a probe; pass any other request on."""
        probe = self._probes.get(path_of(scope))
        if probe is None:
            await self._app(scope, receive, send)
            return
        require_method(scope, _LOOKS)
        await probe(send)


class Readiness:
    """Caches the last result of ``ask``; concurrent probes share one request."""

    def __init__(self, ask: Callable[[], Awaitable[str]]) -> None:
        self._ask = ask
        self._word = ""
        self._until = 0.0
        self._asking = anyio.Lock()

    async def word(self) -> str:
        """Return ``ready`` or a reason in one or two words."""
        async with self._asking:
            if not self._word or anyio.current_time() >= self._until:
                self._word = "unreachable"
                with anyio.move_on_after(PATIENCE_SECONDS):
                    self._word = await self._ask()
                self._until = anyio.current_time() + KEEP_SECONDS
            return self._word

    async def send(self, send: Send) -> None:
        """Answer 200 if ready, else 503 with the reason."""
        word = await self.word()
        if word == READY:
            await send_json(send, 200, {"status": READY})
            return
        content = {"status": "not ready", "reason": word}
        await send_json(send, 503, content, (("retry-after", "15"),))


async def accounts_word(takes: Iterable[SnapshotSource]) -> str:
    """Return ``ready`` if any account can be read, else the reason for the first one."""
    accounts = list(takes)
    words: dict[int, str] = {}

    async def ask(number: int) -> None:
        words[number] = await account_word(accounts[number])

    async with anyio.create_task_group() as tasks:
        for number in range(len(accounts)):
            tasks.start_soon(ask, number)
    return READY if READY in words.values() else words[0]


async def account_word(take: SnapshotSource) -> str:
    """Return ``ready`` or the reason why not, without figures and names."""
    try:
        snapshot = await take(frozenset({"account"}))
        failure = snapshot.failures.get("account")
    except ConfigError:
        return "not configured"
    match failure:
        case None:
            return READY
        case RateLimitedError():
            return "rate limited"
        case TransportError() | ServerError():
            return "unreachable"
        case StatusError():
            return "refused"
        case _:
            return "not understood"


async def _send_alive(send: Send) -> None:
    await send_json(send, 200, {"status": "ok"})
