"""How an hourly price becomes dollars: hours begun, the monthly cap, its hours (D7, D24)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.money import ceil_to_cent

if TYPE_CHECKING:
    from datetime import datetime

MONTH_HOURS = 672
GPU_MONTH_HOURS = 730
BOTH_HOURS = (MONTH_HOURS, GPU_MONTH_HOURS)

# A price that went through a binary float is good for 15 significant digits; its printed 16th and
# 17th are noise of the float, not of the price.
_FLOAT_DIGITS = 15
# What reading a price and dividing it can be off by in binary, twice 2 ** -53 and some.
_FLOAT_NOISE = Decimal("4E-16")
_HOUR = timedelta(hours=1)


def hours_begun(start: datetime, end: datetime) -> int:
    """Whole hours between two instants, every started hour counted, never negative."""
    return max(0, -((start - end) // _HOUR))


def accrued(monthly: Decimal, hours: Decimal | int, cap_hours: int) -> Decimal:
    """Dollars that ``hours`` of something cost at ``monthly`` dollars, capped at the month (D7)."""
    whole_hours = Decimal(hours).to_integral_value(rounding="ROUND_CEILING")
    return min(monthly, ceil_to_cent(whole_hours * monthly / cap_hours))


def reproduces(unit_price: Decimal, monthly: Decimal, cap_hours: int) -> bool:
    """Whether ``unit_price`` is ``monthly / cap_hours`` at the digits it was printed with (D7).

    Nothing is charged at a unit price of zero but what is free, whatever its digits.
    """
    if not unit_price or not monthly:
        return unit_price == monthly
    exponent = unit_price.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    exact = monthly / cap_hours
    decimals = min(decimals, _FLOAT_DIGITS - 1 - exact.adjusted())
    half_a_digit = Decimal(1).scaleb(-decimals) / 2
    # Not by rounding both: a float's noise carries some prices over the edge between two digits.
    return abs(exact - unit_price) <= half_a_digit + abs(exact) * _FLOAT_NOISE


def cap_hours_of(unit_price: Decimal, monthly: Decimal, usual: int) -> int | None:
    """The month's hours, 672 or 730, that reproduce a line's unit price; ``usual`` wins a tie.

    None when neither does: the line was not charged at this monthly price.
    """
    others = [hours for hours in BOTH_HOURS if hours != usual]
    for hours in (usual, *others):
        if reproduces(unit_price, monthly, hours):
            return hours
    return None
