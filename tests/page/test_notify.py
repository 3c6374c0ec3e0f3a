"""``collect --notify``: each crossing is one message, whoever takes it and whenever."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import from_thread

from tests.support.double import Account, Rule, Status, VultrDouble
from tests.support.machines import GPU, wire_account
from tests.support.nouns import at, usd
from tests.support.simulator import Machine
from vultr_cost_mcp import cli
from vultr_cost_mcp.history.notices import LEASE_SECONDS, SentNotices
from vultr_cost_mcp.page.messages import Message
from vultr_cost_mcp.terminal.notify import Notifier

pytestmark = [
    # Of what apprise imports and has open.
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
    pytest.mark.skipif(find_spec("apprise") is None, reason="an extra: notify"),
]

NOW = at("2026-11-18T14:05")
SECRET = "s3cr3t-token"
VARIABLES = "VULTR_API_KEY", "VULTR_API_URL", "VULTR_COST_BUDGET", "VULTR_COST_CONFIG"


class Inbox:
    """A receiver on a port of this machine.

    ``down`` refuses everything; ``damaged`` takes it, with headers that break the rules.
    """

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.down = False
        self.damaged = False
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if not inbox.down:
                    inbox.got.append(json.loads(body))
                self.send_response(503 if inbox.down else 200)
                if inbox.damaged:
                    self.wfile.write(b"HTTP/1.0 200 OK\r\nno header\r\n\r\n")
                    return
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Write nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Its Apprise address, with a secret as the password and in the path."""
        return f"json://user:{SECRET}@127.0.0.1:{self.server.server_port}/{SECRET}/"

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


def _machines() -> list[Machine]:
    return [Machine("web", "192.0.2.1", ((at("2025-01-01"), usd(672)),))]


def _account(machines: list[Machine], now: datetime) -> Account:
    account = wire_account(machines, now)
    account.account["pending_charges"] = sum((row["total"] for row in account.pending), usd(0))
    return account


