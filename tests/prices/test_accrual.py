"""How an hourly price becomes dollars: hours begun, caps, 672 or 730 (D7)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.nouns import NOW, at
from vultr_cost_mcp.billing.hours import accrued, cap_hours_of, hours_begun, reproduces
from vultr_cost_mcp.domain.month import Month


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2024-11-01T00:00", "2024-11-19T11:18", 444),  # 443.3 hours: an example in PHP
        ("2026-11-01T00:00", "2026-11-01T01:00", 1),
        ("2026-11-01T00:00", "2026-11-01T01:00:00.000001", 2),
        ("2026-11-01T00:00", "2026-11-01T00:00:00.000001", 1),
        ("2026-11-01T00:00", "2026-11-01T00:00", 0),
        ("2026-11-01T05:00", "2026-11-01T00:00", 0),
        ("2026-11-01T05:00", "2026-11-01T04:30", 0),
    ],
)
def test_every_started_hour_counts(start: str, end: str, hours: int) -> None:
    """D7: hours are whole, rounded up, and never negative."""
    assert hours_begun(at(start), at(end)) == hours


@pytest.mark.parametrize(
    ("month", "hours"),
    [("2026-02-01", 672), ("2028-02-01", 696), ("2026-11-01", 720), ("2026-12-01", 744)],
)
def test_months_have_their_hours(month: str, hours: int) -> None:
    """D5: a month is half open: 28, 29, 30 and 31 days of 24 hours."""
    whole = Month.of(at(month))
    assert hours_begun(whole.start, whole.end) == hours


@pytest.mark.parametrize(
    ("monthly", "hours", "cap", "dollars"),
    [
        # 720 h x 10/672 = 10.71, capped; 444 h at 5.00 = 3.30357, rounded up.
        ("10", 720, 672, "10.00"),
        ("5", 444, 672, "3.31"),
        ("5", "443.3", 672, "3.31"),
        # A full month of 28, 29, 30 and 31 days at 672 is the month.
        ("5", 672, 672, "5"),
        ("5", 696, 672, "5"),
        ("5", 720, 672, "5"),
        ("5", 744, 672, "5"),
        ("5", 671, 672, "5.00"),  # 4.99256, up
        ("20", 671, 672, "19.98"),  # 19.97024
        # Cloud GPU at 1750 a month of 730 hours.
        ("1750", 672, 730, "1610.96"),  # 1610.9589: D7's 28-day month
        ("1750", 696, 730, "1668.50"),  # 1668.4932
        ("1750", 720, 730, "1726.03"),  # 1726.0274
        ("1750", 744, 730, "1750"),
        ("1750", 730, 730, "1750"),
        # Exact cents get no extra cent.
        ("5", 336, 672, "2.50"),
        ("20.16", 330, 672, "9.90"),  # the NAT gateway's charges
        ("67.20", 1, 672, "0.10"),
        # One hour, no hour, nothing.
        ("5", 1, 672, "0.01"),
        ("5", 0, 672, "0"),
        ("0", 500, 672, "0"),
        # Part of an hour is an hour.
        ("67.20", "0.01", 672, "0.10"),
        ("67.20", "1.5", 672, "0.20"),
    ],
)
def test_accrued_is_capped_and_rounded_up_once(
    monthly: str, hours: str | int, cap: int, dollars: str
) -> None:
    """D7: min(monthly, ceil_to_cent(ceil(hours) x monthly / C))."""
    assert accrued(Decimal(monthly), Decimal(hours), cap) == Decimal(dollars)


def test_a_month_with_part_of_a_cent_is_capped_at_itself() -> None:
    """D7: a snapshot of 0.0745 a month costs 0.0745 when it is full, not 0.08."""
    assert accrued(Decimal("0.0745"), 720, 672) == Decimal("0.0745")


@given(
    st.decimals("0.01", 20_000, places=2),
    st.integers(0, 744),
    st.integers(0, 744),
    st.sampled_from([672, 730]),
)
def test_accrual_never_falls_and_never_passes_the_month(
    monthly: Decimal, one: int, other: int, cap: int
) -> None:
    """D7: more hours never cost less, no hours cost more than the month, never under the rate."""
    few, many = sorted((one, other))
    assert accrued(monthly, few, cap) <= accrued(monthly, many, cap) <= monthly
    uncapped = min(monthly, many * monthly / cap)
    assert 0 <= accrued(monthly, many, cap) - uncapped < Decimal("0.010001")


@pytest.mark.parametrize(
    ("unit_price", "monthly", "hours"),
    [
        ("0.0149", "10", 672),  # the specification's load balancer
        ("0.0137", "10", 730),
        ("0.0074404762", "5", 672),  # PHP's row
        ("0.00744047619047619", "5", 672),  # 15 significant digits
        ("0.00684931506849315", "5", 730),
        ("0.007440476190476191", "5", 672),  # repr() of the float
        ("0.0074404761904761901", "5", 672),  # 17 digits
        ("2.397260273972603", "1750", 730),
        ("2.3972602739726026", "1750", 730),
        ("2.397", "1750", 730),
        ("2.6042", "1750", 672),
        ("0.006", "4", 672),  # 0.00595, at three digits
        ("0.0300", "20.16", 672),
        ("23.92", "16074.24", 672),
        ("0.26", "192", 730),
        ("1.0", "672", 672),
        ("10", "6720", 672),
    ],
)
def test_a_unit_price_tells_its_hours(unit_price: str, monthly: str, hours: int) -> None:
    """D7: C is whichever of 672 and 730 reproduces the unit price at its digits."""
    assert reproduces(Decimal(unit_price), Decimal(monthly), hours)
    assert cap_hours_of(Decimal(unit_price), Decimal(monthly), 672) == hours
    assert cap_hours_of(Decimal(unit_price), Decimal(monthly), 730) == hours


@pytest.mark.parametrize("monthly", ["2.50", "5", "10", "90", "192", "350.40", "1750", "16074.24"])
@pytest.mark.parametrize("cap", [672, 730])
def test_a_price_that_went_through_a_float_is_recognised(monthly: str, cap: int) -> None:
    """D7: the noise of a float's 16th and 17th digit does not hide the price."""
    printed = Decimal(repr(float(monthly) / cap))
    other = 1402 - cap
    assert reproduces(printed, Decimal(monthly), cap)
    assert not reproduces(printed, Decimal(monthly), other)
    assert cap_hours_of(printed, Decimal(monthly), other) == cap


