"""Field types and rows that several reports share; the aliases say how an answer prints a field."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal, TypeVar

from vultr_cost_mcp.money import ZERO, known_total

USD = "usd"
DIGITS = "digits"
UNTRUSTED = "untrusted"
SUMMED = "summed"
DAY = "day"
ROW_ID = "row_id"
EVERY_ROW: Final = sys.maxsize
"""The limit of a report that is cut later, so that it is computed once for every number of rows."""

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
"""An instant; only its UTC day is printed."""
RowId = Annotated[str, ROW_ID]
"""An id, which an answer shows where the label beside it is not the only one of the account."""
RowIds = Annotated[tuple[str, ...], ROW_ID]
"""Ids, shown like ``RowId``."""
Label = Annotated[str, UNTRUSTED]
"""Text that somebody typed into Vultr: cleaned and cut before it is shown."""

Confidence = Literal["measured", "inferred"]
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Omitted:
    """Rows that a list does not show, and the money in them; None where none of it is known.

    Beside them stand the rows that it shows: ``shown`` rows ``of`` all, and the money in those.
    """

    count: int
    total: Usd | None
    shown: int = field(default=0, compare=False)
    of: int = field(default=0, compare=False)
    shown_total: Usd | None = field(default=None, compare=False)

    @classmethod
    def beside(
        cls, shown: Sequence[Row], hidden: Sequence[Row], amount: Callable[[Row], Decimal | None]
    ) -> Omitted:
        """Count and sum the rows that a list hides, beside those that it shows."""
        total = known_total(amount(row) for row in hidden)
        if not hidden:
            return cls(0, total)
        here = known_total(amount(row) for row in shown) if shown else None
        return cls(len(hidden), total, len(shown), len(shown) + len(hidden), here)


@dataclass(frozen=True, slots=True)
class Small:
    """Rows that are one sum, each below a minimum; None where no amount is known."""

    count: int
    total: Usd | None


@dataclass(frozen=True, slots=True)
class Exempt:
    """Resources that a tag leaves out of savings and idle sums (D23), the first ones by name.

    ``tags`` are those that exempt them, one for each name.
    """

    count: int
    monthly_cost: Usd | None
    names: tuple[Label, ...] = field(default=(), compare=False)
    tags: tuple[Label, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, named: Sequence[tuple[str, str]], monthly_cost: Decimal | None) -> Exempt:
        """Count resources by their names, each with the tag that exempts it."""
        names, tags = zip(*named[:_MOST_NAMES], strict=True) if named else ((), ())
        return cls(len(named), monthly_cost, names, tags)


@dataclass(frozen=True, slots=True)
class NamedCount:
    """A count, with the names of the first ones; ``tags`` are those that exempt them, if any do."""

    count: int
    names: tuple[Label, ...]
    tags: tuple[Label, ...] = ()

    @classmethod
    def of(cls, names: Sequence[str], tags: Sequence[str] = ()) -> NamedCount | None:
        """Return the count and the first names, each with its tag; None if there are none."""
        first, tagged = tuple(names[:_MOST_NAMES]), tuple(tags[:_MOST_NAMES])
        return cls(len(names), first, tagged) if names else None


@dataclass(frozen=True, slots=True)
class Nearest:
    """A value that a filter which matched nothing may have meant, with its amount."""

    filter: str
    value: Label
    total: Usd | None


@dataclass(frozen=True, slots=True)
class CheckedCount:
    """The number of resources read one by one, and of all that could be."""

    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Bridge:
    """Dollars from ``run_rate`` to ``projected``: the steps sum to it, to the cent.

    ``not_since_first`` is negative for charges that began after the 1st, and positive where an
    invoice in mid-month ended a line: the next line has a cap of its own. ``short_month`` is
    negative for hours that this month lacks of a 730-hour month, and ``discounts`` for credits.
    ``other`` are lines that no resource and no price explains.
    """

    run_rate: Usd
    projected: Usd
    not_since_first: Usd = ZERO
    short_month: Usd = ZERO
    gone_this_month: Usd = ZERO
    usage: Usd = ZERO
    overage: Usd = ZERO
    one_off: Usd = ZERO
    discounts: Usd = ZERO
    other: Usd = ZERO


@dataclass(frozen=True, slots=True)
class TopUpWithTax:
    """The top-up that pays the tax of the invoices to come as well.

    ``runs_out_on`` may be in the past: what is spent used credit up with its tax.
    """

    by: date
    amount: Usd
    until: str
    runs_out_on: date


@dataclass(frozen=True, slots=True)
class TopUp:
    """Dollars to add ``by`` a day, so that credit lasts to the end of month ``until``.

    Without it credit runs out on ``runs_out_on``, today if it is used up. All of that is before
    tax, and None where credit runs out by its tax alone. ``with_tax`` is the same at the rate of
    the newest invoice, left out where that is zero or not known (D26).
    """

    by: date | None
    amount: Usd | None
    until: str | None
    runs_out_on: date | None
    with_tax: TopUpWithTax | None = None


def top(
    rows: Sequence[Row], limit: int, amount: Callable[[Row], Decimal | None]
) -> tuple[tuple[Row, ...], Omitted]:
    """Return the rows with the most money, and the sum of the others; unknown amounts come last.

    Rows of equal amounts keep the order in which they came.
    """
    ordered = sorted(rows, key=lambda row: _descending(amount(row)))
    return tuple(ordered[:limit]), Omitted.beside(ordered[:limit], ordered[limit:], amount)


def _descending(amount: Decimal | None) -> tuple[bool, Decimal]:
    return (True, ZERO) if amount is None else (False, -amount)
