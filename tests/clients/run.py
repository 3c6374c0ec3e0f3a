"""Runs the clients that others use, and the official conformance suite, against the real server.

``make clients``, or ``python -m tests.clients.run``: needs npm and, for its first run, the network.
Packages are put into a temporary folder, or into one that is kept (``--folder``). Everything is
asked of the sample account on this machine; no key and no setting of yours is passed on. What
cannot run is skipped and says why. Ends with 0 if all that ran has passed, 1 if not, 2 on wrong
usage.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.clients.entries import Home, libraries, packages
from tests.clients.harness import (
    CLAUDE,
    INSPECTOR,
    OURS,
    SERVER,
    TOKEN,
    Folder,
    Package,
    Table,
    Transport,
    fail,
    last_line,
    on_server,
    read,
    say,
)

# The release, and the one before the next: it alone knows 2026-07-28, and judges check by check.
CONFORMANCE = ("conformance", "npm:@modelcontextprotocol/conformance@0.1.16")
CONFORMANCE_NEXT = ("conformance-next", "npm:@modelcontextprotocol/conformance@0.2.0-alpha.12")
TOOL = "get_cost_overview"
BASELINES = Path(__file__).parent.parent / "conformance"
ERAS = ("legacy", "modern")
SUITES = (
    (CONFORMANCE, "http, all scenarios", ("--suite", "all"), "baseline.yml"),
    (CONFORMANCE_NEXT, "http, 2025-11-25", ("--requirements", "2025-11-25"), "baseline-next.yml"),
    (CONFORMANCE_NEXT, "http, 2026-07-28", ("--requirements", "2026-07-28"), "baseline-next.yml"),
)

# --- The Inspector --------------------------------------------------------------------------------


class Inspector:
    """The Inspector's command line on one transport."""

    listed: frozenset[str] = frozenset()

    def __init__(self, folder: Folder, transport: Transport, url: str | None) -> None:
        self._folder = folder
        self._transport = transport
        self._url = url

    def rows(self, table: Table) -> None:
        """List the tools strictly and call one, in each era."""
        for era in ERAS:
            where = f"{self._transport}, {era}"
            table.run("inspector", f"{where}, list", self._list, era)
            table.run("inspector", f"{where}, call", self._call, era)

    def _list(self, era: str) -> str:
        answer, said = self._ask(era, "--method", "tools/list", "--strict")
        names = frozenset(tool["name"] for tool in answer["tools"])
        known = Inspector.listed = Inspector.listed or names
        if TOOL not in names or names != known:
            fail(f"other tools than elsewhere: {', '.join(sorted(names ^ known))}")
        warnings = len(re.findall(r"^Warning", said, re.MULTILINE))
        return f"{len(names)} tools, no error of portability, {warnings} warnings"

    def _call(self, era: str) -> str:
        answer, _ = self._ask(era, "--method", "tools/call", "--tool-name", TOOL)
        figures = answer["structuredContent"]
        if figures["account"] != "sample" or not answer["content"][0]["text"]:
            fail(f"not the sample account: {json.dumps(answer)[:200]}")
        return str(answer["content"][0]["text"].partition(" ")[0].strip("*"))

    def _ask(self, era: str, *what: str) -> tuple[dict[str, Any], str]:
        command = (*self._folder.script(INSPECTOR, "mcp-inspector"), "--cli")
        options = ("--protocol-era", era, "--format", "json", "--quiet")
        ran = self._folder.client((*command, *self._target(), *options, *what))
        answer: dict[str, Any] = json.loads(ran.sure("it"))["result"]
        return answer, ran.errors

    def _target(self) -> tuple[str, ...]:
        if self._url is None:
            return ("-e", "VULTR_COST_STORE=off", *SERVER, "--demo")
        header = ("--header", f"Authorization: Bearer {TOKEN}", "--stored-auth-only")
        return (self._url, "--transport", self._transport, *header)


# --- Claude Code ----------------------------------------------------------------------------------


