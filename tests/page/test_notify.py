"""``collect --notify``: each crossing is one message, whoever takes it and whenever."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.double import VultrDouble
from tests.support.machines import wire_account
from tests.support.nouns import at, usd
from tests.support.simulator import Machine
from vultr_cost_mcp import cli
from vultr_cost_mcp.history.notices import LEASE_SECONDS, SentNotices

pytestmark = [
    # Of what apprise imports and has open.
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
    pytest.mark.skipif(find_spec("apprise") is None, reason="an extra: notify"),
]

NOW = at("2026-11-18T14:05")
SECRET = "s3cr3t-token"
VARIABLES = "VULTR_API_KEY", "VULTR_API_URL", "VULTR_COST_BUDGET", "VULTR_COST_CONFIG"


class Inbox:
    """A receiver on a port of this machine; ``down`` refuses everything."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.down = False
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if not inbox.down:
                    inbox.got.append(json.loads(body))
                self.send_response(503 if inbox.down else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Write nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Its Apprise address, with a secret."""
        return f"json://user:{SECRET}@127.0.0.1:{self.server.server_port}/"

    @property
    def titles(self) -> list[str]:
        """The titles of what it took."""
        return [str(row["title"]) for row in self.got]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Run a receiver."""
    made = Inbox()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@contextmanager
def _double(monkeypatch: pytest.MonkeyPatch) -> Iterator[VultrDouble]:
    server = Machine("web", "192.0.2.1", ((at("2025-01-01"), usd(672)),))
    account = wire_account([server], NOW)
    account.account["pending_charges"] = usd(423)
    with VultrDouble(account, date=NOW) as running:
        monkeypatch.setenv("VULTR_API_URL", running.url)
        monkeypatch.setenv("VULTR_API_KEY", running.key)
        monkeypatch.setattr(cli, "clock_of", lambda _: lambda: NOW)
        yield running


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[VultrDouble]:
    """One server of a dollar an hour: $423.00 spent, $672.00 projected."""
    for name in (*VARIABLES, "VULTR_COST_DEMO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "1000")
    monkeypatch.setenv("VULTR_COST_STORE", f"sqlite:///{tmp_path / 'store.db'}")
    with _double(monkeypatch) as running:
        yield running


def test_a_crossing_is_one_message(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not again after a restart; spent is another crossing than projected."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "600")
    for _ in range(2):
        assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert inbox.titles == ["Vultr budget VULTR_COST_BUDGET will break"]
    body = inbox.got[0]["message"]
    assert "$423.00 spent, $672.00 projected, budget $600.00" in body
    assert "/2026-11/budget/VULTR_COST_BUDGET/projected" in body
    monkeypatch.setenv("VULTR_COST_BUDGET", "423")
    assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert inbox.titles[1:] == ["Vultr budget VULTR_COST_BUDGET is spent"]


def test_inside_the_budget_there_is_no_message(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A projection of all but a cent is inside."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "672.01")
    assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert inbox.got == []


def test_a_receiver_that_is_down_gets_it_later(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """1, and nothing of the address is said; the record is kept all the same."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "600")
    inbox.down = True
    assert cli.main(["collect", "--notify", inbox.url]) == 1
    printed = capsys.readouterr()
    assert '"stored": true' in printed.out
    assert "Not sent: Vultr budget" in printed.err
    assert SECRET not in printed.err + printed.out
    inbox.down = False
    assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert inbox.titles == ["Vultr budget VULTR_COST_BUDGET will break"]


def test_a_dry_run_prints_and_keeps_nothing(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message comes with the next real run."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "600")
    assert cli.main(["collect", "--dry-run", "--notify", inbox.url]) == 0
    assert "Vultr budget VULTR_COST_BUDGET will break" in capsys.readouterr().out
    assert inbox.got == []
    assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert len(inbox.got) == 1


def test_credit_that_ends_is_told_once_a_payment(
    account: VultrDouble, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the days; a new payment is a new crossing."""
    # 500 dollars of credit last 77 hours more: until 21 November.
    account.account.account |= {"balance": -500, "last_payment_date": "2026-11-01T00:00:00+00:00"}
    assert cli.main(["collect", "--notify", inbox.url, "--credit-days", "2"]) == 0
    assert inbox.got == []
    for _ in range(2):
        assert cli.main(["collect", "--notify", inbox.url, "--credit-days", "3"]) == 0
    assert inbox.titles == ["Vultr credit ends"]
    assert "21 Nov 2026: $77.00 left" in inbox.got[0]["message"]
    account.account.account["last_payment_date"] = "2026-11-18T00:00:00+00:00"
    assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert len(inbox.got) == 2
    del monkeypatch


def test_the_digest_is_the_report_once_a_week(inbox: Inbox) -> None:
    """In Markdown, with its week as the id."""
    for _ in range(2):
        assert cli.main(["collect", "--notify", inbox.url, "--digest", "weekly"]) == 0
    assert inbox.titles == ["Vultr costs, November 2026"]
    assert "digest/2026-W47" in inbox.got[0]["message"]
    assert "$672.00" in inbox.got[0]["message"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--notify", f"nosuch://{SECRET}@x"], "no known service"),
        (["--notify", "@/no/such/file"], "cannot be read"),
        (["--digest", "weekly"], "--digest needs --notify"),
    ],
)
def test_what_cannot_be_sent_to_is_wrong_usage(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """2, before anything is read; an address is never repeated."""
    assert cli.main(["collect", *arguments]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert SECRET not in printed.err
    assert printed.out == ""


def test_without_a_history_there_are_no_messages(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each would be sent with every record."""
    monkeypatch.setenv("VULTR_COST_STORE", "off")
    assert cli.main(["collect", "--notify", inbox.url]) == 2
    assert "--notify needs a history" in capsys.readouterr().err


def test_addresses_in_a_file(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """@FILE keeps secrets out of the list of processes."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "600")
    file = tmp_path / "receivers"
    file.write_text(f"# team\n{inbox.url}\n\n", "utf-8")
    assert cli.main(["collect", "--notify", f"@{file}"]) == 0
    assert len(inbox.got) == 1


def test_of_two_processes_one_sends(tmp_path: Path) -> None:
    """A claim is one process's until it is settled, given back, or runs out."""
    one, other = (SentNotices(tmp_path / "n.db") for _ in range(2))
    assert one.claim("a", NOW)
    assert not other.claim("a", NOW + timedelta(seconds=LEASE_SECONDS - 1))
    # The first process ended between claim and message.
    late = NOW + timedelta(seconds=LEASE_SECONDS)
    assert other.claim("a", late)
    other.settle("a", late, sent=True)
    assert not one.claim("a", late + timedelta(days=400))
    assert one.is_sent("a")
    assert one.claim("b", NOW)
    one.settle("b", NOW, sent=False)
    assert other.claim("b", NOW)


def test_many_claims_at_once_have_one_winner(tmp_path: Path) -> None:
    """The file decides, not the order of questions."""
    won: list[bool] = []
    start = threading.Barrier(8)

    def claim() -> None:
        notices = SentNotices(tmp_path / "n.db")
        start.wait()
        won.append(notices.claim("a", NOW))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]
