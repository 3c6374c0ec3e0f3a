"""Nothing but GET leaves this program, and the key goes to one host only."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest
import respx

from vultr_cost_mcp.errors import ConfigError, StatusError, TransportError
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr._transport import network_transport
from vultr_cost_mcp.vultr.address_and_proxy import is_loopback
from vultr_cost_mcp.vultr.client import VultrClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BASE = "https://api.vultr.com/v2"
NOW = datetime(2026, 11, 19, 11, 21, tzinfo=UTC)
KEY = "THE-KEY-0123456789"
# Reading the system's certificates takes longer than a test: once is enough.
CERTIFICATES = ssl.create_default_context()


class Free:
    """A limiter that lets everything through."""

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


@pytest.fixture
async def client() -> AsyncIterator[VultrClient]:
    """Open a client as the program opens it, over the network that respx stands in for."""
    opened = VultrClient(
        base_url=BASE,
        key=KEY,
        limiter=Free(),
        now=lambda: NOW,
        transport=httpx.AsyncHTTPTransport(verify=CERTIFICATES),
    )
    yield opened
    await opened.aclose()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get", "X"]
)
async def test_only_get_passes(client: VultrClient, method: str) -> None:
    """Whatever else the client might be told to send is refused before the network."""
    with respx.mock(assert_all_called=False) as net:
        route = net.route().respond(200, json={})
        if method == "get":
            # httpx writes methods in capitals: this one is a GET.
            await client._http.request(method, "/account")
            assert route.call_count == 1
            return
        with pytest.raises(TransportError, match="only reads"):
            await client._http.request(method, "/account")
        assert route.call_count == 0


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
async def test_the_key_goes_to_no_other_origin(client: VultrClient, url: str) -> None:
    """Another host, port or scheme is refused, even where a caller names it."""
    with respx.mock(assert_all_called=False) as net:
        route = net.route().respond(200, json={})
        with pytest.raises(TransportError, match="another host"):
            await client._http.get(url)
        assert route.call_count == 0


@pytest.mark.anyio
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_error_and_is_not_followed(client: VultrClient, status: int) -> None:
    """The key does not follow an answer to another address."""
    with respx.mock(assert_all_called=False) as net:
        home = net.get(f"{BASE}/account").respond(
            status, headers={"Location": "https://evil.example/v2/account"}
        )
        evil = net.route(host="evil.example").respond(200, json={"account": {}})
        with pytest.raises(StatusError, match="redirect"):
            await client.read(ENDPOINTS["account"], {})
        assert (home.call_count, evil.call_count) == (1, 0)


@pytest.mark.anyio
@pytest.mark.parametrize("location", ["https://evil.example/x", "https://api.vultr.com/v2/other"])
async def test_even_a_followed_redirect_cannot_carry_the_key_away(
    client: VultrClient, location: str
) -> None:
    """The gate is below httpx's own redirects: these pass it again like any request."""
    with respx.mock(assert_all_called=False) as net:
        net.get(f"{BASE}/account").respond(302, headers={"Location": location})
        other = net.get("https://api.vultr.com/v2/other").respond(200, json={})
        evil = net.route(host="evil.example").respond(200, json={})
        if "evil" in location:
            with pytest.raises(TransportError, match="another host"):
                await client._http.get("/account", follow_redirects=True)
        else:
            await client._http.get("/account", follow_redirects=True)
        assert evil.call_count == 0
        assert other.call_count == (0 if "evil" in location else 1)


@pytest.mark.anyio
async def test_the_key_is_in_the_header_and_nowhere_else(client: VultrClient) -> None:
    """Neither address nor query ever hold it."""
    with respx.mock as net:
        route = net.get(f"{BASE}/account").respond(200, json={"account": {}})
        await client.read(ENDPOINTS["account"], {})
    request = route.calls.last.request
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in str(request.url)
    assert not request.content


@pytest.mark.anyio
async def test_an_id_of_the_account_cannot_change_the_method_or_host(client: VultrClient) -> None:
    """An id that looks like an address stays a part of the path."""
    with respx.mock(assert_all_called=False) as net:
        route = net.route(host="api.vultr.com").respond(404, json={"error": "none"})
        evil = net.route(host="evil.example").respond(200, json={})
        for name in ("//evil.example/x", "https://evil.example", "@evil.example", "a?b=c#d"):
            with pytest.raises(StatusError):
                await client.read(ENDPOINTS["instance_traffic"], {}, id=name)
        assert (route.call_count, evil.call_count) == (4, 0)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("api.vultr.com", False)],
)
def test_this_machine_is_known(host: str, *, loopback: bool) -> None:
    """Requests to this machine never go through a proxy."""
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("base", "environment", "proxied"),
    [
        (BASE, {"https_proxy": "http://127.0.0.1:9"}, True),
        (BASE, {"all_proxy": "http://127.0.0.1:9"}, True),
        (BASE, {"http_proxy": "http://127.0.0.1:9"}, False),
        (BASE, {"https_proxy": "http://127.0.0.1:9", "no_proxy": "vultr.com"}, False),
        (BASE, {}, False),
        ("http://127.0.0.1:8/v2", {"http_proxy": "http://127.0.0.1:9"}, False),
    ],
)
def test_the_proxy_of_the_system_is_used(
    monkeypatch: pytest.MonkeyPatch, base: str, environment: dict[str, str], *, proxied: bool
) -> None:
    """A client of httpx looks for none where a transport is given, so this program does."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    pool = network_transport(base)._pool
    assert (type(pool).__name__ == "AsyncHTTPProxy") is proxied
    assert isinstance(network_transport(base), httpx.AsyncHTTPTransport)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.999.1.1/v2",
        "https://xn--/v2",
        "https://\u24d4xample.com/v2",
        "https://a.example/\x01",
        "https://a.example/" + "x" * 70_000,
    ],
)
def test_what_is_no_address_for_http_is_a_wrong_setting(url: str) -> None:
    """Named by its variable and not repeated; these pass for addresses until they are used."""
    with pytest.raises(ConfigError) as caught:
        VultrClient(base_url=url, key=KEY, limiter=Free(), now=lambda: NOW)
    assert "VULTR_API_URL" in str(caught.value)
    assert url not in str(caught.value)
