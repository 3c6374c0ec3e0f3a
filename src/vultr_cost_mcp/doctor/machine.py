"""The program itself, and the network between it and Vultr."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from vultr_cost_mcp.clients.configured import installed, starts_us, this_machine
from vultr_cost_mcp.config import API_URL
from vultr_cost_mcp.config.certificates import own_certificates
from vultr_cost_mcp.doctor.check import Check, from_error
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.vultr._transport import network_transport
from vultr_cost_mcp.vultr.address_and_proxy import parsed, proxy_for, shown_host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.config import Settings

# Vultr counts these requests a second for each source address.
MOST_A_SECOND = 30


def program(version: str) -> Iterable[Check]:
    """Check the versions of Python and of this program."""
    yield Check("python", "ok", f"Python {platform.python_version()} on {platform.system()}.")
    yield Check("version", "ok", f"vultr-cost-mcp {version}.")


def network(settings: Settings) -> Iterable[Check]:
    """Check the proxy and the certificates that the environment names."""
    if settings.demo:
        yield Check("network", "ok", "The sample account needs no network.")
        return
    try:
        proxy, url = proxy_for(settings.api_url), parsed(settings.api_url)
        # Nothing is connected: it is only tried whether proxy and certificates can be used.
        network_transport(settings.api_url)
    except ConfigError as error:
        yield from_error("network", error)
        return
    where = "No proxy" if proxy is None else f"Through the proxy {shown_host(proxy)}"
    other = "" if settings.api_url == API_URL else f" VULTR_API_URL names {shown_host(str(url))}."
    yield Check("proxy", "ok", f"{where}.{other}")
    yield _certificates(url.scheme)


def _certificates(scheme: str) -> Check:
    if scheme == "http":
        return Check("tls", "ok", "Not used: VULTR_API_URL is on this machine.")
    variable = own_certificates()
    which = "the usual certificates" if variable is None else f"the certificates of {variable}"
    return Check("tls", "ok", f"Vultr's certificate is checked with {which}.")


def clients() -> Check:
    """Check which of the clients on this machine start this program."""
    machine = this_machine()
    here = installed(machine)
    ours = [client.title for client in here if starts_us(client, machine)]
    written = [client.title for client in here if not client.by_hand]
    others = [title for title in written if title not in ours]
    if not here:
        return Check("clients", "ok", "None of the known clients was found here.")
    said = f"Set up in {', '.join(ours)}" if ours else "Not set up in any client found here"
    rest = f"; vultr-cost-mcp setup adds it to: {', '.join(others)}" if others else ""
    return Check("clients", "ok", f"{said}{rest}.")


def rate(settings: Settings) -> Check:
    """Check the limit on requests against Vultr's."""
    limit = settings.rate_limit
    if limit > MOST_A_SECOND:
        return Check(
            "rate limit",
            "warn",
            f"VULTR_COST_RATE_LIMIT is {limit} and Vultr counts {MOST_A_SECOND} requests a second "
            "for each source address.",
            f"Set VULTR_COST_RATE_LIMIT to {MOST_A_SECOND} or less.",
        )
    return Check("rate limit", "ok", f"{limit} requests a second; Vultr counts {MOST_A_SECOND}.")
