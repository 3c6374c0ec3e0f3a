"""The paths and methods of the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.transports.replies import NOT_FOUND, Denial, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

# The key of the request's endpoint in its ASGI scope; Starlette's router uses the same.
ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the protocol, its only method, and the application that answers there."""

    method: str
    app: ASGIApp


class RoutingMiddleware:
    """Find the endpoint of a path.

    Starlette's router answers in plain text, and rejects a wrong method itself. Here an unknown
    path gets 404 without a token, because clients look for OAuth metadata before they have one, and
    a wrong method gets 405 only with one.
    """

    def __init__(self, app: ASGIApp, endpoints: Mapping[str, Endpoint]) -> None:
        self._app = app
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its endpoint; raise RefusedError if there is none."""
        endpoint = self._endpoints.get(path_of(scope))
        if endpoint is None:
            raise RefusedError(NOT_FOUND)
        scope[ENDPOINT] = endpoint
        await self._app(scope, receive, send)


class MethodMiddleware:
    """Reject a request whose method its endpoint does not have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raise RefusedError if the method is wrong."""
        require_method(scope, frozenset({scope[ENDPOINT].method}))
        await self._app(scope, receive, send)


async def answer_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the application of the request's endpoint."""
    await scope[ENDPOINT].app(scope, receive, send)


def path_of(scope: Scope) -> str:
    """Return the path without slashes at its end; empty for the root."""
    path: str = scope["path"]
    return path.rstrip("/") if len(path) > 1 else ""


def require_method(scope: Scope, allowed: frozenset[str]) -> None:
    """Raise RefusedError if the path does not allow the method. No path allows OPTIONS."""
    if scope["method"] not in allowed:
        allow = (("allow", ", ".join(sorted(allowed))),)
        raise RefusedError(Denial(405, "The path has no such method.", allow))
