"""What ``setup`` writes and what a release holds, read by the clients that they are for.

The clients share a home, in which ``uvx`` is a script that notes the key which it is given and
starts the server on the sample account: a client that has connected has understood the entry, and
the key shows that it has expanded the variable.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from deploy.bundle import built
from deploy.packages import BUNDLE, VERSION
from tests.clients.harness import (
    BUNDLER,
    CLIENT_PACKAGES,
    ROOT,
    SERVER,
    TOKEN,
    Folder,
    Ran,
    Table,
    fail,
    inherited,
    read,
    run,
    skip,
)
from tests.clients.libraries import LIBRARIES
from vultr_cost_mcp.clients.client import KEY as KEY_NAME
from vultr_cost_mcp.clients.client import TOKEN as TOKEN_NAME
from vultr_cost_mcp.clients.known_clients import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "KEY-OF-NO-ACCOUNT-0123456789"
ADAPTERS = Path(sys.prefix) / "adapters" / "bin" / "python"
PROGRAMS = {"claude-code": "claude", "copilot-cli": "copilot"}
PLUGIN = "vultr-cost@vultr-cost-mcp"
TOOLS = 17


class Home:
    """A user's home, with the entries that ``setup`` writes."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.path = folder.home / "user"
        self.project = self.path / "project"
        self.keys = self.path / "keys"
        self.project.mkdir(parents=True)
        script = self.path / "bin" / "uvx"
        script.parent.mkdir()
        server = shlex.join(SERVER)
        script.write_text(
            f'#!/bin/sh\nshift\nprintf "%s" "${KEY_NAME}" > {shlex.quote(str(self.keys))}\n'
            f'VULTR_COST_DEMO=1 VULTR_COST_STORE=off exec {server} "$@"\n',
            "utf-8",
        )
        script.chmod(0o755)

    def rows(self, table: Table, url: str | None) -> None:
        """Set up every client and ask it for its servers."""
        checks: dict[str, Callable[[str | None], str]] = {
            "claude-code": self._claude,
            "copilot-cli": self._copilot,
            "codex": self._codex,
            "gemini": self._gemini,
            "opencode": self._opencode,
        }
        for name, check in checks.items():
            what = f"entry of setup, {'stdio' if url is None else 'http'}"
            table.run(f"{name} {CLIENT_PACKAGES[name][1]}", what, check, url)

    def ask(self, name: str, *arguments: str, given: str = "", **more: str) -> Ran:
        """Run one of the clients with its home, the key and the token in its environment."""
        program = self.folder.program(CLIENT_PACKAGES[name], PROGRAMS.get(name, name))
        return self.run(program, *arguments, given=given, **more)

    def run(self, program: Path | str, *arguments: str, given: str = "", **more: str) -> Ran:
        """Run a program in the project, with the home of this user."""
        node = Path(self.folder.node()).parent
        path = f"{self.path / 'bin'}:{node}:{inherited().get('PATH', '')}"
        environment = {"HOME": str(self.path), "PATH": path, KEY_NAME: KEY, TOKEN_NAME: TOKEN}
        command = (program, *arguments)
        return self.folder.client(
            command, folder=self.project, given=given, **{**environment, **more}
        )

    def set_up(self, name: str, url: str | None) -> dict[str, Any]:
        """Let ``setup`` write the entry; return it."""
        self.keys.unlink(missing_ok=True)
        options = () if url is None else ("--url", url)
        kept = inherited("VIRTUAL_ENV", "PYTHONPATH")
        kept.pop("PATH", None)
        self.run(*SERVER, "setup", name, "--yes", *options, **kept).sure("setup")
        client = BY_NAME[name]
        if url is None:
            return client.local(("uvx", "vultr-cost-mcp")).value
        if client.remote is None:
            fail("it has no entry for HTTP")
        return client.remote(url).value

    def connected(self, said: str, pattern: str, url: str | None, key: str = KEY) -> str:
        """Return how it is connected; fails if it is not, or if another key arrived."""
        if not re.search(pattern, said, re.MULTILINE):
            fail(" ".join(said.split())[-200:])
        if url is not None:
            return "connected, the token from its environment"
        arrived = read(self.keys) if self.keys.exists() else ""
        if arrived != key:
            fail(f"the server got {arrived!r} as its key")
        return "connected, the key from its environment"

    def _claude(self, url: str | None) -> str:
        self.set_up("claude-code", url)
        self._trust()
        said = self.ask("claude-code", "mcp", "list").sure("mcp list")
        return self.connected(said, r"^vultr-cost: .*✔ Connected$", url)

    def _trust(self) -> None:
        """Approve the project's servers, as a user does once."""
        settings = self.project / ".claude" / "settings.local.json"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(json.dumps({"enabledMcpjsonServers": ["vultr-cost"]}), "utf-8")
        state = self.path / ".claude.json"
        content: dict[str, Any] = json.loads(read(state)) if state.exists() else {}
        projects = content.setdefault("projects", {})
        projects.setdefault(str(self.project), {})["hasTrustDialogAccepted"] = True
        state.write_text(json.dumps(content), "utf-8")

    def _copilot(self, url: str | None) -> str:
        entry = self.set_up("copilot-cli", url)
        said = self.ask("copilot-cli", "mcp", "get", "vultr-cost", "--json").sure("mcp get")
        found = json.loads(said)["vultr-cost"]
        return _read_whole(entry, {name: found.get(name) for name in entry})

    def _codex(self, url: str | None) -> str:
        entry = self.set_up("codex", url)
        said = self.ask("codex", "mcp", "get", "vultr-cost", "--json").sure("mcp get")
        found = json.loads(said)["transport"]
        return _read_whole(entry, {name: found.get(name) for name in entry})

    def _gemini(self, url: str | None) -> str:
        self.set_up("gemini", url)
        ran = self.ask("gemini", "mcp", "list", GEMINI_CLI_TRUST_WORKSPACE="true")
        return self.connected(ran.out + ran.errors, r"✓ vultr-cost: .* - Connected", url)

    def _opencode(self, url: str | None) -> str:
        self.set_up("opencode", url)
        said = _plain(self.ask("opencode", "mcp", "list").sure("mcp list"))
        return self.connected(said, r"✓ vultr-cost +connected", url)


