"""An event loop whose clock leaps over every wait: 25 seconds of patience take none."""

from __future__ import annotations

import asyncio  # noqa: TID251  (this is the loop itself, below anyio)
import selectors
import threading
from typing import TYPE_CHECKING, Any

from anyio._backends._asyncio import WorkerThread

if TYPE_CHECKING:
    from collections.abc import Mapping

START = 1_000.0
# Even a turn of the loop that waits for nothing takes a moment, as in the world.
_MOMENT = 1e-6
# A thread that waits for the loop itself is not waited for: two real minutes at most.
_GLANCE, _PATIENCE = 0.005, 24_000


def _is_computing() -> bool:
    """Tell whether a worker thread of anyio has something to do."""
    workers = [thread for thread in threading.enumerate() if isinstance(thread, WorkerThread)]
    return any(worker.queue.unfinished_tasks for worker in workers)


class _LeapingSelector(selectors.BaseSelector):
    """Waits for no timer: where nothing is ready, the loop's clock goes on instead."""

    def __init__(self) -> None:
        self._inner = selectors.DefaultSelector()
        self.now = START

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return self._inner.select(None)
        ready = self._inner.select(0)
        # A computation in a worker thread takes no virtual time: the clock stands until it ends.
        for _ in range(_PATIENCE):
            if ready or not timeout or not _is_computing():
                break
            ready = self._inner.select(_GLANCE)
        # It may have ended since the last look.
        ready = ready or self._inner.select(0)
        if not ready:
            self.now += max(_MOMENT, timeout)
        return ready

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()


class VirtualLoop(asyncio.SelectorEventLoop):
    """Give it to anyio as ``loop_factory``; nothing in it may talk to a real network."""

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Virtual seconds."""
        return self._leaping.now


VIRTUAL_ASYNCIO = ("asyncio", {"loop_factory": VirtualLoop})
