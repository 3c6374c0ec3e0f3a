"""A UTC calendar month, half open (rule D5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A UTC month: ``start`` belongs to it, ``end`` is the start of the next one."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, instant: datetime) -> Month:
        """Return the month that holds an aware instant."""
        start = instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        end = (start + timedelta(days=32)).replace(day=1)
        return cls(start, end)

    @property
    def name(self) -> str:
        """The month as ``YYYY-MM``."""
        return f"{self.start:%Y-%m}"

    @property
    def previous(self) -> Month:
        """The month before."""
        return Month.of(self.start - timedelta(days=1))

    @property
    def next(self) -> Month:
        """The month after."""
        return Month.of(self.end)

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end
