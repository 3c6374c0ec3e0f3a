"""Things that somebody asks the price of, one by one (rules E2, E5, E6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.markdown import code
from vultr_cost_mcp.money import ZERO, to_cents
from vultr_cost_mcp.questions.estimate.attributes import Attributes
from vultr_cost_mcp.questions.estimate.changes import (
    Change,
    PricedChange,
    for_hours,
    price_change,
)
from vultr_cost_mcp.questions.estimate.parts import Part, Unpriced, price_thing

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

    from vultr_cost_mcp.domain.price_list import PriceList
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.questions.estimate.changes import Clock
    from vultr_cost_mcp.questions.estimate.parts import Thing

ItemKind = Literal[
    "server",
    "bare_metal",
    "kubernetes_pool",
    "database",
    "block_storage",
    "file_system",
    "object_storage",
    "load_balancer",
    "reserved_ip",
    "nat_gateway",
    "registry",
    "snapshot",
]
# Their quantity counts nodes of one thing, not things.
_BY_NODE = {"kubernetes_pool": "node_quantity", "load_balancer": "nodes"}
_SIZED = frozenset({"block_storage", "file_system", "snapshot"})
_PLANNED = frozenset({"server", "bare_metal", "kubernetes_pool", "database", "registry"})
_BLOCK_TYPES = ("high_perf", "storage_opt")
# Their plans are those of compare_plans.
_COMPARED = frozenset({"server", "bare_metal", "kubernetes_pool"})
_FEW = 12
_REGISTRY = "registry_"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is asked about, or several equal ones; for some hours, or to stay (E6)."""

    kind: ItemKind
    plan: str | None = None
    region: str | None = None
    quantity: int = 1
    size_gb: Decimal | None = None
    block_type: str | None = None
    tier: str | None = None
    backups: bool = False
    ddos_protection: bool = False
    hours: int | None = None
    replaces: str | None = None

    @property
    def only_stops(self) -> bool:
        """Return whether it names what stops, and nothing that takes its place (E8)."""
        return self == Item(kind="server", region=self.region, replaces=self.replaces or "")


@dataclass(frozen=True, slots=True)
class PricedItem:
    """An item in dollars; ``for_hours`` are the dollars of its hours, None without hours (E6)."""

    change: PricedChange
    for_hours: Decimal | None


def price_item(item: Item, prices: PriceList, clock: Clock) -> PricedItem:
    """Price one item: each unit is a line of its own, so quantity multiplies last (E5).

    Raises UnknownValueError for a plan, tier or type that does not exist, with the nearest.
    """
    _check(item, prices)
    given = _attributes(item)
    thing: Thing = item.kind
    times = 1 if item.kind in _BY_NODE else item.quantity
    one = price_change(Change(named(item), "create", thing, after=given), prices, clock)
    used = None
    parts = price_thing(thing, given, prices).parts
    if item.hours is not None and (parts or not one.unpriced):
        used = for_hours(parts, item.hours) * times
    lacking = tuple(
        replace(
            row,
            low=None if row.low is None else row.low * times,
            high=None if row.high is None else row.high * times,
        )
        for row in one.unpriced
    )
    return PricedItem(
        replace(one, after=one.after * times, this_month=one.this_month * times, unpriced=lacking),
        used,
    )


def replacing(priced: PricedItem, resource: Resource, clock: Clock) -> PricedItem:
    """Return an item that takes the place of a running resource, which stops (E8, E10)."""
    begins, stops = priced.change, stopping(resource, clock).change
    return replace(
        priced,
        change=replace(
            begins,
            what=f"{begins.what} for {stops.what}",
            action="replace",
            before=stops.before,
            this_month=begins.this_month + stops.this_month,
            unpriced=(*begins.unpriced, *stops.unpriced),
            assumed=stops.assumed,
        ),
    )


