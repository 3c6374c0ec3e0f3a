"""The ASGI application: check each request, limit its number and time, answer it."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.transports import connection
from vultr_cost_mcp.transports.body import ClientDisconnectError, RefusedError, read_request, until
from vultr_cost_mcp.transports.failures import FailedTokens
from vultr_cost_mcp.transports.guard import WRONG_TOKEN, too_many_tokens, values
from vultr_cost_mcp.transports.health import READY
from vultr_cost_mcp.transports.limits import (
    MOST_CALLS,
    MOST_SESSIONS,
    REQUEST_SECONDS,
    ConcurrencyLimit,
)
from vultr_cost_mcp.transports.replies import (
    BUSY,
    FAILED,
    NOT_FOUND,
    STOPPING,
    TOO_LONG,
    Denial,
    Response,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from vultr_cost_mcp.transports.guard import AccessCheck
    from vultr_cost_mcp.transports.health import Readiness
    from vultr_cost_mcp.transports.peers import Peers

ALIVE_PATH = "/healthz"
READY_PATH = "/readyz"
_LOOKS = frozenset({"GET", "HEAD"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the protocol, its only method, and the application that answers there."""

    method: str
    answer: ASGIApp


class App:
    """The application that uvicorn runs."""

    def __init__(
        self,
        access: AccessCheck,
        readiness: Readiness,
        endpoints: Mapping[str, Endpoint],
        peers: Peers,
    ) -> None:
        self._access = access
        self._peers = peers
        self._failed_tokens = FailedTokens()
        self._readiness = readiness
        self._endpoints = endpoints
        self._requests: set[anyio.CancelScope] = set()
        self._stopping = anyio.Event()
        self.calls = ConcurrencyLimit(MOST_CALLS)
        self.sessions = ConcurrencyLimit(MOST_SESSIONS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request exactly once, even after an error."""
        if scope["type"] != "http":
            return
        reply = Response(send)
        try:
            with self._request(), suppress(ClientDisconnectError):
                await self._answer(scope, until(self._stopping, receive), reply)
        except RefusedError as error:
            await reply.refuse(error.denial)
        except Exception as error:  # noqa: BLE001  (the top: nothing of it may reach the client)
            # Log neither its text nor the path: they may hold request data or account data.
            _log.error("a request failed: %s", _name_of(error))
            await reply.refuse(FAILED)
        if self._stopping.is_set() and not reply.ended:
            await reply.refuse(STOPPING)

    def stop(self) -> None:
        """Tell every request that its client has left, so that its work ends."""
        self._stopping.set()

    def cut(self) -> None:
        """Cancel the requests that did not end by themselves."""
        for request in list(self._requests):
            request.cancel()

    @contextmanager
    def _request(self) -> Generator[anyio.CancelScope]:
        with anyio.CancelScope() as scope:
            self._requests.add(scope)
            try:
                yield scope
            finally:
                self._requests.discard(scope)

    async def _answer(self, scope: Scope, receive: Receive, reply: Response) -> None:
        denial = self._access.denial(scope)
        if denial is not None:
            raise RefusedError(denial)
        path = scope["path"].rstrip("/") if len(scope["path"]) > 1 else ""
        health = {ALIVE_PATH: self._alive, READY_PATH: self._ready}.get(path)
        if health is not None:
            _require(scope["method"], _LOOKS)
            await health(reply)
            return
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            raise RefusedError(NOT_FOUND)
        await self._authorize(scope)
        _require(scope["method"], frozenset({endpoint.method}))
        serve: Callable[..., Awaitable[None]]
        serve = self._message if endpoint.method == "POST" else self._session
        await serve(endpoint.answer, scope, receive, reply)

    async def _authorize(self, scope: Scope) -> None:
        """Raise RefusedError for a missing or wrong token, or after too many wrong ones."""
        peer = self._peers.of_request(scope)
        wait = self._failed_tokens.wait(peer)
        if wait and self._access.needs_token and values(scope, b"authorization"):
            raise RefusedError(too_many_tokens(wait))
        denial = self._access.unauthorized(scope)
        if denial is WRONG_TOKEN:
            await self._failed_tokens.add(peer, self._peers.address_of(scope))
        if denial is not None:
            raise RefusedError(denial)
        if self._access.needs_token:
            connection.know(scope)

    async def _message(self, app: ASGIApp, scope: Scope, receive: Receive, reply: Response) -> None:
        with self.calls.one() as free:
            if not free:
                raise RefusedError(BUSY)
            message = await read_request(scope, receive)
            reply.answers = message.id
            with anyio.move_on_after(REQUEST_SECONDS) as time:
                await app(scope, message.again(receive), reply)
            if time.cancelled_caught:
                raise RefusedError(TOO_LONG)

    async def _session(self, app: ASGIApp, scope: Scope, receive: Receive, reply: Response) -> None:
        with self.sessions.one() as free:
            if not free:
                raise RefusedError(BUSY)
            await app(scope, receive, reply)

    async def _alive(self, reply: Response) -> None:
        await reply.json(200, {"status": "ok"})

    async def _ready(self, reply: Response) -> None:
        word = await self._readiness.word()
        if word == READY:
            await reply.json(200, {"status": READY})
        else:
            await reply.json(503, {"status": "not ready", "reason": word}, (("retry-after", "15"),))


def _require(method: str, allowed: frozenset[str]) -> None:
    """Raise RefusedError if the path does not allow the method. No path allows OPTIONS."""
    if method not in allowed:
        allow = (("allow", ", ".join(sorted(allowed))),)
        raise RefusedError(Denial(405, "The path has no such method.", allow))


def _name_of(error: Exception) -> str:
    inner: tuple[Exception, ...] = getattr(error, "exceptions", ())
    return ", ".join(sorted({_name_of(each) for each in inner})) or type(error).__name__
