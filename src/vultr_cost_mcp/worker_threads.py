"""Long computations in a worker thread, so that the event loop goes on meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
# Two computations side by side: more would only take the interpreter from one another.
_AT_ONCE = 2
_limiter: RunVar[CapacityLimiter] = RunVar("computations")


async def worked_out(compute: Callable[[], T], *, large: bool) -> T:
    """Return the result of ``compute``; in a worker thread if the work is ``large``.

    A thread costs a tenth of a millisecond, so a small computation runs in the event loop.
    """
    if not large:
        return compute()
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(_AT_ONCE)
        _limiter.set(limiter)
    return await run_sync(compute, limiter=limiter)
