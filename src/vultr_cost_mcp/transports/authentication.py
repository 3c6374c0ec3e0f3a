"""The bearer token: who needs it, and a rate limit for wrong ones, with a log line for each."""

from __future__ import annotations

import hmac
import logging
import math
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.transports import connection
from vultr_cost_mcp.transports.access import values
from vultr_cost_mcp.transports.limits import (
    MOST_DELAYED,
    MOST_LOGGED,
    MOST_PEERS,
    WRONG_TOKEN_SECONDS,
    WRONG_TOKENS,
    WRONG_TOKENS_MINUTE,
    ConcurrencyLimit,
)
from vultr_cost_mcp.transports.replies import Denial, RefusedError

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from starlette.types import ASGIApp, Receive, Scope, Send

    from vultr_cost_mcp.transports.client_address import Peer, Peers

NO_TOKEN = Denial(
    401, "A token is needed: send Authorization: Bearer TOKEN.", (("www-authenticate", "Bearer"),)
)
WRONG_TOKEN = Denial(
    401, "The token is wrong.", (("www-authenticate", 'Bearer error="invalid_token"'),)
)
_MINUTE = 60.0
_log = logging.getLogger(__name__)


class AuthenticationMiddleware:
    """Require the token of the server, and slow down peers that guess it.

    Starlette's class of this name finds out who the user is and leaves it to each endpoint to
    reject strangers; the SDK's looks OAuth tokens up. Here one token opens everything: a request
    without it ends here with 401, after too many wrong ones with 429, and ``scope`` gets no user.
    """

    def __init__(self, app: ASGIApp, secret: bytes | None, peers: Peers) -> None:
        self._app = app
        self._secret = secret
        self._peers = peers
        self._failed_tokens = FailedTokens()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raise RefusedError if a token is set and not given."""
        if self._secret is not None:
            await self._check(values(scope, b"authorization"), self._secret, scope)
            connection.know(scope)
        await self._app(scope, receive, send)

    async def _check(self, given: list[bytes], secret: bytes, scope: Scope) -> None:
        if not given:
            raise RefusedError(NO_TOKEN)
        peer = self._peers.of_request(scope)
        wait = self._failed_tokens.wait(peer)
        if wait:
            raise RefusedError(_too_many_tokens(wait))
        if not _is_right(given, secret):
            await self._failed_tokens.add(peer, self._peers.address_of(scope))
            raise RefusedError(WRONG_TOKEN)


class FailedTokens:
    """Counts wrong tokens per peer and delays the answer to each.

    A peer has ``WRONG_TOKENS`` attempts and gets ``WRONG_TOKENS_MINUTE`` back every minute. While
    it has none left, its tokens are not checked at all, right or wrong; otherwise guessing would
    cost nothing.
    """

    def __init__(self) -> None:
        # The time at which a peer has all its attempts again (generic cell rate algorithm), in
        # order of each peer's last failure.
        self._full_at: dict[Peer, float] = {}
        self._delayed = ConcurrencyLimit(MOST_DELAYED)
        self._logged_until = 0.0
        self._lines = 0
        self._unlogged = 0

    def wait(self, peer: Peer | None) -> int:
        """Return the seconds until the peer has an attempt again; 0 if it has one."""
        if peer is None:
            return 0
        spacing = _MINUTE / WRONG_TOKENS_MINUTE
        missing = self._full_at.get(peer, 0.0) - anyio.current_time()
        return max(0, math.ceil(missing - (WRONG_TOKENS - 1) * spacing))

    async def add(self, peer: Peer | None, address: IPv4Address | IPv6Address | None) -> None:
        """Use up one attempt of the peer, log it, and return after a short delay.

        Only ``MOST_DELAYED`` answers are delayed at once, because each keeps its connection open.
        Those beyond the limit return immediately.
        """
        if peer is not None:
            self._count(peer)
        self._write(address)
        with self._delayed.one() as free:
            if free:
                await anyio.sleep(WRONG_TOKEN_SECONDS)

    def _count(self, peer: Peer) -> None:
        now = anyio.current_time()
        full_at = max(self._full_at.pop(peer, now), now) + _MINUTE / WRONG_TOKENS_MINUTE
        if len(self._full_at) >= MOST_PEERS:
            del self._full_at[next(iter(self._full_at))]
        self._full_at[peer] = full_at

    def _write(self, address: IPv4Address | IPv6Address | None) -> None:
        """Log the address, never the token, and at most ``MOST_LOGGED`` lines a minute."""
        now = anyio.current_time()
        if now >= self._logged_until:
            self._logged_until, self._lines = now + _MINUTE, 0
        if self._lines >= MOST_LOGGED:
            self._unlogged += 1
            return
        self._lines += 1
        more = f" ({self._unlogged} more were not logged)" if self._unlogged else ""
        self._unlogged = 0
        _log.warning("wrong token from %s%s", address or "an unknown address", more)


def _is_right(given: list[bytes], secret: bytes) -> bool:
    scheme, _, token = given[0].partition(b" ")
    right = hmac.compare_digest(token.strip(b" "), secret)
    return right and scheme.lower() == b"bearer" and len(given) == 1


def _too_many_tokens(seconds: int) -> Denial:
    text = f"Too many wrong tokens from this address. Try again in {seconds} seconds."
    return Denial(429, text, (("retry-after", str(seconds)),))
