"""The last gate before the network: only GET passes, and only to one host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from vultr_cost_mcp.errors import ConfigError, TransportError
from vultr_cost_mcp.vultr.address_and_proxy import parsed, proxy_for

if TYPE_CHECKING:
    import ssl


class GetOnlyTransport(httpx.AsyncBaseTransport):
    """Wraps a transport; refuses requests that could change something or leak the key."""

    def __init__(self, inner: httpx.AsyncBaseTransport, base_url: str) -> None:
        self._inner = inner
        self._origin = _origin(parsed(base_url))

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


def network_transport(base_url: str) -> httpx.AsyncHTTPTransport:
    """Return a transport to the network, through the system's proxy for this host, if any.

    httpx only looks for a proxy if no transport is given, and ours always is.
    """
    proxy = proxy_for(base_url)
    context = _certificates()
    if proxy is None:
        return httpx.AsyncHTTPTransport(verify=context)
    try:
        return httpx.AsyncHTTPTransport(verify=context, proxy=proxy)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        msg = (
            "The proxy that this environment names for Vultr's address cannot be used. Correct "
            "HTTPS_PROXY, such as http://proxy.example:3128, or unset it."
        )
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
