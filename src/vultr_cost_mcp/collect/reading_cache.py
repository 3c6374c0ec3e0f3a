"""Readings shared by the process: joined, cached, and cancelled when nobody waits (D36)."""

from __future__ import annotations

import logging
from collections.abc import Sized
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from vultr_cost_mcp.errors import RateLimitedError, UnexpectedBodyError, VultrError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from anyio.abc import TaskGroup

FAILURE_SECONDS = 10.0
# How long a reading may stand in for a newer one after its own time, when Vultr answers 429 (D36).
OLDER_SECONDS = 3_600.0
_FEW, _TIDY_SECONDS = 100, 5.0
_log = logging.getLogger(__name__)

Key = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Reading:
    """The result of reading one part, with its time; ``error`` or ``gap`` explain missing data.

    The cache alone holds it: what is kept of a reading goes when the next one takes its place.
    ``is_limited`` tells that a 429 is the reason, ``is_older`` that the reading stands in for one
    that a 429 prevented (D36).
    """

    value: Any
    read_at: datetime
    gap: str | None = None
    error: VultrError | None = None
    is_limited: bool = False
    is_older: bool = False

    @property
    def rows(self) -> int:
        """Return the number of rows of a list, of days of traffic, else 0."""
        return len(self.value) if isinstance(self.value, Sized) else 0

    @property
    def whole(self) -> bool:
        """Return whether the part was read completely."""
        return self.gap is None and self.error is None


@dataclass(slots=True)
class _Flight:
    """A running read and its waiters; ``begun`` is None until its first request has gone out."""

    begun: datetime | None = None
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    landed: anyio.Event = field(default_factory=anyio.Event)
    waiters: int = 0
    listeners: list[Callable[[int, int | None], None]] = field(
        default_factory=list["Callable[[int, int | None], None]"]
    )
    reading: Reading | None = None

    def began_before(self, instant: datetime | None) -> bool:
        """Return whether its data may be older than an instant; a queued read is never older."""
        return instant is not None and self.begun is not None and self.begun < instant

    def tell(self, done: int, of: int | None) -> None:
        """Pass the progress on to all listeners."""
        for listener in self.listeners:
            listener(done, of)