def stopping(resource: Resource, clock: Clock) -> PricedItem:
    """Return a running resource that stops, with its add-ons; nothing takes its place (E8)."""
    cost = resource.monthly_cost
    ahead = clock.ahead.get(resource.id)
    if ahead is None:
        whole = Part("resource", "", cost or ZERO, resource.usual_hours, "list")
        ahead = -clock.stops(whole)
    lack = Unpriced("", f"{code(resource.name)} stops, and has no known price")
    change = PricedChange(
        what=as_shown(resource.name, 40),
        action="delete",
        before=to_cents(cost or ZERO),
        after=ZERO,
        this_month=-ahead,
        source=resource.price_source or "",
        unpriced=(lack,) if cost is None else (),
        assumed=resource.id not in clock.ahead,
    )
    return PricedItem(change, None)


def named(item: Item) -> str:
    """Return an item in a few words: ``3 server vc2-1c-1gb fra``."""
    size = None if item.size_gb is None else f"{item.size_gb:f} GB"
    extras = " and ".join(
        name
        for name, wanted in (("backups", item.backups), ("DDoS protection", item.ddos_protection))
        if wanted
    )
    words = (
        item.plan,
        item.tier and f"tier {item.tier}",
        item.block_type,
        size,
        item.region,
        extras and f"with {extras}",
    )
    return as_shown(" ".join([str(item.quantity), item.kind, *filter(None, words)]), 120)


def _attributes(item: Item) -> Attributes:
    values: dict[str, object] = {
        "plan": item.plan,
        "region": item.region,
        "backups": item.backups,
        "ddos_protection": item.ddos_protection,
        "size_gb": item.size_gb,
        "block_type": item.block_type,
        "tier_id": item.tier,
        "ip_type": "v4",
    }
    if item.kind in _BY_NODE:
        values[_BY_NODE[item.kind]] = item.quantity
    return Attributes({name: value for name, value in values.items() if value is not None})


def _check(item: Item, prices: PriceList) -> None:
    if item.kind in _PLANNED and not item.plan:
        msg = f"An item of kind {item.kind} needs a plan.{_known(item.kind, ())}"
        raise UnknownValueError(msg)
    if item.kind in _SIZED and item.size_gb is None:
        msg = f"An item of kind {item.kind} needs size_gb."
        raise UnknownValueError(msg)
    if item.kind == "object_storage" and not item.tier:
        msg = f"An item of kind object_storage needs a tier.{_known(item.kind, prices.tiers)}"
        raise UnknownValueError(msg)
    if item.plan and item.kind in _COMPARED:
        _check_metal(item.plan, item.kind, prices)
    if item.plan and item.kind in _PLANNED:
        _one_of("plan", item.plan, _plans(item.kind, prices), item.kind)
    if item.tier and item.kind == "object_storage":
        _one_of("tier", item.tier, prices.tiers, item.kind)
    if item.block_type:
        _one_of("block_type", item.block_type, _BLOCK_TYPES, item.kind)


def _check_metal(plan: str, kind: ItemKind, prices: PriceList) -> None:
    """Refuse a plan of bare metal for a cloud server, and the other way round."""
    listed = prices.plans.get(plan)
    if listed is not None and listed.metal != (kind == "bare_metal"):
        of = "bare_metal" if listed.metal else "server"
        msg = f"{plan} is a plan of kind {of}, not of {kind}: give the other kind or another plan."
        raise UnknownValueError(msg)


def _plans(kind: ItemKind, prices: PriceList) -> Collection[str]:
    if kind == "database":
        return prices.databases
    if kind == "registry":
        table = [name for name in prices.table if name.startswith(_REGISTRY)]
        return {*prices.registries, *(name.removeprefix(_REGISTRY) for name in table)}
    return [plan.id for plan in prices.plans.values() if plan.metal == (kind == "bare_metal")]


def _one_of(word: str, given: str, known: Collection[str], kind: ItemKind) -> None:
    """Refuse a closed value that does not exist; without the list every one is taken (E2)."""
    if not known or given in known:
        return
    near = get_close_matches(given[:80], known, n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else _known(kind, known)
    msg = f"There is no {word} '{as_shown(given, 40)}'.{hint}"
    raise UnknownValueError(msg)


def _known(kind: ItemKind, values: Collection[str]) -> str:
    """Return where the values of a kind are listed, or the values themselves if they are few."""
    if kind in _COMPARED:
        return " compare_plans lists plans by vCPU, memory and region."
    return f" Known: {', '.join(sorted(values))}." if 0 < len(values) <= _FEW else ""
