"""Snapshots kept by the readings that they are made of: no reading is assembled twice."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from vultr_cost_mcp.domain.snapshot import Snapshot

_MOST = 8


class KeptSnapshots:
    """The snapshots used last, at most eight.

    A key names readings by their identity, so the readings are held as long as the snapshot is.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Snapshot, object]] = OrderedDict()

    def get(self, key: Hashable) -> Snapshot | None:
        """Return the snapshot of exactly these readings; None when it is not kept."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, snapshot: Snapshot, readings: object) -> None:
        """Keep a snapshot and its readings; the one that was not used for longest goes."""
        self._kept[key] = (snapshot, readings)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
