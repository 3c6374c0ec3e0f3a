"""The last gate before the network: nothing but GET passes, and only to the one host."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

from vultr_cost_mcp.errors import ConfigError, TransportError

if TYPE_CHECKING:
    import ssl


class GetOnlyTransport(httpx.AsyncBaseTransport):
    """Wraps a transport and refuses whatever could change something or carry the key away."""

    def __init__(self, inner: httpx.AsyncBaseTransport, base_url: str) -> None:
        self._inner = inner
        self._origin = _origin(_parsed(base_url))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a GET request to the configured host on; refuse any other."""
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
    """The address of the API; what a browser takes for one may be none for HTTP."""
    try:
        url = httpx.URL(base_url)
        _ = url.host  # decoded only when it is asked for
    except (ValueError, httpx.InvalidURL) as error:
        msg = "VULTR_API_URL is not an address that can be asked. Leave it out for Vultr's own."
        raise ConfigError(msg) from error
    return url


def network_transport(base_url: str) -> httpx.AsyncHTTPTransport:
    """A transport to the network, through the proxy that the system names for this host, if any.

    httpx only looks for a proxy when no transport is given, and ours always is.
    """
    url = _parsed(base_url)
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    context = _certificates()
    if not proxy or is_loopback(url.host) or proxy_bypass(url.host):
        return httpx.AsyncHTTPTransport(verify=context)
    try:
        # Like other programs, a proxy without a scheme is taken for an HTTP one.
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        return httpx.AsyncHTTPTransport(verify=context, proxy=proxy)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        msg = "The proxy that this environment names for Vultr's address cannot be used."
        raise ConfigError(msg) from error


def _certificates() -> ssl.SSLContext:
    """Return the certificates that httpx trusts: the usual ones, or those of SSL_CERT_FILE.

    Raises ConfigError where that file holds none.
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
    """Whether a host name or address is this machine."""
    return host in {"localhost", "::1"} or host.startswith("127.")
