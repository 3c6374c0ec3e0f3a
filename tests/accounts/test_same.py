"""One account under two names is counted once; one name for two mixes nothing (M-account)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.accounts.stage import DEV, PROD, asking
from tests.support.double import Account, Request, Status, VultrDouble
from tests.support.double.faults import Reply
from tests.support.nouns import at
from tests.support.past import NOW, account, server
from tests.support.stage import structured, text_of
from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.terminal.check_budget import BUDGET_EXITS, _verdict

pytestmark = pytest.mark.anyio


class Two(VultrDouble):
    """One address; the second key is of another user, or of another account."""

    def __init__(self, one: Account, other: Account) -> None:
        super().__init__(one, key=PROD, date=NOW)
        self.dev = VultrDouble(other, key=DEV, date=NOW)

    def respond(self, request: Request, bearer: str) -> Reply:
        """Answer for whoever has the key."""
        if bearer == f"Bearer {DEV}":
            return self.dev.respond(request, bearer)
        return super().respond(request, bearer)


def another_user(made: Account) -> Account:
    """Give the account's second user a look."""
    made.account["email"] = "second@double.example"
    return made


def without_invoices() -> Account:
    """Make an account that has had no invoice yet."""
    made = account()
    made.invoices, made.invoice_items = [], {}
    return made


def elsewhere(made: Account) -> Account:
    """Give an account other things than those of the first."""
    made.instances = [{**server("api", "192.0.2.50"), "id": "id-of-api"}]
    return made


def other_invoices() -> Account:
    """Make an account with invoices of its own."""
    made = account()
    made.invoices = [{**row, "id": row["id"] + 100} for row in made.invoices]
    made.invoice_items = {f"10{key}": rows for key, rows in made.invoice_items.items()}
    return made


async def totals_of(double: VultrDouble, folder: Path) -> tuple[str | None, dict[str, Any]]:
    """Return the totals of both, and each row's ``same_as``."""
    with double:
        async with asking(double, folder, COST_STORE="off") as client:
            answer = structured(await client.call_tool("get_pending_charges", {}))
    return answer["totals"]["total"], {
        row["account"]: (row["figures"].get("total"), row["same_as"]) for row in answer["accounts"]
    }


COUNTED_ONCE = ("6.27", {"prod": ("6.27", None), "dev": (None, "prod")})
TWO = ("12.54", {"prod": ("6.27", None), "dev": ("6.27", None)})


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (account, lambda: another_user(account()), COUNTED_ONCE),
        (account, account, COUNTED_ONCE),
        (account, lambda: elsewhere(another_user(account())), COUNTED_ONCE),
        (account, lambda: another_user(other_invoices()), TWO),
        (account, other_invoices, TWO),
        (without_invoices, lambda: another_user(without_invoices()), COUNTED_ONCE),
        (without_invoices, lambda: elsewhere(without_invoices()), COUNTED_ONCE),
        (without_invoices, lambda: elsewhere(another_user(without_invoices())), TWO),
    ],
    ids=[
        "one list of invoices, two users",
        "one account twice",
        "one list of invoices, other things",
        "other invoices",
        "other invoices, one user",
        "no invoices, one inventory",
        "no invoices, other things, one user",
        "nothing in common",
    ],
)
async def test_what_two_names_come_to(
    folder: Path,
    one: Callable[[], Account],
    other: Callable[[], Account],
    expected: tuple[str, dict[str, Any]],
) -> None:
    assert await totals_of(Two(one(), other()), folder) == expected


async def test_who_states_nothing_is_compared_with_nobody(folder: Path) -> None:
    double = Two(account(), account())
    double.dev.fail("/account", Status(403))
    double.dev.fail("/billing/invoices*", Status(403))
    assert await totals_of(double, folder) == TWO


async def test_the_answer_says_whose_row_is_another_s(folder: Path) -> None:
    with Two(account(), another_user(account())) as double:
        async with asking(double, folder) as client:
            result = await client.call_tool("get_pending_charges", {})
    answer = structured(result)
    assert answer["headline"] == "$6.27 total in 1 account together."
    assert answer["coverage"]["complete"] is True
    assert [row["note"] for row in answer["accounts"]] == [None, "same account as prod"]
    assert "same account as prod" in text_of(result)
    assert "unknown" not in text_of(result)


async def test_a_name_that_could_not_be_read_is_counted_under_the_other(folder: Path) -> None:
    double = Two(account(), another_user(account()))
    double.fail("/billing/pending-charges", Status(500))
    with double:
        async with asking(double, folder) as client:
            answer = structured(await client.call_tool("forecast_month_end", {}))
    rows = {row["account"]: row["same_as"] for row in answer["accounts"]}
    assert rows == {"prod": "dev", "dev": None}
    assert answer["coverage"]["complete"] is True


async def test_records_of_one_account_are_one_history(folder: Path) -> None:
    with Two(account(), another_user(account())) as double:
        async with asking(double, folder) as client:
            answer = structured(await client.call_tool("collect_metrics", {}))
            names = [
                structured(await client.call_tool("collect_metrics", {"account": name}))
                for name in ("prod", "dev")
            ]
    assert answer["totals"]["pending_charges"] == "6.27"
    assert [each["account_id"] for each in names] == [names[0]["account_id"]] * 2
    assert [each["metrics"]["customer_id"] for each in names] == ["prod", "dev"]


async def test_two_accounts_of_one_name_have_two_histories(folder: Path) -> None:
    """Two machines, each with its own file that says prod, share a store."""
    (folder / "accounts.toml").write_text('[accounts.prod]\nkey_env = "KEY_OF_PROD"\n')
    other = another_user(other_invoices())
    other.pending[0]["total"] = Decimal("3.00")
    told: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    for made in (account(), other):
        with VultrDouble(made, key=PROD, date=NOW) as double:
            async with asking(double, folder) as client:
                told.append(structured(await client.call_tool("collect_metrics", {})))
                arguments = {"granularity": "day", "days": 1}
                days.append(structured(await client.call_tool("get_cost_history", arguments)))
    assert [each["stored"] for each in told] == [True, True]
    assert told[0]["account_id"] == "prod" != told[1]["account_id"]
    assert [each["metrics"]["customer_id"] for each in told] == ["prod", "prod"]
    for answer in (told[1], days[1]):
        assert "another account under the name prod" in " ".join(answer["caveats"])
    assert "another account" not in " ".join(told[0]["caveats"])
    # Each has a history of its own: neither sees the other's reading.
    kept = open_history(f"sqlite:///{folder}/history.db")
    for answer, spent in zip(told, ("6.27", "3.00"), strict=True):
        runs = await kept.runs(answer["account_id"], at("2026-11-01"), at("2026-12-01"))
        assert [run.metrics.pending_charges for run in runs] == [Decimal(spent)]


async def test_a_budget_of_either_name_is_judged(folder: Path) -> None:
    with Two(account(), another_user(account())) as double:
        async with asking(double, folder) as client:
            answer = structured(await client.call_tool("check_budget", {}))
    assert {row["account"]: row["status"] for row in answer["accounts"]} == {
        "prod": "over",
        "dev": "no_budget",
    }
    assert _verdict(answer) == BUDGET_EXITS["over"]
