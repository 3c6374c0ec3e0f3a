"""Join the pages of one list, and detect missing and repeated rows (rule D33)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Listing:
    """The rows of one list; ``gap`` explains missing ones, None if all were read."""

    rows: list[Any] = field(default_factory=list[Any])
    stated: int | None = None
    gap: str | None = None


def pagination_error(
    listing: Listing, page: list[Any], cursor: str, cursors: set[str]
) -> str | None:
    """Explain why no further page is requested; None if the list continues."""
    if cursor in cursors:
        return "the list's cursor repeats"
    if listing.stated is not None and len(listing.rows) > listing.stated:
        return "the list is longer than it says"
    if not page and cursors:
        return "the list has empty pages"
    return None


def count_once(listing: Listing, pages: list[list[Any]]) -> None:
    """Keep rows without an id once if pages repeat them, judged by the stated number.

    Within a page equal lines are two charges, unless the stated number is only met without them.
    """
    rows = listing.rows
    if listing.stated is None or len(rows) <= listing.stated:
        return
    if any(isinstance(row, dict) and "id" in row for row in rows):
        return
    once: list[Any] = []
    different: dict[str, Any] = {}
    for page in pages:
        named = [(json.dumps(row, sort_keys=True, default=str), row) for row in page]
        once += [row for name, row in named if name not in different]
        different.update(named)
    for fewer in (once, [*different.values()]):
        if len(fewer) == listing.stated:
            listing.rows = fewer
            return
    if len(different) < len(rows):
        # At most all rows remain, so "at least" stays true.
        listing.rows = [*different.values()]
        listing.gap = listing.gap or "its rows repeat"
