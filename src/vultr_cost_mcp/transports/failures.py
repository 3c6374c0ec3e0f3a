"""Wrong tokens: logged with the address that sent them, and slowed for each peer."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.transports.limits import (
    MOST_DELAYED,
    MOST_LOGGED,
    MOST_PEERS,
    WRONG_TOKEN_SECONDS,
    WRONG_TOKENS,
    WRONG_TOKENS_MINUTE,
    ConcurrencyLimit,
)

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from vultr_cost_mcp.transports.peers import Peer

_MINUTE = 60.0
_log = logging.getLogger(__name__)


class FailedTokens:
    """Counts the wrong tokens of each peer, and answers each of them late.

    A peer has ``WRONG_TOKENS`` attempts and gets ``WRONG_TOKENS_MINUTE`` back every minute. While
    it has none its tokens are not looked at, right or wrong: guesses would cost nothing otherwise.
    """

    def __init__(self) -> None:
        # When the attempts of a peer will all be there again (generic cell rate algorithm); the
        # peer that failed last stands last.
        self._full_at: dict[Peer, float] = {}
        self._delayed = ConcurrencyLimit(MOST_DELAYED)
        self._logged_until = 0.0
        self._lines = 0
        self._unlogged = 0

    def wait(self, peer: Peer | None) -> int:
        """Return the seconds until the peer has an attempt again; 0 when it has one."""
        if peer is None:
            return 0
        spacing = _MINUTE / WRONG_TOKENS_MINUTE
        missing = self._full_at.get(peer, 0.0) - anyio.current_time()
        return max(0, math.ceil(missing - (WRONG_TOKENS - 1) * spacing))

    async def add(self, peer: Peer | None, address: IPv4Address | IPv6Address | None) -> None:
        """Take an attempt from the peer, log it, and return a little later.

        Only so many answers wait at once: those beyond them come at once, since an answer that
        waits keeps a connection.
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
        """Log the address, never the token, and no more lines a minute than a log can bear."""
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
