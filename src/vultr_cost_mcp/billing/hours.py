"""Turn hourly prices into dollars: hours begun, the monthly cap, its hours (D7, D24)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.monthly_cap import BOTH_HOURS
from vultr_cost_mcp.money import ceil_to_cent

if TYPE_CHECKING:
    from datetime import datetime

# A price that went through a binary float has 15 reliable significant digits. The 16th and 17th are
# noise of the float.
_FLOAT_DIGITS = 15
# The largest relative error of reading and dividing a binary price: twice 2 ** -53, rounded up.
_FLOAT_NOISE = Decimal("4E-16")
_HOUR = timedelta(hours=1)


def hours_begun(start: datetime, end: datetime) -> int:
    """Return the hours between two instants; a started hour counts in full, never negative."""
    return max(0, -((start - end) // _HOUR))


def accrued(monthly: Decimal, hours: Decimal | int, cap_hours: int) -> Decimal:
    """Return the dollars for ``hours`` at ``monthly`` dollars, at most one month's price (D7)."""
    whole_hours = Decimal(hours).to_integral_value(rounding="ROUND_CEILING")
    return min(monthly, ceil_to_cent(whole_hours * monthly / cap_hours))


def decimals_of(amount: Decimal) -> int:
    """Return the number of digits that an amount was printed with after its point."""
    exponent = amount.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def reproduces(unit_price: Decimal, monthly: Decimal, cap_hours: int) -> bool:
    """Return whether ``unit_price`` is ``monthly / cap_hours`` at its printed digits (D7).

    A unit price of zero matches only a price of zero, whatever its digits.
    """
    if not unit_price or not monthly:
        return unit_price == monthly
    exact = monthly / cap_hours
    decimals = min(decimals_of(unit_price), _FLOAT_DIGITS - 1 - exact.adjusted())
    half_a_digit = Decimal(1).scaleb(-decimals) / 2
    # Compare with a tolerance; rounding both sides fails when float noise crosses a digit.
    return abs(exact - unit_price) <= half_a_digit + abs(exact) * _FLOAT_NOISE


def cap_hours_of(unit_price: Decimal, monthly: Decimal, usual: int) -> int | None:
    """Return the month's hours, 672 or 730, that give a line's unit price; ``usual`` wins a tie.

    None if neither does: the line was not charged at this monthly price.
    """
    others = [hours for hours in BOTH_HOURS if hours != usual]
    for hours in (usual, *others):
        if reproduces(unit_price, monthly, hours):
            return hours
    return None
