"""How much one server does at once and how long it waits; docs/http.md tells it to users."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, CallToolResult, TextContent

if TYPE_CHECKING:
    from collections.abc import Generator

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

MOST_CONNECTIONS = 500
# Of these, kept for connections that have shown a valid token; and the most of one peer.
TOKEN_CONNECTIONS = 100
PEER_CONNECTIONS = 100
# Connections that are accepted before those accepted earlier are read.
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
# Wrong tokens of one peer before it has to wait, and how many it gets back in a minute.
WRONG_TOKENS = 10
WRONG_TOKENS_MINUTE = 10
# How late each wrong token is answered, and how many of these answers wait at once.
WRONG_TOKEN_SECONDS = 0.5
MOST_DELAYED = 50
# Peers whose wrong tokens are remembered, and lines of the log about them in a minute.
MOST_PEERS = 10_000
MOST_LOGGED = 30
# A request outlives its call by this much, so that the call can say itself that it took too long.
REQUEST_SECONDS = CALL_SECONDS + 10.0

_WORK = frozenset({"tools/call", "resources/read", "prompts/get", "completion/complete"})


class ConcurrencyLimit:
    """So many at once; whoever comes when all are taken is told so and does not wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = anyio.Event()
        self.taken = 0

    @contextmanager
    def one(self) -> Generator[bool]:
        """Take a place for as long as the block lasts; False when there is none."""
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
        """Wait until nobody has a place."""
        while self.taken:
            self._left = anyio.Event()
            await self._left.wait()


class CallLimits:
    """Bounds the calls of a process, whichever connection brings them: their number and time.

    A session of SSE may send any number of calls, and its requests end before they do: what
    bounds requests does not bound those.
    """

    def __init__(self) -> None:
        self.places = ConcurrencyLimit(MOST_CALLS)

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Answer within bounds; a call beyond them gets an error that a model can read."""
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
