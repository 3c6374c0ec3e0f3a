"""Robust statistics: median, deviation from it, and trend (rules D31, D32)."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Scales the median distance of a normal distribution to its standard deviation.
_OF_NORMAL = Decimal("0.6745")
# A spread below this share of the median counts as this share.
_LEAST_SPREAD = Decimal("0.05")


def median(values: Iterable[Decimal]) -> Decimal:
    """Return the middle value, or the mean of the middle two; raises ValueError without any."""
    ordered = sorted(values)
    if not ordered:
        msg = "there is no median of nothing"
        raise ValueError(msg)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def robust_score(value: Decimal, usual: Sequence[Decimal]) -> Decimal | None:
    """Return how many robust standard deviations ``value`` is from the median of ``usual`` (D32).

    The spread is the median distance from the median, at least 5 % of the median. None if both are
    zero, because nothing is left to measure by.
    """
    middle = median(usual)
    spread = median(abs(one - middle) for one in usual)
    scale = max(spread, abs(middle) * _LEAST_SPREAD)
    return _OF_NORMAL * (value - middle) / scale if scale else None


def theil_sen(points: Sequence[tuple[int, Decimal]]) -> Decimal:
    """Return the median slope between points of different place; zero with fewer than two."""
    slopes = [
        (second - first) / (right - left)
        for (left, first), (right, second) in combinations(points, 2)
        if right != left
    ]
    return median(slopes) if slopes else ZERO
