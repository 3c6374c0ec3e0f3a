"""A resource's cost for one whole month from now, and the source of its price (D7 to D9)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

from .reading import CENT, ZERO, ceil_cent, is_running, label_in, money, month_start

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.support.double import Account, Row

    from .matching import Match
    from .reading import Line, Resource

FIXED = {
    "reserved_ip": Decimal(3),
    "kubernetes_control_plane": ZERO,
}
BALANCER_NODE = Decimal(10)
GATEWAY = Decimal(20)
# What the API states of a kind's monthly price; a gateway's may be missing.
STATED: dict[str, Callable[[Row], Any]] = {
    "block_storage": lambda row: row["cost"],
    "file_system": lambda row: row["billing"]["monthly"],
    "object_storage": lambda row: row["tier"]["price"],
    "nat_gateway": lambda row: (row.get("billing") or {}).get("monthly"),
}
DDOS = Decimal(10)
BACKUPS = Decimal("0.2")
SNAPSHOT_GB = Decimal("0.05")
GB = Decimal(2**30)
LONG_TYPES = {"vcg", "vdm", "vx1"}
CAPS = (Decimal(672), Decimal(730))
FLOAT_NOISE = Decimal("1e-12")


@dataclass(frozen=True)
class Price:
    """A month's cost, or None when it is not known; ``base`` is without add-ons."""

    monthly: Decimal | None
    base: Decimal | None
    source: str | None


def accrued(monthly: Decimal, hours: Decimal, cap: Decimal) -> Decimal:
    """D7: what whole hours of a monthly price cost so far."""
    return min(monthly, ceil_cent(hours * monthly / cap))


def is_over(unit_price: Decimal, monthly: Decimal, cap: Decimal) -> bool:
    """Return whether a unit price is this monthly price over C, at the digits it came with."""
    exponent = unit_price.as_tuple().exponent
    half = Decimal((0, (5,), int(exponent) - 1))
    exact = monthly / cap
    return abs(unit_price - exact) <= max(half, exact * FLOAT_NOISE)


def default_cap(resource: Resource | None, service: str = "") -> Decimal:
    """D7: C without a line, or with one that no known price reproduces."""
    if resource is None:
        return CAPS[1] if service == "Cloud GPU" else CAPS[0]
    if resource.plan_type:
        is_long = resource.plan_type in LONG_TYPES and not resource.states_672
        return CAPS[1] if is_long else CAPS[0]
    return CAPS[1] if resource.plan.startswith(("vcg-", "vx1-")) else CAPS[0]


def cap_for(unit_price: Decimal, monthly: Decimal, usual: Decimal) -> Decimal | None:
    """Whichever of 672 and 730 reproduces the unit price; the usual one first."""
    caps = sorted(CAPS, key=lambda cap: cap != usual)
    return next((cap for cap in caps if is_over(unit_price, monthly, cap)), None)


