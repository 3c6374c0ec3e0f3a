"""The store that an address names, and the address without its secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from vultr_cost_mcp.domain.history import DisabledHistory, History
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.history.sqlite.file import SqliteFile
from vultr_cost_mcp.history.sqlite.history import SqliteEngine
from vultr_cost_mcp.history.threaded import ThreadedHistory

_OFF: Final = "off"
_SQLITE: Final = "sqlite"
_SERVERS: Final = frozenset({"clickhouse", "clickhouses"})
_EMBEDDED: Final = "chdb"
_FORMS: Final = (
    "The address of the history cannot be used; it is sqlite:///FILE (from the working folder), "
    "sqlite:////FOLDER/FILE, chdb:///FOLDER, clickhouse://USER:PASSWORD@HOST:PORT/DATABASE, "
    "clickhouses:// (the same over TLS) or off."
)
_ADDRESS = re.compile(r"([a-z]+)://(.+)", re.IGNORECASE)
# The host, port and database of an address whose user and password are taken off.
_PLACE = re.compile(r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d+)?(/[\w.-]*)?", re.ASCII)
_HIDDEN: Final = "..."


def open_history(address: str | None) -> History:
    """The history at an address; None is a file in the user's data folder.

    Nothing is read, made or connected to before the first question. Raises ConfigError for an
    address that is of no known form or lacks something.
    """
    scheme, place = _parts(address)
    if scheme == _OFF:
        return DisabledHistory()
    if scheme == _SQLITE:
        return ThreadedHistory(SqliteEngine(SqliteFile(_path(place))))
    # Whoever uses SQLite does not wait for the modules of ClickHouse.
    from vultr_cost_mcp.history.clickhouse.history import open_clickhouse  # noqa: PLC0415

    return open_clickhouse(f"{scheme}://{place}")


def notices_file(address: str | None) -> Path:
    """Return the file that keeps which messages were sent: beside a SQLite history.

    Raises ConfigError where the history is off: a message would be sent again with every record.
    """
    scheme, place = _parts(address)
    if scheme == _OFF:
        msg = "--notify needs a history, which tells what was sent: set VULTR_COST_STORE."
        raise ConfigError(msg)
    history = _path(place) if scheme == _SQLITE else _default_file()
    return history.with_name(f"{history.stem}-notices.db")


def shown(address: str | None) -> str:
    """An address as it may be shown: without user, password and options.

    Raises ConfigError for an address that is of no known form.
    """
    scheme, place = _parts(address)
    if scheme == _OFF:
        return _OFF
    if scheme == _SQLITE:
        return f"{scheme}:///{_path(place)}"
    if scheme == _EMBEDDED:
        return f"{scheme}://{place.partition('?')[0]}"
    login, _, host = place.rpartition("@")
    host = host.partition("?")[0]
    # Behind a "?" or "#" an "@" may be part of an option, or what is before it of a password.
    is_clear = _PLACE.fullmatch(host) and not re.search("[?#]", login)
    return f"{scheme}://{host if is_clear else _HIDDEN}"


def _parts(address: str | None) -> tuple[str, str]:
    """Return the scheme, in small letters, and the rest."""
    if address is None:
        return _SQLITE, f"/{_default_file()}"
    address = address.strip()
    if address.casefold() == _OFF:
        return _OFF, ""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ConfigError(_FORMS)
    scheme, place = found[1].casefold(), found[2]
    if scheme not in {_SQLITE, _EMBEDDED, *_SERVERS}:
        raise ConfigError(_FORMS)
    if scheme in {_SQLITE, _EMBEDDED} and not re.match("/[^/?]|//[^/?]", place):
        raise ConfigError(_FORMS)
    return scheme, place


def _path(place: str) -> Path:
    """The file of ``/FILE``; one slash more makes it absolute, ``~`` is the user's own folder."""
    try:
        path = Path(place[1:]).expanduser()
    except RuntimeError as error:
        raise ConfigError(_FORMS) from error
    if "\0" in place:
        raise ConfigError(_FORMS)
    return path


def _default_file() -> Path:
    # An address that is given spares this package.
    from platformdirs import user_data_path  # noqa: PLC0415

    return user_data_path("vultr-cost-mcp", appauthor=False) / "history.db"
