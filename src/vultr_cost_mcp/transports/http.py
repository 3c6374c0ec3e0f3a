"""HTTP transport for a team: one process, and a shutdown in bounded time."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import asynccontextmanager, contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

import anyio
import uvicorn
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from vultr_cost_mcp.transports.app import App
from vultr_cost_mcp.transports.client_address import Peers
from vultr_cost_mcp.transports.connection import ConnectionLimit, TimeoutH11Protocol
from vultr_cost_mcp.transports.health import Readiness
from vultr_cost_mcp.transports.http_config import BACKLOG
from vultr_cost_mcp.transports.limits import (
    ACCEPTED_AT_ONCE,
    IDLE_SECONDS,
    MOST_BODY_BYTES,
    MOST_HEAD_BYTES,
    CallLimits,
)
from vultr_cost_mcp.transports.metrics import METRICS_PATH, MetricsEndpoint
from vultr_cost_mcp.transports.routing import Endpoint
from vultr_cost_mcp.transports.sse import POST_PATH, STREAM_PATH, sse_endpoints

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping

    from mcp.server.mcpserver import MCPServer

    from vultr_cost_mcp.transports.http_config import HttpConfig

PATH = "/mcp"
# Shutdown: calls may finish, then they are cancelled, then connections are cut. Anything that still
# hangs, such as a DNS lookup, which cannot be interrupted, is abandoned.
GRACE_SECONDS = 1.0
CUT_SECONDS = 0.5
LAST_SECONDS = 2.7
_log = logging.getLogger(__name__)


async def serve_http(
    server: MCPServer[Any],
    config: HttpConfig,
    *,
    ready: Callable[[], Awaitable[str]],
    on_listening: Callable[[str], None],
    scrape: Callable[[str], tuple[str, bytes]] | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or cancellation.

    ``config`` is the HTTP configuration. ``ready`` returns the readiness of the accounts, and
    ``on_listening`` is called with the URL once the server listens. ``scrape`` gives the values for
    ``/metrics``; without it there is no such path. Raises ConfigError if the
    configuration does not allow listening, ListenError if the system does not.
    """
    peers = Peers(config.proxies)
    connections = ConnectionLimit(peers, needs_token=config.secret is not None)
    listeners = await config.open()
    if config.no_auth:
        _log.warning("--no-auth: anyone who can connect can read every cost of the account")
    try:
        with _limited(server) as limits:
            async with _endpoints(server, config) as endpoints:
                metrics = {} if scrape is None else {METRICS_PATH: _metrics(scrape)}
                app = App(config, peers, Readiness(ready), {**endpoints, **metrics})
                web = _web(app, connections)
                await _serve(
                    web, app, limits, listeners, lambda: on_listening(_address(config, listeners))
                )
    finally:
        for listener in listeners:
            listener.close()


class _Web(uvicorn.Server):
    """uvicorn without its signal handling, which would re-raise signals after shutdown."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # asyncio uses one number for connections accepted per turn and for the kernel's queue. A
        # short queue overflows under load, and clients then wait a second for a TCP retry.
        for listener in sockets or ():
            listener.listen(BACKLOG)


def _web(app: App, connections: ConnectionLimit) -> _Web:
    return _Web(
        uvicorn.Config(
            app,
            http=TimeoutH11Protocol.bounded_by(connections),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=ACCEPTED_AT_ONCE,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=2,
            h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        )
    )


async def _serve(
    web: _Web,
    app: App,
    limits: CallLimits,
    listeners: list[socket.socket],
    started: Callable[[], None],
) -> None:
    # Clients that send invalid HTTP or leave early would otherwise fill the log.
    for name in ("uvicorn", "mcp"):
        logging.getLogger(name).setLevel(logging.ERROR)
    asked, ended = anyio.Event(), anyio.Event()

    async def run() -> None:
        # It ends only through should_exit, so that connections are never left half open.
        with anyio.CancelScope(shield=True):
            await web.serve(listeners)
        ended.set()
        asked.set()

    with redirect_stdout(sys.stderr):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            if sys.platform != "win32":
                tasks.start_soon(_listen_to_signals, asked)
            try:
                started()
                await asked.wait()
            finally:
                web.should_exit = True
                with anyio.CancelScope(shield=True):
                    await _drain(web, app, limits, ended)
                tasks.cancel_scope.cancel()


async def _drain(web: _Web, app: App, limits: CallLimits, ended: anyio.Event) -> None:
    with anyio.move_on_after(GRACE_SECONDS):
        await app.calls.empty()
        await limits.places.empty()
    app.shutdown.stop()
    with anyio.move_on_after(CUT_SECONDS):
        await ended.wait()
    app.shutdown.cut()
    for connection in list(web.server_state.connections):
        connection.transport.abort()


async def _listen_to_signals(asked: anyio.Event) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            if not asked.is_set():
                leave = threading.Timer(LAST_SECONDS, os._exit, (0,))
                leave.daemon = True
                leave.start()
                asked.set()


@contextmanager
def _limited(server: MCPServer[Any]) -> Generator[CallLimits]:
    limits = CallLimits()
    server.middleware.append(limits)
    try:
        yield limits
    finally:
        server.middleware.remove(limits)


@asynccontextmanager
async def _endpoints(
    server: MCPServer[Any], config: HttpConfig
) -> AsyncGenerator[Mapping[str, Endpoint], None]:
    # mcp 2.3 has no public access to it.
    low = server._lowlevel_server  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    if config.transport == "sse":
        async with sse_endpoints(low) as sse:
            yield {STREAM_PATH: Endpoint("GET", sse.stream), POST_PATH: Endpoint("POST", sse.post)}
        return
    # Streams, not JSON responses: with json_response progress is lost, and a dropped connection
    # does not end its call.
    manager = StreamableHTTPSessionManager(
        low, stateless=True, json_response=False, max_request_body_size=MOST_BODY_BYTES
    )
    async with manager.run():
        yield {PATH: Endpoint("POST", manager.handle_request)}


def _metrics(scrape: Callable[[str], tuple[str, bytes]]) -> Endpoint:
    return Endpoint("GET", MetricsEndpoint(scrape))


def _address(config: HttpConfig, listeners: list[socket.socket]) -> str:
    port = listeners[0].getsockname()[1]
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{port}{PATH if config.transport == 'http' else STREAM_PATH}"
