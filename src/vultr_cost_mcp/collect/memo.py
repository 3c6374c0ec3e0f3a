"""Parts of a snapshot kept by the readings that they are made of."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vultr_cost_mcp.collect.reading_cache import Reading

    # The computation with its values, and the identities of the readings.
    _Key = tuple[tuple[Any, ...], tuple[int, ...]]

T = TypeVar("T")
_MOST = 40


class Memo:
    """Results that were computed from some readings, the forty used last.

    Readings are told apart by their identity; an entry ends with the first of them that is gone.
    Snapshots are assembled in worker threads, hence the lock.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, tuple[object, Sequence[ref[Reading]]]] = OrderedDict()
        self._lock = Lock()

    def once(
        self,
        name: tuple[Any, ...],
        readings: Sequence[Reading],
        compute: Callable[[], T],
        share: Callable[[T, T], T] | None = None,
    ) -> T:
        """Return the kept result for these readings, or compute and keep it.

        ``name`` says which computation it is, with every value beside the readings that its
        result depends on. ``share`` gets the result and the last one of the same computation from
        the same readings, some more or some fewer, and returns the result with what they share.
        """
        key = (name, tuple(id(reading) for reading in readings))
        with self._lock:
            found = self._kept.get(key)
            if found is not None and all_there(found[1]):
                self._kept.move_to_end(key)
                return cast("T", found[0])
            akin = None if share is None else self._akin(key)
        result = compute()
        if share is not None and akin is not None:
            result = share(result, cast("T", akin))
        with self._lock:
            for gone in [old for old, (_, refs) in self._kept.items() if not all_there(refs)]:
                del self._kept[gone]
            self._kept[key] = (result, [ref(reading) for reading in readings])
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return result

    def _akin(self, key: _Key) -> object | None:
        """Return the last result of the same computation whose readings hold these, or are held."""
        (what, *_), ids = key[0], {*key[1]}
        for (name, others), (result, refs) in reversed(self._kept.items()):
            akin = name[0] == what and others and (ids <= {*others} or ids >= {*others})
            if akin and all_there(refs):
                return result
        return None


def all_there(readings: Iterable[ref[Reading]]) -> bool:
    """Return whether none of some readings has given way to another one."""
    return all(reading() is not None for reading in readings)


def shared(rows: Sequence[T], earlier: Sequence[T]) -> list[T]:
    """Return rows, each that equals the earlier one at its place as that very object."""
    same = [was if was == row else row for row, was in zip(rows, earlier, strict=False)]
    return [*same, *rows[len(same) :]]
