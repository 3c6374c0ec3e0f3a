"""Prorate a line of a finished month to its first hours (rules D7, D29)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.attribution import RUNNING_WITHIN, end_by_units
from vultr_cost_mcp.billing.hours import cap_hours_of, hours_begun
from vultr_cost_mcp.billing.projection import METERED
from vultr_cost_mcp.billing.services import is_overage
from vultr_cost_mcp.domain.monthly_cap import BOTH_HOURS, GPU_MONTH_HOURS, MONTH_HOURS
from vultr_cost_mcp.money import ceil_to_cent, to_cents

if TYPE_CHECKING:
    from datetime import datetime

    from vultr_cost_mcp.domain.bill import Charge, ChargeLine
    from vultr_cost_mcp.domain.month import Month

_TICK = timedelta(microseconds=1)
# No month is longer. More hours on one line are an error in the data, not a reason to fail.
_LONGEST = 10_000
# A price with many digits times the right hours is within this of the total.
_EXACT = Decimal("0.0001")
_ONE_OFF = frozenset({"discount", "flat", "month", "months", "monthly", "one-time"})


@dataclass(frozen=True, slots=True)
class ProratedCharge:
    """A line's amount in a comparison: dollars, with hours or units.

    ``hours`` are billed hours, at most the month's. ``goes_on`` tells whether the line was still
    running when the compared span ended.
    """

    charge: Charge
    amount: Decimal
    hours: Decimal | None
    units: Decimal | None
    goes_on: bool = False

    @property
    def line(self) -> ChargeLine:
        """The line itself."""
        return self.charge


def whole(charge: Charge, *, goes_on: bool = False) -> ProratedCharge:
    """Return a line unprorated, with its full amount."""
    return ProratedCharge(charge, charge.total, billed_hours(charge), charge.units, goes_on)


def prorate_until(charge: Charge, month: Month, until: datetime) -> ProratedCharge | None:
    """Return the amount of a line of ``month`` up to an instant; None if it had not begun (D29).

    Hours count when they begin, up to the month's cap. Metered charges, overage included, grow
    evenly over their span. A discount or flat amount counts in full from its first moment.
    """
    line = charge
    start = line.start or month.start
    end = line.end or end_by_units(replace(line, start=start)) or month.end
    if start >= until:
        return None
    # If a line begins before its month, only the hours within the month are compared.
    begin = max(start, month.start)
    # A line without length, or entirely before its month, cannot be divided.
    if end <= until and (begin == start or end <= start or until >= month.end):
        return whole(charge, goes_on=until - end <= RUNNING_WITHIN)
    stop = max(begin, min(end, until))
    billed = billed_hours(charge)
    if billed is not None:
        hours = min(Decimal(hours_begun(begin, stop)), billed)
        amount = min(abs(line.total), ceil_to_cent(abs(line.total) * hours / billed))
        goes_on = until - end <= RUNNING_WITHIN
        return ProratedCharge(charge, amount.copy_sign(line.total), hours, hours, goes_on=goes_on)
    if not line.hourly and not _grows(charge):
        return whole(charge, goes_on=True)
    # Exact: both spans in whole microseconds.
    elapsed, span = (stop - begin) // _TICK, (end - start) // _TICK
    units = None if line.units is None else line.units * elapsed / span
    return ProratedCharge(charge, line.total * elapsed / span, None, units, goes_on=True)


def billed_hours(charge: Charge) -> Decimal | None:
    """Return the hours that a line's total pays for, at most its cap; None without hours (D7)."""
    line = charge
    if not line.hourly or line.units is None or line.units <= 0:
        return None
    return min(line.units, Decimal(month_hours(charge)))


def month_hours(charge: Charge) -> int:
    """Return the hours of a line's month: 672, 730, or all its own if its total has no cap.

    The line's own total and unit price decide, since its resource may be gone. Up to 672 hours,
    every cap gives the same total, and the usual hours of its service apply.
    """
    line = charge
    usual = charge.cap_hours or (GPU_MONTH_HOURS if charge.service == "Cloud GPU" else MONTH_HOURS)
    if line.units is None or not line.unit_price or line.units <= MONTH_HOURS:
        return usual
    total, price = abs(line.total), abs(line.unit_price)
    own = int(min(line.units, Decimal(_LONGEST)))
    off = {
        hours: abs(min(own, hours) * price - total)
        for hours in dict.fromkeys((usual, *BOTH_HOURS, own))
    }
    nearest = min(off, key=lambda hours: off[hours])
    # A price with few digits may fit the total better with the wrong hours; its digits decide then.
    return nearest if off[nearest] < _EXACT else cap_hours_of(price, total, usual) or nearest


def monthly_price(charge: Charge) -> Decimal | None:
    """Return a line's dollars for a full month: its total at full hours, else by the hour."""
    line, hours = charge, month_hours(charge)
    if not line.hourly or not line.unit_price:
        return None
    if line.units is not None and line.units >= hours:
        return to_cents(line.total)
    return to_cents(line.unit_price * hours)


def _grows(charge: Charge) -> bool:
    """Return whether a line's usage grows little by little: overage, or sold by volume."""
    unit_type = charge.unit_type.strip().casefold()
    if unit_type in _ONE_OFF or charge.total <= 0:
        return False
    return charge.service in METERED or is_overage(charge)