def _read_whole(entry: dict[str, Any], found: dict[str, Any]) -> str:
    if found != entry:
        fail(f"it has read {json.dumps(found)}")
    return "read as written; it connects only for a user who is logged in"


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text)


def packages(table: Table, home: Home) -> None:
    """Check and install what a release holds."""
    claude, gemini = (CLIENT_PACKAGES[name][1] for name in ("claude-code", "gemini"))
    table.run(f"claude-code {claude}", "plugin, validated", plugin_is_valid, home)
    table.run(f"claude-code {claude}", "plugin, installed", plugin_installs, home)
    table.run(f"gemini {gemini}", "extension, installed", extension_installs, home)
    table.run(f"mcpb {BUNDLER[1]}", "bundle, validated", bundle_is_valid, home)


def plugin_is_valid(home: Home) -> str:
    """Validate the marketplace, the plugin and its skill, with warnings as errors."""
    for path in (ROOT, ROOT / "deploy" / "claude-code"):
        home.ask("claude-code", "plugin", "validate", "--strict", str(path)).sure("validate")
    return "marketplace, plugin and skill, no warnings"


def plugin_installs(home: Home) -> str:
    """Install the plugin from this checkout, give it a key, and see whether it connects."""
    (home.project / ".mcp.json").unlink(missing_ok=True)
    home.ask("claude-code", "plugin", "marketplace", "add", str(ROOT)).sure("marketplace add")
    home.ask("claude-code", "plugin", "install", PLUGIN).sure("install")
    own = "KEY-OF-THE-PLUGIN-0123456789"
    values = json.dumps({"api_key": own})
    home.ask("claude-code", "plugin", "configure", PLUGIN, "--values-stdin", given=values).sure(
        "configure"
    )
    home.keys.unlink(missing_ok=True)
    said = home.ask("claude-code", "mcp", "list").sure("mcp list")
    home.connected(said, r"^plugin:vultr-cost:vultr-cost: .*✔ Connected$", None, own)
    home.ask("claude-code", "plugin", "uninstall", PLUGIN).sure("uninstall")
    return "connected, the key from its settings"


def extension_installs(home: Home) -> str:
    """Install the extension, give it a key, and see whether it connects."""
    (home.path / ".gemini" / "settings.json").unlink(missing_ok=True)
    trusted = {"GEMINI_CLI_TRUST_WORKSPACE": "true"}
    path = str(ROOT / "deploy" / "gemini")
    home.ask("gemini", "extensions", "validate", path, **trusted).sure("validate")
    own = "KEY-OF-THE-EXTENSION-0123456789"
    install = ("extensions", "install", path, "--consent")
    home.ask("gemini", *install, given=f"{own}\n", **trusted).sure("install")
    home.keys.unlink(missing_ok=True)
    ran = home.ask("gemini", "mcp", "list", **trusted)
    pattern = r"✓ vultr-cost \(from vultr-cost\): .* - Connected"
    home.connected(ran.out + ran.errors, pattern, None, own)
    home.ask("gemini", "extensions", "uninstall", "vultr-cost", **trusted).sure("uninstall")
    return "connected, the key from its settings"


def bundle_is_valid(home: Home) -> str:
    """Unpack the bundle, validate its manifest, and pack it again."""
    path = home.path / BUNDLE
    path.write_bytes(built()[BUNDLE])
    unpacked = home.path / "bundle"
    program = [str(part) for part in home.folder.script(BUNDLER, "mcpb")]
    for what in (
        ("unpack", str(path), str(unpacked)),
        ("validate", str(unpacked / "manifest.json")),
        ("pack", str(unpacked), str(home.path / "again.mcpb")),
    ):
        home.run(*program, *what).sure(what[0])
    with ZipFile(path) as mine, ZipFile(home.path / "again.mcpb") as theirs:
        if sorted(mine.namelist()) != sorted(theirs.namelist()):
            fail("it packs other files")
        return f"{len(mine.namelist())} files, version {VERSION}"


def libraries(table: Table, home: Home) -> None:
    """Call every tool through the agent libraries of others."""
    for library in LIBRARIES:
        table.run(library, "every tool called, stdio", called, home, library)


def called(home: Home, library: str) -> str:
    """Call every tool through one library; each has to answer."""
    if not ADAPTERS.exists():
        skip("no agent libraries: make engines installs them")
    records = home.path / "records"
    environment = {
        **inherited("VIRTUAL_ENV", "PYTHONPATH"),
        "HOME": str(home.path),
        "VULTR_COST_STORE": f"sqlite:///{records}.db",
        "VULTR_COST_EXPORT_DIR": str(records),
    }
    command = (ADAPTERS, ROOT / "tests" / "clients" / "libraries.py", library, *SERVER, "--demo")
    ran = run(command, home.project, environment, 300.0)
    found: dict[str, str | None] = json.loads(ran.sure("it"))
    failed = [f"{name}: {why}" for name, why in found.items() if why is not None]
    if failed or len(found) != TOOLS:
        fail(f"{len(found)} tools called; {'; '.join(failed)}"[:200])
    return f"{len(found)} tools called, {len(found)} answered"
