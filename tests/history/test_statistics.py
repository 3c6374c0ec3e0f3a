"""The usual value, the distance from it, and the trend (D31, D32)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vultr_cost_mcp.billing.statistics import median, robust_score, theil_sen


def decimals(*values: str | int) -> list[Decimal]:
    return [Decimal(value) for value in values]


def test_the_median_is_the_middle_or_the_mean_of_the_middle_two() -> None:
    assert median(decimals(9, 1, 5)) == 5
    assert median(decimals(9, 1, 5, 2)) == Decimal("3.5")
    with pytest.raises(ValueError, match="no median"):
        median([])


def test_the_slope_is_that_of_most_pairs_whatever_one_month_was() -> None:
    """D31: of ten pairs six rise by 10."""
    points = list(enumerate(decimals(100, 110, 500, 130, 140)))
    assert theil_sen(points) == 10
    assert theil_sen(points[:1]) == 0


def test_the_slope_counts_months_that_are_missing() -> None:
    """D31: 30 in three months, though there are two points."""
    assert theil_sen([(1, Decimal(100)), (4, Decimal(130))]) == 10


def test_the_score_is_by_the_median_distance() -> None:
    """D32: the distances of 8 9 10 11 12 are 2 1 0 1 2; 0.6745 x (20 - 10) / 1."""
    assert robust_score(Decimal(20), decimals(8, 9, 10, 11, 12)) == Decimal("6.745")
    assert robust_score(Decimal(0), decimals(8, 9, 10, 11, 12)) == Decimal("-6.745")


def test_what_hardly_varies_is_measured_by_five_percent_of_the_median() -> None:
    """D32: 0.6745 x 26 / 5."""
    assert robust_score(Decimal(126), decimals(*[100] * 20)) == Decimal("3.5074")


def test_with_nothing_before_there_is_no_measure() -> None:
    assert robust_score(Decimal(126), decimals(*[0] * 20)) is None
