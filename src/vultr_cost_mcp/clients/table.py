"""Every client in one row: its file, the place in it, and how it takes the key.

No row holds a key. A client that can name a variable does; VS Code asks for the key and keeps it
itself; the others get a placeholder that counts as no key. Formats as of 2026-11-28.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

NAME: Final = "vultr-cost"
KEY: Final = "VULTR_API_KEY"
# Settings takes it for a missing key, and every tool then says what to set.
PLACEHOLDER: Final = "your-key-here"
INPUT: Final = {
    "type": "promptString",
    "id": "vultr-api-key",
    "description": "Vultr API key",
    "password": True,
}


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
class Client:
    """A client. ``path`` is its file, ``root`` the key of its servers.

    ``marks`` are files and folders of which one is there if it is installed, ``programs`` commands
    of which one then is. ``key_step`` says what the user has to do about the key.
    """

    name: str
    title: str
    path: Callable[[Machine], Path]
    marks: Callable[[Machine], Sequence[Path]]
    root: str
    entry: Callable[[Sequence[str]], dict[str, Any]]
    key_step: str
    programs: tuple[str, ...] = ()
    form: Literal["json", "toml"] = "json"
    inputs: bool = False


_FROM_ENVIRONMENT: Final = f"Set {KEY} in the environment that starts it."
_BY_HAND: Final = (
    f"It expands no variables: put the key in the place of {PLACEHOLDER}, or name "
    "VULTR_COST_CONFIG with a key_command instead."
)


def _stdio(key: str, **more: Any) -> Callable[[Sequence[str]], dict[str, Any]]:
    def entry(command: Sequence[str]) -> dict[str, Any]:
        return {**more, "command": command[0], "args": [*command[1:]], "env": {KEY: key}}

    return entry


def _codex(command: Sequence[str]) -> dict[str, Any]:
    return {"command": command[0], "args": [*command[1:]], "env_vars": [KEY]}


def _zed(command: Sequence[str]) -> dict[str, Any]:
    return {"command": command[0], "args": [*command[1:]]}


def _opencode(command: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "local",
        "command": [*command],
        "environment": {KEY: f"{{env:{KEY}}}"},
        "enabled": True,
    }


def _zed_folder(machine: Machine) -> Path:
    if machine.system == "win32":
        return machine.config / "Zed"
    return machine.home / ".config" / "zed"


def _in_home(*parts: str) -> Callable[[Machine], Path]:
    return lambda machine: machine.home.joinpath(*parts)


def _in_config(*parts: str) -> Callable[[Machine], Path]:
    return lambda machine: machine.config.joinpath(*parts)


CLIENTS: Final[tuple[Client, ...]] = (
    Client(
        "claude-code",
        "Claude Code",
        lambda machine: machine.project / ".mcp.json",
        lambda machine: [machine.home / ".claude", machine.home / ".claude.json"],
        "mcpServers",
        _stdio(f"${{{KEY}}}", type="stdio"),
        _FROM_ENVIRONMENT,
        programs=("claude",),
    ),
    Client(
        "claude-desktop",
        "Claude Desktop",
        _in_config("Claude", "claude_desktop_config.json"),
        lambda machine: [machine.config / "Claude"],
        "mcpServers",
        _stdio(PLACEHOLDER),
        _BY_HAND,
    ),
    Client(
        "cursor",
        "Cursor",
        _in_home(".cursor", "mcp.json"),
        lambda machine: [machine.home / ".cursor"],
        "mcpServers",
        _stdio(f"${{env:{KEY}}}"),
        _FROM_ENVIRONMENT,
        programs=("cursor",),
    ),
    Client(
        "vscode",
        "VS Code and GitHub Copilot",
        _in_config("Code", "User", "mcp.json"),
        lambda machine: [machine.config / "Code"],
        "servers",
        _stdio("${input:vultr-api-key}", type="stdio"),
        "VS Code asks for the key at the first start and keeps it.",
        programs=("code",),
        inputs=True,
    ),
    Client(
        "copilot-cli",
        "GitHub Copilot CLI",
        _in_home(".copilot", "mcp-config.json"),
        lambda machine: [machine.home / ".copilot"],
        "mcpServers",
        _stdio(f"${{{KEY}}}", type="local", tools=["*"]),
        _FROM_ENVIRONMENT,
        programs=("copilot",),
    ),
    Client(
        "codex",
        "Codex",
        _in_home(".codex", "config.toml"),
        lambda machine: [machine.home / ".codex"],
        "mcp_servers",
        _codex,
        _FROM_ENVIRONMENT,
        programs=("codex",),
        form="toml",
    ),
    Client(
        "gemini",
        "Gemini CLI",
        _in_home(".gemini", "settings.json"),
        lambda machine: [machine.home / ".gemini"],
        "mcpServers",
        _stdio(f"${KEY}"),
        _FROM_ENVIRONMENT,
        programs=("gemini",),
    ),
    Client(
        "windsurf",
        "Windsurf",
        _in_home(".codeium", "windsurf", "mcp_config.json"),
        lambda machine: [machine.home / ".codeium" / "windsurf"],
        "mcpServers",
        _stdio(f"${{env:{KEY}}}"),
        _FROM_ENVIRONMENT,
        programs=("windsurf",),
    ),
    Client(
        "zed",
        "Zed",
        lambda machine: _zed_folder(machine) / "settings.json",
        lambda machine: [_zed_folder(machine)],
        "context_servers",
        _zed,
        _FROM_ENVIRONMENT,
        programs=("zed",),
    ),
    Client(
        "opencode",
        "opencode",
        lambda machine: machine.home / ".config" / "opencode" / "opencode.json",
        lambda machine: [machine.home / ".config" / "opencode"],
        "mcp",
        _opencode,
        _FROM_ENVIRONMENT,
        programs=("opencode",),
    ),
)
BY_NAME: Final = {client.name: client for client in CLIENTS}