def claude(folder: Folder, transport: Transport, url: str | None) -> str:
    """Configure the server, and see whether Claude Code connects to it."""
    program = folder.package(CLAUDE).parent.parent / ".bin" / "claude"
    name = f"costs-{transport}"
    target: tuple[str, ...]
    if url is None:
        target = (name, "-e", "VULTR_COST_STORE=off", "--", *SERVER, "--demo")
    else:
        header = ("--header", f"Authorization: Bearer {TOKEN}")
        target = ("--transport", transport, name, url, *header)
    folder.client((program, "mcp", "add", *target)).sure("mcp add")
    listed = folder.client((program, "mcp", "list")).sure("mcp list")
    line = next((line for line in listed.splitlines() if line.startswith(f"{name}:")), "no line")
    if not line.rstrip().endswith("✔ Connected"):
        fail(line)
    folder.client((program, "mcp", "remove", name)).sure("mcp remove")
    return "connected"


# --- Conformance ----------------------------------------------------------------------------------


def conformance(
    folder: Folder, package: Package, url: str, options: tuple[str, str], baseline: Path
) -> str:
    """Run the suite; a failure that is not in the baseline, or an entry that passes, fails it."""
    results = folder.home / f"{package[0]}-{options[1]}"
    given = ("--url", url, *options, "--expected-failures", baseline, "--output-dir", results)
    ran = folder.client((*folder.script(package, "conformance"), "server", *given))
    failed = section(ran.out, "Unexpected failures") + section(ran.out, "Stale baseline entries")
    if ran.code or failed:
        fail("; ".join(failed) or last_line(ran.errors or ran.out))
    scenarios = [
        [check["status"] for check in json.loads(read(path))]
        for path in results.rglob("checks.json")
    ]
    whole = sum(not {"FAILURE", "WARNING"} & set(checks) for checks in scenarios)
    checks = sum(checks.count("SUCCESS") for checks in scenarios)
    if not whole or not checks:
        fail(f"nothing was checked: {last_line(ran.out)}")
    expected = len(section(ran.out, "Expected failures"))
    return (
        f"{whole} of {len(scenarios)} scenarios pass whole, {checks} checks pass, "
        f"{expected} fail as expected"
    )


def section(text: str, title: str) -> list[str]:
    """The entries below a title of the suite's report."""
    plain = re.sub(r"\x1b\[\d+m", "", text)
    found = re.search(rf"^{title}.*:\n((?:  .*\n)+)", plain, re.MULTILINE)
    return [line.strip() for line in found.group(1).splitlines()] if found else []


# --- The table ------------------------------------------------------------------------------------


def run_all(table: Table, folder: Folder) -> None:
    """Run every client on every transport, then the conformance suites."""

    def clients(transport: Transport, url: str | None) -> None:
        Inspector(folder, transport, url).rows(table)
        table.run("claude mcp list", transport, claude, folder, transport, url)

    def suites(url: str) -> None:
        for package, on, options, name in SUITES:
            given = (folder, package, url, options, BASELINES / name)
            table.run(package[0], on, conformance, *given)

    home = Home(folder)

    def over_http(url: str) -> None:
        clients("http", url)
        home.rows(table, url)

    clients("stdio", None)
    home.rows(table, None)
    packages(table, home)
    libraries(table, home)
    on_server(table, folder, "http", TOKEN, over_http)
    on_server(table, folder, "sse", TOKEN, partial(clients, "sse"))
    # The suites have no way to send a token.
    on_server(table, folder, "http", None, suites)


def main() -> int:
    """Run everything and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="where packages are kept for the next run")
    given: Path | None = parser.parse_args().folder
    if given is not None and not Folder.is_ours(given):
        parser.error(f"{given} holds something else")
    table = Table()
    with TemporaryDirectory(prefix=OURS, ignore_cleanup_errors=True) as temporary:
        home = Path(temporary, "home")
        home.mkdir()
        path = Path(temporary, "packages") if given is None else given.resolve()
        say(f"{'client':<19} {'on what':<29} {'result':<8} {'sec':>5}  detail")
        run_all(table, Folder(path, home))
    counts = {result: table.count(result) for result in ("passed", "FAILED", "skipped")}
    say(", ".join(f"{number} {result}" for result, number in counts.items()))
    return 1 if counts["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
