"""What is usual, how far from it something is, and whether it grows (rules D31, D32)."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What makes the median distance of a normal distribution comparable to its standard deviation.
_OF_NORMAL = Decimal("0.6745")
# Differences smaller than this share of what is usual are no spread.
_LEAST_SPREAD = Decimal("0.05")


def median(values: Iterable[Decimal]) -> Decimal:
    """The middle value, or the mean of the middle two; raises ValueError without any."""
    ordered = sorted(values)
    if not ordered:
        msg = "there is no median of nothing"
        raise ValueError(msg)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def robust_score(value: Decimal, usual: Sequence[Decimal]) -> Decimal | None:
    """How many robust standard deviations ``value`` is from the median of ``usual`` (D32).

    The spread is the median distance from the median, at least 5 % of the median; None when both
    are zero, which leaves nothing to measure by.
    """
    middle = median(usual)
    spread = median(abs(one - middle) for one in usual)
    scale = max(spread, abs(middle) * _LEAST_SPREAD)
    return _OF_NORMAL * (value - middle) / scale if scale else None


def theil_sen(points: Sequence[tuple[int, Decimal]]) -> Decimal:
    """The median slope between any two points of different place; zero with fewer than two."""
    slopes = [
        (second - first) / (right - left)
        for (left, first), (right, second) in combinations(points, 2)
        if right != left
    ]
    return median(slopes) if slopes else ZERO
