"""The account's bandwidth pool, as Vultr counts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class BandwidthMonth:
    """One month's use in GB, its pool in GB by where it comes from, and overage in GB and USD."""

    gb_out: Decimal | None
    instance_credits: Decimal | None
    free_credits: Decimal | None
    purchased_credits: Decimal | None
    overage: Decimal | None
    overage_cost: Decimal | None

    @property
    def pool(self) -> Decimal | None:
        """All credits of the month in GB; None when none is stated."""
        credits_ = [self.instance_credits, self.free_credits, self.purchased_credits]
        known = [credit for credit in credits_ if credit is not None]
        return total_of(known) if known else None


@dataclass(frozen=True, slots=True)
class AccountBandwidth:
    """``/account/bandwidth``: last month, this month so far, this month as Vultr projects it."""

    previous: BandwidthMonth
    to_date: BandwidthMonth
    projected: BandwidthMonth

    @property
    def projected_overage_cost(self) -> Decimal:
        """Dollars of overage that Vultr expects this month."""
        return self.projected.overage_cost or ZERO
