"""The way to the API: its address, and the system's proxy for it."""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import httpx

from vultr_cost_mcp.errors import ConfigError


def parsed(base_url: str) -> httpx.URL:
    """Return the API's address; raises ConfigError if httpx rejects it."""
    try:
        url = httpx.URL(base_url)
        _ = url.host  # decoded only when it is asked for
    except (ValueError, httpx.InvalidURL) as error:
        msg = "VULTR_API_URL is not an address that can be asked. Leave it out for Vultr's own."
        raise ConfigError(msg) from error
    return url


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def proxy_for(base_url: str) -> str | None:
    """Return the address of the system's proxy for the API's host, None if there is none.

    Raises ConfigError if the API's address cannot be used.
    """
    url = parsed(base_url)
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or is_loopback(url.host) or proxy_bypass(url.host):
        return None
    # As in other programs, a proxy without a scheme is an HTTP proxy.
    return proxy if "://" in proxy else f"http://{proxy}"


def shown_host(address: str) -> str:
    """Return the host and port of an address, without user and password."""
    try:
        url = httpx.URL(address)
        host = url.host
    except (ValueError, httpx.InvalidURL):
        return "(unreadable)"
    return f"{host}:{url.port}" if url.port else host
