"""The client can send nothing but GET, and to nobody but the one host."""

from __future__ import annotations

from datetime import UTC, datetime

import anyio
import httpx
import pytest

from vultr_cost_mcp.errors import TransportError
from vultr_cost_mcp.vultr._transport import GetOnlyTransport
from vultr_cost_mcp.vultr.client import VultrClient

BASE = "https://api.vultr.com/v2"


class Network(httpx.AsyncBaseTransport):
    """Remembers what reaches it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(f"{request.method} {request.url}")
        return httpx.Response(200, json={})


@pytest.mark.anyio
async def test_a_get_to_the_host_passes() -> None:
    network = Network()
    await GetOnlyTransport(network, BASE).handle_async_request(
        httpx.Request("GET", f"{BASE}/account")
    )
    assert network.seen == [f"GET {BASE}/account"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "method",
    ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PURGE", "get"],
)
async def test_any_other_method_is_refused(method: str) -> None:
    network = Network()
    request = httpx.Request("GET", f"{BASE}/instances")
    request.method = method
    with pytest.raises(TransportError):
        await GetOnlyTransport(network, BASE).handle_async_request(request)
    assert network.seen == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v2/account",
        "http://api.vultr.com/v2/account",
        "https://api.vultr.com:8443/v2/account",
        "https://api.vultr.com.evil.example/v2/account",
        "https://api.vultr.com@evil.example/v2/account",
    ],
)
async def test_any_other_host_is_refused(url: str) -> None:
    network = Network()
    with pytest.raises(TransportError):
        await GetOnlyTransport(network, BASE).handle_async_request(httpx.Request("GET", url))
    assert network.seen == []


@pytest.mark.anyio
async def test_the_client_puts_that_gate_before_every_transport() -> None:
    for transport in (None, Network()):
        client = VultrClient(
            base_url=BASE,
            key="k",
            limiter=anyio.Semaphore(1),
            now=lambda: datetime(2026, 11, 18, tzinfo=UTC),
            transport=transport,
        )
        assert isinstance(client._http._transport, GetOnlyTransport)
        assert client._http._mounts == {}
        assert not client._http.follow_redirects
        await client.aclose()
