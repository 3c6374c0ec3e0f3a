"""The client's address: of the socket, or as stated by a trusted proxy."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from vultr_cost_mcp.transports.http_config import address_of, authority_of

if TYPE_CHECKING:
    from starlette.types import Scope

    from vultr_cost_mcp.transports.http_config import IPAddress

FORWARDED_FOR = b"x-forwarded-for"
# One customer of an IPv6 network has at least a /64, and may use any address in it.
_IPV6_PREFIX = 64
Peer = str


class Peers:
    """Identifies the peer of a socket or request; ``proxies`` are the trusted ones.

    None is a peer without limits of its own: a proxy carries the requests of many clients, and a
    peer on this machine may be a proxy that nobody configured.
    """

    def __init__(self, proxies: frozenset[IPAddress] = frozenset()) -> None:
        self._proxies = proxies

    def of_socket(self, host: str) -> Peer | None:
        """Return the peer at the address of a socket."""
        address = address_of(host)
        if address is None or address.is_loopback or address in self._proxies:
            return None
        return peer_of(address)

    def of_request(self, scope: Scope) -> Peer | None:
        """Return the peer that sent a request, directly or through a trusted proxy."""
        address = self.address_of(scope)
        return None if address is None else self.of_socket(str(address))

    def address_of(self, scope: Scope) -> IPAddress | None:
        """Return the address of the client; None if the socket has none.

        A trusted proxy appends its client's address to X-Forwarded-For, so only the last entry is
        reliable. uvicorn's own parser skips entries that are trusted themselves, and so believes
        any entry that a client on the proxy's machine has written before them.
        """
        client = address_of((scope.get("client") or ("",))[0])
        if client is None or client not in self._proxies:
            return client
        entries = [value for name, value in scope["headers"] if name == FORWARDED_FOR]
        last = b",".join(entries).rpartition(b",")[2].decode("latin-1").strip()
        return _entry(last) or client


def peer_of(address: IPAddress) -> Peer:
    """Return the name of the peer: an IPv4 address, or the network of an IPv6 address."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), _IPV6_PREFIX), strict=False))
    return str(address)


def _entry(text: str) -> IPAddress | None:
    """Parse an entry of X-Forwarded-For; some proxies add the client's port."""
    address = address_of(text)
    if address is not None:
        return address
    authority = authority_of(text)
    return None if authority is None else authority.address
