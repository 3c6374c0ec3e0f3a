"""Who may ask: the names that the server is called by, the pages that may call it, the token.

A page in somebody's browser can send requests to any address, and by a name of its own that it
points there (DNS rebinding). It cannot choose the Host and the Origin that the browser sends.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vultr_cost_mcp.transports.door import address_of, authority_of
from vultr_cost_mcp.transports.limits import MOST_HEAD_BYTES
from vultr_cost_mcp.transports.replies import Denial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Scope

    from vultr_cost_mcp.transports.door import Authority

BAD_TARGET = Denial(400, "The request's target must be a path.")
TOO_LONG_HEAD = Denial(431, "The head of the request is too long.", (("connection", "close"),))
BAD_FRAMING = Denial(400, "The request states its length twice.", (("connection", "close"),))
WRONG_HOST = Denial(
    421, "The server is not known by this Host. Start it with --allowed-host to allow the name."
)
WRONG_ORIGIN = Denial(403, "Pages of other origins may not ask.")
NO_TOKEN = Denial(
    401, "A token is needed: send Authorization: Bearer TOKEN.", (("www-authenticate", "Bearer"),)
)
WRONG_TOKEN = Denial(
    401, "The token is wrong.", (("www-authenticate", 'Bearer error="invalid_token"'),)
)


def too_many_tokens(seconds: int) -> Denial:
    """Return the refusal of a peer that has sent too many wrong tokens."""
    return Denial(
        429,
        f"Too many wrong tokens from this address. Try again in {seconds} seconds.",
        (("retry-after", str(seconds)),),
    )


# What browsers say of requests that the server's own pages, or the address bar, began.
_OWN_SITE = frozenset({b"same-origin", b"none"})


class AccessCheck:
    """Checks the head of each request; knows nothing of what is asked."""

    def __init__(self, allowed: Sequence[Authority], secret: bytes | None) -> None:
        self._allowed = tuple(allowed)
        self._secret = secret

    def refusal(self, scope: Scope) -> Denial | None:
        """Why a request is not for this server, or not of somebody who may ask; None if it is."""
        # Unlike Host, a name in the target would not be checked; proxies resolve it, not servers.
        if not scope["path"].startswith("/"):
            return BAD_TARGET
        if _size(scope) > MOST_HEAD_BYTES:
            return TOO_LONG_HEAD
        if values(scope, b"transfer-encoding") and values(scope, b"content-length"):
            return BAD_FRAMING
        host = _only(values(scope, b"host"), authority_of)
        if host is None or not self._knows(host, scope):
            return WRONG_HOST
        if any(site not in _OWN_SITE for site in values(scope, b"sec-fetch-site")):
            return WRONG_ORIGIN
        return self._wrong_origin(values(scope, b"origin"), host, scope)

    def _wrong_origin(self, origins: list[bytes], host: Authority, scope: Scope) -> Denial | None:
        if not origins:
            return None
        origin = _only(origins, _origin_of)
        own = origin is not None and origin.port == host.port and self._knows(origin, scope)
        return None if own else WRONG_ORIGIN

    @property
    def needs_token(self) -> bool:
        """Whether a token is set."""
        return self._secret is not None

    def unauthorized(self, scope: Scope) -> Denial | None:
        """Why a request may not do work; None when it has the token, or when none is set."""
        if self._secret is None:
            return None
        given = values(scope, b"authorization")
        if not given:
            return NO_TOKEN
        scheme, _, token = given[0].partition(b" ")
        right = hmac.compare_digest(token.strip(b" "), self._secret)
        return None if right and scheme.lower() == b"bearer" and len(given) == 1 else WRONG_TOKEN

    def _knows(self, called: Authority, scope: Scope) -> bool:
        """Whether the server is called by a name that nobody else can point at it."""
        if called.is_this_machine:
            return True
        if any(
            called.name == allowed.name and allowed.port in {None, called.port}
            for allowed in self._allowed
        ):
            return True
        # The literal address that the connection came in on.
        address = called.address
        return address is not None and address == address_of((scope.get("server") or ("",))[0])


def values(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of a header, in order; servers of ASGI give names in lower case."""
    return [value for given, value in scope["headers"] if given == name]


def _size(scope: Scope) -> int:
    """The bytes of a head: what comes in one piece, no limit of the parser looks at."""
    lines = sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])
    return lines + len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")


def _only(found: list[bytes], read: Callable[[str], Authority | None]) -> Authority | None:
    """What the only value says; None where there is another number of them."""
    return read(found[0].decode("latin-1")) if len(found) == 1 else None


def _origin_of(text: str) -> Authority | None:
    """The host of an origin; None for ``null``, other schemes and whatever is no origin."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if (
        parts.scheme not in {"http", "https"}
        or text.lower() != f"{parts.scheme}://{parts.netloc}".lower()
    ):
        return None
    return authority_of(parts.netloc)
