"""All readings of one question."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from vultr_cost_mcp.collect.reading_cache import Reading
    from vultr_cost_mcp.domain.snapshot import Checked


@dataclass(frozen=True, slots=True)
class FetchedParts:
    """All readings of one question: parts by name, details by name and id.

    ``now`` is Vultr's time where this machine's is wrong, ``ahead`` how much it is ahead of this
    machine's; ``skew`` is by how much the clocks differ, None where Vultr did not tell its time.
    ``wanted`` are the ids that were asked for under each name of a detail.
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

    def rows(self, part: str) -> Any:
        """The rows of a part; none when it was not asked for or failed."""
        reading = self.parts.get(part)
        return () if reading is None or reading.value is None else reading.value

    def object(self, part: str) -> Any:
        """The object of a part; None when it was not asked for or failed."""
        reading = self.parts.get(part)
        return None if reading is None else reading.value

    def whole_values(self, detail: str) -> dict[str, Any]:
        """What was read wholly under ``detail``: half a list does not tell what is not in it."""
        readings = self.details.get(detail, {})
        return {key: row.value for key, row in readings.items() if row.whole}

    def values(self, detail: str) -> dict[str, Any]:
        """What was read one by one under ``detail``, by id; what failed is absent."""
        readings = self.details.get(detail, {})
        return {key: row.value for key, row in readings.items() if row.value is not None}
