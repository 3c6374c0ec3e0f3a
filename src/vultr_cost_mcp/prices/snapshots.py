"""What a snapshot costs: the API gives two sizes and no price (rule D9)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.money import ceil_to_cent, to_cents
from vultr_cost_mcp.prices.accrual import STANDARD_HOURS, accrued, hours_begun

if TYPE_CHECKING:
    from datetime import datetime

    from vultr_cost_mcp.domain.bill import ChargeLine
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Resource

NOT_CHARGED_YET = "priced by full size: which size Vultr bills shows only with the first charge"


def priced_by_charge(
    snapshot: Resource, line: ChargeLine | None, month: Month, now: datetime
) -> Resource:
    """Price a snapshot by the candidate that agrees with its charge, else by the charge itself.

    The charge is its line of the bill, or what the API says that it has cost so far this month.
    """
    charge, hours = _charge(snapshot, line, month, now)
    if charge is None or hours <= 0:
        first = snapshot.candidates[0]
        return replace(snapshot, price=first, price_source="table", note=NOT_CHARGED_YET)
    for candidate in snapshot.candidates:
        cost = accrued(candidate, hours, STANDARD_HOURS)
        if to_cents(charge) in {to_cents(cost), ceil_to_cent(cost)}:
            return replace(snapshot, price=candidate, price_source="table")
    month_hours = min(hours, Decimal(STANDARD_HOURS))
    return replace(snapshot, price=charge * STANDARD_HOURS / month_hours, price_source="billed")


def _charge(
    snapshot: Resource, line: ChargeLine | None, month: Month, now: datetime
) -> tuple[Decimal | None, Decimal]:
    if line is not None:
        hours = line.units if line.hourly and line.units is not None else Decimal(STANDARD_HOURS)
        return line.total, hours
    since = max(snapshot.created or month.start, month.start)
    return snapshot.own_pending or None, Decimal(hours_begun(since, now))
