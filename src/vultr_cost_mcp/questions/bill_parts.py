"""The parts that a month's bill, and the difference of two bills, rest on (D5, D33)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.account_parts import (
    ACCOUNT,
    BILL,
    INVOICE_LINES,
    LISTED,
    MONTH,
    NOTHING,
    PROJECTED,
)
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import MonthlyBill
    from vultr_cost_mcp.domain.filters import Filters


def lines_of(bill: MonthlyBill) -> frozenset[str]:
    """Return the parts that the lines of a month come from (D5)."""
    if bill.running:
        return MONTH
    return INVOICE_LINES if bill.source == "invoices" and bill.closed else INVOICE_LINES | BILL


def change_rests_on(
    before: MonthlyBill, after: MonthlyBill, filters: Filters | None = None
) -> RestsOn:
    """Return the parts of each figure: both months' lines, and resources for names and tags."""
    given = filters.given if filters else {}
    tagged = LISTED | ACCOUNT if "tag" in given else NOTHING
    was, then = lines_of(before) | tagged, lines_of(after) | tagged
    whole = lines_of(before) | lines_of(after)
    both = was | then
    # The hours of the current month set how much of the month before is compared.
    was = both if after.running else was
    drivers = both | LISTED | ACCOUNT if after.running else both
    return RestsOn(
        "delta",
        {
            "from_": was,
            "to": then,
            **each(both, "delta", "increases", "decreases"),
            **each(drivers, "drivers", "omitted"),
            "unchanged": both,
            "elapsed_hours": then,
            "full_month": was | PROJECTED,
            **each(both, "by_service", "services_omitted"),
            **({"period_delta": whole} if given else {}),
            **(each(both, "available", "nearest") if given else {}),
        },
    )
