"""Ctrl-C: the command ends at once with 130, without a word, and no file is half written."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vultr_cost_mcp.cli import main
from vultr_cost_mcp.clients.client import Machine
from vultr_cost_mcp.terminal.console import interruptible

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")

INTERRUPTED = 130
PATIENCE = 60
PLAN = Path(__file__).parents[1] / "estimate" / "plans" / "create.json"


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """Hear it though the tests may run in the background of a shell, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Give a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        server.settimeout(PATIENCE)
        yield server


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("report", "--out", "month.html"), INTERRUPTED),
        (("report", "--format", "xlsx", "--out", "month.html"), INTERRUPTED),
        (("estimate", str(PLAN)), INTERRUPTED),
        (("collect",), INTERRUPTED),
        (("collect", "--every", "1h"), 0),
        (("check-budget",), INTERRUPTED),
        (("call", "export_costs"), INTERRUPTED),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_while_vultr_is_asked(
    command: tuple[str, ...], code: int, silent: socket.socket, tmp_path: Path
) -> None:
    (tmp_path / "month.html").write_text("before")
    settings = {
        "VULTR_API_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
        "VULTR_API_KEY": "A-KEY-0123456789",
        "VULTR_COST_STORE": f"sqlite:///{tmp_path}/kept.db",
        "VULTR_COST_EXPORT_DIR": str(tmp_path / "exports"),
    }
    with subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-m", "vultr_cost_mcp", *command],
        cwd=tmp_path,
        env={**os.environ, **settings},  # noqa: TID251
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        asked, _ = silent.accept()
        with asked:
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=PATIENCE) == (b"", b"")
    assert process.returncode == code
    assert (tmp_path / "month.html").read_text() == "before"
    left = {path.name for path in tmp_path.rglob("*") if not path.name.startswith("kept.db")}
    assert left == {"month.html"}


class Interrupted(io.StringIO):
    """A terminal on which somebody presses Ctrl-C instead of a key."""

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        signal.raise_signal(signal.SIGINT)
        return "y\n" if size else ""


class InterruptedBytes(io.BytesIO):
    """A pipe whose other end is silent until somebody presses Ctrl-C."""

    def read(self, size: int | None = -1, /) -> bytes:
        signal.raise_signal(signal.SIGINT)
        return b"" if size else b"{}"


def test_a_question_is_left_at_the_first_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event loop would take note of it, and go on waiting."""
    machine = Machine("linux", tmp_path, tmp_path / ".config", tmp_path)
    monkeypatch.setattr("vultr_cost_mcp.terminal.setup.this_machine", lambda: machine)
    monkeypatch.setattr(sys, "stdin", Interrupted())
    assert main(["setup", "cursor"]) == INTERRUPTED
    assert list(tmp_path.iterdir()) == []


def test_an_erasure_is_left_at_the_first_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VULTR_COST_STORE", f"sqlite:///{tmp_path}/kept.db")
    assert main(["--demo", "collect"]) == 0
    monkeypatch.setattr(sys, "stdin", Interrupted())
    assert main(["--demo", "history", "forget", "sample"]) == INTERRUPTED
    capsys.readouterr()
    assert main(["--demo", "history"]) == 0
    assert ": 1 account" in capsys.readouterr().out


def test_a_plan_that_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(InterruptedBytes()))
    assert main(["--demo", "estimate", "-"]) == INTERRUPTED


def test_before_a_command_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vultr_cost_mcp.cli.usable_settings", interrupt)
    assert main(["tools"]) == INTERRUPTED


def test_the_handler_of_before_is_put_back() -> None:
    """Where Ctrl-C is ignored, as behind nohup, it stays so; a thread has no signals."""
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    try:
        with pytest.raises(KeyboardInterrupt), interruptible():
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        assert noted == [signal.SIGINT]
        thread = threading.Thread(target=_wait)
        thread.start()
        thread.join()
        signal.raise_signal(signal.SIGINT)
        assert noted == [signal.SIGINT] * 2
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with interruptible():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def _wait() -> None:
    with interruptible():
        pass
