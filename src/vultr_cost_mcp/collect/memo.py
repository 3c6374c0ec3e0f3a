"""Parts of a snapshot kept by the readings that they are made of."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from vultr_cost_mcp.collect.reading_cache import Reading

T = TypeVar("T")
_MOST = 40


class Memo:
    """Results that were computed from some readings, the forty used last.

    Readings are told apart by their identity, so an entry holds the readings it is made of.
    Snapshots are assembled in worker threads, hence the lock.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[object, Sequence[Reading]]] = OrderedDict()
        self._lock = Lock()

    def once(self, name: Hashable, readings: Sequence[Reading], compute: Callable[[], T]) -> T:
        """Return the kept result for these readings, or compute and keep it.

        ``name`` says which computation it is, with every value beside the readings that its
        result depends on.
        """
        key = (name, *(id(reading) for reading in readings))
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return cast("T", found[0])
        result = compute()
        with self._lock:
            self._kept[key] = (result, readings)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return result
