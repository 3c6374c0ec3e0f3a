"""Read parts that questions left unread, one by one, while no question runs (D34)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.errors import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable
    from contextlib import AbstractContextManager

    from vultr_cost_mcp.collect.reading_cache import Key, Reading, ReadingCache

# The part of the rate limit that it uses: one request in four.
SHARE = 4
# So many failures in a row are no chance: the next question begins it again.
_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Unread:
    """A reading that a question left out; ``wanted`` tells whether it is still of use."""

    key: Key
    read: Callable[[Callable[[int, int | None], None]], Awaitable[Reading]]
    keep_seconds: float
    wanted: Callable[[], bool]


class Background:
    """The one reader of the process that no question waits for.

    ``pause`` is the number of seconds after each request. ``claim`` gives False while another
    process reads in the background for the same store.
    """

    def __init__(
        self,
        readings: ReadingCache,
        pause: float,
        claim: Callable[[], AbstractContextManager[bool]],
    ) -> None:
        self._readings = readings
        self._pause = pause
        self._claim = claim
        self._unread: dict[Key, Unread] = {}
        self._questions = 0
        self._quiet = anyio.Event()
        self._scope: anyio.CancelScope | None = None
        self._is_ours = True

    @property
    def is_reading(self) -> bool:
        """Return whether something is being read, and not by another process."""
        return self._scope is not None and self._is_ours

    @contextmanager
    def question(self) -> Generator[None]:
        """Hold further background requests back until this question has its readings."""
        self._questions += 1
        try:
            yield
        finally:
            self._questions -= 1
            if not self._questions:
                self._quiet.set()
                self._quiet = anyio.Event()

    def add(self, unread: Iterable[Unread]) -> None:
        """Take over the readings that a question left out; start to read them if that is idle."""
        for each in unread:
            self._unread.setdefault(each.key, each)
        if self._unread and self._scope is None:
            self._scope = anyio.CancelScope()
            self._readings.start(self._run, self._scope)

    def stop(self) -> None:
        """Read no further: the connections are about to be closed."""
        self._unread.clear()
        if self._scope is not None:
            self._scope.cancel()

    async def _run(self, scope: anyio.CancelScope) -> None:
        try:
            with scope, self._claim() as self._is_ours:
                if self._is_ours:
                    await self._read_all()
        finally:
            self._unread.clear()
            self._scope = None

    async def _read_all(self) -> None:
        failures = 0
        while failures < _FAILURES:
            while self._questions:
                await self._quiet.wait()
            if not self._unread:
                return
            unread = self._unread.pop(next(iter(self._unread)))
            if not unread.wanted() or self._readings.kept(unread.key) is not None:
                continue
            reading = await self._readings.get(
                unread.key, unread.read, keep_seconds=unread.keep_seconds
            )
            if isinstance(reading.error, RateLimitedError):
                return
            failures = 0 if reading.error is None else failures + 1
            await anyio.sleep(self._pause)
