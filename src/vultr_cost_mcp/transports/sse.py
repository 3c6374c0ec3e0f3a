"""SSE transport for clients without streamable HTTP: an event stream, and posts to it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.runner import serve_dual_era_loop
from mcp.server.sse import SseServerTransport

from vultr_cost_mcp.transports.limits import MOST_BODY_BYTES, MOST_UNREAD
from vultr_cost_mcp.transports.replies import OVER, UNREAD, RefusedError
from vultr_cost_mcp.transports.shutdown import until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from types import TracebackType
    from typing import Self

    from mcp.server.lowlevel.server import Server
    from mcp.shared._stream_protocols import WriteStream
    from mcp.shared.message import SessionMessage
    from starlette.types import Receive, Scope, Send

STREAM_PATH = "/sse"
POST_PATH = "/messages"


class _Answers:
    """The outgoing stream of one session, and its number of unread answers.

    A session may send any number of messages without reading the answers. If more than
    ``MOST_UNREAD`` are waiting in the process, the session with the most is ended.
    """

    def __init__(
        self, out: WriteStream[SessionMessage], end: Callable[[], None], every: set[_Answers]
    ) -> None:
        self._out = out
        self.end = end
        self._every = every
        self.waiting = 0

    async def send(self, item: SessionMessage, /) -> None:
        """Send an answer as soon as the client reads it."""
        self.waiting += 1
        try:
            if sum(each.waiting for each in self._every) > MOST_UNREAD:
                max(self._every, key=lambda each: each.waiting).end()
            await self._out.send(item)
        finally:
            self.waiting -= 1

    async def aclose(self) -> None:
        """Close the outgoing stream."""
        await self._out.aclose()

    async def __aenter__(self) -> Self:
        """Keep the outgoing stream open during the block."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        """Close the outgoing stream."""
        del exc_type, exc_val, exc_tb
        await self.aclose()


class SseEndpoints:
    """The sessions of one server; each allocates only its two queues."""

    def __init__(self, server: Server[Any], state: Any) -> None:
        self._server = server
        self._state = state
        self._answers: set[_Answers] = set()
        self._transport = SseServerTransport(POST_PATH, max_request_body_size=MOST_BODY_BYTES)

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a session and serve it until the client leaves; its calls end with it.

        Raises RefusedError if the client keeps sending and reads no answers.
        """
        unread = anyio.Event()
        # Simulate a disconnect: on cancellation the SDK leaves streams open.
        async with self._transport.connect_sse(scope, until(unread, receive), send) as (
            incoming,
            outgoing,
        ):
            answers = _Answers(outgoing, unread.set, self._answers)
            self._answers.add(answers)
            try:
                await serve_dual_era_loop(
                    self._server,
                    incoming,
                    answers,
                    lifespan_state=self._state,
                    init_options=self._server.create_initialization_options(),
                )
            finally:
                self._answers.discard(answers)
        if unread.is_set():
            raise RefusedError(UNREAD)

    async def post(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a message to the session that it names.

        Raises RefusedError if the session ends meanwhile.
        """
        try:
            await self._transport.handle_post_message(scope, receive, send)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            raise RefusedError(OVER) from None


@asynccontextmanager
async def sse_endpoints(server: Server[Any]) -> AsyncGenerator[SseEndpoints, None]:
    """Yield the endpoints; all sessions share one lifespan of the server."""
    async with server.lifespan(server) as state:
        yield SseEndpoints(server, state)
