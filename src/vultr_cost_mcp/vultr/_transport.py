"""The last gate before the network: only GET passes, and only to one host."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

from vultr_cost_mcp.errors import ConfigError, TransportError

if TYPE_CHECKING:
    import ssl


class GetOnlyTransport(httpx.AsyncBaseTransport):
    """Wraps a transport; refuses requests that could change something or leak the key."""

    def __init__(self, inner: httpx.AsyncBaseTransport, base_url: str) -> None:
        self._inner = inner
        self._origin = _origin(_parsed(base_url))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass on a GET request to the configured host; refuse any other."""
        if request.method != "GET":
            msg = f"this program only reads: {request.method} was refused"
            raise TransportError(msg)
        if _origin(request.url) != self._origin:
            msg = "a request to another host was refused, so that the key stays where it belongs"
            raise TransportError(msg)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the wrapped transport."""
        await self._inner.aclose()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _parsed(base_url: str) -> httpx.URL:
    """Return the API's address; raises ConfigError if httpx rejects it."""
    try:
        url = httpx.URL(base_url)
        _ = url.host  # decoded only when it is asked for
    except (ValueError, httpx.InvalidURL) as error:
        msg = "VULTR_API_URL is not an address that can be asked. Leave it out for Vultr's own."
        raise ConfigError(msg) from error
    return url


def network_transport(base_url: str) -> httpx.AsyncHTTPTransport:
    """Return a transport to the network, through the system's proxy for this host, if any.

    httpx only looks for a proxy if no transport is given, and ours always is.
    """
    url = _parsed(base_url)
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    context = _certificates()
    if not proxy or is_loopback(url.host) or proxy_bypass(url.host):
        return httpx.AsyncHTTPTransport(verify=context)
    try:
        # As in other programs, a proxy without a scheme is an HTTP proxy.
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        return httpx.AsyncHTTPTransport(verify=context, proxy=proxy)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        msg = "The proxy that this environment names for Vultr's address cannot be used."
        raise ConfigError(msg) from error


def _certificates() -> ssl.SSLContext:
    """Return the certificates that httpx trusts: the usual ones, or those of SSL_CERT_FILE.

    Raises ConfigError if that file holds none.
    """
    try:
        return httpx.create_ssl_context()
    except (OSError, ValueError) as error:
        msg = (
            "SSL_CERT_FILE or SSL_CERT_DIR names certificates that cannot be read. It is a file "
            "of certificates in PEM; leave it out for the usual ones."
        )
        raise ConfigError(msg) from error


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine."""
    return host in {"localhost", "::1"} or host.startswith("127.")
