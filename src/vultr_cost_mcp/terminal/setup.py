"""``setup``: write a client's configuration, after showing the change and asking."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from vultr_cost_mcp.atomic_file import replace_file, why_unwritten
from vultr_cost_mcp.clients.configured import (
    block,
    changed,
    installed,
    own_command,
    read,
    starts_us,
    this_machine,
)
from vultr_cost_mcp.clients.known_clients import BY_NAME, CLIENTS
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.terminal.console import ask, report_error, say
from vultr_cost_mcp.terminal.masked import masked

if TYPE_CHECKING:
    import argparse

    from vultr_cost_mcp.clients.client import Client, Entry, Machine


def run(options: argparse.Namespace) -> int:
    """Run ``setup``; return 1 if a change was not written."""
    machine = this_machine()
    chosen = [BY_NAME[options.client]] if options.client else installed(machine)
    if options.print:
        able = [row for row in CLIENTS if row.remote or options.url is None]
        return max(_show(client, machine, options.url) for client in chosen or able)
    if not chosen:
        names = ", ".join(BY_NAME)
        report_error(f"No client was found on this machine. Name one: {names}.")
        return 1
    return max(_set_up(client, machine, options.url, yes=options.yes) for client in chosen)


def entry_for(client: Client, url: str | None) -> Entry:
    """Return a client's entry for a server over HTTP, or for the command of this machine.

    Raises ConfigError if the client cannot use a server over HTTP.
    """
    if url is None:
        return client.local(own_command())
    if client.remote is None:
        msg = f"{client.title} cannot use a server over HTTP. {client.no_remote}"
        raise ConfigError(msg)
    return client.remote(url)


def _show(client: Client, machine: Machine, url: str | None) -> int:
    """Print the block of one client, and where it belongs."""
    try:
        entry = entry_for(client, url)
    except ConfigError as error:
        report_error(str(error))
        return 1
    place = client.path(machine) if client.path else client.place
    say(f"{client.title}: {place}\n\n{block(client, entry)}")
    return 0


def _set_up(client: Client, machine: Machine, url: str | None, *, yes: bool) -> int:
    """Show the change to one client's configuration, and write it if the user consents."""
    if client.path is None or client.by_hand:
        return _by_hand(client, machine, url)
    path = client.path(machine)
    try:
        entry = entry_for(client, url)
        before = read(path)
        after = changed(client, before, entry)
    except ConfigError as error:
        report_error(str(error))
        return 1
    if after == before.replace("\r\n", "\n"):
        say(f"{client.title}: nothing to do, {path} has vultr-cost already.")
        return 0
    say(_difference(path, before, after))
    if not yes and not _is_confirmed(client, path):
        return 1
    try:
        Path(os.path.realpath(path)).parent.mkdir(parents=True, exist_ok=True)
        written = after.replace("\n", "\r\n") if "\r\n" in before else after
        replace_file(path, written.encode("utf-8"), keep=True)
    except OSError as error:
        report_error(
            f"{path} was not changed: {why_unwritten(error)}, or use --print and add it by hand."
        )
        return 1
    say(f"{client.title}: written to {path}. Restart it. {entry.step}")
    return 0


def _by_hand(client: Client, machine: Machine, url: str | None) -> int:
    """Print the block of a client whose servers are not written here; return 1 unless it has it."""
    if starts_us(client, machine):
        say(f"{client.title}: nothing to do, it has vultr-cost already.")
        return 0
    _show(client, machine, url)
    report_error(f"{client.title} is not written from here: add the block by hand.")
    return 1


def _difference(path: Path, before: str, after: str) -> str:
    """Return the lines that change and those around them, without secrets of any server."""
    old = before.replace("\r\n", "\n").splitlines()
    lines = difflib.unified_diff(old, after.splitlines(), str(path), str(path), lineterm="")
    return "\n".join(map(masked, lines))


def _is_confirmed(client: Client, path: Path) -> bool:
    """Return whether the user consents; nobody is asked where there is no terminal."""
    answer = ask(f"Write this to {path} for {client.title}? [y/N] ")
    if answer is None:
        report_error("Nothing was written: this is no terminal to ask on. Add --yes to write.")
        return False
    if answer.casefold() in {"y", "yes"}:
        return True
    report_error("Nothing was written.")
    return False
