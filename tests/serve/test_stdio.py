"""The real program as a client starts it: a child process that speaks over its pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.double import Account, Hang, VultrDouble
from tests.support.double.pipes import readable
from tests.support.stage import KEY, TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind"),
]

PATIENCE = 60.0
NOISY = """
import sys
from vultr_cost_mcp.accounts.account import WiredAccount
asked = WiredAccount.__call__
async def noisy(self, *arguments, **named):
    print("NOISE of a library")
    sys.stdout.write("NOISE without an end")
    return await asked(self, *arguments, **named)
WiredAccount.__call__ = noisy
from vultr_cost_mcp.cli import main
sys.exit(main(["--demo"]))
"""


class Child:
    """A server in a process of its own; everything that it writes is kept."""

    def __init__(self, *command: str, **environment: str) -> None:
        kept = (
            "PATH",
            "PYTHONPATH",
            "HOME",
            "LANG",
            "SYSTEMROOT",
            "VIRTUAL_ENV",
            "COVERAGE_PROCESS_START",
        )
        inherited = {name: os.environ[name] for name in kept if name in os.environ}  # noqa: TID251  (of a child)
        self.process = subprocess.Popen(  # noqa: S603  (this very program)
            [sys.executable, *(command or ("-m", "vultr_cost_mcp"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**inherited, **environment},
        )
        self.lines: list[bytes] = []
        self._number = 0

    def __enter__(self) -> Self:
        """Stand ready."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it whatever happened."""
        self.process.kill()
        self.process.communicate()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        self._number += 1
        self.send(method, id=self._number, params=params)
        while True:
            message: dict[str, Any] = json.loads(self._line())
            if message.get("id") == self._number:
                return message

    def send(self, method: str, **more: Any) -> None:
        """Send a message."""
        assert self.process.stdin is not None
        message = {"jsonrpc": "2.0", "method": method, **more}
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def initialize(self) -> dict[str, Any]:
        """Shake hands."""
        answer = self.ask(
            "initialize",
            protocolVersion="2025-06-18",
            capabilities={},
            clientInfo={"name": "test", "version": "0"},
        )
        self.send("notifications/initialized")
        result: dict[str, Any] = answer["result"]
        return result

    def end(self) -> tuple[int, bytes]:
        """Wait for the end; the code and what was written to standard error."""
        out, errors = self.process.communicate(timeout=PATIENCE)
        self.lines += out.splitlines()
        return self.process.returncode, errors

    def _line(self) -> bytes:
        assert self.process.stdout is not None
        assert readable(self.process.stdout, PATIENCE), "no answer"
        line = self.process.stdout.readline()
        assert line, "the program has ended"
        self.lines.append(line)
        return line


def assert_protocol_only(child: Child) -> None:
    """Nothing but JSON-RPC messages came out of standard output."""
    for line in child.lines:
        assert json.loads(line)["jsonrpc"] == "2.0"


@pytest.fixture
def hanging() -> Iterator[VultrDouble]:
    """Run a double that takes requests and never answers."""
    with VultrDouble(Account(), key=KEY) as double:
        double.fail("*", Hang())
        yield double


