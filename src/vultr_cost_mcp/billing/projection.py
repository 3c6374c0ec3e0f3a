"""Project each line's cost to any moment of its month (rules D22, D24)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.hours import accrued, hours_begun, reproduces
from vultr_cost_mcp.billing.services import is_overage
from vultr_cost_mcp.domain.bill import COMPUTE_SERVICES
from vultr_cost_mcp.domain.monthly_cap import BOTH_HOURS
from vultr_cost_mcp.families.catalog import CATALOG
from vultr_cost_mcp.money import ZERO, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge, ChargeLine, Service
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Resource

_TICK = timedelta(microseconds=1)
_NEAR = 4
# Hours of the longest month; more on one line are an error.
_LONGEST = 744
Mode = Literal["fixed", "hourly", "metered"]

# Charged by volume, not by the hour: grows with time and has no cap.
METERED: frozenset[Service] = frozenset({"Inference", "Object Storage", "CDN"})
_ONE_OFF = frozenset({"discount", "overage", "flat", "month", "months", "monthly", "one-time"})


@dataclass(frozen=True, slots=True)
class ProjectedCharge:
    """One line of the bill, or a resource without one yet, projected to the month's end.

    ``so_far`` is in dollars at ``read_at``; ``monthly`` and ``cap_hours`` are for hourly lines. A
    resource without a line has no ``charge``. ``invoiced`` marks a line on an invoice (D1).
    """

    service: Service
    resource: Resource | None
    charge: Charge | None
    mode: Mode
    so_far: Decimal
    start: datetime
    read_at: datetime
    monthly: Decimal = ZERO
    cap_hours: int = 1
    invoiced: bool = False

    def at(self, instant: datetime) -> Decimal:
        """Return dollars at an instant at or after the reading, if nothing changes (D24)."""
        if self.mode == "hourly":
            hours = hours_begun(self.start, instant)
            return max(self.so_far, accrued(self.monthly, hours, self.cap_hours))
        elapsed = self.read_at - self.start
        if self.mode == "fixed" or not elapsed:
            return self.so_far
        # Exact: both spans in whole microseconds.
        return self.so_far * ((instant - self.start) // _TICK) / (elapsed // _TICK)

    @property
    def capped(self) -> bool:
        """Return whether an hourly line has reached its monthly price."""
        return self.mode == "hourly" and self.charge is not None and self.so_far >= self.monthly


def project_charges(
    charges: Iterable[Charge], month: Month, now: datetime
) -> list[ProjectedCharge]:
    """Return the projection of every line of the running month."""
    return [_course(charge, month, now) for charge in charges]


def is_followed(charge: Charge) -> bool:
    """Return whether a line continues hour by hour: it runs and is no credit (D24)."""
    priced = charge.monthly is not None and charge.cap_hours is not None
    return charge.running and priced and charge.total >= 0


def _course(charge: Charge, month: Month, now: datetime) -> ProjectedCharge:
    line = charge
    start = max(_start_of(line, month, now), month.start)
    mode: Mode = "fixed"
    if is_followed(charge):
        mode = "hourly"
    elif _is_metered(charge) and (line.end is None or _goes_on(line.end, start, now)):
        mode = "metered"
    return ProjectedCharge(
        service=charge.service,
        resource=None,
        charge=charge,
        mode=mode,
        so_far=line.total,
        start=start if mode != "metered" or start < now else month.start,
        read_at=min(line.end or now, now),
        monthly=charge.monthly or ZERO,
        cap_hours=charge.cap_hours or 1,
    )


def _start_of(line: ChargeLine, month: Month, now: datetime) -> datetime:
    """Return a line's start; if it states none, its end minus its hours."""
    if line.start is not None:
        return line.start
    end = line.end or now
    if not line.hourly or line.units is None or end > month.end:
        return month.start
    hours = float(line.units)
    return end - timedelta(hours=min(max(hours, 0.0), _LONGEST))


def without_course(charges: Iterable[Charge]) -> list[Charge]:
    """Return the hourly lines that may continue without a known price or resource (D24).

    They state no end or no unit price, and no resource gives it, so they stay unchanged.
    """
    return [
        charge
        for charge in charges
        if charge.hourly
        and charge.total > 0
        and not is_followed(charge)
        and (charge.running or (charge.end is None and charge.resource_id is None))
    ]


def _goes_on(end: datetime, start: datetime, now: datetime) -> bool:
    """Return whether a metered line still grew within the last day."""
    return end > start and now - end <= timedelta(days=1)


