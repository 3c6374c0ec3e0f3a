"""Field types that take what Vultr's API sends: numbers as text, four date formats, nulls."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict

# No bill, price or size that Vultr can send begins at 10 ** 18 or, being noise of floats, below
# 10 ** -60; what does is damage, not data.
_LARGEST, _SMALLEST = 18, -60
_EPOCH = re.compile(r"^\d{9,11}$")
_MONTH_FIRST = re.compile(r"^(\d{2})-(\d{2})-(\d{4})")
_NO_SPACE = re.compile(r"^(\d{4}-\d{2}-\d{2})(\d{2}:\d{2}:\d{2})")


def parse_number(value: Any) -> Decimal | None:
    """A number that came as int, float or text; None for null and empty text.

    Raises ValueError for anything else, and for numbers that are not finite or absurdly large.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        msg = "not a number"
        raise ValueError(msg)  # noqa: TRY004  (what pydantic makes a validation error of)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as error:
        msg = "not a number"
        raise ValueError(msg) from error
    # Not abs(): a number of a million digits overflows the arithmetic.
    if not number.is_finite() or not _SMALLEST < number.adjusted() < _LARGEST:
        msg = "not a usable number"
        raise ValueError(msg)
    return number


def parse_instant(value: Any) -> datetime | None:
    """An instant in any of the formats of the API, aware; None when it cannot be read (D5)."""
    text = str(value).strip() if isinstance(value, (str, int)) else ""
    if _EPOCH.match(text):
        return datetime.fromtimestamp(int(text), UTC)
    text = _MONTH_FIRST.sub(r"\3-\1-\2", text)
    text = _NO_SPACE.sub(r"\1 \2", text)
    try:
        instant = datetime.fromisoformat(text)
        # A stamp without an offset is UTC (D5).
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
        return str(value)
    msg = "not a text"
    raise ValueError(msg)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return ()
    items = cast("list[object]", value)
    named = (cast("dict[str, object]", i).get("id") if isinstance(i, dict) else i for i in items)
    return tuple(name for name in named if isinstance(name, str) and name)


def _rows(value: Any) -> Any:
    """A list of objects, also where the API sends null or a single one."""
    if isinstance(value, dict):
        return (value,) if value else ()
    return () if value is None or value == "" else value


def _rows_or_placeholders(value: Any) -> Any:
    """The same, without the texts that stand for objects in the specification's example."""
    rows = _rows(value)
    if not isinstance(rows, list):
        return rows
    return [row for row in cast("list[object]", rows) if not isinstance(row, str)]


def _object(value: Any) -> Any:
    """An object, also where the API sends null or the empty list that PHP makes of one."""
    return {} if value is None or value in ([], "") else value


def _flag(value: Any) -> bool:
    return value is True or str(value).casefold() in {"yes", "true", "1"}


Number = Annotated[Decimal | None, BeforeValidator(parse_number)]
Amount = Annotated[Decimal, BeforeValidator(parse_number)]
Instant = Annotated[datetime | None, BeforeValidator(parse_instant)]
Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Region = Annotated[str, BeforeValidator(lambda value: _text(value).strip().lower())]
Flag = Annotated[bool, BeforeValidator(_flag)]
AS_ROWS = BeforeValidator(_rows)
AS_ROWS_OR_PLACEHOLDERS = BeforeValidator(_rows_or_placeholders)
AS_OBJECT = BeforeValidator(_object)


def _id(value: Any) -> str:
    text = _text(value).strip()
    if not text:
        msg = "no id"
        raise ValueError(msg)
    return text


Id = Annotated[str, BeforeValidator(_id)]


class Wire(BaseModel):
    """Base of all wire models: frozen, and whatever is not declared is dropped at the border."""

    model_config = ConfigDict(frozen=True, extra="ignore")
