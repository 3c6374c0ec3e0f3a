"""What a line or a resource will have cost at the end of the month (rules D22, D24)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.money import ZERO, total_of
from vultr_cost_mcp.prices.accrual import accrued, hours_begun

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Resource


def month_end(charge: Charge, month: Month) -> Decimal:
    """Dollars of a line at the end of its month if what it is for lives on (D24).

    A closed line, and one that is not charged by the hour, stays as it is.
    """
    total = charge.line.total
    if not charge.running or charge.monthly is None or charge.cap_hours is None:
        return total
    start = max(charge.line.start or month.start, month.start)
    hours = hours_begun(start, month.end)
    return max(total, accrued(charge.monthly, hours, charge.cap_hours))


def saved_by_destroying(
    resource: Resource, charges: Iterable[Charge], month: Month, now: datetime
) -> Decimal | None:
    """Dollars of this month that destroying a resource now would still save (D22).

    That is what its running lines would still grow by; without a line, what its price would.
    None when neither a line nor a price is known.
    """
    running = [charge for charge in charges if charge.running]
    if running:
        return total_of(month_end(charge, month) - charge.line.total for charge in running)
    monthly = resource.monthly_cost
    if monthly is None:
        return None
    start = max(resource.created or month.start, month.start)
    if start >= month.end:
        return ZERO
    at_end = accrued(monthly, hours_begun(start, month.end), resource.usual_hours)
    return at_end - accrued(monthly, hours_begun(start, now), resource.usual_hours)