def _set(
    double: VultrDouble, machines: list[Machine], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put an account of another moment in the place of the double's."""
    double.account, double.date = _account(machines, now), now
    monkeypatch.setattr(cli, "clock_of", lambda _: lambda: now)


@contextmanager
def _double(monkeypatch: pytest.MonkeyPatch) -> Iterator[VultrDouble]:
    with VultrDouble(_account(_machines(), NOW), date=NOW) as running:
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
    assert body.endswith("/2026-11/budget/VULTR_COST_BUDGET/600.00/projected")
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
        (["--notify", f"@json://u:{SECRET}@x"], "cannot be read"),
        ([f"json://u:{SECRET}@x"], "unrecognized arguments: json://..."),
        (["--notfy", f"json://u:{SECRET}@x"], "did you mean --notify?"),
        (["--digest", "weekly"], "--digest needs --notify"),
    ],
)
def test_what_cannot_be_sent_to_is_wrong_usage(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """2, before anything is read; an address is never repeated."""
    try:
        status: object = cli.main(["collect", *arguments])
    except SystemExit as ended:
        status = ended.code
    assert status == 2
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
    assert not one.is_sent(["a"])
    assert one.claim(["a"], NOW)
    assert not other.claim(["a"], NOW + timedelta(seconds=LEASE_SECONDS - 1))
    # The first process ended between claim and message.
    late = NOW + timedelta(seconds=LEASE_SECONDS)
    assert other.claim(["a"], late)
    other.settle(["a"], late, sent=True)
    assert not one.claim(["a"], late + timedelta(days=400))
    assert one.is_sent(["a"])
    assert one.claim(["b"], NOW)
    one.settle(["b"], NOW, sent=False)
    assert other.claim(["b"], NOW)
    if sys.platform != "win32":
        assert (tmp_path / "n.db").stat().st_mode & 0o777 == 0o600


def test_a_stretch_of_days_that_grows_is_one_message(tmp_path: Path) -> None:
    """Also when the days that were told are no longer among it."""
    notices = SentNotices(tmp_path / "n.db")
    assert notices.claim(["d1", "d2"], NOW)
    notices.settle(["d1", "d2"], NOW, sent=True)
    assert not notices.claim(["d2", "d3"], NOW)
    assert not notices.claim(["d3", "d4"], NOW)
    assert notices.claim(["d6"], NOW)


def test_two_processes_send_one_message_each_once(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started together on one history; a third run finds everything sent."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "6000")
    monkeypatch.setenv("VULTR_COST_DEMO", "1")
    command = [sys.executable, "-m", "vultr_cost_mcp", "collect", "--notify", inbox.url]
    for number in (2, 1):
        running = [
            subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  (our own program)
            for _ in range(number)
        ]
        assert [process.wait(120) for process in running] == [0] * number
        assert len(inbox.titles) == len(set(inbox.titles)) == 3
    assert "Vultr budget VULTR_COST_BUDGET will break" in inbox.titles


def test_two_accounts_without_a_name_have_messages_of_their_own(
    account: VultrDouble, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They share a history, and are told apart by the id that it keeps them under."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "600")
    for name in ("one", "two"):
        server = Machine(name, "192.0.2.1", ((at("2025-01-01"), usd(672)),))
        _set(account, [server], NOW, monkeypatch)
        account.account.account["email"] = f"{name}@example.com"
        account.key = name.upper() * 12
        monkeypatch.setenv("VULTR_API_KEY", account.key)
        assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert len(inbox.got) == 2


def test_a_first_use_in_a_region_is_told_once(
    account: VultrDouble, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GPU server where there was none in the readings of three weeks."""
    for days in (21, 1):
        _set(account, _machines(), NOW - timedelta(days=days), monkeypatch)
        assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert inbox.got == []
    gpu = Machine("trainer", "192.0.2.9", ((NOW - timedelta(hours=2), usd(500)),), product=GPU)
    _set(account, [*_machines(), gpu], NOW, monkeypatch)
    for _ in range(2):
        assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert inbox.titles == ["Vultr: first use of Cloud GPU in ewr"]
    assert "for the first time (`trainer`): $500.00/month" in inbox.got[0]["message"]


def test_a_question_without_an_answer_is_reported(
    account: VultrDouble, inbox: Inbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silence would look like good news."""
    account.rules.append(Rule("/billing/pending-charges", Status(403)))
    assert cli.main(["collect", "--notify", inbox.url]) == 1
    assert "Not watched: forecast_month_end failed." in capsys.readouterr().err


@pytest.mark.parametrize("level", ["WARNING", "DEBUG"])
def test_log_lines_of_other_packages_hold_no_address(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, level: str
) -> None:
    """A receiver with damaged headers has its address logged by the package that reads them."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "600")
    inbox.damaged = True
    with caplog.at_level(level):
        cli.main(["collect", "--notify", inbox.url])
    assert len(inbox.got) == 1
    assert SECRET not in caplog.text


@pytest.mark.anyio
async def test_a_signal_does_not_come_between_sending_and_writing_it_down(tmp_path: Path) -> None:
    """Else a message that was sent would be repeated after the restart."""
    notices = SentNotices(tmp_path / "n.db")
    message = Message(("a",), "title", "body")
    async with anyio.create_task_group() as tasks:

        def send(title: str, body: str) -> bool:
            del title, body
            from_thread.run_sync(tasks.cancel_scope.cancel)
            return True

        notifier = Notifier(
            send=send,
            sent=notices,
            credit_days=14,
            digest=False,
            now=lambda: NOW,
            write=print,
            report_error=print,
        )
        await notifier._one(message)
    assert notices.is_sent(["a"])


def test_many_claims_at_once_have_one_winner(tmp_path: Path) -> None:
    """The file decides, not the order of questions."""
    won: list[bool] = []
    start = threading.Barrier(8)

    def claim() -> None:
        notices = SentNotices(tmp_path / "n.db")
        start.wait()
        won.append(notices.claim(["a"], NOW))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


@pytest.mark.parametrize("method", ["notify", "add"])
def test_an_exception_of_the_package_that_sends_is_not_repeated(
    inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    method: str,
) -> None:
    """Its text may hold an address; the message stays to be sent."""
    apprise = pytest.importorskip("apprise")

    def broken(*_: object, **__: object) -> bool:
        raise RuntimeError(inbox.url)

    monkeypatch.setenv("VULTR_COST_BUDGET", "600")
    with monkeypatch.context() as patch:
        patch.setattr(apprise.Apprise, method, broken)
        assert cli.main(["collect", "--notify", inbox.url]) == (1 if method == "notify" else 2)
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
    assert cli.main(["collect", "--notify", inbox.url]) == 0
    assert len(inbox.got) == 1


def test_a_list_of_messages_that_cannot_be_used_sends_nothing(
    inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Else each would be sent with every record; the record is kept."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "600")
    (tmp_path / "store-notices.db").write_bytes(b"no database at all" * 100)
    assert cli.main(["collect", "--notify", inbox.url]) == 1
    printed = capsys.readouterr()
    assert "The list of sent messages" in printed.err
    assert '"stored": true' in printed.out
    assert inbox.got == []


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert cli.main(["collect", "--notify", "json://192.0.2.1"]) == 2
    assert 'pip install "vultr-cost-mcp[notify]"' in capsys.readouterr().err


def test_the_sample_account_sends_nothing_by_itself(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its figures are made up; with a store of its own it may be tried."""
    monkeypatch.delenv("VULTR_COST_STORE")
    assert cli.main(["collect", "--demo", "--notify", inbox.url]) == 2
    assert "VULTR_COST_STORE" in capsys.readouterr().err
    assert inbox.got == []
