"""Match lines and resources of one name by price, age and order (rule D10)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.hours import cap_hours_of, decimals_of, reproduces
from vultr_cost_mcp.domain.monthly_cap import BOTH_HOURS
from vultr_cost_mcp.domain.resource import SERVER_KINDS
from vultr_cost_mcp.families.catalog import CATALOG
from vultr_cost_mcp.money import ZERO, to_cents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from vultr_cost_mcp.domain.bill import ChargeLine, Service
    from vultr_cost_mcp.domain.resource import Resource

_EVER = datetime.max.replace(tzinfo=UTC)
_AT_ONCE = timedelta(minutes=1)
_INFINITE = Decimal("Infinity")
# A price within half a unit of its last digit, plus float noise, gets the exact check.
_WIDER = Decimal("1E-12")


@dataclass(frozen=True, slots=True)
class Tied:
    """A running line and its place on the bill."""

    place: int
    line: ChargeLine


def pairs_of(
    tied: Sequence[Tied],
    resources: Iterable[Resource],
    service: Service,
    taken: Collection[str],
) -> dict[int, tuple[str, bool]]:
    """Return the resource of each line by its place, and whether its own charges identified it.

    The lines ``tied`` are of one service and name, ``resources`` of one kind. ``taken`` are
    resources that have a running line already. Charges shared by only one line and one resource
    decide first, then the price that reproduces the unit price, then the order. Unmatched lines and
    resources are left out.
    """
    free = sorted((row for row in resources if row.key not in taken), key=_order_of_resource)
    found = _by_charges(tied, free)
    told = {key for key, _ in found.values()}
    lines = sorted((row for row in tied if row.place not in found), key=_order_of_line)
    left = (row for row in free if row.key not in told)
    shelf = _Shelf(_by_node(left, lines), service)
    for row in lines:
        key = shelf.take_at_price(row)
        if key is not None:
            found[row.place] = (key, False)
    for row in lines:
        key = None if row.place in found else shelf.take_next(row)
        if key is not None:
            found[row.place] = (key, False)
    return found


def existed(resource: Resource, line: ChargeLine) -> bool:
    """Return whether a resource existed in a line's span; addresses and labels are reused."""
    if resource.last_seen and line.start and line.start > resource.last_seen:
        return False
    if resource.created is None or line.end is None:
        return True
    return resource.created < line.end or (
        line.start is not None and resource.created <= line.start
    )


def without_followed(rows: Sequence[Tied]) -> list[Tied]:
    """Return the lines that no other line continues: a resized server's older line ended."""
    starts = sorted(
        (row.line.start, row.line.end) for row in rows if row.line.start and row.line.end
    )
    return [row for row in rows if not _is_followed(row.line, starts)]


def _is_followed(line: ChargeLine, spans: Sequence[tuple[datetime, datetime]]) -> bool:
    """Return whether another line begins where this one ends, and continues from there."""
    if line.end is None or line.end >= _EVER - _AT_ONCE:
        return False
    begin = bisect_right(spans, (line.end, line.end))
    return begin < len(spans) and spans[begin][0] <= line.end + _AT_ONCE


def _order_of_line(row: Tied) -> tuple[Decimal, datetime, int]:
    return (row.line.unit_price or ZERO, row.line.start or _EVER, row.place)


def _order_of_resource(resource: Resource) -> tuple[Decimal, datetime, str]:
    prices = (resource.price, *resource.candidates)
    price = next((price for price in prices if price is not None), ZERO)
    return (price, resource.created or _EVER, resource.key)


def _by_charges(tied: Sequence[Tied], free: Iterable[Resource]) -> dict[int, tuple[str, bool]]:
    """Match each resource's own charges with the one line that has that total."""
    stated: dict[Decimal, list[Resource]] = defaultdict(list)
    for resource in free:
        if resource.own_pending is not None:
            stated[to_cents(resource.own_pending)].append(resource)
    totals = Counter(to_cents(row.line.total) for row in tied)
    found: dict[int, tuple[str, bool]] = {}
    for row in tied:
        total = to_cents(row.line.total)
        charged = [one for one in stated.get(total, ()) if existed(one, row.line)]
        if totals[total] == len(charged) == 1:
            found[row.place] = (charged[0].key, True)
    return found


def _by_node(resources: Iterable[Resource], lines: Sequence[Tied]) -> list[Resource]:
    """Return the resources, repeated for each node if lines are for single nodes (D8)."""
    return [row for one in resources for row in [one] * _nodes_of(one, lines)]


def _nodes_of(resource: Resource, lines: Sequence[Tied]) -> int:
    each, price = resource.node_price, resource.price
    if not each or price is None or price <= each or price % each:
        return 1
    by_node = any(
        row.line.unit_price and cap_hours_of(row.line.unit_price, each, resource.usual_hours)
        for row in lines
    )
    return min(int(price / each), len(lines)) if by_node else 1


def prices_of(resource: Resource, service: Service) -> list[Decimal]:
    """Return the dollars a month that a line of a service may charge for a resource."""
    own = resource.kind in SERVER_KINDS or CATALOG.own_service[resource.kind] == service
    add_ons = list(resource.add_on_costs.values())
    price = [one for one in (resource.price, resource.node_price) if one is not None]
    if service in {"Backups", "Networking"} and resource.kind in SERVER_KINDS:
        return add_ons
    whole = [resource.price + sum(add_ons, ZERO)] if resource.price is not None and add_ons else []
    return [*resource.candidates, *price, *whole] if own else [*add_ons, *price]


class _Shelf:
    """Resources in order, taken one by one: by price, or simply the next."""

    def __init__(self, resources: Sequence[Resource], service: Service) -> None:
        self.resources = resources
        self.used: set[int] = set()
        self.first = 0
        self.at_price: dict[tuple[Decimal, Decimal, int], deque[int]] = defaultdict(deque)
        for number, resource in enumerate(resources):
            for monthly in dict.fromkeys(prices_of(resource, service)):
                for hours in BOTH_HOURS:
                    self.at_price[monthly / hours, monthly, hours].append(number)
        self.prices = sorted(self.at_price)

    def take_at_price(self, row: Tied) -> str | None:
        """Take the first resource whose price reproduces a line's unit price (D7)."""
        unit_price = row.line.unit_price
        if unit_price is None:
            return None
        off = Decimal(1).scaleb(-decimals_of(unit_price)) + abs(unit_price) * _WIDER
        begin = bisect_left(self.prices, (unit_price - off,))
        end = bisect_right(self.prices, (unit_price + off, _INFINITE, 0))
        numbers = [
            number
            for price in self.prices[begin:end]
            if (number := self._first_free(self.at_price[price])) is not None
            and existed(self.resources[number], row.line)
            and reproduces(unit_price, price[1], price[2])
        ]
        return self._take(min(numbers)) if numbers else None

    def take_next(self, row: Tied) -> str | None:
        """Take the first resource left that a line may be for."""
        while self.first in self.used:
            self.first += 1
        for number in range(self.first, len(self.resources)):
            if number not in self.used and existed(self.resources[number], row.line):
                return self._take(number)
        return None

    def _first_free(self, numbers: deque[int]) -> int | None:
        while numbers and numbers[0] in self.used:
            numbers.popleft()
        return numbers[0] if numbers else None

    def _take(self, number: int) -> str:
        self.used.add(number)
        return self.resources[number].key
