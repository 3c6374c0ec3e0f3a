"""Field types and rows that several reports share; the aliases say how an answer prints a field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from vultr_cost_mcp.money import ZERO, known_total

USD = "usd"
DIGITS = "digits"
UNTRUSTED = "untrusted"
SUMMED = "summed"
DAY = "day"
ROW_ID = "row_id"

Row = TypeVar("Row")

Usd = Annotated[Decimal, USD]
"""An amount in dollars, printed with two decimals."""
Summed = Annotated[Decimal, USD, SUMMED]
"""An amount like ``Usd`` that is added up over several accounts.

Budgets, credit and debts are never netted, so they are not.
"""
UnitPrice = Annotated[Decimal, DIGITS]
"""A price or quantity in the digits that it came with."""
DayOf = Annotated[datetime, DAY]
"""An instant of which only the UTC day is printed."""
RowId = Annotated[str, ROW_ID]
"""An id, which an answer shows where the label beside it is not the only one of the account."""
RowIds = Annotated[tuple[str, ...], ROW_ID]
"""Ids, shown like ``RowId``."""
Label = Annotated[str, UNTRUSTED]
"""Text that somebody typed into Vultr: cleaned and cut before it is shown."""

Confidence = Literal["measured", "inferred"]


@dataclass(frozen=True, slots=True)
class Omitted:
    """Rows that a list does not show, and the money in them; None where none of it is known."""

    count: int
    total: Usd | None


@dataclass(frozen=True, slots=True)
class Exempt:
    """Resources that a tag leaves out of savings and idle sums (D23)."""

    count: int
    monthly_cost: Usd | None


@dataclass(frozen=True, slots=True)
class Nearest:
    """A value that a filter which matched nothing may have meant, with its amount."""

    filter: str
    value: Label
    total: Usd | None


@dataclass(frozen=True, slots=True)
class CheckedCount:
    """How many were looked at one by one, of how many."""

    count: int
    of: int


def top(
    rows: Sequence[Row], limit: int, amount: Callable[[Row], Decimal | None]
) -> tuple[tuple[Row, ...], Omitted]:
    """The rows with the most money, and what the others come to; unknown amounts come last.

    Rows of equal amounts keep the order in which they came.
    """
    ordered = sorted(rows, key=lambda row: _descending(amount(row)))
    left_out = known_total(amount(row) for row in ordered[limit:])
    return tuple(ordered[:limit]), Omitted(len(ordered[limit:]), left_out)


def _descending(amount: Decimal | None) -> tuple[bool, Decimal]:
    return (True, ZERO) if amount is None else (False, -amount)
