"""A connection that is closed when its request does not come, or when nobody reads the answer."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from vultr_cost_mcp.serve.limits import HEAD_SECONDS, MOST_CONNECTIONS, UNREAD_SECONDS

if TYPE_CHECKING:
    from typing import Protocol

    class Timer(Protocol):
        """What the event loop gives for a call that is due later."""

        def cancel(self) -> None:
            """Call nothing."""


_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedProtocol(H11Protocol):
    """HTTP of uvicorn, which itself waits for ever for the end of a request's head."""

    _due: Timer | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request; beyond the most connections there is none."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.write(_FULL)
            transport.close()
            return
        opened = transport.get_extra_info("socket")
        if opened is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            wait = UNREAD_SECONDS * 1000
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wait)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Take what came; until a request is whole, the time for it goes on."""
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        # uvicorn has a cycle from the first request on; its answer is over until the next one.
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._stop_waiting()
        elif self._due is None and not self.transport.is_closing():
            self._due = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _give_up(self) -> None:
        self._due = None
        self.transport.close()