def _is_metered(charge: Charge) -> bool:
    unit_type = charge.unit_type.strip().casefold()
    by_use = not charge.hourly and unit_type not in _ONE_OFF
    return by_use and charge.service in METERED and charge.total > 0


def without_line(
    resources: Iterable[Resource],
    charges: Sequence[Charge],
    month: Month,
    now: datetime,
    *,
    invoiced: Sequence[Charge] = (),
) -> list[ProjectedCharge]:
    """Return projections of resources that cost something and have no line yet (D24).

    They are charged from their creation in ``month``, or from the end of their hours on
    ``invoiced`` lines (D1). A running line in ``charges`` without a resource may be for one of
    them. Each such line at a resource's price therefore accounts for one resource of its service.
    """
    # An overage line does not cover the charge for its resource.
    billed = {charge.resource_id for charge in charges if not is_overage(charge)}
    unmatched: dict[Service, list[Decimal]] = defaultdict(list)
    for charge in charges:
        if charge.running and charge.resource_id is None and charge.unit_price is not None:
            insort(unmatched[_family(charge.service)], charge.unit_price)
    flat = [
        to_cents(charge.total)
        for charge in (*charges, *invoiced)
        if charge.service == "Support and Subscriptions" and not charge.hourly
    ]
    until = _invoiced_until(invoiced, month)
    courses: list[ProjectedCharge] = []
    for resource in resources:
        if resource.kind == "subscription" and to_cents(resource.price or ZERO) in flat:
            flat.remove(to_cents(resource.price or ZERO))  # a flat line's total is its price
            continue
        service = CATALOG.own_service[resource.kind]
        if resource.key in billed or not resource.monthly_cost:
            continue
        if _taken(resource.price or ZERO, unmatched[_family(service)]):
            continue
        since = max(resource.created or month.start, until.get(resource.key, month.start))
        if since < month.end:
            courses += _from_inventory(resource, month, now, since)
    return courses


def _invoiced_until(invoiced: Iterable[Charge], month: Month) -> dict[str, datetime]:
    """Return the end of each resource's invoiced time; a flat amount covers the whole month."""
    ends: dict[str, datetime] = {}
    for charge in invoiced:
        if charge.resource_id is not None:
            span = charge.span
            end = span[1] if charge.hourly and span is not None else month.end
            ends[charge.resource_id] = max(end, ends.get(charge.resource_id, end))
    return ends


def _taken(monthly: Decimal, unit_prices: list[Decimal]) -> bool:
    """Remove a monthly price from sorted unit prices; False if none matches its digits (D7)."""
    for cap_hours in BOTH_HOURS:
        place = bisect_left(unit_prices, monthly / cap_hours)
        # The nearest on both sides: with fewer digits the match need not be the very next.
        for near in range(max(0, place - _NEAR), min(len(unit_prices), place + _NEAR)):
            if reproduces(unit_prices[near], monthly, cap_hours):
                del unit_prices[near]
                return True
    return False


def _family(service: Service) -> Service:
    """Return one service for all compute: a server's future product line is unknown."""
    return "Cloud Compute" if service in COMPUTE_SERVICES else service


def _from_inventory(
    resource: Resource, month: Month, now: datetime, since: datetime | None
) -> list[ProjectedCharge]:
    start = max(since or month.start, month.start)
    prices = [resource.price or ZERO, *resource.add_on_costs.values()]
    return [
        ProjectedCharge(
            service=CATALOG.own_service[resource.kind],
            resource=resource,
            charge=None,
            mode="hourly",
            so_far=ZERO,
            start=min(start, month.end),
            read_at=now,
            monthly=price,
            cap_hours=resource.usual_hours,
        )
        for price in prices
        if price > 0
    ]


def saved_by_destroying(
    resource: Resource, charges: Sequence[Charge], month: Month, now: datetime
) -> Decimal | None:
    """Return the dollars of this month that destroying a resource now would still save (D22).

    ``charges`` are the resource's own. None if neither a running line nor a price is known.
    """
    courses = project_charges(charges, month, now)
    if any(course.mode != "fixed" for course in courses):
        return total_of(course.at(month.end) - course.so_far for course in courses)
    if resource.monthly_cost is None:
        return None
    courses = _from_inventory(resource, month, now, resource.created)
    return total_of(course.at(month.end) - course.at(now) for course in courses)
