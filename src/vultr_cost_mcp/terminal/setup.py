"""``setup``: write a client's configuration, after showing the change and asking."""

from __future__ import annotations

import difflib
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from vultr_cost_mcp.clients.configured import (
    block,
    changed,
    installed,
    own_command,
    read,
    this_machine,
)
from vultr_cost_mcp.clients.table import BY_NAME, CLIENTS
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.terminal.console import report_error, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from vultr_cost_mcp.clients.table import Client, Machine

_PRIVATE = 0o600


def run(options: argparse.Namespace) -> int:
    """Run ``setup``; return 1 if a change was not written."""
    machine, command = this_machine(), own_command()
    chosen = [BY_NAME[options.client]] if options.client else installed(machine)
    if options.print:
        for client in chosen or CLIENTS:
            say(f"{client.title}: {client.path(machine)}\n\n{block(client, command)}")
        return 0
    if not chosen:
        names = ", ".join(BY_NAME)
        report_error(f"No client was found on this machine. Name one: {names}.")
        return 1
    return max(_set_up(client, machine, command, yes=options.yes) for client in chosen)


def _set_up(client: Client, machine: Machine, command: Sequence[str], *, yes: bool) -> int:
    """Show the change to one client's configuration, and write it if the user consents."""
    path = client.path(machine)
    try:
        before = read(path)
        after = changed(client, before, command)
    except ConfigError as error:
        report_error(str(error))
        return 1
    if after == before.replace("\r\n", "\n"):
        say(f"{client.title}: nothing to do, {path} starts vultr-cost already.")
        return 0
    say(_difference(path, before, after))
    if not yes and not _is_confirmed(client, path):
        return 1
    try:
        write(path, after.replace("\n", "\r\n") if "\r\n" in before else after)
    except OSError as error:
        report_error(f"{path} could not be written: {error.strerror}. Nothing was changed.")
        return 1
    say(f"{client.title}: written to {path}. Restart it. {client.key_step}")
    return 0


def _difference(path: Path, before: str, after: str) -> str:
    old = before.replace("\r\n", "\n").splitlines()
    lines = difflib.unified_diff(old, after.splitlines(), str(path), str(path), lineterm="")
    return "\n".join(lines)


def _is_confirmed(client: Client, path: Path) -> bool:
    """Return whether the user consents; nobody is asked where there is no terminal."""
    if sys.stdin is None or not sys.stdin.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        report_error("Nothing was written: nobody can be asked here. Say --yes to write it.")
        return False
    sys.stderr.write(f"Write this to {path} for {client.title}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() in {"y", "yes"}:
        return True
    report_error("Nothing was written.")
    return False


def write(path: Path, text: str) -> None:
    """Replace a file in one step, so that it is never half written; its mode stays.

    A link stays a link: the file that it names is replaced.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else _PRIVATE
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        written.chmod(mode)
        written.replace(path)
    except OSError:
        written.unlink(missing_ok=True)
        raise
