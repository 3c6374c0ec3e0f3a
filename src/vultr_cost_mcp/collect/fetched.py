"""All readings of one question."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.collect.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from vultr_cost_mcp.collect.reading_cache import Reading
    from vultr_cost_mcp.domain.snapshot import Checked


@dataclass(frozen=True, slots=True)
class FetchedParts:
    """All readings of one question: parts by name, details by name and id.

    ``now`` is Vultr's time if this machine's clock is wrong. ``ahead`` is how far it is ahead of
    this machine's. ``skew`` is the difference of the clocks, None if Vultr did not tell its time.
    ``goes_on`` tells that traffic that is not read yet is being read in the background.
    ``wanted`` are the ids requested under each detail's name. ``memo`` keeps results from
    one snapshot to the next.
    """

    account: str
    sample: bool
    exempt_tags: frozenset[str]
    now: datetime
    skew: timedelta | None
    parts: Mapping[str, Reading]
    details: Mapping[str, Mapping[str, Reading]]
    checked: Mapping[str, Checked]
    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict[str, "frozenset[str]"])
    ahead: timedelta = timedelta(0)
    goes_on: bool = False
    memo: Memo = field(default_factory=Memo)

    def made_of(self, parts: Collection[str], details: Collection[str]) -> list[Reading]:
        """Return the readings of some parts and details, always in the same order."""
        return [
            *(self.parts[name] for name in sorted(self.parts) if name in parts),
            *(
                self.details[name][key]
                for name in sorted(self.details)
                if name in details
                for key in sorted(self.details[name])
            ),
        ]

    def rows(self, part: str) -> Any:
        """Return the rows of a part; empty if it was not requested or failed."""
        reading = self.parts.get(part)
        return () if reading is None or reading.value is None else reading.value

    def object(self, part: str) -> Any:
        """Return the object of a part; None if it was not requested or failed."""
        reading = self.parts.get(part)
        return None if reading is None else reading.value

    def whole_values(self, detail: str) -> dict[str, Any]:
        """Return the complete readings under ``detail``; a partial list cannot prove absence."""
        readings = self.details.get(detail, {})
        return {key: row.value for key, row in readings.items() if row.whole}

    def values(self, detail: str) -> dict[str, Any]:
        """Return the readings under ``detail`` by id; failed ones are absent."""
        readings = self.details.get(detail, {})
        return {key: row.value for key, row in readings.items() if row.value is not None}
