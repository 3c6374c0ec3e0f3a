"""Days and months as sentences and tables name them.

Fields, arguments, file names and the first column of a history keep the ISO form, which the next
call takes.
"""

from __future__ import annotations

from datetime import date

_DAY_LENGTH = len("2026-11-29")


def day_name(day: date) -> str:
    """Format the day of a date or stamp: ``29 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"


def month_name(start: date) -> str:
    """Format a month by one of its days: ``November 2026``."""
    return f"{start:%B %Y}"


def period_name(period: str) -> str:
    """Format a month or day from its ISO form; ``2026-11`` becomes ``November 2026``."""
    if len(period) == _DAY_LENGTH:
        return day_name(date.fromisoformat(period))
    return month_name(date.fromisoformat(f"{period}-01"))
