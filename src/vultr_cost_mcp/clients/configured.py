"""The clients on this machine, those that start this program, and the entry that does so."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any, Literal, cast

from vultr_cost_mcp.clients.client import NAME, PROMPTS, Client, Entry, Machine
from vultr_cost_mcp.clients.jsonc import parse, with_item, with_value
from vultr_cost_mcp.clients.known_clients import CLIENTS
from vultr_cost_mcp.clients.own_values import with_own_values
from vultr_cost_mcp.clients.toml import with_table
from vultr_cost_mcp.clients.yaml import as_yaml
from vultr_cost_mcp.errors import ConfigError

PROGRAM = "vultr-cost-mcp"
_OURS = re.compile(r"vultr[-_]cost[-_]mcp")


def this_machine() -> Machine:
    """Return the folders of this machine and user."""
    # Starting the server does without it.
    from platformdirs import user_config_path  # noqa: PLC0415

    known = sys.platform if sys.platform in {"darwin", "win32"} else "linux"
    return Machine(
        cast("Literal['linux', 'darwin', 'win32']", known),
        Path.home(),
        user_config_path(roaming=True),
        Path.cwd(),
    )


def own_command() -> list[str]:
    """Return the command that a client starts: uvx where it is, else this program by its path."""
    if shutil.which("uvx"):
        return ["uvx", PROGRAM]
    beside = str(Path(sys.executable).parent)
    found = shutil.which(PROGRAM) or shutil.which(PROGRAM, path=beside)
    return [found] if found else [sys.executable, "-m", "vultr_cost_mcp"]


def installed(machine: Machine) -> list[Client]:
    """Return the clients that are on this machine, by their folders and commands."""
    return [
        client
        for client in CLIENTS
        if any(mark.exists() for mark in client.marks(machine))
        or any(shutil.which(program) for program in client.programs)
    ]


def starts_us(client: Client, machine: Machine) -> bool:
    """Return whether a client's configuration has this server; False if it is not readable."""
    own = [client.path(machine)] if client.path else []
    return any(_names_us(client, path) for path in (*own, *client.also(machine)))


def _names_us(client: Client, path: Path) -> bool:
    try:
        text = read(path)
        if client.form == "yaml":
            return bool(_OURS.search(text))
        servers = _under(_rows(client, text), client.root)
        return NAME in servers or bool(_OURS.search(str(servers)))
    except (ConfigError, ValueError):
        return False


def read(path: Path) -> str:
    """Return the text of a file, "" if there is none; raises ConfigError if it is unreadable."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read. Nothing was changed: use --print and add it by hand."
        raise ConfigError(msg) from error


def changed(client: Client, text: str, entry: Entry) -> str:
    """Return a configuration with an entry for this server, everything else as it is.

    Raises ConfigError if the text cannot be changed without touching something else.
    """
    text = text.replace("\r\n", "\n")
    try:
        before = _rows(client, text)
        after = _with_us(client, text, before, entry)
        kept = _others(client, _rows(client, after)) == _others(client, before)
    except ValueError as error:
        msg = (
            f"The configuration of {client.title} is not understood: {error}. Nothing was changed: "
            "use --print and add it by hand."
        )
        raise ConfigError(msg) from error
    if not kept:
        msg = f"Something else in {client.title}'s configuration would change. Use --print."
        raise ConfigError(msg)
    return after


def block(client: Client, entry: Entry) -> str:
    """Return the part of the configuration that has an entry for this server."""
    if client.form == "yaml":
        return as_yaml({client.root: {NAME: entry.value}})
    return changed(client, "", entry)


def _with_us(client: Client, text: str, before: dict[str, Any], entry: Entry) -> str:
    path = client.root, NAME
    found = _under(before, client.root).get(NAME)
    value = with_own_values(found, entry.value)
    is_there = found == value
    if client.form == "toml":
        return text if is_there else with_table(text, path, value)
    asked = str(before.get("inputs", []))
    if entry.prompt and entry.prompt["id"] in str(value) and repr(entry.prompt["id"]) not in asked:
        text = with_item(text, ("inputs",), entry.prompt)
    return text if is_there else with_value(text, path, value)


def _rows(client: Client, text: str) -> dict[str, Any]:
    if client.form == "toml":
        return tomllib.loads(text)
    found: object = parse(text).value if text.strip() else {}
    if not isinstance(found, dict):
        msg = "no object is at the top"
        raise ValueError(msg)  # noqa: TRY004  (of the file, not of our types)
    return cast("dict[str, Any]", found)


def _under(rows: dict[str, Any], key: str) -> dict[str, Any]:
    found: object = rows.get(key)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _others(client: Client, rows: dict[str, Any]) -> dict[str, Any]:
    """Return everything of a configuration that is not ours."""
    servers = {name: row for name, row in _under(rows, client.root).items() if name != NAME}
    inputs = [row for row in rows.get("inputs", []) if row not in PROMPTS]
    rest = {name: value for name, value in rows.items() if name not in {client.root, "inputs"}}
    return {"servers": servers, "inputs": inputs, **rest}
