"""The parts that a thing is charged by, and those without a price (E1 to E5, E12 to E16)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.monthly_cap import MONTH_HOURS
from vultr_cost_mcp.families.plans.rules import usual_hours
from vultr_cost_mcp.money import HUNDRED, ZERO, to_cents
from vultr_cost_mcp.questions.estimate.terraform_notes import notes_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from vultr_cost_mcp.domain.catalog import ListPlan
    from vultr_cost_mcp.domain.price_list import PriceList
    from vultr_cost_mcp.domain.resource import PriceSource
    from vultr_cost_mcp.questions.estimate.attributes import Attributes

Thing = Literal[
    "server",
    "bare_metal",
    "kubernetes",
    "kubernetes_pool",
    "database",
    "database_replica",
    "block_storage",
    "file_system",
    "object_storage",
    "load_balancer",
    "reserved_ip",
    "extra_ipv4",
    "nat_gateway",
    "registry",
    "snapshot",
    "snapshot_from_url",
    "inference",
]

_MOST_NODES = 10_000
_VX1 = "vx1-"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is one line of its own, at a price a month and with its own cap (E1)."""

    kind: str
    name: str
    monthly: Decimal
    cap_hours: int
    source: PriceSource


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Something that has no price, why, and the least and most that it can cost (E12)."""

    what: str
    why: str
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(slots=True)
class Priced:
    """The price of a thing: its parts, those without a price, and notes.

    ``low`` and ``high`` are the range of a month by autoscaling (E13).
    """

    parts: list[Part] = field(default_factory=list["Part"])
    unpriced: list[Unpriced] = field(default_factory=list["Unpriced"])
    notes: list[str] = field(default_factory=list[str])
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def monthly(self) -> Decimal:
        """Dollars a month of every part that has a price."""
        return sum((part.monthly for part in self.parts), ZERO)

    def lacks(
        self, what: str, why: str, low: Decimal | None = None, high: Decimal | None = None
    ) -> None:
        """Name something that has no price."""
        self.unpriced.append(Unpriced(what, why, low, high))


def price_thing(thing: Thing, given: Attributes, prices: PriceList) -> Priced:
    """Return the parts of one thing with their prices, each rounded once (E1, E5)."""
    priced = Priced()
    _PRICERS[thing](given, prices, priced)
    return priced


def region_of(given: Attributes) -> str | None:
    """Return the region of a thing, in small letters (E2), its cluster's where it has none."""
    region = given.text("region")
    if region is None and "region" not in given.unknown and "cluster_id" in given.linked:
        region = given.linked["cluster_id"].text("region")
    return None if region is None else region.lower()


def is_without_disk(plan_id: str) -> bool:
    """Return whether a plan of VX1 boots from a volume that is charged apart (E3)."""
    last = plan_id.rsplit("-", 1)[-1]
    return plan_id.startswith(_VX1) and not (last.endswith("s") and last[:-1].isdecimal())


def _plan_of(given: Attributes, prices: PriceList, priced: Priced) -> ListPlan | None:
    plan_id = given.text("plan")
    if plan_id is None:
        priced.lacks("plan", given.why_missing("plan"))
        return None
    plan = prices.plans.get(plan_id)
    if plan is None:
        priced.lacks("plan", f"{given.shown('plan')} is not listed")
    else:
        priced.notes += notes_on(plan)
    return plan


def _plan_price(given: Attributes, plan: ListPlan, priced: Priced) -> Decimal | None:
    """Return a plan's price where it will be; every region's where all have the same (E2, E12)."""
    region = region_of(given)
    if region is not None:
        price = plan.price_in(region)
        if price is None:
            priced.lacks("plan", f"{given.shown('plan')} has no price")
        elif plan.locations and region not in plan.locations:
            # The list may lack a region that has the plan all the same (E18).
            priced.notes.append("the list of plans does not name this region for it")
        return price
    every = {plan.monthly, *plan.regional.values()}
    known = [price for price in every if price is not None]
    if len(every) == 1 and known:
        return known[0]
    low, high = (min(known), max(known)) if len(known) == len(every) else (None, None)
    priced.lacks("plan", given.why_missing("region"), low, high)
    return None


def _server(given: Attributes, prices: PriceList, priced: Priced) -> None:
    plan = _plan_of(given, prices, priced)
    price = None if plan is None else _plan_price(given, plan, priced)
    hours = MONTH_HOURS if plan is None else usual_hours(plan.id, plan)
    if plan is not None and price is not None:
        priced.parts.append(Part("plan", plan.id, to_cents(price), hours, "list"))
    if plan is not None and is_without_disk(plan.id):
        _boot_volumes(given, prices, priced)
    _backups(given, prices, priced, price, hours)
    ddos = prices.table["ddos_protection"]
    if "ddos_protection" in given.unknown:
        priced.lacks("DDoS protection", "not known until apply", ZERO, ddos)
    elif given.says("ddos_protection"):
        priced.parts.append(Part("DDoS protection", "", ddos, MONTH_HOURS, "table"))


