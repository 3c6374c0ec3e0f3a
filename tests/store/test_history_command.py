"""``vultr-cost-mcp history``: what is kept of whom, and an account's end."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import anyio
import pytest

from tests.support.readings import NOON, invoice, line, reading, resource, seen
from vultr_cost_mcp import cli
from vultr_cost_mcp.domain.accounts import Identity
from vultr_cost_mcp.history import open_history

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    """Somebody who can be asked."""

    def isatty(self) -> bool:
        """Say that somebody is there."""
        return True


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with two accounts, one of them read as prod, which the environment names."""
    address = f"sqlite:///{tmp_path / 'history.db'}"

    async def keep() -> None:
        history = open_history(address)
        who = Identity("prod", "prod", None, frozenset({"1"}), invoices_whole=True)
        await history.account(who, NOON, keep=True)
        for customer in ("prod", "vultr-0123456789ab"):
            run = reading("a", NOON, [line()] * 3, [resource()], [invoice()], customer_id=customer)
            await history.add(run)

    anyio.run(keep)
    config = tmp_path / "accounts.toml"
    config.write_text('[accounts.prod]\nkey_env = "KEY_OF_PROD"\n')
    monkeypatch.setenv("VULTR_COST_STORE", address)
    monkeypatch.setenv("VULTR_COST_CONFIG", str(config))
    return address


def kept(address: str, customer: str) -> list[str]:
    """The readings of an account."""
    return anyio.run(seen, open_history(address), customer)


def test_accounts_sizes_and_spans_are_shown(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["history"]) == 0
    first, head, *rows = capsys.readouterr().out.splitlines()
    assert first.startswith(f"sqlite:///{address[10:]}: 2 accounts, ")
    assert first.endswith(" KB.")
    names = "Account Name Readings Lines Resources Invoices First Last"
    assert head.split() == names.split(" ")
    assert [row.split() for row in rows] == [
        ["prod", "prod", "1", "3", "1", "1", "2026-11-18", "2026-11-18"],
        ["vultr-0123456789ab", "-", "1", "3", "1", "1", "2026-11-18", "2026-11-18"],
    ]


def test_a_script_gets_json(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["history", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["store"] == address
    assert [row["account_id"] for row in told["accounts"]] == ["prod", "vultr-0123456789ab"]
    assert told["accounts"][0]["first"] == "2026-11-18T12:00:00+00:00"


def test_nobody_is_forgotten_without_being_asked(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("prod\n"))
    assert cli.main(["history", "forget", "prod"]) == cli.EXIT_USAGE
    assert "--yes" in capsys.readouterr().err
    for answer in ("\n", "y\n", "no\n", ""):
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        assert cli.main(["history", "forget", "prod"]) == cli.EXIT_ERROR
        assert "Nothing was erased" in capsys.readouterr().err
    assert kept(address, "prod") == ["a"]


@pytest.mark.parametrize("asked", [True, False])
def test_an_account_is_erased_and_no_other(
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    asked: bool,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("prod\n"))
    assert cli.main(["history", "forget", "prod", *([] if asked else ["--yes"])]) == 0
    assert "Erased: 1 reading and 1 invoice of prod" in capsys.readouterr().out
    assert kept(address, "prod") == []
    assert kept(address, "vultr-0123456789ab") == ["a"]


def test_an_account_that_is_not_there_is_named_with_those_that_are(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["history", "forget", "production", "--yes"]) == cli.EXIT_USAGE
    said = capsys.readouterr().err
    assert "prod, vultr-0123456789ab" in said
    assert kept(address, "prod") == ["a"]


def test_a_store_that_is_off_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VULTR_COST_STORE", "off")
    monkeypatch.delenv("VULTR_COST_CONFIG", raising=False)
    assert cli.main(["history"]) == cli.EXIT_ERROR
    assert "switched off" in capsys.readouterr().err
