"""One thing's lines on one side of a comparison, and what they tell of it (rules D29, D30)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.attribution import RUNNING_WITHIN, name_in
from vultr_cost_mcp.billing.line_key import sizes_in
from vultr_cost_mcp.billing.services import without_enclosed
from vultr_cost_mcp.money import total_of

if TYPE_CHECKING:
    from datetime import datetime

    from vultr_cost_mcp.billing.proration import ProratedCharge
    from vultr_cost_mcp.domain.bill import ChargeLine
    from vultr_cost_mcp.domain.month import Month

# Of two printed prices that are one, the coarser is off by half its last digit, and by little.
_NEARLY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PeriodUsage:
    """What one thing was charged in one month, or in the part of it that is compared.

    ``later`` is when the first of its lines begins that the part leaves out.
    """

    month: Month
    counted: tuple[ProratedCharge, ...] = ()
    later: datetime | None = None

    @property
    def hourly(self) -> tuple[ProratedCharge, ...]:
        """The lines that are charged by the hour, oldest first."""
        rows = [row for row in self.counted if row.line.hourly]
        return tuple(sorted(rows, key=lambda row: row.line.start or self.month.start))

    @property
    def rest(self) -> tuple[ProratedCharge, ...]:
        """The lines that are not charged by the hour."""
        return tuple(row for row in self.counted if not row.line.hourly)

    @property
    def hours(self) -> Decimal:
        """Billed hours of all its lines."""
        return total_of(row.hours for row in self.counted if row.hours is not None)

    @property
    def start(self) -> datetime | None:
        """When its first line begins."""
        return min((row.line.start for row in self.counted if row.line.start), default=None)

    @property
    def end(self) -> datetime | None:
        """When its last line ends."""
        return max((row.line.end for row in self.counted if row.line.end), default=None)

    @property
    def began(self) -> bool:
        """Whether it began within the span and not with the month."""
        return self.start is not None and self.start - self.month.start > RUNNING_WITHIN

    @property
    def ended(self) -> bool:
        """Whether its hours were over before the span was."""
        return bool(self.hourly) and not any(row.goes_on for row in self.hourly)

    @property
    def several(self) -> bool:
        """Whether some of its lines ran side by side: several things go by one name."""
        return any(
            first.line.end is not None
            and second.line.start is not None
            and first.line.end - second.line.start > RUNNING_WITHIN
            for first, second in pairwise(self.hourly)
        )

    @property
    def switched(self) -> datetime | None:
        """When it last went over to another size or price within the month, if it did."""
        changes = [
            second.line.start or self.month.start
            for first, second in pairwise(self.hourly)
            if not same_terms(first.line, second.line)
        ]
        return max(changes, default=None)

    @property
    def newest(self) -> ProratedCharge | None:
        """Its last line by the hour."""
        return self.hourly[-1] if self.hourly else None

    @property
    def addresses(self) -> frozenset[str]:
        """The address that each of its lines names outside labels, if any."""
        return frozenset(_address(row) for row in self.counted) - {""}

    @property
    def newest_address(self) -> str:
        """The address of its last line by the hour, empty without one."""
        return _address(self.hourly[-1]) if self.hourly else ""

    def has_price_of(self, other: ProratedCharge) -> bool:
        """Whether one of its lines is at another line's terms."""
        return any(same_terms(row.line, other.line) for row in self.hourly)


def _address(row: ProratedCharge) -> str:
    # Where nothing is enclosed there is no label: an address is the only name.
    bare = replace(row.line, description=without_enclosed(row.line.description))
    return name_in(bare)


def same_terms(one: ChargeLine, other: ChargeLine) -> bool:
    """Whether two lines are for the same size at the same price, as far as they state them."""
    return sizes_in(one) == sizes_in(other) and same_price(one.unit_price, other.unit_price)


def same_price(one: Decimal | None, other: Decimal | None) -> bool:
    """Whether two unit prices are one, printed with more or fewer digits; unknown ones may be."""
    if one is None or other is None or one == other:
        return True
    digits = [price.as_tuple().exponent for price in (one, other)]
    coarser = max(digit for digit in digits if isinstance(digit, int))
    apart = abs(one - other)
    return apart <= Decimal(1).scaleb(coarser) / 2 and apart <= _NEARLY * max(abs(one), abs(other))
