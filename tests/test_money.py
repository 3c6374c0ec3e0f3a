"""Exact money: rounded once, parts that sum to their total, percentages (D4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vultr_cost_mcp.money import (
    CENT,
    allocate,
    ceil_to_cent,
    percent_of,
    to_cents,
    total_of,
)

amounts = st.decimals(-100_000, 100_000, places=6)


def dec(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("1.004", "1.00"),
        ("1.005", "1.01"),
        ("1.015", "1.02"),
        ("2.675", "2.68"),
        ("0", "0.00"),
        ("0.005", "0.01"),
        ("0.0049999", "0.00"),
        ("-1.005", "-1.01"),
        ("-1.004", "-1.00"),
        ("12345678.905", "12345678.91"),
        ("7", "7.00"),
    ],
)
def test_to_cents_rounds_half_away_from_zero(amount: str, cents: str) -> None:
    """D4: a total is rounded half up, and 2.675 is not a binary float."""
    assert str(to_cents(Decimal(amount))) == cents


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("3.3036", "3.31"),
        ("3.30", "3.30"),
        ("3.3000001", "3.31"),
        ("0", "0.00"),
        ("0.0001", "0.01"),
        ("-0.019", "-0.01"),
        ("2.50", "2.50"),
    ],
)
def test_ceil_to_cent_rounds_up_and_leaves_whole_cents_alone(amount: str, cents: str) -> None:
    """D7: a line is rounded up once, 3.3036 to 3.31."""
    assert str(ceil_to_cent(Decimal(amount))) == cents


@pytest.mark.parametrize("round_", [to_cents, ceil_to_cent])
def test_nothing_is_never_minus_nothing(round_: object) -> None:
    """D4: a small negative amount that rounds to nothing prints without a sign."""
    assert callable(round_)
    assert str(round_(Decimal("-0.001"))) == "0.00"
    assert str(round_(Decimal("-0"))) == "0.00"


def test_total_of_nothing_is_zero_and_a_sum_is_exact() -> None:
    """D4: exact decimals inside: a tenth three times is three tenths."""
    assert total_of([]) == 0
    assert total_of(dec("0.1", "0.1", "0.1")) == Decimal("0.3")
    assert total_of(dec("0.001", "0.001")) == Decimal("0.002")


def test_allocate_gives_the_missing_cent_to_the_largest_remainder() -> None:
    """D4: 0.333 + 0.333 + 0.334 is 1.00, so one part gets the cent: the one with the most left."""
    parts = {"a": Decimal("0.333"), "b": Decimal("0.333"), "c": Decimal("0.334")}
    assert allocate(parts) == {"a": Decimal("0.33"), "b": Decimal("0.33"), "c": Decimal("0.34")}


def test_allocate_serves_equal_remainders_by_name() -> None:
    """D4: three halves of a cent are 1.5 cents, 2 rounded: a and b get them whatever the order."""
    parts = {name: Decimal("0.005") for name in ("c", "b", "a")}
    cents = allocate(parts)
    assert cents == {"a": Decimal("0.01"), "b": Decimal("0.01"), "c": Decimal("0.00")}
    assert list(cents) == ["c", "b", "a"]


def test_allocate_orders_by_text_not_by_value() -> None:
    """D4: ties go by name: 10 comes before 9 as text, and keys of any kind are served."""
    assert allocate({9: Decimal("0.005"), 10: Decimal("0.005")}) == {
        9: Decimal("0.00"),
        10: Decimal("0.01"),
    }


def test_allocate_prefers_the_remainder_to_the_name() -> None:
    """D4: 0.001 + 0.009 is 0.01 and z has more left than a."""
    assert allocate({"a": Decimal("0.001"), "z": Decimal("0.009")}) == {
        "a": Decimal("0.00"),
        "z": Decimal("0.01"),
    }


def test_allocate_negative_parts() -> None:
    """D4: charges 10.005 and a credit of -3.333 are 6.672, so 6.67 = 10.00 - 3.33."""
    assert allocate({"charges": Decimal("10.005"), "credit": Decimal("-3.333")}) == {
        "charges": Decimal("10.00"),
        "credit": Decimal("-3.33"),
    }


def test_allocate_can_need_no_cent_at_all() -> None:
    """D4: 0.004 is 0.00 rounded, and so is its only part."""
    assert allocate({"a": Decimal("0.004")}) == {"a": Decimal("0.00")}
    assert allocate({"a": Decimal("0.005")}) == {"a": Decimal("0.01")}
    assert allocate({}) == {}


def test_allocate_many_parts() -> None:
    """D4: a thousand parts of 0.0149 are 14.90, not a thousand single cents."""
    cents = allocate({f"{number:04}": Decimal("0.0149") for number in range(1000)})
    assert total_of(cents.values()) == Decimal("14.90")
    assert set(cents.values()) == {Decimal("0.01"), Decimal("0.02")}
    assert sum(part == Decimal("0.02") for part in cents.values()) == 490
    assert cents["0489"] == Decimal("0.02")
    assert cents["0490"] == Decimal("0.01")


@given(st.dictionaries(st.text(max_size=4), amounts, max_size=30))
def test_allocated_parts_sum_to_the_total_rounded_once(parts: dict[str, Decimal]) -> None:
    """D4: parts sum to the rounded total, each within a cent of what it was, in the same order."""
    cents = allocate(parts)
    assert total_of(cents.values()) == to_cents(total_of(parts.values()))
    assert list(cents) == list(parts)
    for key, part in parts.items():
        assert abs(cents[key] - part) < CENT
        assert cents[key] == cents[key].quantize(CENT)


@given(amounts)
def test_rounding_moves_an_amount_by_half_a_cent_at_most(amount: Decimal) -> None:
    """D4: rounding is to the nearest cent; rounding up is never down and less than a cent."""
    assert abs(to_cents(amount) - amount) <= CENT / 2
    assert 0 <= ceil_to_cent(amount) - amount < CENT


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        ("1", "3", 33.3),
        ("2", "3", 66.7),
        ("1", "8", 12.5),
        ("0.45", "1000", 0.0),
        ("0.5", "1000", 0.1),
        ("0", "5", 0.0),
        ("5", "5", 100.0),
        ("-1", "4", -25.0),
        ("110", "100", 110.0),
        ("1993.57", "5004.38", 39.8),
    ],
)
def test_percent_has_one_decimal(part: str, whole: str, percent: float) -> None:
    """D4: a share is a number with one decimal, rounded half up."""
    assert percent_of(Decimal(part), Decimal(whole)) == percent


def test_percent_of_nothing_is_unknown() -> None:
    """D4: a share is null when there are no charges."""
    assert percent_of(Decimal(1), Decimal(0)) is None
    assert percent_of(Decimal(1), Decimal(-5)) is None
    assert percent_of(Decimal("0.01"), Decimal("0.01")) == 100.0
