"""One thing's lines in one of two compared months, and facts from them (rules D29, D30)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.attribution import RUNNING_WITHIN, name_in
from vultr_cost_mcp.billing.hours import hours_begun
from vultr_cost_mcp.billing.line_key import sizes_in
from vultr_cost_mcp.billing.services import without_enclosed
from vultr_cost_mcp.domain.monthly_cap import GPU_MONTH_HOURS
from vultr_cost_mcp.money import total_of

if TYPE_CHECKING:
    from datetime import datetime

    from vultr_cost_mcp.billing.proration import ProratedCharge
    from vultr_cost_mcp.domain.bill import ChargeLine
    from vultr_cost_mcp.domain.month import Month

_AN_HOUR = timedelta(hours=1)
# A price printed with fewer digits is off by at most half its last digit, and by 1 % at most.
_NEARLY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PeriodUsage:
    """One thing's charges in a month, or in its compared part.

    ``later`` is the start of the first line after the compared part.
    """

    month: Month
    counted: tuple[ProratedCharge, ...] = ()
    later: datetime | None = None

    @property
    def hourly(self) -> tuple[ProratedCharge, ...]:
        """Return the lines that are charged by the hour, oldest first."""
        rows = [row for row in self.counted if row.line.hourly]
        return tuple(sorted(rows, key=lambda row: row.line.start or self.month.start))

    @property
    def rest(self) -> tuple[ProratedCharge, ...]:
        """Return the lines that are not charged by the hour."""
        return tuple(row for row in self.counted if not row.line.hourly)

    @property
    def hours(self) -> Decimal:
        """Return the billed hours of all lines."""
        return total_of(row.hours for row in self.counted if row.hours is not None)

    @property
    def start(self) -> datetime | None:
        """Return the start of the first line."""
        return min((row.line.start for row in self.counted if row.line.start), default=None)

    @property
    def end(self) -> datetime | None:
        """Return the end of the last line."""
        return max((row.line.end for row in self.counted if row.line.end), default=None)

    @property
    def began(self) -> bool:
        """Return whether the first line begins after the start of the month."""
        return self.start is not None and self.start - self.month.start > RUNNING_WITHIN

    @property
    def ended(self) -> bool:
        """Return whether the hourly lines end before the compared part does."""
        return bool(self.hourly) and not any(row.goes_on for row in self.hourly)

    @property
    def all_hours(self) -> int:
        """Return the hours of the whole month."""
        return hours_begun(self.month.start, self.month.end)

    @property
    def billable_hours(self) -> int:
        """Return the hours that a 730-hour price charges for the whole month (D7)."""
        return min(self.all_hours, GPU_MONTH_HOURS)

    @property
    def lasted(self) -> bool:
        """Return whether every line is by the hour and covers the whole month."""
        rows = self.hourly
        least = self.billable_hours - RUNNING_WITHIN // _AN_HOUR
        covered = all(row.hours is not None and row.hours >= least for row in rows)
        return bool(rows) and not self.rest and not self.began and not self.ended and covered

    @property
    def several(self) -> bool:
        """Return whether lines overlap in time: then several things share the name."""
        return any(
            first.line.end is not None
            and second.line.start is not None
            and first.line.end - second.line.start > RUNNING_WITHIN
            for first, second in pairwise(self.hourly)
        )

    @property
    def switched(self) -> datetime | None:
        """Return the time of the last change of size or price within the month, if any."""
        changes = [
            second.line.start or self.month.start
            for first, second in pairwise(self.hourly)
            if not same_terms(first.line, second.line)
        ]
        return max(changes, default=None)

    @property
    def newest(self) -> ProratedCharge | None:
        """Return the last hourly line."""
        return self.hourly[-1] if self.hourly else None

    @property
    def addresses(self) -> frozenset[str]:
        """Return the IP addresses that lines name outside labels."""
        return frozenset(_address(row) for row in self.counted) - {""}

    @property
    def newest_address(self) -> str:
        """Return the IP address in the last hourly line, "" if none."""
        return _address(self.hourly[-1]) if self.hourly else ""

    def has_price_of(self, other: ProratedCharge) -> bool:
        """Return whether a line has the same terms as ``other``."""
        return any(same_terms(row.line, other.line) for row in self.hourly)


def _address(row: ProratedCharge) -> str:
    # Without an enclosed label, the address is the only name.
    bare = replace(row.line, description=without_enclosed(row.line.description))
    return name_in(bare)


def same_terms(one: ChargeLine, other: ChargeLine) -> bool:
    """Return whether two lines have the same size and, where both state one, the same price."""
    return sizes_in(one) == sizes_in(other) and same_price(one.unit_price, other.unit_price)


def same_price(one: Decimal | None, other: Decimal | None) -> bool:
    """Return whether two unit prices are equal up to rounding; None equals any."""
    if one is None or other is None or one == other:
        return True
    digits = [price.as_tuple().exponent for price in (one, other)]
    coarser = max(digit for digit in digits if isinstance(digit, int))
    apart = abs(one - other)
    return apart <= Decimal(1).scaleb(coarser) / 2 and apart <= _NEARLY * max(abs(one), abs(other))
