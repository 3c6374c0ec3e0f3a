"""What a resource costs for one whole month from now, and where the price is from (D7 to D9)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

from .reading import CENT, ZERO, ceil_cent, is_running, money, month_start

if TYPE_CHECKING:
    from datetime import datetime

    from tests.double import Account, Row

    from .matching import Match
    from .reading import Line, Resource

FIXED = {
    "reserved_ip": Decimal(3),
    "load_balancer": Decimal(10),
    "kubernetes_control_plane": ZERO,
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
    """Whether a unit price is this monthly price over C, at the digits it came with."""
    exponent = unit_price.as_tuple().exponent
    half = Decimal((0, (5,), int(exponent) - 1))
    exact = monthly / cap
    return abs(unit_price - exact) <= max(half, exact * FLOAT_NOISE)


def default_cap(resource: Resource | None, service: str = "") -> Decimal:
    """D7: C without a line, or with one that no known price reproduces."""
    if resource is None:
        return CAPS[1] if service == "Cloud GPU" else CAPS[0]
    if resource.plan_type:
        return CAPS[1] if resource.plan_type in LONG_TYPES else CAPS[0]
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
    if kind == "block_storage":
        return money(row["cost"]), "api"
    if kind == "file_system":
        return money(row["billing"]["monthly"]), "api"
    if kind in FIXED:
        return FIXED[kind], "table"
    if kind == "database":
        return _plan_price(account.database_plans, resource), "list"
    plans = account.plans_metal if kind.endswith("bare_metal") else account.plans
    return _plan_price(plans, resource), "list"


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
        return _snapshot_price(resource, mine, now)
    if resource.kind == "block_snapshot":
        text = resource.row["next_invoice_price"]
        return Price(money(text), money(text), "api") if text else Price(None, None, None)
    base, source = listed(account, resource)
    backed = base
    if mine:
        line = max(mine, key=lambda one: one.start)
        usual = default_cap(resource)
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


def _snapshot_price(resource: Resource, mine: list[Line], now: datetime) -> Price:
    sizes = (resource.row["size"], resource.row["compressed_size"])
    candidates = [Decimal(size) / GB * SNAPSHOT_GB for size in sizes]
    charge, hours = _snapshot_charge(resource, mine, now)
    if charge is None or hours is None or charge == 0:
        return Price(candidates[0], candidates[0], "table")
    for candidate in candidates:
        if accrued(candidate, hours, CAPS[0]) == charge:
            return Price(candidate, candidate, "table")
    month = to_cent(charge * CAPS[0] / min(hours, CAPS[0]))
    return Price(month, month, "billed")


def _snapshot_charge(
    resource: Resource, mine: list[Line], now: datetime
) -> tuple[Decimal | None, Decimal | None]:
    if mine:
        return mine[0].total, mine[0].units
    if resource.own is None or resource.created is None:
        return None, None
    begin = max(resource.created, month_start(now))
    return resource.own, Decimal(ceil((now - begin).total_seconds() / 3600))