def _backups(
    given: Attributes, prices: PriceList, priced: Priced, price: Decimal | None, hours: int
) -> None:
    percent = prices.table["backup_percent"]
    cost = None if price is None else to_cents(price * percent / HUNDRED)
    if "backups" in given.unknown:
        priced.lacks("backups", "not known until apply", ZERO, cost)
    elif given.says("backups") and cost is not None:
        priced.parts.append(Part("backups", "", cost, hours, "table"))
    elif given.says("backups"):
        priced.lacks("backups", f"{percent} % of a price that is not known")


def _boot_volumes(given: Attributes, prices: PriceList, priced: Priced) -> None:
    a_gb = prices.table["block_gb_high_perf"]
    sizes = [row.number("disk_size") for row in given.nested.get("block_devices", ())]
    known = [size for size in sizes if size]
    if "block_devices" in given.unknown or not known or len(known) < len(sizes):
        priced.lacks("boot volume", "its size is not known")
    for size in known:
        cost = to_cents(size * a_gb)
        priced.parts.append(Part("boot volume", f"{size} GB", cost, MONTH_HOURS, "table"))


def _bare_metal(given: Attributes, prices: PriceList, priced: Priced) -> None:
    plan = _plan_of(given, prices, priced)
    price = None if plan is None else _plan_price(given, plan, priced)
    if plan is not None and price is not None:
        hours = usual_hours(plan.id, plan)
        priced.parts.append(Part("plan", plan.id, to_cents(price), hours, "list"))


def _pool(given: Attributes, prices: PriceList, priced: Priced) -> None:
    plan = _plan_of(given, prices, priced)
    price = None if plan is None else _plan_price(given, plan, priced)
    if plan is None or price is None:
        return
    cost, nodes = to_cents(price), given.whole("node_quantity")
    scales = given.says("auto_scaler")
    least, most = given.whole("min_nodes"), given.whole("max_nodes")
    low = cost * least if scales and least is not None else None
    high = cost * most if scales and most is not None else None
    if nodes is None or nodes > _MOST_NODES:
        priced.lacks("nodes", given.why_missing("node_quantity"), low, high)
        return
    node = Part("node", plan.id, cost, usual_hours(plan.id, plan), "list")
    priced.parts += [node] * nodes
    if low is not None and high is not None:
        priced.low, priced.high = (priced.low or ZERO) + low, (priced.high or ZERO) + high


def _kubernetes(given: Attributes, prices: PriceList, priced: Priced) -> None:
    if "node_pools" in given.unknown:
        priced.lacks("node pools", "not known until apply")
    for pool in given.nested.get("node_pools", ()):
        _pool(_in_region_of(pool, given), prices, priced)
    if "ha_controlplanes" in given.unknown or given.says("ha_controlplanes"):
        priced.lacks("HA control plane", "no price is known")


def _in_region_of(pool: Attributes, cluster: Attributes) -> Attributes:
    return replace(pool, linked={**pool.linked, "cluster_id": cluster})


def _database(given: Attributes, prices: PriceList, priced: Priced) -> None:
    replicas = given.nested.get("read_replicas", ())
    if "read_replicas" in given.unknown:
        priced.lacks("read replicas", "not known until apply")
    _database_plan(given, prices, priced, 1 + len(replicas))


def _database_replica(given: Attributes, prices: PriceList, priced: Priced) -> None:
    parent = given.linked.get("database_id")
    source = given if given.text("plan") is not None else parent
    if source is None:
        priced.lacks("plan", "the plan of its database is not known until apply")
        return
    _database_plan(source, prices, priced, 1)


def _database_plan(given: Attributes, prices: PriceList, priced: Priced, count: int) -> None:
    plan_id = given.text("plan")
    if plan_id is None:
        priced.lacks("plan", given.why_missing("plan"))
        return
    price = prices.databases.get(plan_id)
    if price is None:
        why = "has no price" if plan_id in prices.databases else "is not listed"
        needs = "" if prices.databases else prices.why_empty("databases")
        priced.lacks("plan", f"{given.shown('plan')} {why}{needs}")
        return
    priced.parts += [Part("plan", plan_id, to_cents(price), MONTH_HOURS, "api")] * count


def _block_storage(given: Attributes, prices: PriceList, priced: Priced) -> None:
    size = given.number("size_gb")
    if size is None:
        priced.lacks("volume", given.why_missing("size_gb"))
        return
    kind = given.text("block_type")
    a_gb = prices.table.get(f"block_gb_{kind}")
    if a_gb is not None:
        cost = to_cents(size * a_gb)
        priced.parts.append(Part("volume", f"{kind} {size} GB", cost, MONTH_HOURS, "table"))
        return
    low = to_cents(size * prices.table["block_gb_storage_opt"])
    high = to_cents(size * prices.table["block_gb_high_perf"])
    if kind is None:
        why = f"block_type is not set: ${low} (HDD) or ${high} (NVMe)"
        priced.lacks("volume", why, low, high)
    else:
        priced.lacks("volume", "this block_type is not known")


