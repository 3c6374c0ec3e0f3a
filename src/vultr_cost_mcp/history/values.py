"""Single values as every store keeps them: text that can be written, exact money, UTC instants."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.money import CENT, ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable

# A whole amount and its micro-dollars are 18 digits.
_LIMIT = Decimal(10) ** 12
_MICRO = Decimal("0.000001")
# What a column of instants holds in every dialect.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2299, 12, 31, tzinfo=UTC)
_LARGEST_COUNT = 2**63 - 1
_NO_TEXTS = "[]"


def text(value: str) -> str:
    """The text without halves of letters (surrogates), which no store can keep."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def money(amount: Decimal) -> Decimal:
    """Dollars in whole micro-dollars, half away from zero; of at least two decimals.

    Raises StoreError for an amount of 10 ** 12 dollars or more, and for one that is no number.
    """
    if amount.is_finite() and -_LIMIT < amount < _LIMIT:
        rounded = amount.quantize(_MICRO, rounding=ROUND_HALF_UP) + ZERO
        if abs(rounded) < _LIMIT:
            cents = rounded.quantize(CENT)
            return cents if cents == rounded else rounded
    msg = "This reading was not kept: history keeps amounts of less than a million million dollars."
    raise StoreError(msg)


def optional_money(amount: Decimal | None) -> Decimal | None:
    """Return the same, None for an unknown amount."""
    return None if amount is None else money(amount)


def optional_text(value: str | None) -> str | None:
    """Return text that can be written, None for an unknown one."""
    return None if value is None else text(value)


def count(number: int | None) -> int | None:
    """Return a count, at most that of 64 bits; None for an unknown one."""
    return None if number is None else min(number, _LARGEST_COUNT)


def instant(when: datetime | None) -> datetime | None:
    """Return an instant in UTC; None for an unknown one, and before 1900 or after 2299.

    APIs say "never" with the year 1, and not every store can keep it.
    """
    return when.astimezone(UTC) if when is not None and _EARLIEST <= when < _LATEST else None


def digits(number: Decimal | None) -> str | None:
    """Return a decimal as text, in exactly its digits; None for an unknown one."""
    return None if number is None else str(number)


def decimal(written: str | None) -> Decimal | None:
    """The decimal that was written by ``digits``; raises ArithmeticError for any other text."""
    return None if written is None else Decimal(written)


def texts(values: Iterable[str]) -> str:
    """Texts as JSON."""
    return json.dumps([text(value) for value in values], ensure_ascii=False)


# The same few lists come back with every reading.
@lru_cache(maxsize=4096)
def tuple_of(written: str) -> tuple[str, ...]:
    """The texts that were written by ``texts``; raises ValueError for any other text."""
    if written == _NO_TEXTS:
        return ()
    values: object = json.loads(written)
    if not isinstance(values, list):
        msg = "not a list"
        raise ValueError(msg)  # noqa: TRY004  (what a damaged row raises)
    return tuple(map(str, cast("list[object]", values)))
