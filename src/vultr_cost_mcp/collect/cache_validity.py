"""The readings that a snapshot is made of: the key under which its computed parts are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from vultr_cost_mcp.collect.reading_cache import Key, Reading, ReadingCache


class ReadingsUsed:
    """Implements ``domain.snapshot.Basis``: every reading by its key, and the UTC day of use.

    It holds no reading: an answer that nobody asks for again would keep an account in memory.
    """

    def __init__(
        self,
        cache: ReadingCache,
        used: Sequence[tuple[Key, Reading]],
        day: date,
        now: Callable[[], datetime],
    ) -> None:
        self._cache = cache
        self._used = [(key, ref(reading)) for key, reading in used]
        self._day = day
        self._now = now
        self._replaced = -1
        self._until = 0.0

    def holds(self) -> bool:
        """Return True while a question would be answered from the same readings, this same day."""
        if self._now().date() != self._day:
            return False
        if self._replaced != self._cache.replaced:
            now = [(self._cache.kept(key), reading()) for key, reading in self._used]
            if any(kept is None or kept is not reading for kept, reading in now):
                return False
            # Thousands of readings are looked at once, not at every question.
            self._replaced = self._cache.replaced
            self._until = min((self._cache.expiry(key) for key, _ in self._used), default=0.0)
        return anyio.current_time() < self._until
