"""The running lines that give a resource's current price (rule D8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.hours import cap_hours_of
from vultr_cost_mcp.domain.bill import COMPUTE_SERVICES
from vultr_cost_mcp.domain.resource import SERVER_KINDS
from vultr_cost_mcp.families.catalog import CATALOG
from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge, ChargeLine
    from vultr_cost_mcp.domain.resource import Resource


def billed_by_node(resource: Resource, lines: Iterable[ChargeLine]) -> Decimal | None:
    """Return the price of as many nodes as have a line of their own; None if none has."""
    each, usual = resource.node_price, resource.usual_hours
    if each is None:
        return None
    nodes = sum(cap_hours_of(line.unit_price or ZERO, each, usual) is not None for line in lines)
    return nodes * each or None


def open_line(resource: Resource, charges: Sequence[Charge]) -> ChargeLine | None:
    """Return the newest running line for the resource itself."""
    return next(reversed(open_lines(resource, charges)), None)


def open_lines(resource: Resource, charges: Sequence[Charge]) -> list[ChargeLine]:
    """Return the newest of the running lines for the resource itself, not for an add-on."""
    running = [
        charge
        for charge in charges
        # An hourly credit is no price.
        if charge.running and is_main(charge, resource) and charge.total >= 0
    ]
    starts = [line.start for line in running if line.start is not None]
    return [line for line in running if line.start is None or line.start == max(starts)]


def is_main(charge: Charge, resource: Resource) -> bool:
    """Return whether a line is for the resource itself, not for one of its add-ons."""
    if resource.kind in SERVER_KINDS:
        return charge.service in COMPUTE_SERVICES
    return charge.service == CATALOG.own_service[resource.kind]
