"""Price each resource and each line of the bill (rules D7, D8, D24)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.attribution import (
    STALE_AFTER,
    attribute,
    end_by_units,
    goes_on,
    is_running,
    last_end_of,
    names_in,
    newest_end_of,
)
from vultr_cost_mcp.billing.hours import accrued, cap_hours_of
from vultr_cost_mcp.billing.open_lines import billed_by_node, is_main, open_line, open_lines
from vultr_cost_mcp.billing.services import service_of
from vultr_cost_mcp.billing.snapshots import priced_by_charge
from vultr_cost_mcp.domain.bill import COMPUTE_SERVICES, Charge, Service
from vultr_cost_mcp.domain.monthly_cap import BOTH_HOURS, GPU_MONTH_HOURS, MONTH_HOURS
from vultr_cost_mcp.money import ZERO, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import ChargeLine
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Kind, Resource


def price(
    lines: Sequence[ChargeLine],
    resources: Sequence[Resource],
    month: Month,
    now: datetime,
    *,
    unread: Collection[Kind] = frozenset(),
) -> tuple[list[Charge], list[Resource]]:
    """Match lines with resources, then let each settle the price of the other.

    ``resources`` have their listed price, ``month`` is the running one, and ``unread`` are the
    kinds of resource whose lists may be incomplete. Returns the lines with service, resource and
    monthly price, parallel to ``lines``, and the resources with the price that the bill confirms
    (D8, D9).
    """
    charges = _settled(_charges(lines, resources, month, now, unread=unread))
    own: dict[str, list[Charge]] = defaultdict(list)
    for charge in charges:
        if charge.resource_id is not None:
            own[charge.resource_id].append(charge)
    shared = _unit_prices_by_name(charges)
    priced = [
        priced_by_charge(
            resource, open_line(resource, own[resource.key]), month, now, shared[resource.label]
        )
        if resource.candidates
        else _priced(resource, own[resource.key])
        for resource in resources
    ]
    by_key = {resource.key: resource for resource in priced}
    return [_with_monthly(charge, by_key) for charge in charges], priced


def old_since(charges: Iterable[Charge], now: datetime) -> datetime | None:
    """Return the end of the bill if it is over a day old while its resources exist (D24).

    None if the bill is up to date.
    """
    ends = [charge.end for charge in charges if charge.running and charge.end is not None]
    newest = max(ends, default=None)
    return newest if newest is not None and now - newest > STALE_AFTER else None


def _charges(
    lines: Sequence[ChargeLine],
    resources: Sequence[Resource],
    month: Month,
    now: datetime,
    *,
    unread: Collection[Kind],
) -> list[Charge]:
    newest_end, last_end = newest_end_of(lines, now), last_end_of(lines, now)
    by_units = [end for line in lines if (end := end_by_units(line)) is not None and end <= now]
    read_to = last_end or max(by_units, default=now)
    # If the whole bill is old, existing resources still run: Vultr has just not charged them yet.
    existing = {resource.key for resource in resources if resource.last_seen is None}
    services: list[Service] = [service_of(line) for line in lines]

    def is_open(line: ChargeLine) -> bool | None:
        """Return whether a line of the running month is running; None for an earlier month."""
        if (line.end or line.start or month.end) <= month.start and line.start != month.start:
            return None
        return is_running(line, last_end) or goes_on(line, read_to)

    return [
        Charge.of(
            line,
            service,
            found.resource_id,
            found.match,
            found.reason,
            running=goes_on(line, read_to)
            if line.end is None and found.resource_id in existing
            else found.reason != "destroyed"
            and is_running(line, last_end if found.resource_id in existing else newest_end),
        )
        for line, service, found in zip(
            lines,
            services,
            attribute(lines, services, resources, newest_end, unread=unread, is_open=is_open),
            strict=True,
        )
    ]


def _settled(charges: Sequence[Charge]) -> list[Charge]:
    """Close the lines that ended recently and look open, if another line proves it (D24).

    A resized server's old line ends where its new one starts.
    """
    starts: dict[str, list[datetime]] = defaultdict(list)
    for charge in charges:
        if charge.resource_id is not None and charge.start is not None:
            starts[_bill_of(charge)].append(charge.start)
    return [
        replace(charge, running=False)
        if charge.running and charge.resource_id and _is_followed(charge, starts[_bill_of(charge)])
        else charge
        for charge in charges
    ]


def _bill_of(charge: Charge) -> str:
    """Return the key of a resource's lines for one purpose: itself, or an add-on by service."""
    service = "Cloud Compute" if charge.service in COMPUTE_SERVICES else charge.service
    return f"{charge.resource_id} {service}"


