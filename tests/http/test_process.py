"""The real program over HTTP: how it starts, how it is stopped, and the codes it ends with."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.support.double import Account, Hang, VultrDouble
from tests.support.double.pipes import readable
from tests.support.served import EVERYWHERE, JSON, PENDING, TOKEN
from tests.support.stage import KEY
from vultr_cost_mcp import cli

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Self

BEHIND_A_PROXY = (
    *("--transport", "http", "--port", "0"),
    *("--allowed-host", "costs.example.com", "--demo"),
)
pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind"),
    pytest.mark.skipif(
        "allowed_host" not in vars(cli._parser().parse_args(["serve"])),
        reason="the command line has no HTTP yet",
    ),
]

PATIENCE = 60.0
# Three seconds are promised, and given up are calls after 18: a slow machine may be in between.
STOP_SECONDS = 15.0
# A connection that says nothing is not closed before that either.
PATIENT = (
    "import sys\n"
    "from vultr_cost_mcp.transports import limits\n"
    "limits.HEAD_SECONDS = limits.BODY_SECONDS = limits.IDLE_SECONDS = 600\n"
    "from vultr_cost_mcp.cli import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)


class Server:
    """``vultr-cost-mcp serve`` in a process of its own."""

    def __init__(
        self, *options: str, command: Sequence[str] = ("-m", "vultr_cost_mcp"), **environment: str
    ) -> None:
        kept = ("PATH", "PYTHONPATH", "HOME", "LANG", "VIRTUAL_ENV")
        inherited = {name: os.environ[name] for name in kept if name in os.environ}  # noqa: TID251  (of a child)
        self.process = subprocess.Popen(  # noqa: S603  (this very program)
            [sys.executable, *command, "serve", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**inherited, "VULTR_COST_STORE": "off", **environment},
        )
        self.errors = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def address(self) -> Any:
        """Return the address at which it listens."""
        assert self.process.stderr is not None
        while b"Listening on" not in self.errors or not self.errors.endswith(b"\n"):
            assert readable(self.process.stderr, PATIENCE), "it does not start"
            piece = os.read(self.process.stderr.fileno(), 65_536)
            assert piece, f"it has ended: {self.errors!r}"
            self.errors += piece
        found = re.search(rb"http://\S+", self.errors)
        assert found, self.errors
        return urlsplit(found.group().decode())

    def end(self, number: signal.Signals | None = None) -> int:
        """Ask it to stop, and wait for less than for a call or a connection to end; its code."""
        if number is not None:
            self.process.send_signal(number)
            self.process.wait(STOP_SECONDS)
        out, errors = self.process.communicate(timeout=PATIENCE)
        self.errors += errors
        assert out == b""
        assert b"Traceback" not in self.errors
        return self.process.returncode


def ask(address: Any, method: str, path: str, **headers: str) -> int:
    """One request; its status."""
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=PATIENCE)
    try:
        body = json.dumps(PENDING) if method == "POST" else None
        connection.request(method, path, body, {**JSON, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def hanging() -> Iterator[VultrDouble]:
    """Run a double that takes requests and never answers."""
    with VultrDouble(Account(), key=KEY) as double:
        double.fail("*", Hang())
        yield double


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("transport", ["http", "sse"])
def test_a_signal_ends_it_cleanly(transport: str, number: signal.Signals) -> None:
    """Code 0 and no trace; the only line is the address."""
    with Server("--transport", transport, "--port", "0", "--demo") as server:
        address = server.address()
        assert address.path == {"http": "/mcp", "sse": "/sse"}[transport]
        assert ask(address, "GET", "/healthz") == 200
        assert server.end(number) == 0
        assert server.errors.count(b"\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("transport", ["http", "sse"])
def test_what_is_under_way_does_not_hold_it_up(
    transport: str, number: signal.Signals, hanging: VultrDouble
) -> None:
    """A call that waits for Vultr, a session, half a request and a silent connection."""
    given = {"VULTR_API_URL": hanging.url, "VULTR_API_KEY": KEY}
    options = ("--transport", transport, "--port", "0")
    with Server(*options, command=("-c", PATIENT), **given) as server, ExitStack() as ends:
        address = server.address()
        where = ("127.0.0.1", address.port)
        opened = [ends.enter_context(socket.create_connection(where, PATIENCE)) for _ in range(4)]
        head = f"host: 127.0.0.1:{address.port}\r\n"
        opened[0].sendall(f"GET /sse HTTP/1.1\r\n{head}\r\n".encode())
        opened[1].sendall(f"GET /healthz HTTP/1.1\r\n{head}".encode())
        opened[2].sendall(f"GET /readyz HTTP/1.1\r\n{head}\r\n".encode())
        if transport == "http":
            call = ends.enter_context(socket.create_connection(where, PATIENCE))
            body = json.dumps(PENDING).encode()
            lines = "".join(f"{name}: {value}\r\n" for name, value in JSON.items())
            length = f"content-length: {len(body)}\r\n"
            call.sendall(f"POST /mcp HTTP/1.1\r\n{head}{lines}{length}\r\n".encode() + body)
        while hanging.count() < 1:
            hanging.stopping.wait(0.02)
        assert server.end(number) == 0
        assert KEY.encode() not in server.errors


def result_of(address: Any, method: str, **params: Any) -> dict[str, Any]:
    """Ask in JSON-RPC; the result, which comes as the event of a stream."""
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=PATIENCE)
    try:
        asked = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
        connection.request("POST", "/mcp", json.dumps(asked), JSON)
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    (data,) = [line for line in text.splitlines() if line.startswith("data:")]
    result: dict[str, Any] = json.loads(data.removeprefix("data:"))["result"]
    return result


def test_an_exported_file_is_read_over_http(tmp_path: Path) -> None:
    """No path of the server in the answer: a resource, whose text is the file to the byte."""
    options = ("--transport", "http", "--port", "0", "--demo")
    with Server(*options, VULTR_COST_EXPORT_DIR=str(tmp_path)) as server:
        address = server.address()
        arguments = {"format": "focus", "period": "last_month"}
        exported = result_of(address, "tools/call", name="export_costs", arguments=arguments)
        answer, link = exported["structuredContent"], exported["content"][1]
        assert answer["path"] is None
        assert str(tmp_path) not in json.dumps(exported)
        assert link["uri"] == answer["uri"]
        (content,) = result_of(address, "resources/read", uri=link["uri"])["contents"]
        digest = hashlib.sha256(content["text"].encode()).hexdigest()
        assert digest == answer["sha256"]
        resources = result_of(address, "resources/list")["resources"]
        (listed,) = [one for one in resources if one["uri"] == link["uri"]]
        assert listed["size"] == answer["size_bytes"] == len(content["text"].encode())
        assert server.end(signal.SIGTERM) == 0


def test_beyond_this_machine_it_does_not_start_without_a_token() -> None:
    """Two: a setting is missing, and it is named."""
    for given in ({}, {"VULTR_COST_HTTP_TOKEN": ""}):
        with Server(
            "--transport", "http", "--host", EVERYWHERE, "--port", "0", "--demo", **given
        ) as server:
            assert server.end() == 2
            assert b"VULTR_COST_HTTP_TOKEN" in server.errors
            assert server.errors.count(b"\n") == 1


@pytest.mark.parametrize("token", ["", "a", "0123456789abcde", "${VULTR_COST_HTTP_TOKEN}"])
def test_behind_a_proxy_it_does_not_start_without_a_token(token: str) -> None:
    """The deployment of the documentation with a variable that is empty, short or unexpanded."""
    with Server(*BEHIND_A_PROXY, VULTR_COST_HTTP_TOKEN=token) as server:
        assert server.end() == 2
        assert b"VULTR_COST_HTTP_TOKEN" in server.errors
        assert server.errors.count(b"\n") == 1


def test_without_a_token_on_purpose_it_warns() -> None:
    """One line for the log, then the address."""
    with Server(*BEHIND_A_PROXY, "--no-auth") as server:
        address = server.address()
        assert ask(address, "POST", "/mcp", host="costs.example.com") == 200
        assert server.end(signal.SIGTERM) == 0
        warning = json.loads(server.errors.splitlines()[0])
        assert warning["level"] == "WARNING"
        assert "--no-auth" in warning["message"]


def test_with_a_token_it_does() -> None:
    """And asks for it."""
    options = ("--transport", "http", "--host", EVERYWHERE, "--port", "0", "--demo")
    with Server(*options, VULTR_COST_HTTP_TOKEN=TOKEN) as server:
        address = server.address()
        assert ask(address, "POST", "/mcp") == 401
        assert ask(address, "POST", "/mcp", authorization=f"Bearer {TOKEN}") == 200
        assert (
            ask(address, "POST", "/mcp", authorization=f"Bearer {TOKEN}", host="x.example") == 421
        )
        assert ask(address, "GET", "/readyz") == 200
        assert ask(address, "POST", "/mcp", authorization="Bearer SECRET-guess") == 401
        assert server.end(signal.SIGTERM) == 0
        assert TOKEN.encode() not in server.errors
        assert b"SECRET" not in server.errors
        warning = json.loads(server.errors.splitlines()[-1])
        assert warning["message"] == "wrong token from 127.0.0.1"


def test_a_port_that_is_taken_is_one_sentence_and_one() -> None:
    """Nothing is wrong with the settings."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with Server("--transport", "http", "--port", port, "--demo") as server:
            assert server.end() == 1
            assert f"port {port}".encode() in server.errors
            assert server.errors.count(b"\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--transport", "ws"),
        ("--transport", "http", "--port", "x"),
        ("--transport", "http", "--port", "70000"),
        ("--transport", "http", "--host", "no such host"),
        ("--transport", "http", "--allowed-host", "https://x.example"),
        ("--transport", "http", "--trusted-proxy", "proxy.example"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_two(options: tuple[str, ...]) -> None:
    """Said on standard error."""
    with Server(*options, "--demo") as server:
        assert server.end() == 2
        assert server.errors
