"""Access check: the Host names of the server, the Origin of the calling page, the token.

A page in a browser can send requests to any address, and under its own name too if it points that
name at the server (DNS rebinding). It cannot choose the Host and Origin headers.
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
    """Return the denial for a peer that has sent too many wrong tokens."""
    return Denial(
        429,
        f"Too many wrong tokens from this address. Try again in {seconds} seconds.",
        (("retry-after", str(seconds)),),
    )


# Sec-Fetch-Site of requests from the server's own pages or from the address bar.
_OWN_SITE = frozenset({b"same-origin", b"none"})


class AccessCheck:
    """Checks the head of each request, before its body is read."""

    def __init__(self, allowed: Sequence[Authority], secret: bytes | None) -> None:
        self._allowed = tuple(allowed)
        self._secret = secret

    def denial(self, scope: Scope) -> Denial | None:
        """Return the reason to reject a request, None if its Host and Origin are allowed."""
        # A host name in the target would bypass the check of Host; only proxies need it there.
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
        """Return whether a token is set."""
        return self._secret is not None

    def unauthorized(self, scope: Scope) -> Denial | None:
        """Return the reason to deny work; None if the token is right or none is set."""
        if self._secret is None:
            return None
        given = values(scope, b"authorization")
        if not given:
            return NO_TOKEN
        scheme, _, token = given[0].partition(b" ")
        right = hmac.compare_digest(token.strip(b" "), self._secret)
        return None if right and scheme.lower() == b"bearer" and len(given) == 1 else WRONG_TOKEN

    def _knows(self, called: Authority, scope: Scope) -> bool:
        """Return whether it is a name of the server that nobody else can point at it."""
        if called.is_this_machine:
            return True
        if any(
            called.name == allowed.name and allowed.port in {None, called.port}
            for allowed in self._allowed
        ):
            return True
        # The IP address at which the connection arrived.
        address = called.address
        return address is not None and address == address_of((scope.get("server") or ("",))[0])


def values(scope: Scope, name: bytes) -> list[bytes]:
    """Return every value of a header, in order; ASGI servers send names in lower case."""
    return [value for given, value in scope["headers"] if given == name]


def _size(scope: Scope) -> int:
    """Return the size of the request's head in bytes; h11 limits only incomplete heads."""
    lines = sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])
    return lines + len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")


def _only(found: list[bytes], read: Callable[[str], Authority | None]) -> Authority | None:
    """Return the parsed value if there is exactly one, else None."""
    return read(found[0].decode("latin-1")) if len(found) == 1 else None


def _origin_of(text: str) -> Authority | None:
    """Parse an Origin; None for ``null``, other schemes and malformed values."""
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