def _is_followed(charge: Charge, starts: Iterable[datetime]) -> bool:
    end, start = charge.end, charge.start
    if end is None:
        return start is not None and any(other > start for other in starts)
    return any(other >= end and other != start for other in starts)


def _unit_prices_by_name(charges: Iterable[Charge]) -> defaultdict[str, set[Decimal]]:
    """Return the unit prices of snapshots' lines by every name in their description (D9)."""
    found: defaultdict[str, set[Decimal]] = defaultdict(set)
    for charge in charges:
        line = charge
        if charge.service == "Snapshots" and line.hourly and line.unit_price:
            for name in names_in(line.description):
                found[name].add(line.unit_price)
    return found


def _priced(resource: Resource, charges: Sequence[Charge]) -> Resource:
    """Return a resource with its listed price replaced by its open line's price (D8)."""
    running = open_lines(resource, charges)
    newest = next(reversed(running), None)
    unit_price = newest.unit_price if newest else None
    if unit_price is None or unit_price <= 0:
        return resource
    if any(cap_hours_of(unit_price, price, resource.usual_hours) for price in _listed(resource)):
        return resource
    billed = billed_by_node(resource, running)
    if billed is None:
        billed = _monthly_of(unit_price, resource.usual_hours)
    elif billed == resource.price:
        return resource
    return replace(resource, price=billed, price_source="billed", note=None)


def _listed(resource: Resource) -> list[Decimal]:
    """Return the prices at which a line of this resource counts as charged at list price."""
    if resource.price is None:
        return []
    add_ons = total_of(resource.add_on_costs.values())
    return [resource.price, resource.price + add_ons] if add_ons else [resource.price]


def _with_monthly(charge: Charge, resources: Mapping[str, Resource]) -> Charge:
    """Return an hourly line with a full month's dollars and the month's hours (D24)."""
    unit_price = charge.unit_price
    if not charge.hourly:
        return charge
    resource = resources.get(charge.resource_id or "")
    if unit_price is None:
        return _at_price_of(resource, charge) if resource else charge
    usual = resource.usual_hours if resource else _usual_hours(charge.service)
    for monthly in _prices_of(charge, resource) if resource else ():
        hours = cap_hours_of(unit_price, monthly, usual)
        if hours is not None:
            return replace(charge, monthly=monthly, cap_hours=hours)
    monthly = _computed_back(charge, unit_price, usual)
    return replace(charge, monthly=monthly, cap_hours=usual, listed_price=False)


def _at_price_of(resource: Resource, charge: Charge) -> Charge:
    """Give a line without a unit price that of its resource, or of its add-on (D24).

    Its total tells which price it is. If none agrees, several prices leave it unknown.
    """
    own = is_main(charge, resource)
    prices = _listed(resource) if own else list(resource.add_on_costs.values())
    hours = dict.fromkeys((resource.usual_hours, *BOTH_HOURS))
    line = charge
    for monthly, cap_hours in product(prices if line.units is not None else (), hours):
        if accrued(monthly, line.units or ZERO, cap_hours) == to_cents(line.total):
            return replace(charge, monthly=monthly, cap_hours=cap_hours)
    if not prices or (not own and len(prices) > 1):
        return charge
    return replace(charge, monthly=prices[0], cap_hours=resource.usual_hours)


def _computed_back(line: ChargeLine, unit_price: Decimal, cap_hours: int) -> Decimal:
    """Return a line's monthly dollars from its unit price; its total, exactly, at full hours."""
    if line.units is not None and line.units >= cap_hours:
        return line.total
    return _monthly_of(unit_price, cap_hours)


@lru_cache(maxsize=2_048)
def _monthly_of(unit_price: Decimal, cap_hours: int) -> Decimal:
    """Return the dollars of a month's hours; one object for the lines of one price."""
    return to_cents(unit_price * cap_hours)


def _prices_of(charge: Charge, resource: Resource) -> list[Decimal]:
    """Return the prices that a line of this resource may have: its own, or its add-ons'."""
    if is_main(charge, resource):
        # A billed price was itself computed from this line.
        known = [] if resource.price_source == "billed" else _listed(resource)
        return known if resource.node_price is None else [*known, resource.node_price]
    return [*resource.add_on_costs.values(), *_listed(resource)]


def _usual_hours(service: Service) -> int:
    return GPU_MONTH_HOURS if service == "Cloud GPU" else MONTH_HOURS
