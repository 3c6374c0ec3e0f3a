"""The page about clients, made of the same table that ``setup`` writes from."""

# ruff: noqa: INP001  (a program beside the pages, not a package)

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path, PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from vultr_cost_mcp.clients.client import INPUT, NAME, Machine
from vultr_cost_mcp.clients.configured import PROGRAM, block
from vultr_cost_mcp.clients.known_clients import BY_NAME, CLIENTS

if TYPE_CHECKING:
    from vultr_cost_mcp.clients.client import Client, Entry

COMMAND = ("uvx", PROGRAM)
URL = "https://costs.example.com/mcp"
MACHINES = {
    "Linux": Machine("linux", Path("~"), Path("~/.config"), Path()),
    "macOS": Machine("darwin", Path("~"), Path("~/Library/Application Support"), Path()),
    "Windows": Machine("win32", Path("%USERPROFILE%"), Path("%APPDATA%"), Path()),
}
# What a sentence names as it is written in a file.
NAMES = re.compile(r"\b[A-Z]+_[A-Z_]+\b|\byour-\w+-here\b|\bkey_command\b")


def overview() -> str:
    """Give the table of clients: what ``setup`` does, the transports, what has read the entries."""
    rows = [
        (
            f"[{client.title}](#{anchor(client)})",
            f"`{client.name}`" if not client.by_hand else f"`{client.name}`, prints it",
            "both" if client.remote else "stdio",
            client.read_by or "its documents, 2026-11-28",
        )
        for client in CLIENTS
    ]
    head = ("Client", "`setup`", "Transports", "Entries checked with")
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def sections() -> str:
    """Give one section for each client, with its blocks."""
    return "\n\n".join(_section(client) for client in CLIENTS)


def anchor(client: Client) -> str:
    """Give the name that a heading has in a link."""
    return client.title.casefold().replace(" ", "-")


def cursor_link() -> str:
    """Give the address that opens Cursor with the entry; it names the key's variable."""
    config = json.dumps(BY_NAME["cursor"].local(COMMAND).value, separators=(",", ":"))
    given = {"name": NAME, "config": b64encode(config.encode()).decode()}
    return f"https://cursor.com/en/install-mcp?{urlencode(given)}"


def vscode_link() -> str:
    """Give the address that opens VS Code with the entry; VS Code asks for the key."""
    given = {
        "name": NAME,
        "config": json.dumps(BY_NAME["vscode"].local(COMMAND).value, separators=(",", ":")),
        "inputs": json.dumps([INPUT], separators=(",", ":")),
    }
    return f"https://insiders.vscode.dev/redirect/mcp/install?{urlencode(given, quote_via=quote)}"


LINKS = {
    "cursor": f"[Install in Cursor]({cursor_link()})",
    "vscode": f"[Install in VS Code]({vscode_link()})",
}


def _section(client: Client) -> str:
    own = _block(client, client.local(COMMAND))
    parts = [f"### {client.title}", LINKS.get(client.name, ""), _place(client), own]
    if client.remote:
        parts += ["Over HTTP:", _block(client, client.remote(URL))]
    else:
        parts.append(f"Over HTTP: not possible. {client.no_remote}")
    return "\n\n".join([*filter(None, parts), *filter(None, [client.note])])


def _block(client: Client, entry: Entry) -> str:
    return f"```{client.form}\n{block(client, entry).rstrip()}\n```\n\n{_with_names(entry.step)}"


def _with_names(sentence: str) -> str:
    return NAMES.sub(lambda name: f"`{name[0]}`", sentence)


def _place(client: Client) -> str:
    if client.path is None:
        return f"In {client.place}."
    places = {system: _shown(client.path(machine)) for system, machine in MACHINES.items()}
    if client.path(MACHINES["Linux"]).parent == Path():
        return f"In {places['Linux']} of a project, which everyone who works on it shares."
    if places["Linux"] == places["macOS"]:
        return f"In {places['Linux']}, on Windows {places['Windows']}."
    named = ", ".join(f"{place} ({system})" for system, place in places.items())
    return f"In {named}."


def _shown(path: PurePath) -> str:
    text = path.as_posix()
    return f"`{text.replace('/', chr(92)) if text.startswith('%') else text}`"
