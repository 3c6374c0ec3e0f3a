"""The program as it is started, at the highest log level: what it writes, to whom, and what not."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.hostile.planted import Headers, Vault, files_below, planted, sent
from tests.hostile.stage import CALLS
from tests.hostile.typed import TOKEN
from tests.hostile.typed import account as typed_account
from tests.support.double import Redirect, Status, VultrDouble
from tests.support.double.pipes import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.enable_socket

KEY = "S3C-the-key-of-the-account-itself"
PATIENCE = 60.0
# The program has no switch for it: whoever embeds it, or another library, may set the root logger.
LOUD = (
    "import logging, sys\n"
    "logging.basicConfig(level=logging.DEBUG, format='%(levelname)s %(name)s: %(message)s')\n"
    "from vultr_cost_mcp.cli import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)
PLAIN = "import sys\nfrom vultr_cost_mcp.cli import main\nsys.exit(main(sys.argv[1:]))\n"


class Program:
    """A run of the program with the streams in files, so that nothing of it blocks."""

    def __init__(
        self,
        double: VultrDouble,
        folder: Path,
        *arguments: str,
        code: str = LOUD,
        develop: bool = True,
        more: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.errors = folder / "errors"
        kept = ("PATH", "LANG", "PYTHONPATH")
        inherited = {name: os.environ[name] for name in kept if name in os.environ}  # noqa: TID251  (of a child)
        environment = {
            "HOME": str(folder),
            "PYTHONDEVMODE": "1" if develop else "",
            "VULTR_API_KEY": KEY,
            "VULTR_API_URL": double.url,
            "VULTR_COST_RATE_LIMIT": "1000",
            "VULTR_COST_STORE": f"sqlite:///{folder}/history.db",
            "VULTR_COST_EXPORT_DIR": str(folder / "files"),
            **(more or {}),
        }
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(  # noqa: S603  (this very program)
                [sys.executable, "-c", code, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**inherited, **environment},
            )
        self.said = b""
        self._rest = b""

    def send(self, line: bytes) -> None:
        """Write one line to its input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def ask(self, number: int, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.send(json.dumps(message).encode())
        while True:
            answer: dict[str, Any] = json.loads(self.line())
            if answer.get("id") == number:
                return answer

    def begin(self) -> None:
        """Shake hands."""
        client = {"name": "test", "version": "0"}
        self.ask(0, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        self.send(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')

    def line(self) -> bytes:
        """The next line that it writes."""
        assert self.process.stdout is not None
        until = time.monotonic() + PATIENCE
        while b"\n" not in self._rest:
            assert readable(self.process.stdout, until - time.monotonic()), "no answer"
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            assert piece, "the program has ended"
            self.said += piece
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def end(self) -> tuple[int, bytes]:
        """Wait for its end; the code, and all that it wrote to both streams."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        self.said += out
        return self.process.returncode, self.said + self.errors.read_bytes()


@pytest.fixture
def stranger() -> Iterator[VultrDouble]:
    """Another host, which a redirect points to."""
    with VultrDouble(planted()[0], key=KEY) as running:
        yield running


def faulty(double: VultrDouble, stranger: VultrDouble, vault: Vault) -> None:
    """Two answers that fail, each its own way, and secrets in all headers."""
    cookie, header = vault.new("cookie"), vault.new("header")
    double.fail("*", Headers((("Set-Cookie", cookie), ("X-Token", header))))
    double.fail("/blocks", Redirect(f"{stranger.url}/blocks?t={vault.new('location')}", 307))
    double.fail("/databases", Status(403, f"{vault.new('refusal')} permission"))


def check(program: Program, double: VultrDouble, vault: Vault, written: bytes) -> None:
    """No secret in what was written to a stream, sent, or left on the disk."""
    found = vault.found_in(written, "a stream") + vault.found_in(sent(double), "a request")
    for name, content in files_below(program.folder):
        found += vault.found_in(content, name)
    assert b"Traceback" not in written, written[written.find(b"Traceback") :][:1500]
    assert not found, found[:8]


def test_over_stdio_no_secret_leaves_the_process(tmp_path: Path, stranger: VultrDouble) -> None:
    """Every tool, with faults, at debug level and in development mode."""
    account, vault = planted()
    vault.known[KEY] = "the key"
    with VultrDouble(account, key=KEY) as double:
        faulty(double, stranger, vault)
        program = Program(double, tmp_path)
        program.begin()
        program.ask(1, "tools/list")
        for number, (name, arguments) in enumerate(CALLS, 2):
            answer = program.ask(number, "tools/call", name=name, arguments=arguments)
            assert "result" in answer, name
        code, written = program.end()
        check(program, double, vault, written)
    assert code == 0
    assert stranger.count() == 0


@pytest.mark.parametrize("call", [("call", "list_resource_costs"), ("collect",)], ids=" ".join)
def test_from_the_command_line_no_secret_leaves_the_process(
    call: tuple[str, ...], tmp_path: Path, stranger: VultrDouble
) -> None:
    """The same of the commands that ask once."""
    account, vault = planted()
    vault.known[KEY] = "the key"
    with VultrDouble(account, key=KEY) as double:
        faulty(double, stranger, vault)
        program = Program(double, tmp_path, *call)
        code, written = program.end()
        check(program, double, vault, written)
    assert code == 0
    assert stranger.count() == 0


def test_a_wrong_key_is_not_repeated(tmp_path: Path) -> None:
    """Neither the key nor the words of the refusal."""
    account, vault = planted()
    vault.known[KEY] = "the key"
    with VultrDouble(account, key="another") as double:
        double.fail("*", Status(401, f"Invalid API token {KEY} {vault.new('refusal')}"))
        program = Program(double, tmp_path, "call", "get_pending_charges")
        code, written = program.end()
        check(program, double, vault, written)
    assert code == 1


def _call(name: bytes, arguments: bytes) -> bytes:
    """A call of a tool as it stands on the wire."""
    params = b'{"name":' + name + b',"arguments":' + arguments + b"}"
    return b'{"jsonrpc":"2.0","id":9,"method":"tools/call","params":' + params + b"}"


RAW: tuple[bytes, ...] = (
    b"",
    b"not json",
    b"null",
    b"[]",
    b"[[[[[[",
    b"{}",
    b'{"jsonrpc":"2.0"}',
    b'{"jsonrpc":"2.0","id":{"a":1},"method":"tools/list"}',
    b'{"jsonrpc":"2.0","id":NaN,"method":"tools/list","params":{}}',
    b'{"jsonrpc":"2.0","id":9,"method":"tools/call","params":null}',
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"\\ud800"}}',
    _call(b"5", b"[]"),
    _call(b'"\\ud800"', b"{}"),
    _call(b'"list_invoices"', b'{"invoice_id":"\\ud800","\\udfff":"\\ud800"}'),
    _call(b'"check_budget"', b'{"monthly_budget":1e400}'),
    _call(b'"check_budget"', b'{"monthly_budget":' + b"9" * 5000 + b"}"),
    _call(b'"list_resource_costs"', b'{"query":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    _call(b'"list_resource_costs"', b'{"query":"' + b"a" * 3_000_000 + b'"}'),
    b"\xff\xfe\x00",
    b"\x00" * 100,
)


def test_nothing_that_is_written_to_its_input_ends_it(tmp_path: Path) -> None:
    """After every line that is no request it still answers the next one."""
    with VultrDouble(typed_account(), key=KEY) as double:
        program = Program(double, tmp_path, code=PLAIN)
        program.begin()
        for number, line in enumerate(RAW, 100):
            program.send(line)
            answer = program.ask(number, "tools/list")
            assert len(answer["result"]["tools"]) == len(CALLS), line[:80]
        code, written = program.end()
    assert code == 0
    told = written.replace(program.said, b"")
    assert b"Traceback" not in told, told[told.find(b"Traceback") :][:1500]
    for line in program.said.splitlines():
        # An error names what is wrong and repeats little of it.
        assert len(line) < 200_000


def test_what_is_logged_is_lines_of_ours_without_names_and_addresses(tmp_path: Path) -> None:
    """On standard error only; each line says how bad and where; no label, address or id."""
    with VultrDouble(typed_account(), key=KEY) as double:
        double.fail("/blocks", Status(404, TOKEN))
        program = Program(double, tmp_path, code=LOUD)
        program.begin()
        for number, (name, arguments) in enumerate(CALLS, 2):
            program.ask(number, "tools/call", name=name, arguments=arguments)
        program.end()
    told = program.errors.read_text("utf-8", "replace")
    lines = [line for line in told.splitlines() if line.strip()]
    assert TOKEN not in told
    assert not [line for line in lines if re.search(r"192\.0\.2\.|id-\d|evil\.example", line)][:3]
    assert not [line for line in lines if not re.match(r"[A-Z]+ [\w.]+: |<sys>|sys:1: ", line)][:3]


def test_as_it_is_started_it_logs_nothing_of_a_good_day(tmp_path: Path) -> None:
    """Nothing that a client shows or keeps, when all went well."""
    with VultrDouble(typed_account(), key=KEY) as double:
        program = Program(double, tmp_path, "call", "get_cost_overview", code=PLAIN, develop=False)
        code, _ = program.end()
    assert code == 0
    assert program.errors.read_bytes() == b""
