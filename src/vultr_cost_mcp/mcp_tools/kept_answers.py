"""Answers kept with the readings that they rest on: the second one costs nothing."""

from __future__ import annotations

import json
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from mcp.types import CallToolResult

    from vultr_cost_mcp.domain.snapshot import Basis

_MOST = 16


class KeptAnswers:
    """The answers of one tool that were given last, by their arguments, at most sixteen."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[CallToolResult, Basis]] = OrderedDict()
        self._worth: set[str] = set()
        self._turns: dict[str, tuple[anyio.Lock, int]] = {}

    def get(self, key: str) -> CallToolResult | None:
        """Return the answer to a question; None when a reading that it rests on has changed."""
        found = self._kept.get(key)
        if found is None:
            return None
        answer, basis = found
        if not basis.holds():
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return answer

    def keep(self, key: str, answer: CallToolResult, basis: Basis) -> None:
        """Keep an answer as long as its readings; the one that was not asked for longest goes."""
        if not basis.holds():
            # Nothing is kept for longer than its reading takes: all who ask at once share that.
            self._worth.discard(key)
            return
        self._worth.add(key)
        self._kept[key] = (answer, basis)
        while len(self._kept) > _MOST:
            self._worth.discard(self._kept.popitem(last=False)[0])

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncGenerator[None]:
        """Let a question whose answers are kept be worked out once: others wait for that answer."""
        if key not in self._worth:
            yield
            return
        lock, waiting = self._turns.get(key, (anyio.Lock(), 0))
        self._turns[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._turns.pop(key)
            if waiting > 1:
                self._turns[key] = (lock, waiting - 1)


def key_of(arguments: Mapping[str, Any]) -> str | None:
    """Return one text for the same arguments; None when they cannot be written."""
    try:
        return json.dumps(arguments, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return None