def _file_system(given: Attributes, prices: PriceList, priced: Priced) -> None:
    size, region = given.number("size_gb"), region_of(given)
    if size is None:
        priced.lacks("file system", given.why_missing("size_gb"))
        return
    stated = prices.file_system_gb.get(region or "")
    if stated is None and region is None and prices.file_system_gb:
        every = set(prices.file_system_gb.values())
        if len(every) > 1:
            low, high = to_cents(size * min(every)), to_cents(size * max(every))
            priced.lacks("file system", given.why_missing("region"), low, high)
            return
        (stated,) = every
    a_gb = prices.table["file_system_gb"] if stated is None else stated
    source: PriceSource = "table" if stated is None else "api"
    cost = to_cents(size * a_gb)
    priced.parts.append(Part("file system", f"{size} GB", cost, MONTH_HOURS, source))


def _object_storage(given: Attributes, prices: PriceList, priced: Priced) -> None:
    tier = given.text("tier_id")
    if tier is None:
        priced.lacks("tier", given.why_missing("tier_id"))
        return
    price = prices.tiers.get(tier)
    if price is None:
        needs = "" if prices.tiers else prices.why_empty("object storage")
        priced.lacks("tier", f"{given.shown('tier_id')} has no price{needs}")
        return
    priced.parts.append(Part("tier", tier, to_cents(price), MONTH_HOURS, "api"))


def _registry(given: Attributes, prices: PriceList, priced: Priced) -> None:
    plan = given.text("plan")
    if plan is None:
        priced.lacks("plan", given.why_missing("plan"))
        return
    stated = prices.registries.get(plan)
    price = prices.table.get(f"registry_{plan}") if stated is None else stated
    if price is None:
        priced.lacks("plan", "this plan of a registry has no price")
        return
    source: PriceSource = "table" if stated is None else "api"
    priced.parts.append(Part("plan", plan, to_cents(price), MONTH_HOURS, source))


def _load_balancer(given: Attributes, prices: PriceList, priced: Priced) -> None:
    nodes = given.whole("nodes")
    if nodes is None and ("nodes" in given.unknown or given.values.get("nodes") is not None):
        priced.lacks("nodes", given.why_missing("nodes"))
        return
    count = 1 if nodes is None else nodes
    if count > _MOST_NODES:
        priced.lacks("nodes", "nodes cannot be used")
        return
    node = Part("node", "", prices.table["load_balancer"], MONTH_HOURS, "table")
    priced.parts += [node] * count
    if given.values.get("global_regions"):
        priced.notes.append("nodes in global_regions are not counted")


def _reserved_ip(given: Attributes, prices: PriceList, priced: Priced) -> None:
    kind = (given.text("ip_type") or "").lower()
    if kind == "v4":
        cost = prices.table["reserved_ipv4"]
        priced.parts.append(Part("address", "IPv4", cost, MONTH_HOURS, "table"))
    elif kind == "v6":
        priced.lacks("address", "no price is known for a reserved IPv6")
    else:
        priced.lacks("address", given.why_missing("ip_type"))


def _nat_gateway(_given: Attributes, prices: PriceList, priced: Priced) -> None:
    priced.parts.append(Part("gateway", "", prices.table["nat_gateway"], MONTH_HOURS, "table"))


def _snapshot(given: Attributes, prices: PriceList, priced: Priced) -> None:
    a_gb, size = prices.table["snapshot_gb"], given.number("size_gb")
    if size is not None:
        cost = to_cents(size * a_gb)
        priced.parts.append(Part("snapshot", f"{size} GB", cost, MONTH_HOURS, "table"))
        return
    server = given.linked.get("instance_id")
    plan = prices.plans.get((server.text("plan") if server else None) or "")
    disk = None if plan is None or server is None else plan.disk_gb
    high = None if disk is None else to_cents(disk * a_gb)
    most = "" if high is None else f"; at most the server's disk at ${a_gb} a GB"
    priced.lacks("snapshot", f"its size is not known until it is made{most}", ZERO, high)


def _no_price(what: str, why: str) -> Callable[[Attributes, PriceList, Priced], None]:
    def lack(_given: Attributes, _prices: PriceList, priced: Priced) -> None:
        priced.lacks(what, why)

    return lack


_PRICERS: dict[Thing, Callable[[Attributes, PriceList, Priced], None]] = {
    "server": _server,
    "bare_metal": _bare_metal,
    "kubernetes": _kubernetes,
    "kubernetes_pool": _pool,
    "database": _database,
    "database_replica": _database_replica,
    "block_storage": _block_storage,
    "file_system": _file_system,
    "object_storage": _object_storage,
    "load_balancer": _load_balancer,
    "reserved_ip": _reserved_ip,
    "extra_ipv4": _no_price("address", "no price is known for a further IPv4"),
    "nat_gateway": _nat_gateway,
    "registry": _registry,
    "snapshot": _snapshot,
    "snapshot_from_url": _snapshot,
    "inference": _no_price("inference", "it is charged by use"),
}
