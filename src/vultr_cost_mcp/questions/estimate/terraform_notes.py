"""Note doubts on a plan's price: hours beyond the cap, an odd price of an hour."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.monthly_cap import MONTH_HOURS

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.catalog import ListPlan

BY_THE_HOUR = "perhaps charged for every hour of a month, without a cap"
OTHER_HOUR = "the listed price an hour is far lower, and is not used"
# An hour is usually a month / 672 or / 730, rounded to three digits.
_LEAST_HOUR = Decimal("0.1")
_OF_MONTH = Decimal("0.75")


def notes_on(plan: ListPlan) -> list[str]:
    """Return the notes on a plan's price."""
    if plan.metal and plan.gpu:
        return [BY_THE_HOUR]
    other = plan.monthly and plan.hourly and _is_other(plan.hourly, plan.monthly)
    return [OTHER_HOUR] if other else []


def _is_other(hourly: Decimal, monthly: Decimal) -> bool:
    """Return whether the price of an hour is far from the month's; a small one is rounded."""
    return hourly >= _LEAST_HOUR and hourly * MONTH_HOURS < monthly * _OF_MONTH
