"""Every client in one row: its file, the place in it, and how it takes the key or the token.

No row holds a key. A client that can name a variable does; VS Code asks and keeps the answer
itself; the others get a placeholder that counts as no key. ``setup`` writes from these rows, and
docs/clients.md shows them. Formats as of 2026-11-28.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vultr_cost_mcp.clients.client import (
    INPUT,
    KEY,
    PLACEHOLDER,
    TOKEN,
    TOKEN_INPUT,
    TOKEN_PLACEHOLDER,
    Client,
    Entry,
    Machine,
    bearer,
    started,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_SET_KEY: Final = f"Set {KEY} in the environment that starts it."
_SET_TOKEN: Final = f"Set {TOKEN} in the environment that starts it."
_KEY_BY_HAND: Final = (
    f"It expands no variables: put the key in the place of {PLACEHOLDER}, or name "
    "VULTR_COST_CONFIG with a key_command instead."
)
_TOKEN_BY_HAND: Final = (
    f"It expands no variables: put the token in the place of {TOKEN_PLACEHOLDER}."
)
_SECRET: Final = "COPILOT_MCP_"  # noqa: S105  (how the names of its secrets begin)


def _stdio(
    key: str,
    step: str = _SET_KEY,
    prompt: Mapping[str, Any] | None = None,
    **more: Any,
) -> Callable[[Sequence[str]], Entry]:
    def entry(command: Sequence[str]) -> Entry:
        return Entry({**more, **started(command), "env": {KEY: key}}, step, prompt)

    return entry


def _http(
    token: str,
    step: str = _SET_TOKEN,
    prompt: Mapping[str, Any] | None = None,
    url: str = "url",
    **more: Any,
) -> Callable[[str], Entry]:
    def entry(address: str) -> Entry:
        return Entry({**more, url: address, "headers": bearer(token)}, step, prompt)

    return entry


def _codex(command: Sequence[str]) -> Entry:
    return Entry({**started(command), "env_vars": [KEY]}, _SET_KEY)


def _codex_http(address: str) -> Entry:
    return Entry({"url": address, "bearer_token_env_var": TOKEN}, _SET_TOKEN)


def _zed(command: Sequence[str]) -> Entry:
    return Entry(started(command), _SET_KEY)


def _opencode(command: Sequence[str]) -> Entry:
    return Entry(
        {
            "type": "local",
            "command": [*command],
            "environment": {KEY: f"{{env:{KEY}}}"},
            "enabled": True,
        },
        _SET_KEY,
    )


def _copilot_in_jetbrains(address: str) -> Entry:
    headers = bearer(TOKEN_PLACEHOLDER)
    return Entry({"url": address, "requestInit": {"headers": headers}}, _TOKEN_BY_HAND)


def _goose(kind: str, variable: str, **more: Any) -> Entry:
    step = f"goose takes {variable} from its keyring, or from the environment that starts it."
    common: dict[str, Any] = {
        "enabled": True,
        "name": "vultr-cost",
        "description": "Vultr costs, read only",
    }
    last: dict[str, Any] = {"env_keys": [variable], "envs": {}, "timeout": 300}
    return Entry({**common, "type": kind, **more, **last}, step)


def _goose_stdio(command: Sequence[str]) -> Entry:
    return _goose("stdio", KEY, cmd=command[0], args=[*command[1:]])


def _goose_http(address: str) -> Entry:
    return _goose("streamable_http", TOKEN, uri=address, headers=bearer(f"${{{TOKEN}}}"))


def _zed_folder(machine: Machine) -> Path:
    if machine.system == "win32":
        return machine.config / "Zed"
    return machine.home / ".config" / "zed"


def _goose_folder(machine: Machine) -> Path:
    if machine.system == "win32":
        return machine.config / "Block" / "goose" / "config"
    return machine.home / ".config" / "goose"


def _in_home(*parts: str) -> Callable[[Machine], Path]:
    return lambda machine: machine.home.joinpath(*parts)


def _in_config(*parts: str) -> Callable[[Machine], Path]:
    return lambda machine: machine.config.joinpath(*parts)


CLIENTS: Final[tuple[Client, ...]] = (
    Client(
        "claude-code",
        "Claude Code",
        "mcpServers",
        _stdio(f"${{{KEY}}}", type="stdio"),
        _http(f"${{{TOKEN}}}", type="http"),
        path=lambda machine: machine.project / ".mcp.json",
        also=lambda machine: [machine.home / ".claude.json"],
        marks=lambda machine: [machine.home / ".claude", machine.home / ".claude.json"],
        programs=("claude",),
        note="Claude Code asks once whether it may start a project's servers. For yourself alone, "
        "in every project: `claude mcp add vultr-cost --scope user -e "
        'VULTR_API_KEY="$VULTR_API_KEY" -- uvx vultr-cost-mcp`, which keeps the key in '
        "your own settings.",
        read_by="Claude Code 2.1.330",
    ),
    Client(
        "claude-desktop",
        "Claude Desktop",
        "mcpServers",
        _stdio(PLACEHOLDER, _KEY_BY_HAND),
        None,
        path=_in_config("Claude", "claude_desktop_config.json"),
        marks=lambda machine: [machine.config / "Claude"],
        no_remote="Its remote servers are connectors, which take no token of yours: see below.",
        note="The bundle `vultr-cost.mcpb` of a release does without this file, and keeps the "
        "key in the system's keychain.",
    ),
    Client(
        "cursor",
        "Cursor",
        "mcpServers",
        _stdio(f"${{env:{KEY}}}"),
        _http(f"${{env:{TOKEN}}}"),
        path=_in_home(".cursor", "mcp.json"),
        marks=lambda machine: [machine.home / ".cursor"],
        programs=("cursor",),
        note="For one project: the same in its `.cursor/mcp.json`.",
    ),
    Client(
        "vscode",
        "VS Code and GitHub Copilot",
        "servers",
        _stdio(
            "${input:vultr-api-key}",
            "VS Code asks for the key at the first start and keeps it.",
            INPUT,
            type="stdio",
        ),
        _http(
            "${input:vultr-cost-token}",
            "VS Code asks for the token at the first start and keeps it.",
            TOKEN_INPUT,
            type="http",
        ),
        path=_in_config("Code", "User", "mcp.json"),
        marks=lambda machine: [machine.config / "Code"],
        programs=("code",),
        note="For one project: the same in its `.vscode/mcp.json`. Sessions that run in the "
        "Copilot harness get no server that asks for a value: for them, set up GitHub "
        "Copilot CLI, whose file they read.",
    ),
    Client(
        "copilot-cli",
        "GitHub Copilot CLI",
        "mcpServers",
        _stdio(f"${{{KEY}}}", type="local", tools=["*"]),
        _http(f"${{{TOKEN}}}", type="http", tools=["*"]),
        path=_in_home(".copilot", "mcp-config.json"),
        marks=lambda machine: [machine.home / ".copilot"],
        programs=("copilot",),
        read_by="GitHub Copilot CLI 1.0.102",
    ),
    Client(
        "copilot-coding-agent",
        "GitHub Copilot coding agent",
        "mcpServers",
        _stdio(
            f"${_SECRET}{KEY}",
            f"Keep the key as the secret {_SECRET}{KEY} of the repository's copilot environment.",
            type="local",
            tools=["*"],
        ),
        _http(
            f"${_SECRET}{TOKEN}",
            f"Keep the token as the secret {_SECRET}{TOKEN} of the repository's copilot "
            "environment.",
            type="http",
            tools=["*"],
        ),
        place="the repository on GitHub: Settings, Copilot, Coding agent, MCP configuration",
        by_hand=True,
        note="It uses tools without asking, which is safe here: these tools only read. "
        "Its machine needs uv: a step with `astral-sh/setup-uv` in "
        "`copilot-setup-steps.yml`. Vultr accepts a key only from the addresses under "
        "Access Control, and GitHub's own machines change theirs: use a runner of your "
        "own, or a server over HTTP. It reads tools only, neither prompts nor resources.",
    ),
    Client(
        "codex",
        "Codex",
        "mcp_servers",
        _codex,
        _codex_http,
        path=_in_home(".codex", "config.toml"),
        marks=lambda machine: [machine.home / ".codex"],
        programs=("codex",),
        form="toml",
        read_by="Codex 0.171.0",
    ),
    Client(
        "gemini",
        "Gemini CLI",
        "mcpServers",
        _stdio(f"${KEY}"),
        _http(f"${TOKEN}", url="httpUrl"),
        path=_in_home(".gemini", "settings.json"),
        marks=lambda machine: [machine.home / ".gemini"],
        programs=("gemini",),
        note="Gemini CLI starts servers only in folders that you trust.",
        read_by="Gemini CLI 0.61.0",
    ),
    Client(
        "windsurf",
        "Windsurf",
        "mcpServers",
        _stdio(f"${{env:{KEY}}}"),
        _http(f"${{env:{TOKEN}}}", url="serverUrl"),
        path=_in_home(".codeium", "windsurf", "mcp_config.json"),
        marks=lambda machine: [machine.home / ".codeium" / "windsurf"],
        programs=("windsurf",),
    ),
    Client(
        "zed",
        "Zed",
        "context_servers",
        _zed,
        _http(TOKEN_PLACEHOLDER, _TOKEN_BY_HAND),
        path=lambda machine: _zed_folder(machine) / "settings.json",
        marks=lambda machine: [_zed_folder(machine)],
        programs=("zed",),
    ),
    Client(
        "jetbrains",
        "JetBrains AI Assistant and Junie",
        "mcpServers",
        _stdio(PLACEHOLDER, _KEY_BY_HAND),
        None,
        place="the IDE: Settings, Tools, AI Assistant or Junie, Model Context Protocol, Add, JSON",
        by_hand=True,
        no_remote="Its documents name no way to send a token.",
    ),
    Client(
        "jetbrains-copilot",
        "GitHub Copilot in JetBrains IDEs",
        "servers",
        _stdio(PLACEHOLDER, _KEY_BY_HAND),
        _copilot_in_jetbrains,
        place="the IDE: GitHub Copilot in the status bar, Edit Settings, Model Context Protocol, "
        "Configure",
        by_hand=True,
    ),
    Client(
        "opencode",
        "opencode",
        "mcp",
        _opencode,
        _http(f"{{env:{TOKEN}}}", type="remote", enabled=True),
        path=lambda machine: machine.home / ".config" / "opencode" / "opencode.json",
        marks=lambda machine: [machine.home / ".config" / "opencode"],
        programs=("opencode",),
        read_by="opencode 1.18.33",
    ),
    Client(
        "goose",
        "goose",
        "extensions",
        _goose_stdio,
        _goose_http,
        path=lambda machine: _goose_folder(machine) / "config.yaml",
        marks=lambda machine: [_goose_folder(machine)],
        programs=("goose",),
        form="yaml",
        by_hand=True,
    ),
)
BY_NAME: Final = {client.name: client for client in CLIENTS}