def test_it_starts_and_names_its_tools_without_key_and_network() -> None:
    """Initialize, tools/list and the end of input work with nothing set; a tool says what to do."""
    with Child(VULTR_API_URL="https://double.invalid/v2") as child:
        assert child.initialize()["serverInfo"]["name"] == "vultr-cost"
        tools = child.ask("tools/list")["result"]["tools"]
        assert {tool["name"] for tool in tools} == set(TOOLS)
        called = child.ask("tools/call", name="get_pending_charges", arguments={})["result"]
        assert called["isError"] is True
        assert "VULTR_API_KEY" in called["content"][0]["text"]
        code, errors = child.end()
    assert code == 0
    assert b"Traceback" not in errors
    assert_protocol_only(child)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VULTR_COST_BUDGET", "8k"),
        ("VULTR_COST_RATE_LIMIT", "fast"),
        ("VULTR_COST_CACHE_SECONDS", "-1"),
        ("VULTR_API_URL", "http://SECRET.example/v2"),
        ("VULTR_COST_DEMO", "maybe"),
        ("VULTR_COST_STORE", "SECRET"),
        ("VULTR_COST_STORE", "clickhouse://SECRET:x/"),
        ("VULTR_COST_CONFIG", "/nowhere/SECRET.toml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_by_the_tools(name: str, value: str) -> None:
    """A client shows nothing of a server that ends: it starts, and its tools say what is wrong."""
    with Child(**{"VULTR_API_KEY": KEY, name: value}) as child:
        child.initialize()
        assert len(child.ask("tools/list")["result"]["tools"]) == len(TOOLS)
        for tool in ("get_cost_overview", "check_budget", "get_cost_history", "collect_metrics"):
            called = child.ask("tools/call", name=tool, arguments={})["result"]
            assert called["isError"] is True
            assert name in called["content"][0]["text"]
            assert "SECRET" not in called["content"][0]["text"]
        code, errors = child.end()
    assert (code, errors) == (0, b"")


def test_lines_may_begin_with_a_byte_order_mark() -> None:
    """Some shells put one in front of the first line, some programs in front of every one."""
    with Child("-m", "vultr_cost_mcp", "--demo") as child:
        assert child.process.stdin is not None
        child.process.stdin.write(b"\xef\xbb\xbf")
        assert child.initialize()["serverInfo"]["name"] == "vultr-cost"
        child.process.stdin.write(b"\xef\xbb\xbf")
        assert len(child.ask("tools/list")["result"]["tools"]) == len(TOOLS)
        code, errors = child.end()
    assert (code, errors) == (0, b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """Code 0 and no trace, though the input is still open."""
    with Child("-m", "vultr_cost_mcp", "serve", "--demo") as child:
        child.initialize()
        child.process.send_signal(number)
        code = child.process.wait(PATIENCE)
        _, errors = child.end()
    assert code == 0
    assert b"Traceback" not in errors
    assert_protocol_only(child)


@pytest.mark.parametrize("way", ["SIGTERM", "end of input"])
def test_a_tool_that_is_busy_does_not_hold_it_up(way: str, hanging: VultrDouble) -> None:
    """A question that waits for Vultr is given up when the program is asked to end."""
    with Child(VULTR_API_URL=hanging.url, VULTR_API_KEY=KEY) as child:
        child.initialize()
        params = {"name": "get_pending_charges", "arguments": {}}
        child.send("tools/call", id=99, params=params)
        while hanging.count() < 2:
            hanging.stopping.wait(0.02)
        if way == "SIGTERM":
            child.process.send_signal(signal.SIGTERM)
            child.process.wait(PATIENCE)
        code, errors = child.end()
    assert code == 0
    assert b"Traceback" not in errors
    assert KEY.encode() not in errors
    assert_protocol_only(child)


@pytest.mark.parametrize("input_ends", [False, True])
def test_it_ends_when_nobody_reads_its_answers(input_ends: bool) -> None:  # noqa: FBT001
    """A client that is gone is no failure, also when something still holds the input open."""
    with Child("-m", "vultr_cost_mcp", "--demo") as child:
        child.initialize()
        assert child.process.stdin is not None
        assert child.process.stdout is not None
        child.process.stdout.close()
        child.send("tools/call", id=99, params={"name": "get_pending_charges", "arguments": {}})
        if input_ends:
            child.process.stdin.close()
            child.process.stdin = None
        assert child.process.wait(PATIENCE) == 0
        assert child.process.stderr is not None
        assert child.process.stderr.read() == b""


def test_what_is_printed_never_gets_between_the_messages() -> None:
    """A library that prints is heard on standard error, during the call and at the end."""
    with Child("-c", NOISY) as child:
        child.initialize()
        called = child.ask("tools/call", name="get_pending_charges", arguments={})["result"]
        assert not called.get("isError")
        code, errors = child.end()
    assert code == 0
    assert b"NOISE of a library" in errors
    assert_protocol_only(child)


def test_settings_that_cannot_be_used_end_it_with_two() -> None:
    """Over HTTP the variable is named on standard error, its value is not; nothing is written."""
    http = ("-m", "vultr_cost_mcp", "serve", "--transport", "http", "--port", "0")
    with Child(*http, VULTR_COST_RATE_LIMIT="SECRET-VALUE") as child:
        code, errors = child.end()
    assert code == 2
    assert b"VULTR_COST_RATE_LIMIT" in errors
    assert b"SECRET-VALUE" not in errors
    assert b"Traceback" not in errors
    assert child.lines == []