def to_cent(amount: Decimal) -> Decimal:
    """Half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def listed(account: Account, resource: Resource) -> tuple[Decimal | None, str | None]:
    """The price without a look at the bill: api, list or table (D8)."""
    kind, row = resource.kind, resource.row
    if kind in STATED:
        stated = STATED[kind](row)
        return (GATEWAY, "table") if stated is None else (money(stated), "api")
    if kind == "load_balancer":
        return BALANCER_NODE * int(row.get("nodes") or 1), "table"
    if kind in FIXED:
        return FIXED[kind], "table"
    if kind == "database":
        return _plan_price(account.database_plans, resource), "list"
    plans = account.plans_metal if kind.endswith("bare_metal") else account.plans
    return _plan_price(plans, resource), "list"


def list_price(account: Account, resource: Resource) -> Decimal | None:
    """The price that puts resources of one name in an order (D10)."""
    if resource.kind == "snapshot":
        return candidates_of(resource)[0]
    if resource.kind == "block_snapshot":
        return None
    return listed(account, resource)[0]


def is_reproduced(account: Account, resource: Resource, unit_price: Decimal | None) -> bool:
    """Return whether a line's unit price is this resource's price (D7, D10)."""
    if unit_price is None:
        return False
    price = list_price(account, resource)
    known = candidates_of(resource) if resource.kind == "snapshot" else [price]
    usual = default_cap(resource)
    return any(one is not None and cap_for(unit_price, one, usual) is not None for one in known)


def candidates_of(snapshot: Resource) -> list[Decimal]:
    """D9: by its size, and by what of it is stored."""
    sizes = (snapshot.row["size"], snapshot.row["compressed_size"])
    return [Decimal(size) / GB * SNAPSHOT_GB for size in sizes]


def _plan_price(plans: list[Row], resource: Resource) -> Decimal | None:
    plan = next((plan for plan in plans if plan["id"] == resource.plan), None)
    if plan is None:
        return None
    by_region: Any = plan.get("location_cost") or {}
    return money((by_region.get(resource.region) or plan)["monthly_cost"])


def is_own_line(line: Line) -> bool:
    """Not the line of an add-on."""
    return line.service not in ("Backups", "Networking") or "reserved ip" in line.product.lower()


def price(account: Account, resource: Resource, matches: list[Match], now: datetime) -> Price:
    """D8, and D9 for snapshots."""
    lines = [found.line for found in matches]
    mine = [found.line for found in matches if found.resource == resource]
    mine = [line for line in mine if is_own_line(line) and is_running(line, lines)]
    if resource.kind == "snapshot":
        named = [
            line
            for line in lines
            if line.service == "Snapshots"
            and is_running(line, lines)
            and label_in(line.description) == resource.label
        ]
        return _snapshot_price(resource, mine, named, now)
    if resource.kind == "block_snapshot":
        text = resource.row["next_invoice_price"]
        return Price(money(text), money(text), "api") if text else Price(None, None, None)
    base, source = listed(account, resource)
    backed = base
    known = [line for line in mine if line.unit_price is not None]
    if known:
        line = max(known, key=lambda one: one.start or now)
        usual = default_cap(resource)
        assert line.unit_price is not None
        if base is None or cap_for(line.unit_price, base, usual) is None:
            base, source = to_cent(line.unit_price * usual), "billed"
            backed = base if backed is None else backed
    if base is None or backed is None:
        return Price(None, None, None)
    return Price(base + _addons(resource, backed), base, source)


def _addons(resource: Resource, plan_price: Decimal) -> Decimal:
    features = resource.row.get("features") or []
    total = ZERO
    if "auto_backups" in features:
        total += BACKUPS * plan_price
    if "ddos_protection" in features:
        total += DDOS
    return total


def _snapshot_price(
    resource: Resource, mine: list[Line], named: list[Line], now: datetime
) -> Price:
    """D9: the unit price of a line of that description, else the charge to the cent."""
    candidates = candidates_of(resource)
    charge, hours = _snapshot_charge(resource, mine, now)
    agreeing = [
        candidate
        for candidate in candidates
        if charge and hours and accrued(candidate, hours, CAPS[0]) == charge
    ]
    told = _told(candidates, mine) or _told(candidates, named)
    if len(set(agreeing)) != 1 and told is not None:
        return Price(told, told, "table")
    if agreeing or not charge or not hours:
        price = (agreeing or candidates)[0]
        return Price(price, price, "table")
    month = to_cent(charge * CAPS[0] / min(hours, CAPS[0]))
    return Price(month, month, "billed")


def _told(candidates: list[Decimal], lines: list[Line]) -> Decimal | None:
    """The one candidate that the unit prices of lines are."""
    found = {
        candidate
        for line in lines
        for candidate in candidates
        if line.unit_price is not None and is_over(line.unit_price, candidate, CAPS[0])
    }
    return found.pop() if len(found) == 1 else None


def _snapshot_charge(
    resource: Resource, mine: list[Line], now: datetime
) -> tuple[Decimal | None, Decimal | None]:
    if mine:
        return mine[0].total, mine[0].units
    if resource.own is None or resource.created is None:
        return None, None
    begin = max(resource.created, month_start(now))
    return resource.own, Decimal(ceil((now - begin).total_seconds() / 3600))
