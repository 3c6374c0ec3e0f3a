"""Limits of one server: connections, calls, sizes and timeouts; see docs/http.md."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, CallToolResult, TextContent

from vultr_cost_mcp.transports.replies import BUSY, TOO_LONG, RefusedError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST_CONNECTIONS = 500
# Reserved for connections that have shown a valid token; and the maximum per peer.
TOKEN_CONNECTIONS = 100
PEER_CONNECTIONS = 100
# Connections accepted per turn of the event loop.
ACCEPTED_AT_ONCE = 64
MOST_CALLS = 100
MOST_SESSIONS = 100
MOST_UNREAD = 200
MOST_HEAD_BYTES = 16 * 1024
MOST_BODY_BYTES = 1024 * 1024
HEAD_SECONDS = 10.0
BODY_SECONDS = 15.0
IDLE_SECONDS = 15
UNREAD_SECONDS = 60
CALL_SECONDS = 120.0
# Wrong tokens that a peer may send before it has to wait, and attempts regained per minute.
WRONG_TOKENS = 10
WRONG_TOKENS_MINUTE = 10
# Delay of the answer to a wrong token, and how many answers are delayed at once.
WRONG_TOKEN_SECONDS = 0.5
MOST_DELAYED = 50
# Peers whose wrong tokens are counted, and log lines about them per minute.
MOST_PEERS = 10_000
MOST_LOGGED = 30
# A request may last longer than its call, so that the call can report its own timeout.
REQUEST_SECONDS = CALL_SECONDS + 10.0

_WORK = frozenset({"tools/call", "resources/read", "prompts/get", "completion/complete"})


class ConcurrencyLimit:
    """Non-blocking concurrency limit: rejects instead of queueing."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = anyio.Event()
        self.taken = 0

    @contextmanager
    def one(self) -> Generator[bool]:
        """Hold one place during the block; yields False if the limit is reached."""
        if self.taken >= self._most:
            yield False
            return
        self.taken += 1
        try:
            yield True
        finally:
            self.taken -= 1
            self._left.set()

    async def empty(self) -> None:
        """Wait until no place is held."""
        while self.taken:
            self._left = anyio.Event()
            await self._left.wait()


class ConcurrencyLimitMiddleware:
    """Limit the requests in progress, by method: posts are calls, an SSE session is a GET."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, ConcurrencyLimit]) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raise RefusedError if too many are in progress."""
        with self._limits[scope["method"]].one() as free:
            if not free:
                raise RefusedError(BUSY)
            await self._app(scope, receive, send)


class TimeoutMiddleware:
    """Limit the time of a posted request; an SSE session lasts as long as its client stays."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raise RefusedError if the answer takes too long."""
        seconds = self._seconds if scope["method"] == "POST" else None
        with anyio.move_on_after(seconds) as time:
            await self._app(scope, receive, send)
        if time.cancelled_caught:
            raise RefusedError(TOO_LONG)


class CallLimits:
    """Limits the number and duration of calls in the process, across all connections.

    An SSE session may send any number of calls, and their requests end before they do, so a limit
    on requests would not cover them.
    """

    def __init__(self) -> None:
        self.places = ConcurrencyLimit(MOST_CALLS)

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Answer within the limits; a rejected call returns an error that a model can read."""
        if ctx.method not in _WORK or ctx.request_id is None:
            return await call_next(ctx)
        with self.places.one() as free:
            if not free:
                return _refused(ctx.method, "The server is busy. Ask again in a minute.")
            with anyio.move_on_after(CALL_SECONDS):
                return await call_next(ctx)
        text = (
            f"The answer took longer than {CALL_SECONDS:.0f} seconds and was given up. Ask again: "
            "what was read meanwhile is kept for a while."
        )
        return _refused(ctx.method, text)


def _refused(method: str, text: str) -> CallToolResult:
    if method != "tools/call":
        raise MCPError(INTERNAL_ERROR, text)
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
