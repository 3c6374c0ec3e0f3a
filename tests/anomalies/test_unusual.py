"""Unusual days of a series, and changes of its level (D32)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from vultr_cost_mcp.questions.anomalies.outliers import (
    AnomalyWindow,
    floor_of,
    is_unusual,
    unusual_stretches,
)

FIRST = date(2026, 10, 19)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def stretches(*values: str | int, floor: int = 5) -> list[AnomalyWindow]:
    """Look at a series of days."""
    series = [Decimal(value) for value in values]
    days = [day(number) for number in range(len(series))]
    return list(unusual_stretches(series, days, Decimal(floor)))


def test_the_score_of_a_fall_is_that_of_its_deepest_day() -> None:
    """D32: the greatest of its days, whichever way."""
    (fall,) = stretches(*[100] * 10, 60, 40, 65, *[100] * 10)
    (rise,) = stretches(*[100] * 10, 140, 160, 135, *[100] * 10)
    assert fall.score is not None
    assert rise.score is not None
    assert fall.score == -rise.score == Decimal("0.6745") * -60 / 5


@pytest.mark.parametrize(("bill", "floor"), [(0, "5"), (250, "5"), (251, "5.02"), (1000, "20")])
def test_what_is_not_worth_a_look(bill: int, floor: str) -> None:
    """D32: the larger of 5 dollars and 2 % of the bill of the same span."""
    assert floor_of(Decimal(bill)) == Decimal(floor)


@pytest.mark.parametrize(
    ("value", "unusual"),
    [("126", True), ("125.90", False), ("74", True), ("74.10", False)],
)
def test_of_what_never_varies_a_quarter_is_unusual(value: str, *, unusual: bool) -> None:
    """D32: 3.5 x 5 % of 100 / 0.6745 is 25.945, up or down."""
    usual = [Decimal(100)] * 20
    assert is_unusual(Decimal(value), usual, Decimal(5)) is unusual


def test_small_dollars_are_never_unusual() -> None:
    """D32: ten times as much, and 4.50 more; with 5 more it is."""
    usual = [Decimal("0.50")] * 20
    assert not is_unusual(Decimal("5.49"), usual, Decimal(5))
    assert is_unusual(Decimal("5.50"), usual, Decimal(5))


def test_one_day_of_something_new_has_no_measure() -> None:
    """Nothing was there before: it is unusual, without a score."""
    (found,) = stretches(*[0] * 10, 60, *[0] * 10)
    assert found == AnomalyWindow(day(10), day(10), Decimal(0), Decimal(60), None)


def test_days_in_a_row_are_one_event() -> None:
    """The mean of the three is shown, and the greatest score: 0.6745 x 60 / 5."""
    (found,) = stretches(*[100] * 10, 140, 160, 150, *[100] * 10)
    assert (found.first, found.last) == (day(10), day(12))
    assert (found.expected, found.actual) == (100, 150)
    assert found.score == Decimal("8.094")


def test_a_fall_after_a_rise_is_another_event() -> None:
    rise, fall = stretches(*[100] * 10, 150, 50, *[100] * 10)
    assert (rise.first, fall.first) == (day(10), day(11))
    assert (rise.score, fall.score) == (Decimal("6.745"), Decimal("-6.745"))


def test_a_change_of_level_is_dated_where_it_began() -> None:
    """Most days have the new level: the days before it were not unusually cheap."""
    (found,) = stretches(*[100] * 8, *[160] * 22)
    assert (found.first, found.last) == (day(8), day(29))
    assert (found.expected, found.actual) == (100, 160)
    # 0.6745 x 60 / 8, which is 5 % of 160.
    assert found.score == Decimal("5.05875")
    (found,) = stretches(*[100] * 22, *[160] * 8)
    assert (found.first, found.expected, found.actual) == (day(22), 100, 160)


def test_a_few_days_at_the_beginning_are_unusual_themselves() -> None:
    (found,) = stretches(*[160] * 6, *[100] * 22)
    assert (found.first, found.last, found.actual) == (day(0), day(5), 160)
    (found,) = stretches(*[0] * 7, *[60] * 22)
    assert (found.first, found.expected, found.actual) == (day(7), 0, 60)


def test_slow_growth_is_not_unusual() -> None:
    """D32: one percent a day, by a third in a month."""
    assert stretches(*[100 + number for number in range(30)]) == []


def test_what_varies_always_is_not_unusual() -> None:
    assert stretches(*[80, 120, 100] * 10) == []
