"""The transport of clients that do not speak streamable HTTP yet: a stream, and posts to it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp.server.runner import serve_dual_era_loop
from mcp.server.sse import SseServerTransport

from vultr_cost_mcp.serve.limits import MOST_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp.server.lowlevel.server import Server
    from starlette.types import Receive, Scope, Send

STREAM_PATH = "/sse"
POST_PATH = "/messages"


class SseEndpoints:
    """Sessions of one server; nothing but the two queues of a session is made for it."""

    def __init__(self, server: Server[Any], state: Any) -> None:
        self._server = server
        self._state = state
        self._transport = SseServerTransport(POST_PATH, max_request_body_size=MOST_BODY_BYTES)

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a session and serve it until the client leaves; its calls end with it."""
        async with self._transport.connect_sse(scope, receive, send) as (incoming, outgoing):
            await serve_dual_era_loop(
                self._server,
                incoming,
                outgoing,
                lifespan_state=self._state,
                init_options=self._server.create_initialization_options(),
            )

    async def post(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a message to the session that it names."""
        await self._transport.handle_post_message(scope, receive, send)


@asynccontextmanager
async def sse_endpoints(server: Server[Any]) -> AsyncGenerator[SseEndpoints, None]:
    """The endpoints, the server's lifespan entered once for all sessions."""
    async with server.lifespan(server) as state:
        yield SseEndpoints(server, state)
