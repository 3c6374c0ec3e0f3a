"""Limits on open connections, and the choice of one to close when there are too many.

Applied to sockets, because a connection that sends nothing never becomes a request.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from vultr_cost_mcp.transports.limits import (
    HEAD_SECONDS,
    MOST_CONNECTIONS,
    PEER_CONNECTIONS,
    TOKEN_CONNECTIONS,
    UNREAD_SECONDS,
)

if TYPE_CHECKING:
    from typing import Protocol

    from starlette.types import Scope

    from vultr_cost_mcp.transports.client_address import Peer, Peers

    class Timer(Protocol):
        """The handle that the event loop returns for a delayed call."""

        def cancel(self) -> None:
            """Cancel the call."""


STATE = "connection"
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class ConnectionLimit:
    """Limits open connections in total and per peer, and reserves a share for valid tokens.

    A connection counts as anonymous until it has shown a valid token. At the limit, the oldest
    anonymous connection of the peer that has the most is closed to admit the new one. A peer that
    opens connections and sends nothing closes its own, and a client with a token always gets in.
    """

    def __init__(self, peers: Peers, *, needs_token: bool) -> None:
        self._peers = peers
        self._needs_token = needs_token
        self._anonymous: dict[Peer | None, dict[TimeoutH11Protocol, None]] = {}
        self._known: dict[TimeoutH11Protocol, None] = {}
        self._of_peer: dict[Peer | None, int] = {}
        self._anonymous_count = 0

    def peer(self, host: str) -> Peer | None:
        """Return the peer of a socket, None if it has no limit of its own."""
        return self._peers.of_socket(host)

    def admit(self, connection: TimeoutH11Protocol) -> bool:
        """Count a new connection, closing another one for it at the limit; False if none can go."""
        peer = connection.peer
        kept = TOKEN_CONNECTIONS if self._needs_token else 0
        full: bool = len(self._known) + self._anonymous_count >= MOST_CONNECTIONS
        full |= self._anonymous_count >= MOST_CONNECTIONS - kept
        if peer is not None and self._of_peer.get(peer, 0) >= PEER_CONNECTIONS:
            old = self._oldest(peer)
        elif full and self._anonymous:
            most = max(self._anonymous, key=lambda each: len(self._anonymous[each]))
            old = self._oldest(most)
        else:
            old = None
        if old is not None:
            self.discard(old)
            old.transport.abort()
        elif full or (peer is not None and self._of_peer.get(peer, 0) >= PEER_CONNECTIONS):
            return False
        self._anonymous.setdefault(peer, {})[connection] = None
        self._anonymous_count += 1
        self._of_peer[peer] = self._of_peer.get(peer, 0) + 1
        return True

    def know(self, connection: TimeoutH11Protocol) -> None:
        """Note that the connection has shown a valid token: it is never closed for another one."""
        if self._forget_anonymous(connection):
            self._known[connection] = None

    def discard(self, connection: TimeoutH11Protocol) -> None:
        """Stop counting a connection."""
        if connection in self._known:
            del self._known[connection]
        elif not self._forget_anonymous(connection):
            return
        self._of_peer[connection.peer] -= 1
        if not self._of_peer[connection.peer]:
            del self._of_peer[connection.peer]

    def _forget_anonymous(self, connection: TimeoutH11Protocol) -> bool:
        of_peer = self._anonymous.get(connection.peer, {})
        if connection not in of_peer:
            return False
        del of_peer[connection]
        self._anonymous_count -= 1
        if not of_peer:
            del self._anonymous[connection.peer]
        return True

    def _oldest(self, peer: Peer | None) -> TimeoutH11Protocol | None:
        """Return the anonymous connection of a peer to close first: an idle one, else any.

        If no token is set, a request may be a call in progress, so only idle connections are
        closed.
        """
        found = self._anonymous.get(peer, {})
        idle = next((each for each in found if each.is_idle), None)
        return idle or (next(iter(found), None) if self._needs_token else None)


class TimeoutH11Protocol(H11Protocol):
    """uvicorn's HTTP protocol with a connection limit and a timeout for request headers."""

    limit: ConnectionLimit
    peer: Peer | None = None
    _due: Timer | None = None

    @classmethod
    def bounded_by(cls, limit: ConnectionLimit) -> type[TimeoutH11Protocol]:
        """Return a protocol class that uses the limit; uvicorn creates its connections from it."""
        return type(cls.__name__, (cls,), {"limit": limit})

    @property
    def is_idle(self) -> bool:
        """Return whether no request is in progress."""
        # uvicorn sets `cycle` at the first request; between requests its response is complete.
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def connection_made(self, transport: Any) -> None:
        """Wait for a request; answer a connection beyond the limit with 503."""
        super().connection_made(transport)
        self.peer = self.limit.peer((self.client or ("",))[0])
        if not self.limit.admit(self):
            transport.write(_FULL)
            transport.close()
            return
        # The application gets a copy of this with each request.
        self.app_state = {**self.app_state, STATE: self}
        opened = transport.get_extra_info("socket")
        if opened is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            wait = UNREAD_SECONDS * 1000
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wait)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Pass data to the parser; the header timeout runs until a request is complete."""
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        self._stop_waiting()
        self.limit.discard(self)
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        if not self.is_idle:
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


def know(scope: Scope) -> None:
    """Note that the connection of a request has shown a valid token."""
    connection = scope.get("state", {}).get(STATE)
    if isinstance(connection, TimeoutH11Protocol):
        connection.limit.know(connection)
