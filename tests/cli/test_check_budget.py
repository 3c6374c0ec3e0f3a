"""``vultr-cost-mcp check-budget``: its exit code is the verdict, for cron and CI (D27)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.double import NO_BILLING_403, Status, VultrDouble
from tests.support.machines import wire_account
from tests.support.nouns import at, usd
from tests.support.simulator import Machine
from vultr_cost_mcp import cli

NOW = at("2026-11-18T14:05")
OK, ERROR, USAGE, WARN, OVER, NO_BUDGET = 0, 1, 2, 3, 4, 5
VARIABLES = "VULTR_API_KEY", "VULTR_API_URL", "VULTR_COST_BUDGET", "VULTR_COST_CONFIG"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine is read, and nobody waits for the limiter."""
    for name in (*VARIABLES, "VULTR_COST_DEMO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VULTR_COST_RATE_LIMIT", "1000")


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Iterator[VultrDouble]:
    """One server of a dollar an hour, 423 hours of it spent, on a port of this machine."""
    server = Machine("web", "192.0.2.1", ((at("2025-01-01"), usd(672)),))
    account = wire_account([server], NOW)
    account.account["pending_charges"] = usd(423)
    with VultrDouble(account, date=NOW) as running:
        monkeypatch.setenv("VULTR_API_URL", running.url)
        monkeypatch.setenv("VULTR_API_KEY", running.key)
        monkeypatch.setattr(cli, "clock_of", lambda _: lambda: NOW)
        yield running


def ended(arguments: list[str]) -> object:
    """With which code the program ends."""
    try:
        return cli.main(arguments)
    except SystemExit as end:
        return end.code


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--monthly", "10283"], OK),  # 8,226.23 projected are 79.9998 %
        (["--monthly", "10282.78"], WARN),
        (["--monthly", "8226.24", "--warn-percent", "100"], OK),
        (["--monthly", "8226.23"], WARN),  # projected == budget
        (["--monthly", "5004.39"], WARN),
        (["--monthly", "5004.38"], OVER),  # spent == budget
        (["--monthly", "9000", "--warn-percent", "91"], WARN),  # 91.4 % projected
        (["--monthly", "9000", "--warn-percent", "92"], OK),
        ([], NO_BUDGET),
        (["--monthly", "-5"], USAGE),
        (["--monthly", "5", "--warn-percent", "0"], USAGE),
    ],
)
def test_the_sample_account(arguments: list[str], status: int) -> None:
    """D27: 0 ok, 3 warn, 4 over, 5 no budget, 1 error, 2 what cannot be an amount."""
    assert ended(["check-budget", "--demo", *arguments]) == status


@pytest.mark.parametrize("budget", ["nan", "inf", "0"])
def test_a_number_that_is_no_budget_never_passes(budget: str) -> None:
    """D27: 0 is only for a month that is inside its budget."""
    assert ended(["check-budget", "--demo", "--monthly", budget]) == USAGE


def test_usage_is_told_from_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    """2 is the shell's own; no verdict has it."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["check-budget", "--monthly", "lots"])
    assert ended.value.code == USAGE
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(
    ("budget", "status"),
    [("423", OVER), ("672", WARN), ("840", WARN), ("840.01", OK)],
)
def test_an_account_over_http(
    budget: str, status: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """D27: the verdict is on standard output."""
    monkeypatch.setenv("VULTR_COST_BUDGET", budget)
    assert cli.main(["check-budget"]) == status
    printed = capsys.readouterr()
    assert "$423.00 spent, $672.00 projected" in printed.out
    assert printed.err == ""


@pytest.mark.usefixtures("double")
def test_the_worst_of_the_file_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D27: one budget over among many is over."""
    file = tmp_path / "cost.toml"
    monkeypatch.setenv("VULTR_COST_CONFIG", str(file))
    file.write_text("[[budgets]]\nmonthly = 9000\n[[budgets]]\nmonthly = 600\n", "utf-8")
    assert cli.main(["check-budget"]) == WARN
    file.write_text(
        "[[budgets]]\nmonthly = 9000\n[[budgets]]\nservice = 'Cloud Compute'\nmonthly = 400\n",
        "utf-8",
    )
    assert cli.main(["check-budget"]) == OVER
    file.write_text("exempt_tags = []\n", "utf-8")
    assert cli.main(["check-budget"]) == NO_BUDGET
    file.write_text("[[budgets]]\nmonthly = 'x'\n", "utf-8")
    assert cli.main(["check-budget"]) == ERROR


def test_what_is_not_known_is_no_pass(
    double: VultrDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    """D27, D33: without the lines it is 1 under the budget and 4 over it."""
    double.fail("/billing/pending-charges", NO_BILLING_403)
    assert cli.main(["check-budget", "--monthly", "5000"]) == ERROR
    assert "At least $423.00 spent" in capsys.readouterr().out
    assert cli.main(["check-budget", "--monthly", "423"]) == OVER
    assert cli.main(["check-budget"]) == NO_BUDGET


def test_an_error_is_one_sentence(double: VultrDouble, capsys: pytest.CaptureFixture[str]) -> None:
    """1, on standard error, without the key."""
    double.fail("/billing/pending-charges", Status(404, "gone"))
    double.fail("/account", Status(404, "gone"))
    assert cli.main(["check-budget", "--monthly", "5000"]) == ERROR
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert double.key not in printed.err


def test_without_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what to set."""
    assert cli.main(["check-budget", "--monthly", "5"]) == ERROR
    assert "VULTR_API_KEY is not set" in capsys.readouterr().err


def test_a_setting_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named, never with its value."""
    monkeypatch.setenv("VULTR_COST_BUDGET", "secret-value")
    assert cli.main(["check-budget", "--demo"]) in {ERROR, USAGE}
    printed = capsys.readouterr()
    assert "VULTR_COST_BUDGET" in printed.err
    assert "secret-value" not in printed.err


def test_a_clock_in_another_month_never_passes(
    double: VultrDouble, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """D5, D27: a machine that starts in 1970 would hold the bill of today against that month."""
    monkeypatch.setattr(cli, "clock_of", lambda _: lambda: at("1970-01-01"))
    assert double.date == NOW
    assert cli.main(["check-budget", "--monthly", "100000"]) == ERROR
    said = capsys.readouterr().out
    assert "unknown whether inside the budget" in said
    assert "clock and Vultr's differ by 20,775 days" in said
    assert "pending charges are of another month than this machine's clock shows" in said
