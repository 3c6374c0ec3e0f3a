"""Snapshots kept by the readings that they are made of: no reading is assembled twice."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import ref

from vultr_cost_mcp.collect.memo import all_there

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from vultr_cost_mcp.collect.reading_cache import Reading
    from vultr_cost_mcp.domain.snapshot import Snapshot

_MOST = 8


class KeptSnapshots:
    """The snapshots used last, at most eight.

    A key names readings by their identity; a snapshot ends with the first of them that is gone.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Snapshot, Sequence[ref[Reading]]]] = OrderedDict()

    def get(self, key: Hashable) -> Snapshot | None:
        """Return the snapshot of exactly these readings; None when it is not kept."""
        found = self._kept.get(key)
        if found is None or not all_there(found[1]):
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, snapshot: Snapshot, readings: Iterable[Reading]) -> None:
        """Keep the snapshot of some readings; those of older ones and the least used one go."""
        for gone in [old for old, (_, refs) in self._kept.items() if not all_there(refs)]:
            del self._kept[gone]
        self._kept[key] = (snapshot, [ref(reading) for reading in readings])
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
