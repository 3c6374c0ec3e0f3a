"""Answers as text: JSON with exact decimals, pages behind an opaque cursor, and error bodies."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.demo.data import Row

_DEFAULT_PAGE = 100
_LARGEST_PAGE = 500


class RefusedError(Exception):
    """A request that the API answers with an error status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


def to_json(value: object) -> str:
    """JSON text in which a ``Decimal`` is a number with exactly its digits, never a float."""
    if isinstance(value, Mapping):
        rows = cast("Mapping[object, object]", value).items()
        pairs = (f"{json.dumps(str(key))}:{to_json(part)}" for key, part in rows)
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(to_json, cast("Iterable[object]", value))) + "]"
    if isinstance(value, Decimal):
        # As Vultr prints money: 5 and 5.4, not 5.00 and 5.40.
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, float):
        message = f"a float in the sample account: {value!r}"
        raise TypeError(message)
    return json.dumps(value)


def page(key: str, rows: list[Row], query: Mapping[str, str]) -> Row:
    """One page of a list in its envelope; the end of the list is an empty ``next``."""
    size = _page_size(query.get("per_page", ""))
    start = _place(query.get("cursor", ""))
    following = _cursor("next", start + size) if start + size < len(rows) else ""
    before = _cursor("prev", max(0, start - size)) if start else ""
    links = {"next": following, "prev": before}
    return {key: rows[start : start + size], "meta": {"total": len(rows), "links": links}}


def _page_size(text: str) -> int:
    if not text:
        return _DEFAULT_PAGE
    if not text.isdecimal() or int(text) < 1:
        raise RefusedError(400, "Invalid per_page.")
    # What the API does above its maximum is not known; the sample gives the maximum.
    return min(int(text), _LARGEST_PAGE)


def _cursor(way: str, place: int) -> str:
    return base64.urlsafe_b64encode(f"{way}__{place}".encode()).decode().rstrip("=")


def _place(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise RefusedError(400, "Invalid cursor.") from error
    way, _, place = text.partition("__")
    if way not in {"next", "prev"} or not place.isdecimal():
        raise RefusedError(400, "Invalid cursor.")
    return int(place)


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of a route: the ids in the path, in order, and the query."""

    ids: tuple[str, ...]
    query: Mapping[str, str]
