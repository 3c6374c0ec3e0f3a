"""One reading of a damaged answer below the tools: what of its money may come out, and how."""

from __future__ import annotations

from contextlib import nullcontext
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from tests.hostile.bodies import Damage, field_damage, list_damage, whole_damage
from tests.hostile.stage import NOW
from tests.support.double import ROUTES, Account, Route, VultrDouble, account_of
from tests.support.stage import FIXTURES, StagedTransport, settings_for
from tests.support.world import wired
from vultr_cost_mcp.domain.account_parts import Detail, Part
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.families.reading import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vultr_cost_mcp.domain.snapshot import Snapshot

PARTS: tuple[Part, ...] = get_args(Part)
DETAILS: tuple[Detail, ...] = get_args(Detail)
# What a part is worth nothing without.
_BESIDE: dict[str, frozenset[Part]] = {
    "instances": frozenset({"plans", "kubernetes_clusters"}),
    "bare_metals": frozenset({"plans_metal"}),
    "kubernetes_clusters": frozenset({"plans", "instances"}),
    "gpu_clusters": frozenset({"plans", "plans_metal"}),
    "plans": frozenset({"instances", "kubernetes_clusters"}),
    "plans_metal": frozenset({"bare_metals"}),
    "databases": frozenset({"database_plans"}),
    "database_plans": frozenset({"databases"}),
    "vpcs": frozenset(),
}
_OWNERS: dict[str, Part] = {
    "cluster_resources": "kubernetes_clusters",
    "instance_traffic": "instances",
    "bare_metal_traffic": "bare_metals",
    "instance_upgrades": "instances",
    "invoice_items": "invoices",
    "nat_gateways": "vpcs",
    "region_availability": "regions",
    "file_system_attachments": "file_systems",
    "inference_usage": "inference",
    "database_usage": "databases",
    "gpu_cluster_metrics": "gpu_clusters",
}


@cache
def recorded() -> Account:
    """The recorded account, of each list the row with the most in it first."""
    account = account_of(FIXTURES)
    for name, held in vars(account).items():
        if isinstance(held, list):
            setattr(account, name, sorted(held, key=lambda row: -len(str(row))))
    return account


@cache
def route_of(name: str) -> Route:
    """The double's route of an endpoint."""
    path = ENDPOINTS[name].path
    return next(route for route in ROUTES if _shape(route.template) == _shape(path))


def _shape(path: str) -> tuple[str, ...]:
    return tuple("{}" if step.startswith("{") else step for step in path.split("/"))


def held_by(name: str) -> Any:
    """Return the double's answer under an endpoint's envelope."""
    held = getattr(recorded(), route_of(name).source)
    if "{" in ENDPOINTS[name].path:
        held = next(iter(held.values()))
    return held


def damages_of(name: str) -> list[Damage]:
    """Every damage that an endpoint's answer can take."""
    held = held_by(name)
    of_list = list_damage() if isinstance(held, list) else ()
    return [*field_damage(held), *whole_damage(), *of_list]


def damaged(name: str, damage: Damage) -> VultrDouble:
    """The recorded account with one damage in it."""
    double = VultrDouble(deepcopy(recorded()), date=NOW)
    double.fail(route_of(name).template, damage)
    return double


def needs_of(name: str) -> frozenset[Part]:
    """The parts that a reading takes so that an endpoint's answer counts."""
    owner: Any = _OWNERS.get(name, name)
    return frozenset({owner}) | _BESIDE.get(name, frozenset())


def details_of(name: str) -> Sequence[DetailRequest]:
    """The single readings that an endpoint is asked for."""
    if name not in _OWNERS:
        return ()
    owner = recorded().__dict__[route_of(_OWNERS[name]).source]
    known = getattr(recorded(), route_of(name).source)
    detail: Any = name
    return [DetailRequest(detail, str(row["id"])) for row in owner if str(row["id"]) in known]


async def shot_of(double: VultrDouble, name: str) -> Snapshot:
    """A snapshot of what an endpoint's answer is part of."""
    network = StagedTransport(double)
    async with wired(settings_for(), lambda: NOW, network, nullcontext()) as source:
        return await source(needs_of(name), lambda _: details_of(name))


def money_of(shot: Snapshot) -> dict[str, Any]:
    """Every amount of a snapshot by where it stands; a price with how it came about."""
    found: dict[str, Any] = {}
    if shot.charges is not None:
        found["month to date"] = shot.month_to_date
        found["earlier"] = sum(charge.total for charge in shot.uninvoiced_previous)
    if shot.balance is not None:
        found["balance"] = shot.balance.balance
        found["pending"] = shot.balance.pending_charges
    for number, invoice in enumerate(shot.invoices or ()):
        found[f"invoice {number}"] = invoice.amount
        found[f"lines of invoice {number}"] = sum(line.total for line in invoice.lines or ())
    pool = shot.bandwidth
    if pool is not None:
        for month in ("previous_month", "current_month_to_date", "current_month_projected"):
            row = getattr(pool, month, None)
            for figure in ("gb_out", "overage", "overage_cost", "pool"):
                found[f"{month}.{figure}"] = getattr(row, figure, None)
    for number, resource in enumerate(shot.resources or ()):
        found[f"resource {number}"] = (resource.price, resource.price_source, resource.add_ons)
    return found


def wrong_money(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return amounts that are neither as before nor unknown; other prices must say so."""
    wrong = [f"{name} is gone" for name in before if name not in after]
    wrong += [f"{name} is new" for name in after if name not in before]
    for name, was in before.items():
        now = after.get(name, was)
        if isinstance(was, tuple):
            told = now[0] is None or now[1] != was[1]
            if now != was and not told:
                wrong.append(f"{name}: {was} became {now}")
        elif now is not None and now != was:
            wrong.append(f"{name}: {was} became {now}")
    return wrong


def sample(damages: Iterable[Damage], of: int, *, every: bool) -> list[Damage]:
    """At most ``of`` of them, spread evenly and the same each time; or every one."""
    rows = list(damages)
    if every or len(rows) <= of:
        return rows
    return [rows[number * len(rows) // of] for number in range(of)]