class ReadingCache:
    """All readings of the process, opened around the server that uses them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[Key, tuple[float, Reading]] = {}
        # The last whole readings, which outlive their time for the case of a 429.
        self._older: dict[Key, tuple[float, Reading]] = {}
        self._tidied = 0.0
        # How often a kept reading gave way to another one.
        self.replaced = 0
        self._flights: dict[Key, _Flight] = {}
        self._tasks: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, error, trace
        assert self._tasks is not None  # noqa: S101  (entered before)
        self._tasks.cancel_scope.cancel()
        # An answer that rests on these readings is not given again.
        self._kept.clear()
        self._older.clear()
        self.replaced += 1
        # Let exceptions propagate unwrapped, not as an ExceptionGroup.
        await self._tasks.__aexit__(None, None, None)

    def kept(self, key: Key, not_before: datetime | None = None) -> Reading | None:
        """Return the cached reading under ``key``; None if there is none or it is too old."""
        expires, reading = self._kept.get(key, (0.0, None))
        if reading is None or anyio.current_time() >= expires:
            return None
        if not_before is not None and reading.read_at < not_before:
            return None
        return reading

    def start(self, work: Callable[[T], Coroutine[Any, Any, None]], argument: T) -> None:
        """Start work beside the questions; it ends with the readings at the latest."""
        self._group.start_soon(work, argument)

    @property
    def _group(self) -> TaskGroup:
        if self._tasks is None:
            msg = "Readings must be entered before they are used"
            raise RuntimeError(msg)
        return self._tasks

    async def get(
        self,
        key: Key,
        read: Callable[[Callable[[int, int | None], None]], Awaitable[Reading]],
        *,
        keep_seconds: float,
        not_before: datetime | None = None,
        listener: Callable[[int, int | None], None] | None = None,
    ) -> Reading:
        """Return the reading under ``key``: cached, joined, or started now.

        ``read`` starts a new read and gets a callback for its progress; ``keep_seconds`` is how
        long its result is cached. Readings from before ``not_before`` are ignored. ``listener``
        gets the rows read so far and their stated number. A failure is returned as a Reading with
        an error.
        """
        known = self.kept(key, not_before)
        if known is not None:
            return self._or_older(key, known, not_before)
        flight = self._flights.get(key)
        if flight is None or flight.began_before(not_before):
            # A read that began before the month did is not joined: it may show the old month (D5).
            flight = self._start(key, read, keep_seconds)
        if listener is not None:
            flight.listeners.append(listener)
        flight.waiters += 1
        try:
            await flight.landed.wait()
        finally:
            flight.waiters -= 1
            if listener is not None:
                flight.listeners.remove(listener)
            if flight.waiters == 0 and not flight.landed.is_set():
                # The last waiter has left: the read is cancelled, and the next caller starts
                # another.
                if self._flights.get(key) is flight:
                    del self._flights[key]
                flight.scope.cancel()
        assert flight.reading is not None  # noqa: S101  (set before the event)
        return self._or_older(key, flight.reading, not_before)

    def _or_older(self, key: Key, reading: Reading, not_before: datetime | None) -> Reading:
        """Return a reading; where a 429 prevented it, the last whole one of this month, if any."""
        if not (reading.is_limited or isinstance(reading.error, RateLimitedError)):
            return reading
        expires, older = self._older.get(key, (0.0, None))
        if older is None or anyio.current_time() >= expires:
            return reading
        if not_before is not None and older.read_at < not_before:
            return reading
        now = self._now()
        if (older.read_at.year, older.read_at.month) != (now.year, now.month):
            return reading
        return replace(older, is_older=True)

    def _start(
        self,
        key: Key,
        read: Callable[[Callable[[int, int | None], None]], Awaitable[Reading]],
        keep_seconds: float,
    ) -> _Flight:
        group = self._group
        flight = _Flight()
        self._flights[key] = flight
        group.start_soon(self._fly, key, flight, read, keep_seconds)
        return flight

    async def _fly(
        self,
        key: Key,
        flight: _Flight,
        read: Callable[[Callable[[int, int | None], None]], Awaitable[Reading]],
        keep_seconds: float,
    ) -> None:

        def seen(done: int, of: int | None) -> None:
            if flight.begun is None:
                flight.begun = self._now()
            flight.tell(done, of)

        with flight.scope:
            try:
                reading = await read(seen)
            except VultrError as error:
                reading = Reading(None, self._now(), error=error)
            except Exception as error:  # noqa: BLE001  (a crash must not end the other readings)
                # Without its text, which may contain account data.
                _log.error("reading %s failed: %s", key[1], type(error).__name__)
                crash = UnexpectedBodyError(
                    "Vultr's answer could not be understood. Please report it with the server's "
                    "log.",
                    "Vultr's answer could not be understood",
                )
                reading = Reading(None, self._now(), error=crash)
            flight.reading = reading
            self._keep(key, reading, keep_seconds)
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.landed.set()

    def _keep(self, key: Key, reading: Reading, seconds: float) -> None:
        now = anyio.current_time()
        if not reading.whole:
            seconds = FAILURE_SECONDS if reading.error else min(seconds, FAILURE_SECONDS)
        # Thousands of readings are not looked through for each of them.
        if len(self._kept) < _FEW or now >= self._tidied + _TIDY_SECONDS:
            self._tidied = now
            self._kept = {kept: row for kept, row in self._kept.items() if row[0] > now}
            self._older = {kept: row for kept, row in self._older.items() if row[0] > now}
        if key in self._kept:
            self.replaced += 1
        if seconds > 0:
            self._kept[key] = (now + seconds, reading)
            if reading.whole:
                self._older[key] = (now + seconds + OLDER_SECONDS, reading)
        else:
            self._kept.pop(key, None)

    def expiry(self, key: Key) -> float:
        """Return when a kept reading ends, in the loop's time; 0 when there is none."""
        return self._kept.get(key, (0.0, None))[0]
