"""A client, this machine, and how a client is told to reach the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

NAME: Final = "vultr-cost"
KEY: Final = "VULTR_API_KEY"
TOKEN: Final = "VULTR_COST_HTTP_TOKEN"  # noqa: S105  (a variable's name)
# Settings takes it for a missing key, and every tool then says what to set.
PLACEHOLDER: Final = "your-key-here"
TOKEN_PLACEHOLDER: Final = "your-token-here"  # noqa: S105  (says what to put there)
INPUT: Final = {
    "type": "promptString",
    "id": "vultr-api-key",
    "description": "Vultr API key",
    "password": True,
}
TOKEN_INPUT: Final = {
    "type": "promptString",
    "id": "vultr-cost-token",
    "description": "Token of the vultr-cost server",
    "password": True,
}
PROMPTS: Final = (INPUT, TOKEN_INPUT)


@dataclass(frozen=True, slots=True)
class Machine:
    """The folders of this machine and user.

    ``config`` is ~/.config on Linux, ~/Library/Application Support on macOS, %APPDATA% on Windows;
    ``project`` is the working folder.
    """

    system: Literal["linux", "darwin", "win32"]
    home: Path
    config: Path
    project: Path


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry for this server in a client's list of servers.

    ``step`` tells the user how to set the key or the token, ``prompt`` is the question
    that the client asks for it, if it can ask.
    """

    value: dict[str, Any]
    step: str
    prompt: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A client.

    ``path`` is its file, None if its servers are kept elsewhere; ``place`` then says where.
    ``also`` are further files of the same form that may hold its servers.
    ``root`` is the key of its servers, and ``by_hand`` is set if ``setup`` does not write the file.
    ``marks`` are files and folders, and ``programs`` commands, one of them there if it is
    installed. ``local`` makes the entry for a command, ``remote`` the one for an
    address; where that is None, ``no_remote`` says why. ``read_by`` is the program that has read
    both entries in ``make clients``, "" if the client cannot be installed there.
    """

    name: str
    title: str
    root: str
    local: Callable[[Sequence[str]], Entry]
    remote: Callable[[str], Entry] | None
    path: Callable[[Machine], Path] | None = None
    place: str = ""
    also: Callable[[Machine], Sequence[Path]] = lambda _: ()
    marks: Callable[[Machine], Sequence[Path]] = lambda _: ()
    programs: tuple[str, ...] = ()
    form: Literal["json", "toml", "yaml"] = "json"
    by_hand: bool = False
    no_remote: str = ""
    note: str = ""
    read_by: str = ""


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def started(command: Sequence[str]) -> dict[str, Any]:
    """Return a command as most clients write it: the program, and its arguments."""
    return {"command": command[0], "args": [*command[1:]]}
