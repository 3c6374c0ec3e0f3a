"""Lines added up into charges, credits and tax (D2, D4)."""

from __future__ import annotations

import pytest

from tests.support.nouns import charge, line, usd
from vultr_cost_mcp.domain.bill import BillTotals


def test_the_parts_are_positive_negative_and_tax() -> None:
    """D2: charges are positive lines without tax, credits the negative ones, tax of any sign."""
    totals = BillTotals.of(
        [
            charge("100.00"),
            charge("0.50", "Networking"),
            charge("-20.00", "Credits and Discounts"),
            charge("-1.00", "Cloud Compute"),  # a refund
            charge("15.10", "Tax"),
            charge("-0.10", "Tax"),
        ]
    )
    assert totals == BillTotals(
        total=usd("94.50"),
        charges=usd("100.50"),
        credits_and_discounts=usd("-21.00"),
        tax=usd("15.00"),
    )


def test_a_positive_credit_line_is_a_charge() -> None:
    """D2: the sign decides, not the service: a credit that was taken back costs."""
    totals = BillTotals.of([charge("5", "Credits and Discounts")])
    assert (totals.charges, totals.credits_and_discounts) == (5, 0)


def test_parts_sum_to_the_total_rounded_once() -> None:
    """D4: 0.005 + 0.005 of tax is 0.01, which goes to the first by name."""
    totals = BillTotals.of([charge("0.005"), charge("0.005", "Tax")])
    assert totals == BillTotals(usd("0.01"), usd("0.01"), usd("0.00"), usd("0.00"))


def test_nothing_sums_to_nothing() -> None:
    """D2: an empty bill is zero and not unknown."""
    assert BillTotals.of([]) == BillTotals(usd(0), usd(0), usd(0), usd(0))


@pytest.mark.parametrize(
    ("unit_type", "hourly"),
    [("hours", True), ("Hours", True), ("hour", True), ("GB", False), ("", False)],
)
def test_which_lines_are_by_the_hour(unit_type: str, *, hourly: bool) -> None:
    """D24: the unit type tells."""
    assert line(unit_type=unit_type).hourly is hourly
