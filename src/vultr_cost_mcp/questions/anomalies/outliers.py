"""Find the unusual days of a series, and lasting changes of its level (rule D32)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.statistics import median, robust_score
from vultr_cost_mcp.money import total_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

UNUSUAL = Decimal("3.5")
_LEAST_DOLLARS = Decimal(5)
_LEAST_SHARE = Decimal("0.02")
# A series that begins with this many unusual days has changed its level.
_WAS_USUAL = 7


@dataclass(frozen=True, slots=True)
class AnomalyWindow:
    """Consecutive unusual days that differ in the same direction.

    ``actual`` is the mean of its days and ``expected`` the usual day. ``score`` is the largest
    score of its days, None if the series does not vary.
    """

    first: date
    last: date
    expected: Decimal
    actual: Decimal
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class _Point:
    day: date
    value: Decimal
    score: Decimal | None
    above: bool | None


def floor_of(bill: Decimal) -> Decimal:
    """Return the smallest difference worth reporting, in dollars.

    That is $5 or 2 % of ``bill``, the bill of the same day or month, whichever is larger.
    """
    return max(_LEAST_DOLLARS, bill * _LEAST_SHARE)


def is_unusual(value: Decimal, usual: Sequence[Decimal], floor: Decimal) -> bool:
    """Return whether a value is far from the median by score, and by at least ``floor``."""
    score = robust_score(value, usual)
    far = score is None or abs(score) >= UNUSUAL
    return far and abs(value - median(usual)) >= floor


def unusual_stretches(
    values: Sequence[Decimal], days: Sequence[date], floor: Decimal
) -> Iterator[AnomalyWindow]:
    """Yield the windows of unusual days in a series, the oldest first."""
    usual = median(values)
    points = [
        _Point(day, x, robust_score(x, values), x > usual if is_unusual(x, values, floor) else None)
        for day, x in zip(days, values, strict=True)
    ]
    seen = 0
    for above, same in groupby(points, key=lambda point: point.above):
        stretch = list(same)
        if above is not None and seen == 0 and len(stretch) >= _WAS_USUAL:
            yield _change(stretch, points[len(stretch) :], usual)
        elif above is not None:
            mean = total_of(point.value for point in stretch) / len(stretch)
            score = _greatest(stretch)
            yield AnomalyWindow(stretch[0].day, stretch[-1].day, usual, mean, score)
        seen += len(stretch)


def _change(before: Sequence[_Point], after: Sequence[_Point], usual: Decimal) -> AnomalyWindow:
    """Return the days after a lasting change, compared with the days before it."""
    expected = median(point.value for point in before)
    score = _greatest(before)
    return AnomalyWindow(
        after[0].day, after[-1].day, expected, usual, None if score is None else -score
    )


def _greatest(stretch: Sequence[_Point]) -> Decimal | None:
    scores = [point.score for point in stretch if point.score is not None]
    return max(scores, key=abs) if scores else None
