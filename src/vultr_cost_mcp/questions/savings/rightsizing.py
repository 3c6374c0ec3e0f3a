"""Rightsizing: a cheaper plan of at least the same shape in the same region (rule D21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.money import ZERO, total_of
from vultr_cost_mcp.questions.savings.advice import upgrade
from vultr_cost_mcp.questions.savings.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from decimal import Decimal

    from vultr_cost_mcp.domain.catalog import ListPlan
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

# Shared CPUs rank below dedicated ones; unknown families are not compared.
_SHARED = frozenset({"vc2", "vhp", "vhf"})
_DEDICATED = frozenset({"voc", "voc-g", "voc-c", "voc-m", "voc-s", "vdc", "vx1"})
NOT_READ = "whether it is among its legal upgrades was not read: it may mean a rebuild"
REBUILD = "not among its legal upgrades: it means a rebuild"


def cheaper_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Request the valid upgrades of servers with a cheaper plan."""
    return [DetailRequest("instance_upgrades", server.id) for server, _ in _offers(snapshot)]


def cheaper_plans(snapshot: Snapshot, taken: Container[str]) -> Iterable[Finding]:
    """Yield each server with a sufficient cheaper plan, unless it is in ``taken``."""
    for server, plan in _offers(snapshot):
        if server.key in taken:
            continue
        cost = _cost_on(plan, server)
        upgrades = snapshot.upgrades.get(server.id)
        legal = upgrades is not None and plan.id in upgrades
        rebuild = NOT_READ if upgrades is None else REBUILD
        yield Finding(
            "review_cheaper_plan",
            server,
            f"plan {plan.id} costs {cost:.2f} with at least the same shape",
            () if legal else (rebuild,),
            saves=(server.monthly_cost or ZERO) - cost,
            partial=True,
            how_to=upgrade(server, plan.id) if legal else f"rebuild it on {plan.id}",
        )


def _offers(snapshot: Snapshot) -> Iterable[tuple[Resource, ListPlan]]:
    """Yield servers with their cheapest suitable plan; equal servers are compared once."""
    known: dict[tuple[object, ...], ListPlan | None] = {}
    reserved = _with_reserved_ipv4(snapshot)
    for server in snapshot.resources or ():
        if server.kind != "instance" or server.state != "running" or server.price is None:
            continue
        ipv4 = server.id in reserved or _needs_ipv4(server, snapshot.plans)
        same = (server.plan, server.region, server.price, server.add_ons, ipv4)
        if same not in known:
            known[same] = _cheapest(server, snapshot.plans, ipv4=ipv4)
        plan = known[same]
        if plan is not None:
            yield server, plan


def _with_reserved_ipv4(snapshot: Snapshot) -> set[str]:
    """Return the ids of servers with a reserved IPv4 address."""
    return {
        server
        for address in snapshot.resources or ()
        if address.kind == "reserved_ip" and address.plan != "v6"
        for server in address.attached_to or ()
    }


def _needs_ipv4(server: Resource, plans: Mapping[str, ListPlan]) -> bool:
    """Return whether a server has an IPv4 address, judged by its plan if none is listed."""
    if server.addresses:
        return any(":" not in address for address in server.addresses)
    plan = plans.get(server.plan or "")
    return plan is None or not plan.ipv6_only


def _cheapest(server: Resource, plans: Mapping[str, ListPlan], *, ipv4: bool) -> ListPlan | None:
    """Return the cheapest plan below the server's present cost, add-ons included."""
    present, cost = plans.get(server.plan or ""), server.monthly_cost
    if present is None or cost is None:
        return None
    fitting = [
        plan
        for plan in plans.values()
        if plan.id != present.id
        and _is_offered(plan, ipv4=ipv4)
        and server.region in plan.locations
        # Free plans are limited to one per account.
        and plan.price_in(server.region)
        and _at_least(plan, present)
        and _cost_on(plan, server) < cost
    ]
    return min(fitting, key=lambda plan: (_cost_on(plan, server), plan.id), default=None)


def _is_offered(plan: ListPlan, *, ipv4: bool) -> bool:
    """Return whether a plan is on demand, not limited to one, and of the address family."""
    return plan.on_demand and not plan.one_an_account and not (ipv4 and plan.ipv6_only)


def _cost_on(plan: ListPlan, server: Resource) -> Decimal:
    """Return the monthly cost of a server on another plan; backups are a share of its price."""
    price = plan.price_in(server.region) or ZERO
    return price + total_of(add_on.cost(price) for add_on in server.add_ons)


def _at_least(plan: ListPlan, present: ListPlan) -> bool:
    if plan.gpu or present.gpu or _rank(plan) < _rank(present) or not _rank(present):
        return False
    pairs = (
        (plan.vcpus, present.vcpus),
        (plan.memory_mb, present.memory_mb),
        (plan.disk_gb, present.disk_gb),
        (plan.bandwidth_gb, present.bandwidth_gb),
    )
    return all(new is not None and old is not None and new >= old for new, old in pairs)


def _rank(plan: ListPlan) -> int:
    if plan.type in _SHARED:
        return 1
    return 2 if plan.type in _DEDICATED else 0
