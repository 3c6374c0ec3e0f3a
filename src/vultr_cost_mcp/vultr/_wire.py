"""Turn status, headers and bytes into a parsed body or one of our errors. No I/O, no clock."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NoReturn, cast

from vultr_cost_mcp.errors import UnexpectedBodyError
from vultr_cost_mcp.vultr._refusals import refuse
from vultr_cost_mcp.vultr.models.fields import legible
from vultr_cost_mcp.vultr.pagination import Page
from vultr_cost_mcp.vultr.rights import ANY_RIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vultr_cost_mcp.vultr.rights import Right

OK = 200
# Endless digits are no number of rows, and int() rejects them.
_COUNT = re.compile(r"\d{1,18}")

Body = dict[str, Any]


def decipher(
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    now: datetime,
    right: Right = ANY_RIGHT,
) -> Body:
    """Turn an HTTP response into its JSON object, fractions as Decimal.

    ``right`` is the one that the request needs; the error for a missing one names it. Raises a
    StatusError for any status but 200 and UnexpectedBodyError for a body that is not a JSON object.
    Only the caller's own address is ever copied from a body into an error's text.
    """
    if status != OK:
        refuse(status, _error_text(content), retry_after(headers, now), right)
    try:
        body = json.loads(
            content,
            parse_float=_parse_float,
            parse_constant=_refuse_constant,
            object_pairs_hook=_reject_duplicate_keys,
        )
    except (ValueError, RecursionError) as error:
        msg = "Vultr's answer was not readable JSON"
        raise UnexpectedBodyError(msg) from error
    if not isinstance(body, dict):
        msg = "Vultr's answer was not a JSON object"
        raise UnexpectedBodyError(msg)
    return cast("Body", body)


def _parse_float(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        msg = "a number that no computer can hold"
        raise ValueError(msg) from error


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; reject duplicate keys."""
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a field that comes twice"
        raise ValueError(msg)
    return found


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is not a number"
    raise ValueError(msg)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds to wait, from ``Retry-After`` as seconds or an HTTP date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isdecimal():
        return float(value[:9])
    instant = http_date(value)
    return None if instant is None else max(0.0, (instant - now).total_seconds())


def http_date(value: str) -> datetime | None:
    """Return an HTTP date as an aware UTC instant; None if it is malformed."""
    try:
        instant = parsedate_to_datetime(value)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def _error_text(content: bytes) -> str:
    """Return Vultr's error message, to tell refusals apart; never shown."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return content[:2000].decode("utf-8", "replace")
    refusal = _dict(body)
    return str(refusal.get("error") or refusal.get("message") or "")[:2000]


def rows_of(body: Body, keys: tuple[str, ...]) -> list[Any]:
    """Return the rows under the first of ``keys`` present; null is empty, an object is one row.

    Raises UnexpectedBodyError if none is present or its value is no list.
    """
    rows = _under(body, keys)
    if rows is None:
        return []
    if isinstance(rows, dict):
        return [cast("Body", rows)]
    if not isinstance(rows, list):
        msg = f"Vultr's answer has no list under '{keys[0]}'"
        raise UnexpectedBodyError(msg)
    return cast("list[object]", rows)


def list_anomaly(body: Body, keys: tuple[str, ...]) -> str | None:
    """Explain why a list body may be incomplete; None if it is well-formed.

    Null and a single object are no failure, but only the stated number proves them complete.
    """
    rows = _under(body, keys)
    _, stated = page_end(body)
    if rows is None and stated != 0:
        return "null stands where a list should"
    if isinstance(rows, dict) and stated != 1:
        return "one object stands where a list should"
    return None


def object_of(body: Body, keys: tuple[str, ...]) -> Body:
    """Return the object under the first of ``keys`` present, without any the whole body.

    PHP's empty list is an empty object. Raises UnexpectedBodyError if none is present or its
    value is no object.
    """
    found = _under(body, keys)
    if found == []:
        return {}
    if not isinstance(found, dict):
        msg = f"Vultr's answer has no object under '{keys[0]}'"
        raise UnexpectedBodyError(msg)
    return cast("Body", found)


def _under(body: Body, keys: tuple[str, ...]) -> Any:
    if not keys:
        return body
    for key in keys:
        if key in body:
            return body[key]
    msg = f"Vultr's answer lacks '{keys[0]}'"
    raise UnexpectedBodyError(msg)


def page_of(body: Body, keys: tuple[str, ...]) -> Page:
    """Return a body as a page of the list under one of ``keys``; raises UnexpectedBodyError."""
    return Page(rows_of(body, keys), *page_end(body), list_anomaly(body, keys))


def page_end(body: Body) -> tuple[str, int | None]:
    """Return the cursor of the next page, empty on the last one, and the stated number of rows.

    Accepts ``meta`` missing, null or nested twice, and ``links`` missing or null.
    """
    meta = _dict(body.get("meta"))
    meta = _dict(meta.get("meta")) or meta
    cursor = _dict(meta.get("links")).get("next")
    total = meta.get("total")
    stated = int(str(total)) if _COUNT.fullmatch(str(total)) else None
    return legible(cursor) if isinstance(cursor, str) else "", stated


def _dict(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
