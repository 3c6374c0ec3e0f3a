"""Packages from npm in a folder, processes, and a table of results: what clients are run with."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Literal, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# The folder's name for a package, and what npm is asked for.
INSPECTOR = ("@modelcontextprotocol/inspector", "2.12.0")
CLAUDE = ("@anthropic-ai/claude-code", "2.1.330")
# The clients that read the entries which setup writes, by their names there.
CLIENT_PACKAGES = {
    "claude-code": CLAUDE,
    "copilot-cli": ("@github/copilot", "1.0.102"),
    "codex": ("@openai/codex", "0.171.0"),
    "gemini": ("@google/gemini-cli", "0.61.0"),
    "opencode": ("opencode-ai", "1.18.33"),
}
BUNDLER = ("@anthropic-ai/mcpb", "2.1.2")
NODE_VERSION = "22.23.3"
NODE_AT_LEAST = (22, 19)

TOKEN = "0123456789abcdef-team-token"
PATIENCE = 120.0
INSTALL_PATIENCE = 600.0
STOP_SECONDS = 5.0
OURS = "vultr-cost-mcp-clients"
ROOT = Path(__file__).parents[2]
SERVER = (sys.executable, "-m", "vultr_cost_mcp")

Transport = Literal["stdio", "http", "sse"]
Package = tuple[str, str]


class SkippedError(Exception):
    """It cannot run here; why."""


class FailedError(Exception):
    """It ran and is not as it should be; how."""


def skip(why: str) -> NoReturn:
    """Say that it cannot run here."""
    raise SkippedError(why)


def fail(how: str) -> NoReturn:
    """Say that it is not as it should be."""
    raise FailedError(how)


def say(text: str) -> None:
    """Write a line."""
    print(text, flush=True)  # noqa: T201  (a program to be run)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    client: str
    what: str
    result: Literal["passed", "FAILED", "skipped"]
    detail: str
    seconds: float

    def line(self) -> str:
        """The row as text."""
        return (
            f"{self.client:<19} {self.what:<29} {self.result:<8} {self.seconds:5.1f}  {self.detail}"
        )


@dataclass
class Table:
    """Results, printed as they arrive."""

    rows: list[Row] = field(default_factory=list)

    def run(self, client: str, what: str, check: Callable[..., str], *given: object) -> None:
        """Run one check; what it returns is the detail."""
        begun = monotonic()
        result: Literal["passed", "FAILED", "skipped"] = "passed"
        try:
            detail = check(*given)
        except SkippedError as error:
            result, detail = "skipped", str(error)
        except FailedError as error:
            result, detail = "FAILED", str(error)
        except (LookupError, ValueError) as error:
            result, detail = "FAILED", f"its answer cannot be read: {error!r}"
        self.rows.append(Row(client, what, result, detail, monotonic() - begun))
        say(self.rows[-1].line())

    def count(self, result: str) -> int:
        """How many rows ended so."""
        return sum(row.result == result for row in self.rows)


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    errors: str

    def sure(self, what: str) -> str:
        """Return the output of a command; raises if it failed."""
        if self.code:
            fail(f"{what} ended with {self.code}: {last_line(self.errors or self.out)}")
        return self.out


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "nothing was said"


def inherited(*names: str) -> dict[str, str]:
    """Return the environment to pass on, without keys and settings of the server."""
    kept = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT", *names)
    return {name: os.environ[name] for name in kept if name in os.environ}  # noqa: TID251  (of children)


def run(
    command: Sequence[str | Path],
    folder: Path,
    environment: dict[str, str],
    patience: float,
    given: str = "",
) -> Ran:
    """Run a command in a folder; it and all that it started end when the time is over."""
    with TemporaryDirectory(dir=folder) as scratch:
        out, errors, told = (Path(scratch, name) for name in ("out", "errors", "told"))
        told.write_text(given, "utf-8")
        with (
            out.open("wb") as written,
            errors.open("wb") as complained,
            told.open("rb") as read_from,
        ):
            process = subprocess.Popen(  # noqa: S603  (pinned programs, arguments of our own)
                [str(part) for part in command],
                cwd=folder,
                env=environment,
                stdin=read_from,
                stdout=written,
                stderr=complained,
                start_new_session=True,
            )
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                fail(f"no end after {patience:.0f} seconds")
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        return Ran(process.returncode, read(out), read(errors))


def read(path: Path) -> str:
    """Return the content of a file."""
    return path.read_text("utf-8", "replace")


class Folder:
    """A folder for npm packages, with a home directory that clients may write to."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self.home = home
        self._npm = shutil.which("npm")
        self._node: Path | str | None = None
        self._failed: dict[str, str] = {}
        self.path.mkdir(parents=True, exist_ok=True)
        manifest = self.path / "package.json"
        if not manifest.exists():
            # The only packages whose scripts may run: they unpack what came with them.
            names = (CLAUDE[0], INSPECTOR[0], CLIENT_PACKAGES["opencode"][0])
            allowed = dict.fromkeys(names, True)
            content = {"name": OURS, "private": True, "allowScripts": allowed}
            manifest.write_text(json.dumps(content), "utf-8")

    @staticmethod
    def is_ours(path: Path) -> bool:
        """Return whether npm may use a folder: it is new, empty, or from an earlier run."""
        if not path.exists() or (path.is_dir() and not list(path.iterdir())):
            return True
        manifest = path / "package.json"
        return manifest.is_file() and json.loads(read(manifest)).get("name") == OURS

    def package(self, package: Package) -> Path:
        """Return a package's folder, installing it if needed."""
        name, wanted = package
        found = self.path / "node_modules" / name
        version = wanted.rpartition("@")[2]
        if self._version(found) != version:
            if self._npm is None:
                skip("npm is not installed")
            if name in self._failed:
                skip(self._failed[name])
            options = ("--save-exact", "--no-audit", "--no-fund", "--loglevel=error")
            command = (self._npm, "install", *options, f"{name}@{wanted}")
            # npm has settings of its own: its registry, its cache, a proxy.
            environment = inherited(*(name for name in os.environ if "VULTR" not in name))  # noqa: TID251
            installed = run(command, self.path, environment, INSTALL_PATIENCE)
            if installed.code or self._version(found) != version:
                said = installed.errors.strip().partition("\n")[0]
                self._failed[name] = f"npm could not install {name}: {said[:120]}"
                skip(self._failed[name])
        return found

    def script(self, package: Package, name: str) -> tuple[Path | str, Path]:
        """The command that runs a package's program."""
        found = self.package(package)
        programs: dict[str, str] | str = json.loads(read(found / "package.json"))["bin"]
        return self.node(), found / (programs if isinstance(programs, str) else programs[name])

    def program(self, package: Package, name: str) -> Path:
        """Return a package's program as npm links it, for those that are no script of Node."""
        self.package(package)
        return self.path / "node_modules" / ".bin" / name

    def node(self) -> Path | str:
        """A Node that is new enough: the system's, or one from npm."""
        if self._node is None:
            self._node = self._new_enough()
        return self._node

    def _new_enough(self) -> Path | str:
        system = shutil.which("node")
        if system is not None:
            said = run((system, "--version"), self.path, inherited(), PATIENCE).out
            numbers = tuple(int(number) for number in re.findall(r"\d+", said)[:2])
            if numbers >= NODE_AT_LEAST:
                return system
        names = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64"}
        machine = names.get(platform.machine(), platform.machine())
        name = f"node-{sys.platform}-{machine}"
        try:
            return self.package((name, NODE_VERSION)) / "bin" / "node"
        except SkippedError as error:
            wanted = ".".join(str(number) for number in NODE_AT_LEAST)
            skip(f"Node {wanted} or later is needed; {error}")

    def client(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path | None = None,
        given: str = "",
        **more: str,
    ) -> Ran:
        """Run a client: it sees nothing of the home and the settings of whoever runs this."""
        quiet = {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
        environment = {**inherited(), "HOME": str(self.home), "NO_COLOR": "1", **quiet, **more}
        return run(command, folder or self.home, environment, PATIENCE, given)

    @staticmethod
    def _version(found: Path) -> str | None:
        manifest = found / "package.json"
        return json.loads(read(manifest))["version"] if manifest.exists() else None


def on_server(
    table: Table,
    folder: Folder,
    transport: Transport,
    token: str | None,
    checks: Callable[[str], None],
) -> None:
    """Run the server while the checks run; that it starts and ends well is a row of its own."""
    log = folder.home / f"{transport}.log"
    command = (*SERVER, "serve", "--transport", transport, "--port", "0", "--demo")
    environment = {**inherited("VIRTUAL_ENV", "PYTHONPATH"), "VULTR_COST_STORE": "off"}
    if token is not None:
        environment["VULTR_COST_HTTP_TOKEN"] = token
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603  (this very program)
            command, cwd=folder.home, env=environment, stdin=subprocess.DEVNULL, stderr=errors
        )
    try:
        url = address(process, log)
        if url is not None:
            checks(url)
        table.run("server", f"{transport}, its end and its log", ending, process, log)
    finally:
        process.kill()
        process.wait()


def address(process: subprocess.Popen[bytes], log: Path) -> str | None:
    """Return the server's address, None if it has exited."""
    begun = monotonic()
    while monotonic() - begun < PATIENCE:
        found = re.search(r"http://\S+(?=\n)", read(log))
        if found:
            return found.group()
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            return None
    return None


def ending(process: subprocess.Popen[bytes], log: Path) -> str:
    """A server that is asked to stop ends with 0; it said where it listens and nothing else."""
    process.terminate()
    try:
        code = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        fail(f"it has not ended after {STOP_SECONDS:.0f} seconds")
    lines = read(log).splitlines()
    if code:
        fail(f"it ended with {code}: {last_line(read(log))}")
    if len(lines) != 1:
        fail(f"{len(lines)} lines instead of one, such as: {' '.join(lines[1:2])[:120]}")
    return "0, one line"
