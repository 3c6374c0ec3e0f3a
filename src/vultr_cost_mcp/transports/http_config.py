"""HTTP configuration: bind address, allowed hosts, token; validated at start-up."""

from __future__ import annotations

import re
import socket
import sys
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Literal

import anyio

from vultr_cost_mcp.errors import ConfigError, VultrCostError

if TYPE_CHECKING:
    from pydantic import SecretStr

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
LAST_PORT = 65_535
# The kernel keeps no more than net.core.somaxconn of them.
BACKLOG = 1024
# Minimum length: 16 characters of openssl rand -hex are 64 random bits.
LEAST_TOKEN = 16
# RFC 6750: characters allowed after Bearer. An unexpanded variable does not match.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
_EXAMPLE = re.compile(r"your[-_].*|change[-_]?me|x{3,}", re.IGNORECASE)
_AUTHORITY = re.compile(
    r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::(?P<port>[0-9]{1,5}))?", re.ASCII
)
_DEFAULT_PORTS = frozenset({80, 443})
IPAddress = IPv4Address | IPv6Address


class ListenError(VultrCostError):
    """The server cannot listen on the address, although the settings are valid."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The host of a URL; ``port`` is None if absent or a scheme's default."""

    name: str
    port: int | None = None

    @property
    def address(self) -> IPAddress | None:
        """Return the name as an IP address, None if it is a host name."""
        return address_of(self.name)

    @property
    def is_this_machine(self) -> bool:
        """Return whether it names the loopback interface, as no name of a stranger can."""
        return self.name == "localhost" or (self.address is not None and self.address.is_loopback)


def authority_of(text: str) -> Authority | None:
    """Parse ``name``, ``name:port`` or ``[IPv6]:port``; None for anything else, as ``name.``."""
    found = _AUTHORITY.fullmatch(text.lower())
    if found is None:
        return None
    name, port = found["name"], int(found["port"] or 0)
    if port > LAST_PORT:
        return None
    if name.startswith("["):
        address = address_of(name[1:-1]) if ":" in name else None
        if address is None:
            return None
        name = address.compressed
    return Authority(name, None if port == 0 or port in _DEFAULT_PORTS else port)


def address_of(text: str) -> IPAddress | None:
    """Parse an IP address; an IPv4 address written as IPv6 becomes IPv4. None if invalid."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """The settings of ``serve --transport http`` and ``sse``; see ``docs/http.md``."""

    transport: Literal["http", "sse"]
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    token: SecretStr | None = None
    allowed_hosts: tuple[str, ...] = ()
    no_auth: bool = False
    trusted_proxies: tuple[str, ...] = ()

    @property
    def secret(self) -> bytes | None:
        """Return the token as bytes, None if none is set.

        Raises ConfigError if the token is malformed.
        """
        text = "" if self.token is None else self.token.get_secret_value().strip()
        if not text:
            return None
        if not _TOKEN.fullmatch(text) or _EXAMPLE.fullmatch(text):
            msg = (
                "VULTR_COST_HTTP_TOKEN holds no token but a placeholder, or characters other than "
                "letters, digits and -._~+/=. Make one with: openssl rand -hex 32"
            )
            raise ConfigError(msg)
        return text.encode("ascii")

    @property
    def allowed(self) -> tuple[Authority, ...]:
        """Return the accepted host names: those of the options, and ``host`` itself.

        Raises ConfigError if one is not a host name.
        """
        named = tuple(authority_of(text.strip()) for text in self.allowed_hosts)
        found = tuple(authority for authority in named if authority is not None)
        if len(found) < len(named):
            msg = "--allowed-host takes a host name such as costs.example.com, or name:port."
            raise ConfigError(msg)
        own = authority_of(f"[{self.host}]" if ":" in self.host else self.host)
        wild = own is None or (own.address is not None and own.address.is_unspecified)
        return found if wild or own is None else (*found, own)

    @property
    def proxies(self) -> frozenset[IPAddress]:
        """Return the addresses of the proxies whose X-Forwarded-For is trusted.

        Raises ConfigError if one is not a single address.
        """
        found = {address_of(text.strip()) for text in self.trusted_proxies}
        addresses = frozenset(address for address in found if address is not None)
        if None in found or any(address.is_unspecified for address in addresses):
            msg = "--trusted-proxy takes the address of one proxy, such as 127.0.0.1 or 10.0.0.5."
            raise ConfigError(msg)
        return addresses

    async def open(self) -> list[socket.socket]:
        """Listen on every address of the host.

        Raises ConfigError if the settings do not allow it, ListenError if the system does not.
        """
        addresses = await self._addresses()
        self._check_token(None if all(_is_loopback(row[1][0]) for row in addresses) else self.host)
        if self.port == 0:
            # The kernel picks a port that is free on the first address, but maybe not on others.
            addresses = addresses[:1]
        return _listen(addresses, self.host, self.port)

    def _check_token(self, address: str | None) -> None:
        """Raise ConfigError if others can connect and the token is missing or easy to guess.

        ``address`` is one that other machines can reach, None if there is none. A public host name
        counts as one: a proxy on this machine forwards requests for it.
        """
        secret = self.secret
        name = next((known.name for known in self.allowed if not known.is_this_machine), None)
        if self.no_auth:
            if secret is not None:
                msg = "VULTR_COST_HTTP_TOKEN is set and --no-auth is given: leave out one of them."
                raise ConfigError(msg)
            return
        if address is None and name is None:
            return
        reason = f"{address} can be reached from other machines"
        if address is None:
            reason = f"{name} is a name that other machines may use"
        if secret is None:
            msg = (
                f"{reason}, and no token is set: set VULTR_COST_HTTP_TOKEN (openssl rand -hex 32 "
                f"makes one), or listen on {DEFAULT_HOST} without --allowed-host. --no-auth "
                "serves everybody who can connect."
            )
            raise ConfigError(msg)
        if len(secret) < LEAST_TOKEN:
            msg = (
                f"{reason}, and VULTR_COST_HTTP_TOKEN is too short: it needs at least "
                f"{LEAST_TOKEN} characters. Make one with: openssl rand -hex 32"
            )
            raise ConfigError(msg)

    async def _addresses(self) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        if not 0 <= self.port <= LAST_PORT:
            msg = f"--port must be between 0 and {LAST_PORT}."
            raise ConfigError(msg)
        msg = "--host is not a name or address of this machine."
        if not self.host.strip() or "\0" in self.host:
            raise ConfigError(msg)
        try:
            rows = await anyio.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        except (OSError, UnicodeError) as error:
            raise ConfigError(msg) from error
        found = [(row[0], (str(row[4][0]), self.port)) for row in rows]
        return list(dict.fromkeys(found))


def _is_loopback(text: str) -> bool:
    address = address_of(text)
    return address is not None and address.is_loopback


def _listen(
    addresses: list[tuple[socket.AddressFamily, tuple[str, int]]], host: str, port: int
) -> list[socket.socket]:
    opened: list[socket.socket] = []
    try:
        for family, address in addresses:
            # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it each
            # answer waits 40 ms for the client's delayed acknowledgement.
            listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            opened.append(listener)
            if sys.platform != "win32":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.settimeout(0)
            listener.bind(address)
            listener.listen(BACKLOG)
    except OSError as error:
        for listener in opened:
            listener.close()
        reason = (error.strerror or "it is refused").lower()
        msg = f"Cannot listen on {host} port {port}: {reason}. Choose another with --port."
        raise ListenError(msg) from error
    return opened
