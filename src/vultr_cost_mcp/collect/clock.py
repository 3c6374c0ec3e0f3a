"""This machine's clock against Vultr's, which its ``Date`` header tells (rule D5)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.markdown import count

if TYPE_CHECKING:
    from datetime import datetime

    from vultr_cost_mcp.collect.fetched import FetchedParts

CLOCK_TOLERANCE = timedelta(minutes=2)
# In minutes, in hours: from here on a larger unit is told.
_TWO_HOURS, _TWO_DAYS = 120, 48
# Outside of these, months some years before or after may not exist, or lack four digits.
_FIRST_YEAR, _LAST_YEAR = 1100, 9000


def ahead_of(skew: timedelta | None) -> timedelta:
    """Return how far Vultr's clock is ahead; zero for a difference within tolerance."""
    return skew if skew is not None and abs(skew) > CLOCK_TOLERANCE else timedelta(0)


def duration(skew: timedelta) -> str:
    """Return the difference of two clocks in words, to the minute, hour or day."""
    minutes = abs(skew) // timedelta(minutes=1)
    if minutes < _TWO_HOURS:
        return count(minutes, "minute")
    hours = minutes // 60
    return count(hours, "hour") if hours < _TWO_DAYS else count(hours // 24, "day")


def is_usable(clock: datetime) -> bool:
    """Return whether the months around a date can be told."""
    return _FIRST_YEAR <= clock.year <= _LAST_YEAR


def unusable_clock(clock: datetime, skew: timedelta | None) -> str:
    """Return the error for a clock that is not usable; ``skew`` is None where Vultr told no time.

    A positive ``skew`` is how far Vultr's clock is ahead.
    """
    side = "behind" if ahead_of(skew) > timedelta(0) else "ahead of"
    against = f", {duration(skew)} {side} Vultr's" if skew is not None else ""
    return (
        f"This machine's clock shows {clock.date()}{against}, so that no month and no hours can be "
        "told. Set this machine's clock, or let it set itself (NTP), and ask again."
    )


def is_another_month(taken: FetchedParts) -> bool:
    """Return whether Vultr's clock is in another month than the answer is (D5)."""
    theirs = taken.now + (ahead_of(taken.skew) - taken.ahead)
    return Month.of(theirs) != Month.of(taken.now)


def clock_caveat(taken: FetchedParts) -> str:
    """Return a sentence where the two clocks are more than two minutes apart, else nothing."""
    if taken.skew is None or not ahead_of(taken.skew):
        return ""
    effect = (
        "this record has Vultr's time" if taken.ahead else "the month and the hours may be wrong"
    )
    return (
        f"This machine's clock and Vultr's differ by {duration(taken.skew)}: {effect}. Set this "
        "machine's clock."
    )
