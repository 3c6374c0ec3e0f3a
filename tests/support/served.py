"""A server over HTTP on a port of this machine, in the test's own event loop."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import anyio
import httpx2
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from pydantic import SecretStr

from tests.support.double import VultrDouble
from tests.support.stage import _STAGE, NOW, _server, settings_for
from tests.support.world import quick, wired
from vultr_cost_mcp.accounts.account import WiredAccount
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.demo import SAMPLE_NOW
from vultr_cost_mcp.transports.health import accounts_word
from vultr_cost_mcp.transports.http import serve_http
from vultr_cost_mcp.transports.http_config import HttpConfig
from vultr_cost_mcp.transports.limits import CallLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


TOKEN = "0123456789abcdef-team-token"
PATIENCE = 120.0
EVERYWHERE = "0.0.0.0"  # noqa: S104  (what is tested is that this is guarded)
Kind = Literal["http", "sse"]
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


def message(method: str, **params: Any) -> dict[str, Any]:
    """A request of JSON-RPC."""
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}


PENDING = message("tools/call", name="get_pending_charges", arguments={})


@dataclass(frozen=True)
class Served:
    """A server that runs, and how to reach it."""

    url: str
    kind: Kind
    source: WiredAccount
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.url).port or 0

    @property
    def path(self) -> str:
        """Return the path to which clients connect."""
        return urlsplit(self.url).path

    @property
    def calls(self) -> int:
        """How many calls are under way."""
        limits = [each for each in _server().middleware if isinstance(each, CallLimits)]
        return sum(each.places.taken for each in limits)

    @asynccontextmanager
    async def client(self, mode: Any = "legacy") -> AsyncIterator[Client]:
        """Connect a client of the SDK."""
        if self.kind == "sse":
            events = sse_client(self.url, headers=self.headers, timeout=PATIENCE)
            async with Client(events, mode=mode) as client:
                yield quick(client)
            return
        async with httpx2.AsyncClient(headers=self.headers, timeout=PATIENCE) as http:
            opened = streamable_http_client(self.url, http_client=http)
            async with Client(opened, mode=mode) as client:
                yield quick(client)

    async def ask(
        self,
        method: str = "POST",
        path: str | None = None,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Send one request with exactly these headers (None leaves one out); read the answer."""
        given: dict[str, str | None] = {"host": f"127.0.0.1:{self.port}", **self.headers}
        if body is not None:
            given |= JSON
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        if raw or method == "POST":
            given["content-length"] = str(len(raw))
        given |= {"connection": "close", **(headers or {})}
        lines = [f"{name}: {value}" for name, value in given.items() if value is not None]
        head = f"{method} {path or self.path} HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n"
        return await self.send(head.encode("latin-1") + raw)

    async def send(self, data: bytes) -> Answer:
        """Send bytes and read what comes until the server closes."""
        with anyio.fail_after(PATIENCE):
            async with await anyio.connect_tcp("127.0.0.1", self.port) as stream:
                read = b""
                try:
                    await stream.send(data)
                    while True:
                        read += await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return Answer(read)


@dataclass(frozen=True)
class Answer:
    """A response, byte for byte."""

    raw: bytes

    @property
    def status(self) -> int:
        """The status; 0 when nothing came."""
        return int(self.raw.split(b" ", 2)[1]) if self.raw else 0

    @property
    def head(self) -> str:
        """The head in lower case."""
        return self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").lower()

    @property
    def body(self) -> bytes:
        """Return the response without its head."""
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@asynccontextmanager
async def served(
    double: VultrDouble | None = None,
    *,
    kind: Kind = "http",
    token: str | None = None,
    host: str = "127.0.0.1",
    allowed_hosts: tuple[str, ...] = (),
    trusted_proxies: tuple[str, ...] = (),
    no_auth: bool = False,
    scrape: Callable[[str], tuple[str, bytes]] | None = None,
    **values: Any,
) -> AsyncIterator[Served]:
    """Run the server on the double, or on the sample account where there is none."""
    settings = (
        Settings(VULTR_COST_DEMO=True, VULTR_COST_RATE_LIMIT=1000)
        if double is None
        else settings_for(double.url, **values)
    )
    now = SAMPLE_NOW if double is None else NOW
    secret = None if token is None else SecretStr(token)
    door = HttpConfig(kind, host, 0, secret, allowed_hosts, no_auth, trusted_proxies)
    async with wired(settings, lambda: now) as source:
        _STAGE.source = source
        said = anyio.Event()
        address: list[str] = []

        def say(url: str) -> None:
            address.append(url)
            said.set()

        async def run() -> None:
            await serve_http(
                _server(),
                door,
                ready=lambda: accounts_word([source]),
                on_listening=say,
                scrape=scrape,
            )

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            await said.wait()
            headers = {} if token is None else {"authorization": f"Bearer {token}"}
            yield Served(address[0], kind, source, headers)
            tasks.cancel_scope.cancel()
