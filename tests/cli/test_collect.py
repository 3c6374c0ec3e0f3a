"""``vultr-cost-mcp collect``: a line of JSON a record, its exit codes, and its end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.double import Status, VultrDouble
from tests.support.past import NOW, account
from vultr_cost_mcp import cli
from vultr_cost_mcp.terminal.values import span as seconds_of

PATIENCE = 60


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[VultrDouble]:
    """An account on a port of this machine, and a file to keep its records in."""
    with VultrDouble(account(), date=NOW) as running:
        monkeypatch.setattr(cli, "clock_of", lambda _: lambda: NOW)
        monkeypatch.setenv("VULTR_API_URL", running.url)
        monkeypatch.setenv("VULTR_API_KEY", running.key)
        monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "1000")
        monkeypatch.setenv("VULTR_COST_STORE", f"sqlite:///{tmp_path}/history.db")
        monkeypatch.delenv("VULTR_COST_CONFIG", raising=False)
        monkeypatch.delenv("VULTR_COST_DEMO", raising=False)
        yield running


def test_one_record_is_one_line(double: VultrDouble, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["collect"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    record = json.loads(line)
    assert (record["metrics"]["pending_charges"], record["stored"]) == ("6.27", True)
    assert {request.method for request in double.requests} == {"GET"}


def test_a_record_that_is_not_kept_is_printed_and_an_error(
    double: VultrDouble,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    del double
    (tmp_path / "note.txt").write_text("this is a note, and no database at all")
    monkeypatch.setenv("VULTR_COST_STORE", f"sqlite:///{tmp_path}/note.txt")
    assert cli.main(["collect"]) == 1
    ended = capsys.readouterr()
    assert json.loads(ended.out)["metrics"]["pending_charges"] == "6.27"
    assert ended.err.startswith("Not stored: ")


def test_an_account_that_cannot_be_read_is_an_error(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    double.fail("*", Status(401))
    assert cli.main(["collect"]) == 1
    ended = capsys.readouterr()
    assert ended.out == ""
    assert "VULTR_API_KEY" in ended.err


@pytest.mark.parametrize("span", ["1", "1w", "-1h", "0m", "59s", "8d", "h", "1.5h", "٣h", ""])
def test_a_span_that_is_none_is_wrong_usage(span: str) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["collect", "--every", span])
    assert end.value.code == 2


@pytest.mark.parametrize(
    ("span", "seconds"), [("60s", 60), ("30m", 1800), ("1h", 3600), ("7d", 604_800)]
)
def test_a_span_is_seconds(span: str, seconds: float) -> None:
    assert seconds_of(span) == seconds


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_goes_on_until_it_is_asked_to_stop(double: VultrDouble, sent: signal.Signals) -> None:
    # The next record is days away: a minute might end just now.
    command = [sys.executable, "-m", "vultr_cost_mcp", "collect", "--every", "7d"]
    double.date = None
    with subprocess.Popen(  # noqa: S603  (our own program)
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert first["stored"] is True
        process.send_signal(sent)
        rest, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, rest, errors) == (0, "", "")
