"""Join the pages of one list, and detect missing and repeated rows (rule D33)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its rows, the cursor of the next page, and the stated number of rows.

    ``cursor`` is empty on the last page; ``anomaly`` explains why the body may be incomplete.
    """

    rows: list[Any]
    cursor: str = ""
    stated: int | None = None
    anomaly: str | None = None


@dataclass(slots=True)
class Listing:
    """The rows of one list, and the one judge of whether they are all.

    ``read`` turns each row into the value to keep, so that a page's JSON is freed before the
    next one comes. ``gap`` explains missing rows, None if all were read; ``is_limited``
    tells that a 429 ended it.
    """

    read: Callable[[Any], Any] = field(default=lambda row: row)
    rows: list[Any] = field(default_factory=list[Any])
    stated: int | None = None
    gap: str | None = None
    begun: bool = False
    is_limited: bool = False
    _cursors: set[str] = field(default_factory=set[str])
    _last: list[Any] = field(default_factory=list[Any])
    # The names of the rows of each page; None where rows have an id, which names them.
    _names: list[list[bytes]] | None = field(default_factory=list[list[bytes]])

    def add(self, page: Page) -> bool:
        """Add a page; return True if the list goes on with its cursor."""
        self.begun = True
        self.gap = self.gap or page.anomaly
        if page.rows and page.rows == self._last:
            # The server ignored the cursor. Lines have no id, so they would count twice (D1).
            self.gap = "the list's pages repeat"
            return False
        self._last = page.rows
        self._name(page.rows)
        self.rows += map(self.read, page.rows)
        self.stated = page.stated if page.stated is not None else self.stated
        if not page.cursor:
            return False
        self.gap = self.gap or self._pagination_error(page)
        self._cursors.add(page.cursor)
        return self.gap is None

    def _pagination_error(self, page: Page) -> str | None:
        """Explain why no further page is requested; None if the list continues."""
        if page.cursor in self._cursors:
            return "the list's cursor repeats"
        if self.stated is not None and len(self.rows) > self.stated:
            return "the list is longer than it says"
        if not page.rows and self._cursors:
            return "the list has empty pages"
        return None

    def _name(self, rows: Sequence[Any]) -> None:
        """Keep the name that tells rows without an id apart."""
        if any(isinstance(row, dict) and "id" in row for row in rows):
            self._names = None
        if self._names is not None:
            self._names.append([_name_of(row) for row in rows])

    def count_once(self) -> None:
        """Keep rows without an id once if pages repeat them, judged by the stated number.

        Within a page equal lines are two charges, unless the stated number is only met without
        them.
        """
        if self._names is None or self.stated is None or len(self.rows) <= self.stated:
            return
        rows = iter(self.rows)
        once: list[Any] = []
        different: dict[bytes, Any] = {}
        for names in self._names:
            page = [(name, next(rows)) for name in names]
            once += [row for name, row in page if name not in different]
            different.update(page)
        for fewer in (once, [*different.values()]):
            if len(fewer) == self.stated:
                self.rows = fewer
                return
        if len(different) < len(self.rows):
            # At most all rows remain, so "at least" stays true.
            self.rows = [*different.values()]
            self.gap = self.gap or "its rows repeat"


def _name_of(row: Any) -> bytes:
    text = json.dumps(row, sort_keys=True, default=str)
    return blake2b(text.encode(), digest_size=16).digest()
