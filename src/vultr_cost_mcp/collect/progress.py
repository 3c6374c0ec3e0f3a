"""Report the progress of a reading without ever delaying it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

    from anyio.abc import TaskGroup

_ROWS_A_PAGE = 500


class ProgressReport:
    """Counts steps (a part, a further page, a single resource) and reports the counts.

    A task of its own sends the progress, so a slow listener delays and breaks nothing.
    """

    def __init__(self, send: Callable[[int, int, str], Awaitable[None]] | None) -> None:
        self._send = send
        self._done = 0
        self._of = 0
        self._last = ""
        self._news = anyio.Event()
        self._tasks: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._tasks = await anyio.create_task_group().__aenter__()
        if self._send is not None:
            self._tasks.start_soon(self._forward, self._send)
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
        # Let exceptions propagate unwrapped, not as an ExceptionGroup.
        await self._tasks.__aexit__(None, None, None)

    def step(self, name: str) -> Step:
        """Begin a step."""
        self._of += 1
        return Step(self, name.replace("_", " "))

    def advance(self, name: str, done: int, more: int) -> None:
        """Count finished steps and newly known steps."""
        self._done += done
        self._of += more
        self._last = name
        self._news.set()

    async def _forward(self, send: Callable[[int, int, str], Awaitable[None]]) -> None:
        sent = 0
        while True:
            await self._news.wait()
            self._news = anyio.Event()
            if self._done > sent:
                sent = self._done
                try:
                    await send(sent, max(self._of, sent), f"read {self._last}")
                except Exception:  # noqa: BLE001  (whoever listened is gone: read on in silence)
                    return


@dataclass(slots=True)
class Step:
    """One list, object or resource that is being read."""

    report: ProgressReport
    name: str
    _pages: int = 0
    _known: int = 1

    def pages(self, rows: int, of: int | None) -> None:
        """Count a page: ``rows`` are read so far of ``of``, None if unknown."""
        known = max(1, -(-(of or rows) // _ROWS_A_PAGE))
        read = min(-(-rows // _ROWS_A_PAGE), known - 1)
        self.report.advance(self.name, max(0, read - self._pages), max(0, known - self._known))
        self._pages, self._known = max(self._pages, read), max(self._known, known)

    def done(self) -> None:
        """Count the end of the step."""
        self.report.advance(self.name, self._known - self._pages, 0)