def test_the_15_digits_are_all_looked_at() -> None:
    """D7: a price that differs in its 14th or 15th digit is another price."""
    assert not reproduces(Decimal("0.00744047619047618"), Decimal(5), 672)
    assert not reproduces(Decimal("0.00744047619047620"), Decimal(5), 672)
    assert not reproduces(Decimal("0.00744047619047719"), Decimal(5), 672)
    assert not reproduces(Decimal("2.39726027397270"), Decimal(1750), 730)


def test_zeros_that_a_price_came_with_are_digits() -> None:
    """D7: 0.0150 came with four digits and is 10.08 a month; 0.015 may well be 10.00."""
    assert reproduces(Decimal("0.015"), Decimal(10), 672)
    assert not reproduces(Decimal("0.0150"), Decimal(10), 672)
    assert reproduces(Decimal("0.0150"), Decimal("10.08"), 672)
    assert reproduces(Decimal(1), Decimal(700), 672)
    assert reproduces(Decimal(1), Decimal(800), 672)
    assert not reproduces(Decimal(1), Decimal(1100), 672)
    assert not reproduces(Decimal("1.00"), Decimal(700), 672)
    assert reproduces(Decimal("1E+1"), Decimal(6720), 672)


def test_half_of_the_last_digit_rounds_up() -> None:
    """D7: 0.336 / 672 is 0.0005 exactly, printed at three digits 0.001."""
    assert reproduces(Decimal("0.001"), Decimal("0.336"), 672)


def test_the_usual_hours_win_where_the_digits_do_not_tell() -> None:
    """D7: 0.01 is both 5/672 and 5/730: without a hint in the line the family's hours stay."""
    assert cap_hours_of(Decimal("0.01"), Decimal(5), 672) == 672
    assert cap_hours_of(Decimal("0.01"), Decimal(5), 730) == 730


def test_a_price_that_neither_reproduces_is_another_price() -> None:
    """D8: 0.05 an hour is not 192 a month by either count."""
    assert cap_hours_of(Decimal("0.05"), Decimal(192), 672) is None
    assert cap_hours_of(Decimal("0.0148"), Decimal(10), 672) is None
    assert cap_hours_of(Decimal("0.0150"), Decimal(10), 672) is None


def test_hours_since_the_first_of_november() -> None:
    """D7: 17 days, 14 hours and 5 minutes are 423 begun hours; a month of free is free."""
    assert hours_begun(at("2026-11-01"), NOW) == 423
    assert hours_begun(NOW, NOW + timedelta(minutes=1)) == 1
