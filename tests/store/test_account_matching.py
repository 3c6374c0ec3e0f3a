"""Whose readings are whose: by invoices, what exists, the address; never by a name (M-account)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.readings import (
    CUSTOMER,
    EVER,
    NOON,
    finding,
    invoice,
    line,
    reading,
    resource,
    seen,
)
from vultr_cost_mcp.domain.accounts import Identity, Whose, email_digest, is_same
from vultr_cost_mcp.domain.customer import customer_of

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.history import History

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)
FIRST = "ann@example.com"
SECOND = "bob@example.com"


def who(
    name: str | None = None,
    email: str | None = FIRST,
    invoices: str = "",
    resources: str = "",
    **named: Any,
) -> Identity:
    """Make what a reading says of whose it is."""
    known: dict[str, Any] = {
        "name": name,
        "customer_id": name or (None if email is None else customer_of(email)),
        "email": None if email is None else email_digest(email),
        "invoices": frozenset(invoices.split()),
        "invoices_whole": True,
        "resources": frozenset(resources.split()),
    }
    return Identity(**{**known, **named})


async def account(history: History, one: Identity, hour: int = 0) -> Whose:
    """Keep a reading of somebody, as a record does; whose it is."""
    at = NOON + hour * HOUR
    whose = await history.account(one, at, keep=True)
    assert whose is not None
    ids = [invoice(id_) for id_ in sorted(one.invoices)]
    things = [resource(id_) for id_ in sorted(one.resources)]
    run = reading(f"run-{hour}", at, [line()], things, ids, customer_id=whose.account_id)
    await history.add(run)
    return whose


async def old(history: History, key: str, hour: int, invoices: str = "", things: str = "") -> None:
    """Keep a reading as version 0.1 did: under a name or what it made of the address."""
    ids = [invoice(id_) for id_ in invoices.split()]
    found = [resource(id_) for id_ in things.split()]
    made = reading(f"old-{hour}", NOON + hour * HOUR, [line()], found, ids, customer_id=key)
    await history.add(replace(made, run=replace(made.run, rules=1)))


# --- two readings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (who(invoices="1 2"), who(email=SECOND, invoices="2 3"), True),
        (who(invoices="1 2"), who(invoices="3 4"), False),
        (who(invoices="1"), who(invoices="2", invoices_whole=False), True),
        (who(invoices="1"), who(email=SECOND, invoices="2", invoices_whole=False), False),
        (who(invoices="1", resources="a"), who(invoices="2", resources="a"), False),
        (who(resources="a b"), who(email=SECOND, resources="b c"), True),
        (who(resources="a"), who(resources="c"), True),
        (who(resources="a"), who(email=SECOND, resources="c"), False),
        (who(invoices="1", resources="a"), who(email=SECOND, resources="a"), True),
        (who("prod"), who("prod", SECOND), False),
        (who("prod", None, resources="a"), who("dev", None, resources="a"), False),
        (who("prod", None), who("prod", None), False),
    ],
)
def test_invoices_decide_then_what_exists_then_the_address(
    one: Identity, other: Identity, *, same: bool
) -> None:
    assert is_same(one, other) is is_same(other, one) is same


# --- the accounts of a store ----------------------------------------------------------------------


async def test_an_account_is_called_what_its_record_says(history: History) -> None:
    assert await account(history, who("prod", invoices="1")) == Whose("prod")
    assert await account(history, who(None, SECOND, "7"), 1) == Whose(customer_of(SECOND))


async def test_an_account_that_gets_a_name_keeps_its_past(history: History) -> None:
    unnamed = await account(history, who(invoices="1"))
    named = await account(history, who("prod", invoices="1 2"), 1)
    again = await account(history, who("main", SECOND, invoices="2 3"), 2)
    assert unnamed == named == again == Whose(customer_of(FIRST))
    assert await seen(history, customer_of(FIRST)) == ["run-0", "run-1", "run-2"]
    assert await history.named("prod") == await history.named("main") == [customer_of(FIRST)]


async def test_one_name_and_other_invoices_are_two(history: History) -> None:
    first = await account(history, who("prod", invoices="1 2"))
    second = await account(history, who("prod", SECOND, invoices="7"), 1)
    assert first == Whose("prod")
    assert second.account_id.startswith("prod-")
    (note,) = second.notes
    assert "another account under the name prod" in note
    assert await seen(history, "prod") == ["run-0"]
    assert await seen(history, second.account_id) == ["run-1"]
    # At every later reading each is found again, whoever asks first.
    assert await account(history, who("prod", SECOND, invoices="7 8"), 2) == second
    assert (await account(history, who("prod", invoices="1 2 3"), 3)).account_id == "prod"


async def test_one_address_and_other_invoices_are_two(history: History) -> None:
    first = await account(history, who(invoices="1"))
    second = await account(history, who(invoices="2"), 1)
    assert first.account_id != second.account_id
    assert await account(history, who(invoices="2 3"), 2) == second


async def test_without_invoices_what_exists_tells(history: History) -> None:
    first = await account(history, who("a", resources="x y"))
    assert await account(history, who("b", SECOND, resources="y z"), 1) == first
    other = await account(history, who("c", "eve@example.com", resources="w"), 2)
    assert other.account_id == "c"


async def test_without_invoices_and_resources_the_address_tells(history: History) -> None:
    first = await account(history, who("a"))
    assert await account(history, who("b"), 1) == first
    assert (await account(history, who("a", SECOND), 2)).account_id not in {"a", "b"}


async def test_without_anything_the_name_is_taken_and_nothing_is_compared(
    history: History,
) -> None:
    first = await account(history, who("prod", invoices="1", resources="x"))
    assert await account(history, who("prod", None), 1) == first
    other = await account(history, who("dev", None, resources="x"), 2)
    assert other == Whose("dev")
    assert await history.account(who(None, None), NOON) is None


async def test_two_accounts_that_turn_out_to_be_one_are_read_together(history: History) -> None:
    await account(history, who("a", resources="x"))
    await account(history, who("b", SECOND, invoices="5"), 1)
    both = await account(history, who("a", invoices="5"), 2)
    found = await seen(history, both.account_id)
    assert "run-1" in found
    assert "run-2" in found


async def test_a_question_writes_nothing_down(history: History) -> None:
    assert await history.account(who("prod", invoices="1"), NOON) == Whose("prod")
    assert await history.named("prod") == []
    assert await history.kept() == []


# --- what version 0.1 kept ------------------------------------------------------------------------


async def test_old_rows_of_a_name_are_of_the_first_account_that_is_read_under_it(
    history: History,
) -> None:
    # Two accounts shared the name, and the history.
    await old(history, "prod", 0, "1 2")
    await old(history, "prod", 1, "7 8")
    first = await history.account(who("prod", invoices="1 2 3"), NOON + 5 * HOUR)
    assert first == Whose("prod", (), NOON + 5 * HOUR)
    second = await account(history, who("prod", SECOND, invoices="7 8"), 6)
    assert second.account_id not in {"prod", "old"}
    assert second.notes
    assert await seen(history, "prod") == ["old-0", "old-1"]
    assert await seen(history, second.account_id) == ["run-6"]


async def test_old_rows_with_other_invoices_are_not_of_who_has_their_name(
    history: History,
) -> None:
    await old(history, "prod", 0, "1 2")
    other = await account(history, who("prod", SECOND, invoices="7"), 1)
    assert other.account_id.startswith("prod-")
    assert other.notes
    mine = await history.account(who("prod", invoices="1 2"), NOON + 2 * HOUR)
    assert mine is not None
    assert (mine.account_id, mine.sure_from) == ("prod", NOON + 2 * HOUR)
    assert await seen(history, "prod") == ["old-0"]


async def test_old_rows_of_an_address_stay_with_an_account_that_has_a_name_now(
    history: History,
) -> None:
    await old(history, customer_of(FIRST), 0, "1")
    await old(history, "production", 1, "1 2")
    named = await account(history, who("prod", invoices="1 2 3"), 2)
    assert await seen(history, named.account_id) == ["old-0", "old-1", "run-2"]
    lines = await history.lines(named.account_id, ["run-2", "old-0", "old-1"])
    assert list(lines) == ["run-2", "old-0", "old-1"]
    assert [kept.runs for kept in await history.kept()] == [3]


async def test_readings_of_one_hour_under_two_ids_are_one(history: History) -> None:
    await old(history, customer_of(FIRST), 0, "1")
    named = await history.account(who("prod", invoices="1"), NOON, keep=True)
    assert named is not None
    await old(history, "prod", 0, "1")
    late = reading("late", NOON + timedelta(minutes=5), customer_id=named.account_id)
    await history.add(late)
    assert await seen(history, named.account_id) == ["late"]


# --- the end of an account ------------------------------------------------------------------------


async def test_what_is_forgotten_is_gone_and_nothing_else(history: History) -> None:
    await old(history, customer_of(FIRST), 0, "1")
    ours = await account(history, who("ours", invoices="1 2"), 1)
    theirs = await account(history, who("theirs", SECOND, invoices="7"), 1)
    run = replace(reading("run-9", NOON + 9 * HOUR, customer_id="theirs"), findings=(finding(),))
    await history.add(run)
    await history.forget(ours.account_id)
    assert await seen(history, ours.account_id) == []
    assert await history.invoices(ours.account_id) == []
    assert await history.named("ours") == []
    assert [kept.customer_id for kept in await history.kept()] == [theirs.account_id]
    assert await seen(history, "theirs") == ["run-1", "run-9"]
    assert await history.findings("theirs", ["run-9"]) == {"run-9": [finding()]}
    # Read again, it begins anew.
    assert await account(history, who("ours", invoices="1 2"), 20) == Whose("ours")
    assert await seen(history, "ours") == ["run-20"]


async def test_a_hostile_name_forgets_itself_alone(history: History) -> None:
    hostile = "x' OR customer_id != '"
    for customer in (hostile, CUSTOMER):
        run = reading("run-1", NOON, [line()], [resource()], [invoice()], customer_id=customer)
        await history.add(run)
    await history.forget(hostile)
    assert await seen(history, hostile) == []
    assert await history.runs(CUSTOMER, *EVER) != []
    assert await history.lines(CUSTOMER, ["run-1"]) == {"run-1": [line()]}
    assert await history.invoices(CUSTOMER) == [invoice()]


async def test_the_store_tells_how_much_it_keeps(history: History) -> None:
    await account(history, who("prod", invoices="1 2", resources="x"))
    await account(history, who("prod", invoices="1 2", resources="x y"), 5)
    (kept,) = await history.kept()
    assert (kept.customer_id, kept.runs, kept.lines, kept.resources, kept.invoices) == (
        "prod",
        2,
        2,
        3,
        2,
    )
    assert (kept.first, kept.last) == (NOON, NOON + 5 * HOUR)
    assert (await history.size() or 0) > 1000
