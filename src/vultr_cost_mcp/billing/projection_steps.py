"""Steps from the run rate of whole months to the projected end of this one (rule D28)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.hours import accrued, hours_begun
from vultr_cost_mcp.billing.services import is_overage
from vultr_cost_mcp.domain.report_fields import Bridge
from vultr_cost_mcp.money import ZERO, allocate, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal
    from typing import Literal

    from vultr_cost_mcp.billing.month_end import MonthEnd
    from vultr_cost_mcp.billing.projection import ProjectedCharge
    from vultr_cost_mcp.domain.resource import Resource

    Step = Literal[
        "not_since_first",
        "short_month",
        "gone_this_month",
        "usage",
        "overage",
        "one_off",
        "discounts",
        "other",
    ]

_PERCENT_APART = 1


def bridge(outlook: MonthEnd, resources: Iterable[Resource]) -> Bridge | None:
    """Return the steps from the sum of monthly costs to the projection (D4, D28).

    None where the two differ by at most one percent of the sum, or where that is zero.
    """
    costs = {r.key: r.monthly_cost for r in resources if r.monthly_cost is not None}
    run_rate, projected = total_of(costs.values()), outlook.at_month_end
    if not run_rate or abs(projected - run_rate) * 100 <= run_rate * _PERCENT_APART:
        return None
    shown = to_cents(run_rate)
    steps = _steps(outlook, costs)
    # What rounding the run rate takes away or adds stays in the sum.
    steps["other"] += run_rate - shown
    cents = allocate({"run_rate": shown, **steps})
    return Bridge(projected=to_cents(projected), **cents)


def _steps(outlook: MonthEnd, costs: Mapping[str, Decimal]) -> dict[Step, Decimal]:
    """Return the exact steps, before cents; ``costs`` are dollars a month by resource."""
    steps: dict[Step, Decimal] = defaultdict(lambda: ZERO)
    steps["overage"] = outlook.overage
    priced = {key: -cost for key, cost in costs.items()}
    kinds: dict[str, Step] = {}
    for course in outlook.courses:
        key, step = _key_of(course), _step_of(course)
        if course.mode == "hourly" and key in costs:
            for name, amount in _shortfall(course, outlook).items():
                steps[name] -= amount
            priced[key] += course.monthly
            continue
        if course.invoiced and step == "gone_this_month" and key in costs:
            # It goes on with a line of its own: it has run since the line on the invoice began.
            step = "not_since_first"
        steps[step] += course.at(outlook.month.end)
        if key in costs and step != "discounts":
            kinds.setdefault(key, step)
    for key, amount in priced.items():
        # A price without an hourly line of its own is in the month by its other lines.
        steps[kinds.get(key, "other")] += amount
    return steps


def _key_of(course: ProjectedCharge) -> str:
    if course.resource is not None:
        return course.resource.key
    found = course.charge.resource_id if course.charge else None
    return found or ""


def _step_of(course: ProjectedCharge) -> Step:
    """Return the step of a line that does not go on by the hour at a resource's price."""
    charge = course.charge
    if course.so_far < 0:
        return "discounts"
    if course.mode == "metered":
        return "usage"
    if charge is not None and is_overage(charge):
        return "overage"
    if course.mode == "hourly":
        return "other"
    return "gone_this_month" if charge is not None and charge.hourly else "one_off"


def _shortfall(course: ProjectedCharge, outlook: MonthEnd) -> dict[Step, Decimal]:
    """Return the dollars that a running line stays below its monthly price this month."""
    month = outlook.month
    whole = accrued(course.monthly, hours_begun(month.start, month.end), course.cap_hours)
    return {
        "short_month": course.monthly - whole,
        "not_since_first": whole - course.at(month.end),
    }
