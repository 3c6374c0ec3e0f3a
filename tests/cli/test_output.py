"""The command line where its output is of another encoding, full, closed or not read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "vultr_cost_mcp", "--demo")
FULL = Path("/dev/full")
CHINESE = json.dumps({"query": "账单😀"}, ensure_ascii=False)
UNWRITTEN = "The answer could not be written to standard output: "

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full: only Linux has it")


def run(shell: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a shell that does something to its streams."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VULTR")}  # noqa: TID251
    return subprocess.run(  # noqa: S603  (our own program)
        ["/bin/sh", "-c", f'"$@" {shell}', "sh", *COMMAND, *arguments],
        capture_output=True,
        timeout=300,
        check=False,
        env={**kept, "VULTR_COST_RATE_LIMIT": "1000", **variables},
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16", "utf-8"])
def test_json_is_json_in_every_encoding(encoding: str) -> None:
    """RFC 8259: what is not UTF-8 is escaped, and reads as the same text."""
    done = run("", "call", "list_resource_costs", "--args", CHINESE, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode(encoding))["filters"] == json.loads(CHINESE)


def test_text_is_written_in_every_encoding() -> None:
    """A character that the encoding lacks is no reason to say nothing."""
    done = run("", "check-budget", "--monthly", "5000", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (4, b"")
    assert done.stdout.decode("ascii").startswith("$5,004.38 spent")


@pytest.mark.parametrize(
    ("shell", "why"), [(">/dev/full", "No space left on device."), (">&-", "it is closed.")]
)
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["call", "get_bandwidth_usage"], 1),
        (["check-budget", "--monthly", "50000"], 0),
        (["check-budget", "--monthly", "5000"], 4),
        (["check-budget"], 5),
        (["collect"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_the_exit_code_is_the_documented_one_where_nothing_can_be_written(
    shell: str, why: str, arguments: list[str], code: int, tmp_path: Path
) -> None:
    """An answer that is lost is an error; a verdict is its exit code, a record is kept."""
    done = run(shell, *arguments, VULTR_COST_STORE=f"sqlite:///{tmp_path}/kept.db")
    assert done.returncode == code
    assert done.stderr.decode() == f"{UNWRITTEN}{why}\n"
    assert (tmp_path / "kept.db").exists() is (arguments == ["collect"])


@pytest.mark.parametrize(
    ("shell", "code"),
    [("2>/dev/full", 1), ("2>&-", 1), (">&- 2>&-", 1), (">/dev/full 2>/dev/full", 1)],
)
def test_what_cannot_be_complained_about_is_an_error_all_the_same(shell: str, code: int) -> None:
    """Nothing of it ends up on standard output, where an answer would be looked for."""
    done = run(shell, "call", "no_such_tool")
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


def test_a_reader_that_has_left_is_told_on_the_other_stream() -> None:
    """It has what it wanted: no traceback, and the exit code says that not all was written."""
    done = run("| true; exit 0", "call", "list_resource_costs", "--args", '{"limit": 200}')
    assert done.stderr.decode() in {f"{UNWRITTEN}Broken pipe.\n", ""}


@pytest.mark.parametrize("shell", [">/dev/full", ">&-"])
@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_help_that_cannot_be_written_ends_quietly(shell: str, argument: str) -> None:
    """Python itself would end with 120 and a message about an ignored exception."""
    done = run(shell, argument)
    assert done.returncode == 0
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("shell", ["<&-", ">&- </dev/null", "</dev/null"])
def test_a_server_that_nobody_can_talk_to_ends(shell: str) -> None:
    """The input has ended, or never was: nothing is wrong with the server."""
    done = run(shell)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
