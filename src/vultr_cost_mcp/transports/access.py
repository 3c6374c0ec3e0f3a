"""Access checks of a request's head: its form, its Host, and the Origin of the calling page.

A page in a browser can send requests to any address, and under its own name too if it points that
name at the server (DNS rebinding). It cannot choose the Host and Origin headers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vultr_cost_mcp.transports.http_config import address_of, authority_of
from vultr_cost_mcp.transports.limits import MOST_HEAD_BYTES
from vultr_cost_mcp.transports.replies import Denial, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from vultr_cost_mcp.transports.http_config import Authority

BAD_TARGET = Denial(400, "The request's target must be a path.")
TOO_LONG_HEAD = Denial(431, "The head of the request is too long.", (("connection", "close"),))
BAD_FRAMING = Denial(400, "The request states its length twice.", (("connection", "close"),))
WRONG_HOST = Denial(
    421, "The server is not known by this Host. Start it with --allowed-host to allow the name."
)
WRONG_ORIGIN = Denial(403, "Pages of other origins may not ask.")
# Sec-Fetch-Site of requests from the server's own pages or from the address bar.
_OWN_SITE = frozenset({b"same-origin", b"none"})


class RequestHeadMiddleware:
    """Reject a request whose target, size or framing no honest client sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raise RefusedError if its head is malformed."""
        # A host name in the target would bypass the check of Host; only proxies need it there.
        if not scope["path"].startswith("/"):
            raise RefusedError(BAD_TARGET)
        if _size(scope) > MOST_HEAD_BYTES:
            raise RefusedError(TOO_LONG_HEAD)
        if values(scope, b"transfer-encoding") and values(scope, b"content-length"):
            raise RefusedError(BAD_FRAMING)
        await self._app(scope, receive, send)


class TrustedHostMiddleware:
    """Reject a request whose Host is not a name of this server.

    Starlette's class of this name ignores the port, reads the first of several Host headers, cannot
    be told "the address at which the connection arrived", and answers 400 in plain text. This one
    needs exactly one Host, compares the port where one was allowed, always knows this machine, and
    answers 421 as JSON-RPC.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[Authority]) -> None:
        self._app = app
        self._allowed = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raise RefusedError if the Host is not known."""
        host = _host_of(scope)
        if host is None or not _is_known(host, scope, self._allowed):
            raise RefusedError(WRONG_HOST)
        await self._app(scope, receive, send)


class OriginMiddleware:
    """Reject a request that a page of another origin sends.

    Starlette's CORSMiddleware tells browsers which origins may read an answer, but runs the request
    of every origin. No other origin is ever allowed here, so there are no CORS headers to send, and
    the request is rejected before it does any work.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[Authority]) -> None:
        self._app = app
        self._allowed = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raise RefusedError if it comes from another origin."""
        if any(site not in _OWN_SITE for site in values(scope, b"sec-fetch-site")):
            raise RefusedError(WRONG_ORIGIN)
        origins = values(scope, b"origin")
        if origins and not self._is_own(_only(origins, _origin_of), scope):
            raise RefusedError(WRONG_ORIGIN)
        await self._app(scope, receive, send)

    def _is_own(self, origin: Authority | None, scope: Scope) -> bool:
        host = _host_of(scope)
        if origin is None or host is None or origin.port != host.port:
            return False
        return _is_known(origin, scope, self._allowed)


def _host_of(scope: Scope) -> Authority | None:
    return _only(values(scope, b"host"), authority_of)


def _is_known(called: Authority, scope: Scope, allowed_hosts: Sequence[Authority]) -> bool:
    """Return whether it is a name of the server that nobody else can point at it."""
    if called.is_this_machine:
        return True
    if any(
        called.name == allowed.name and allowed.port in {None, called.port}
        for allowed in allowed_hosts
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
