"""The address of a ClickHouse history, a server or a folder, parsed into one value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

from vultr_cost_mcp.errors import ConfigError

HTTP_PORT: Final = 8123
HTTPS_PORT: Final = 8443
_SERVER_SCHEMES = frozenset({"clickhouse", "clickhouses"})
_NAME = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_IN_PERCENT = (
    "its port is a number, and signs such as / ? # @ and : in a user or a password are written "
    "in percent, a / as %2F"
)
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class ClickHouseConfig:
    """The place of the tables: a ``folder`` for the embedded engine, else a server at ``host``.

    ``cluster`` and ``replicated`` say how missing tables are created; ``ca_cert`` is a file of
    certificates that a TLS server is checked against instead of the usual ones.
    """

    database: str
    folder: str | None = None
    host: str = ""
    port: int = HTTP_PORT
    tls: bool = False
    user: str = "default"
    password: str = field(default="", repr=False)
    cluster: str | None = None
    replicated: bool = False
    ca_cert: str | None = None

    @property
    def sends_password(self) -> bool:
        """Return whether a password would cross a network in clear text."""
        return bool(self.password and self.host and not self.tls and not _is_here(self.host))

    @property
    def name(self) -> str:
        """Return the name for sentences, without user and password."""
        if self.folder is not None:
            return f"the history in {self.folder}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ClickHouse at {host}:{self.port}"


def read_address(address: str) -> ClickHouseConfig:
    """Read ``clickhouse://``, ``clickhouses://`` or ``chdb:///PATH``; raises ConfigError."""
    if "#" in address:
        _refuse("a # in it is written %23")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        _refuse(_IN_PERCENT if "@" in address else "it is not an address", error)
    # What follows the first of these signs in a password would be shown as a setting.
    if parts.scheme in _SERVER_SCHEMES and _is_cut(parts.path, parts.query, parts.netloc):
        _refuse(_IN_PERCENT)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == "chdb":
        return _folder(parts.netloc, unquote(parts.path), options)
    if parts.scheme not in _SERVER_SCHEMES:
        _refuse("it starts with none of clickhouse://, clickhouses:// and chdb:///")
    if not parts.hostname:
        _refuse("it names no host")
    tls = parts.scheme == "clickhouses"
    place = ClickHouseConfig(
        database=_name("database", unquote(parts.path).strip("/") or "default"),
        host=parts.hostname,
        port=port or (HTTPS_PORT if tls else HTTP_PORT),
        tls=tls,
        user=unquote(parts.username or "") or "default",
        password=unquote(parts.password or ""),
        cluster=_name("cluster", options.pop("cluster")) if "cluster" in options else None,
        replicated=_flag("replicated", options.pop("replicated", "0")),
        ca_cert=options.pop("ca_cert", None) if tls else None,
    )
    _nothing_left(options)
    return place


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold().rstrip(".") == "localhost"


def _is_cut(path: str, query: str, authority: str) -> bool:
    """Return whether a sign in the password has ended it: its @ stands where no user can be."""
    return "@" in path or ("@" in query and "@" not in authority)


def _folder(host: str, path: str, options: dict[str, str]) -> ClickHouseConfig:
    if host or not path.strip("/") or "\0" in path:
        _refuse("chdb:/// is followed by the whole path of a folder")
    database = _name("database", options.pop("database", "vultr_cost"))
    _nothing_left(options)
    # With three slashes or four the path is a whole one, unless it begins at the user's folder.
    inside = path.lstrip("/")
    try:
        folder = Path(inside).expanduser() if inside.startswith("~") else Path("/", inside)
    except RuntimeError as error:
        _refuse("it names a user who has no folder", error)
    return ClickHouseConfig(database=database, folder=str(folder))


def _name(what: str, text: str) -> str:
    if not _NAME.fullmatch(text):
        _refuse(f"the name of its {what} has other signs than letters, digits, . _ and -")
    return text


def _flag(what: str, text: str) -> bool:
    if text.casefold() not in _YES | _NO:
        _refuse(f"{what} is 0 or 1")
    return text.casefold() in _YES


def _nothing_left(options: dict[str, str]) -> None:
    if options:
        _refuse(f"it has no setting {min(options)!r}")


def _refuse(why: str, cause: Exception | None = None) -> NoReturn:
    # The address itself stays out of the text: it may hold a password.
    msg = f"The address of the history cannot be used: {why}."
    raise ConfigError(msg) from cause
