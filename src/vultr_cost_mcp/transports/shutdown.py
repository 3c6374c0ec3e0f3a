"""Ending the requests in progress when the server stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.transports.replies import STOPPING, ClientDisconnectError, RefusedError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Shutdown:
    """Stops the requests that pass through its middleware, first gently, then at once."""

    def __init__(self) -> None:
        self.stopping = anyio.Event()
        self.requests: set[anyio.CancelScope] = set()

    def stop(self) -> None:
        """Tell every request that its client has left, so that its work ends."""
        self.stopping.set()

    def cut(self) -> None:
        """Cancel the requests that did not end by themselves."""
        for request in list(self.requests):
            request.cancel()


class ShutdownMiddleware:
    """Make requests end when the server stops; those without an answer get 503."""

    def __init__(self, app: ASGIApp, shutdown: Shutdown) -> None:
        self._app = app
        self._shutdown = shutdown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raise RefusedError if the server stopped meanwhile."""
        stopping = self._shutdown.stopping
        with anyio.CancelScope() as request:
            self._shutdown.requests.add(request)
            try:
                await self._app(scope, until(stopping, receive), send)
            except ClientDisconnectError:
                if not stopping.is_set():
                    raise
            finally:
                self._shutdown.requests.discard(request)
        if stopping.is_set():
            raise RefusedError(STOPPING)


def until(end: anyio.Event, receive: Receive) -> Receive:
    """Return a ``receive`` that reports a disconnect as soon as ``end`` is set."""

    async def listen() -> Message:
        heard: Message = {"type": "http.disconnect"}
        if end.is_set():
            return heard

        async with anyio.create_task_group() as tasks:

            async def ended() -> None:
                await end.wait()
                tasks.cancel_scope.cancel()

            tasks.start_soon(ended)
            heard = await receive()
            tasks.cancel_scope.cancel()
        return heard

    return listen
