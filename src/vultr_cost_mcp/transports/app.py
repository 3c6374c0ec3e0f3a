"""The ASGI application: one list of middlewares; each checks or limits one thing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from vultr_cost_mcp.transports.access import (
    OriginMiddleware,
    RequestHeadMiddleware,
    TrustedHostMiddleware,
)
from vultr_cost_mcp.transports.authentication import AuthenticationMiddleware
from vultr_cost_mcp.transports.body import JsonRpcMiddleware
from vultr_cost_mcp.transports.health import HealthMiddleware
from vultr_cost_mcp.transports.limits import (
    MOST_CALLS,
    MOST_SESSIONS,
    REQUEST_SECONDS,
    ConcurrencyLimit,
    ConcurrencyLimitMiddleware,
    TimeoutMiddleware,
)
from vultr_cost_mcp.transports.replies import ServerErrorMiddleware
from vultr_cost_mcp.transports.routing import MethodMiddleware, RoutingMiddleware, answer_endpoint
from vultr_cost_mcp.transports.shutdown import Shutdown, ShutdownMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from vultr_cost_mcp.transports.client_address import Peers
    from vultr_cost_mcp.transports.health import Readiness
    from vultr_cost_mcp.transports.http_config import HttpConfig
    from vultr_cost_mcp.transports.routing import Endpoint


class App:
    """The application that uvicorn runs."""

    def __init__(
        self,
        config: HttpConfig,
        peers: Peers,
        readiness: Readiness,
        endpoints: Mapping[str, Endpoint],
    ) -> None:
        self.calls = ConcurrencyLimit(MOST_CALLS)
        self.shutdown = Shutdown()
        limits = {"POST": self.calls, "GET": ConcurrencyLimit(MOST_SESSIONS)}
        # Each checks what may be checked before the next one spends anything on the request.
        self._app = _compose(
            ServerErrorMiddleware,
            partial(ShutdownMiddleware, shutdown=self.shutdown),
            RequestHeadMiddleware,
            partial(TrustedHostMiddleware, allowed_hosts=config.allowed),
            partial(OriginMiddleware, allowed_hosts=config.allowed),
            partial(HealthMiddleware, readiness=readiness),
            partial(RoutingMiddleware, endpoints=endpoints),
            partial(AuthenticationMiddleware, secret=config.secret, peers=peers),
            MethodMiddleware,
            partial(ConcurrencyLimitMiddleware, limits=limits),
            JsonRpcMiddleware,
            partial(TimeoutMiddleware, seconds=REQUEST_SECONDS),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request exactly once, even after an error."""
        await self._app(scope, receive, send)


def _compose(*middlewares: Callable[[ASGIApp], ASGIApp]) -> ASGIApp:
    app: ASGIApp = answer_endpoint
    for middleware in reversed(middlewares):
        app = middleware(app)
    return app
