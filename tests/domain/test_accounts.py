"""Two readings whose invoices tell, or do not tell, whether they are of one account."""

from __future__ import annotations

import pytest

from vultr_cost_mcp.domain.accounts import Identity, is_settled

NAME_ONLY = Identity("a", None)
MAIL = Identity("a", None, email="x")


def read(invoices: str, *, whole: bool = True, email: str = "x") -> Identity:
    """Make a reading with these invoices."""
    return Identity("a", None, email, frozenset(invoices.split()), invoices_whole=whole)


@pytest.mark.parametrize(
    ("one", "other", "settled"),
    [
        # Without invoices and address no inventory is read to compare two names.
        (NAME_ONLY, MAIL, True),
        (MAIL, NAME_ONLY, True),
        # Whole lists of invoices decide, shared or not.
        (read("1 2"), read("3"), True),
        (read("1 2"), read("2"), True),
        # A list in part decides only if it shares an invoice.
        (read("1 2", whole=False), read("2"), True),
        (read("1 2", whole=False), read("3", email="y"), False),
        (read("1 2"), read("3", whole=False, email="y"), False),
        # One address is the same account; two addresses need the inventory.
        (MAIL, MAIL, True),
        (MAIL, read("1", email="y"), False),
    ],
)
def test_invoices_settle_whether_two_readings_are_of_one_account(
    one: Identity, other: Identity, settled: object
) -> None:
    assert is_settled(one, other) is settled
