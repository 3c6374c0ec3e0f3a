"""Field types for Vultr's values: numbers as text, four date formats, nulls."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict

# No bill, price or size from Vultr reaches 10 ** 18 or, as float noise, falls below 10 ** -60. Such
# a number is corrupt.
_LARGEST, _SMALLEST, _DIGITS = 18, -60, 60
# JSON's numbers only; Decimal would also read "1_0" and the digits of other scripts.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_EPOCH = re.compile(r"^\d{9,11}$", re.ASCII)
_MONTH_FIRST = re.compile(r"^(\d{2})-(\d{2})-(\d{4})", re.ASCII)
_NO_SPACE = re.compile(r"^(\d{4}-\d{2}-\d{2})(\d{2}:\d{2}:\d{2})", re.ASCII)
# Dates outside the years 2000 to 2099 are corrupt.
_YEARS = range(2000, 2100)
# The texts whose values are kept to be shared; a page has fewer.
_REPEATED = 2_048
# No label is longer, and every letter of a text takes time.
_LONGEST = 1_000


def parse_number(value: Any) -> Decimal | None:
    """Return a number given as int, float or text; None for null and empty text.

    Raises ValueError for anything else, and for numbers that are not finite or absurdly large.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        msg = "not a number"
        raise ValueError(msg)  # noqa: TRY004  (what pydantic makes a validation error of)
    text = str(value).strip()
    # A text of a million digits is not kept.
    return _number(text) if len(text) <= _LONGEST else _number.__wrapped__(text)


@lru_cache(maxsize=_REPEATED)
def _number(text: str) -> Decimal:
    """Return the number of a text; prices and hours that repeat are one object."""
    if not _NUMBER.fullmatch(text):
        msg = "not a number"
        raise ValueError(msg)
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        msg = "not a number"
        raise ValueError(msg) from error
    # Not abs(): a number of a million digits overflows the arithmetic.
    if not _SMALLEST < number.adjusted() < _LARGEST or len(number.as_tuple().digits) > _DIGITS:
        msg = "not a usable number"
        raise ValueError(msg)
    return number


def parse_instant(value: Any) -> datetime | None:
    """Parse an instant in any of the API's formats, aware; None if it is malformed (D5)."""
    text = str(value).strip() if isinstance(value, (str, int)) else ""
    return _instant(text[:_LONGEST])


@lru_cache(maxsize=_REPEATED)
def _instant(text: str) -> datetime | None:
    """Return the instant of a text; the ends of a month are one object for all its lines."""
    if _EPOCH.match(text):
        return _possible(datetime.fromtimestamp(int(text), UTC))
    text = _MONTH_FIRST.sub(r"\3-\1-\2", text)
    text = _NO_SPACE.sub(r"\1 \2", text)
    try:
        instant = datetime.fromisoformat(text)
        # A stamp without an offset is UTC (D5).
        aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return _possible(aware)


def _possible(instant: datetime) -> datetime | None:
    return instant if instant.year in _YEARS else None


def legible(text: str) -> str:
    """Replace lone surrogates: JSON allows them, UTF-8 does not."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
        return legible(str(value)[:_LONGEST])
    msg = "not a text"
    raise ValueError(msg)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return ()
    items = cast("list[object]", value)
    named = (cast("dict[str, object]", i).get("id") if isinstance(i, dict) else i for i in items)
    return tuple(legible(name[:_LONGEST]) for name in named if isinstance(name, str) and name)


def _ids(value: Any) -> tuple[str, ...] | None:
    """Return the ids of a list, "" for each invalid one; None if the value is no list."""
    if not isinstance(value, list):
        return None
    return tuple(_id_or_nothing(item) for item in cast("list[object]", value))


def _id_or_nothing(value: Any) -> str:
    """Return the id of a text, a number or an object; "" for anything else."""
    if isinstance(value, dict):
        value = cast("dict[str, object]", value).get("id")
    is_text = isinstance(value, (str, int)) and not isinstance(value, bool)
    return _text(value).strip() if is_text else ""


def _named(value: Any) -> tuple[str, ...]:
    """Return the names of a list; raise ValueError otherwise, since each name may cost money."""
    if value is not None and value != "" and not isinstance(value, list):
        msg = "not a list of names"
        raise ValueError(msg)
    items = cast("list[object]", value or [])
    if not all(isinstance(item, (str, dict)) for item in items):
        msg = "not a list of names"
        raise ValueError(msg)
    return _texts(items)


def _rows(value: Any) -> Any:
    """Return a list of objects, also for null or a single object."""
    if isinstance(value, dict):
        return (value,) if value else ()
    return () if value is None or value == "" else value


def _rows_or_placeholders(value: Any) -> Any:
    """Return a list of objects; the texts in place of them in Vultr's example are dropped."""
    rows = _rows(value)
    if not isinstance(rows, list):
        return rows
    return [row for row in cast("list[object]", rows) if not isinstance(row, str)]


def _object(value: Any) -> Any:
    """Return an object, also for null or PHP's empty list."""
    return {} if value is None or value in ([], "") else value


def _flag(value: Any) -> bool:
    return value is True or str(value).casefold() in {"yes", "true", "1"}


def _stated_flag(value: Any) -> bool | None:
    """Return a flag; None if nothing is stated."""
    return None if value is None or value == "" else _flag(value)


def _price(value: Any) -> Decimal | None:
    """Return a price; None if it is negative."""
    number = parse_number(value)
    return None if number is None or number < 0 else number


Price = Annotated[Decimal | None, BeforeValidator(_price)]
Number = Annotated[Decimal | None, BeforeValidator(parse_number)]
Amount = Annotated[Decimal, BeforeValidator(parse_number)]
Instant = Annotated[datetime | None, BeforeValidator(parse_instant)]
Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Ids = Annotated[tuple[str, ...] | None, BeforeValidator(_ids)]
Names = Annotated[tuple[str, ...], BeforeValidator(_named)]
Region = Annotated[str, BeforeValidator(lambda value: _text(value).strip().lower())]
Flag = Annotated[bool, BeforeValidator(_flag)]
StatedFlag = Annotated[bool | None, BeforeValidator(_stated_flag)]
AS_ROWS = BeforeValidator(_rows)
# One object counts as a list of one; a missing value does not count as an empty list.
STATED_ROWS = BeforeValidator(lambda value: [value] if isinstance(value, dict) else value)
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
    """Base of all wire models: frozen; undeclared fields are dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore")


W = TypeVar("W", bound=Wire)
_NO_FIELDS: frozenset[str] = frozenset()


def compact(row: W) -> W:
    """Return a row without the names of the fields that the API sent: they outweigh its values."""
    object.__setattr__(row, "__pydantic_fields_set__", _NO_FIELDS)
    return row
