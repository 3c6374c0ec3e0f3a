"""Cloud servers as the API sends them, and as resources; nodes of Kubernetes are among them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import Resource, State
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.families.kubernetes.wire import (
    Node,
    NodePool,
    Nodes,
    nodes_of,
)
from vultr_cost_mcp.families.machines import STATES, Machine, TrafficDay, daily_traffic, machine
from vultr_cost_mcp.families.plans.rules import is_gpu_plan, usual_hours
from vultr_cost_mcp.vultr.endpoints import Endpoint, list_of
from vultr_cost_mcp.vultr.models.fields import (
    Number,
    Text,
    Texts,
    Wire,
)
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.domain.snapshot import Cluster
    from vultr_cost_mcp.families.family_wire import Sources
    from vultr_cost_mcp.families.plans.wire import Catalog
    from vultr_cost_mcp.families.price_table import PriceTable


# Plans without a disk of their own, such as some VX1 plans, state 1: they boot from a volume.
_NO_DISK = 1


class Instance(Machine):
    """``/instances``; ``pending_charges`` only comes with ``show_pending_charges=true``."""

    disk: Number = None
    power_status: Text = ""


class Upgrades(Wire):
    """``/instances/{id}/upgrades``: ids of the plans a server may be resized to."""

    plans: Texts = ()


def cloud_servers(
    instances: Iterable[Instance], nodes: Nodes, catalog: Catalog, table: PriceTable
) -> Iterator[Resource]:
    """Return cloud servers; a Kubernetes node is one row, in ``/instances`` or not (D15)."""
    listed: set[str] = set()
    for instance in instances:
        listed.add(instance.id)
        power = _power(instance.status, instance.power_status)
        server = machine(instance, catalog, table)
        disk = instance.disk
        kept = None if disk is None or disk <= _NO_DISK else disk * table["snapshot_gb"]
        server = replace(server, state=power, size_gb=disk, keep_as_snapshot=kept)
        if instance.id in nodes:
            cluster, _, pool, _ = nodes[instance.id]
            server = _as_node(server, cluster, pool)
        yield server
    for node_id, (cluster, region, pool, node) in nodes.items():
        if node_id not in listed:
            yield _unlisted_node(cluster, region, pool, node, catalog)


def _power(status: str, power: str) -> State:
    if status == "active" and power in {"stopped", "running"}:
        return "stopped" if power == "stopped" else "running"
    return STATES.get(status, "other")


def _as_node(server: Resource, cluster: Cluster, pool: NodePool) -> Resource:
    tags = tuple(dict.fromkeys([*server.tags, *([pool.tag] if pool.tag else [])]))
    return replace(server, kind="kubernetes_node", cluster=cluster.name, tags=tags)


def _unlisted_node(
    cluster: Cluster, region: str, pool: NodePool, node: Node, catalog: Catalog
) -> Resource:
    plan = catalog.get(pool.plan)
    price = plan.price_in(region) if plan else None
    return Resource(
        id=node.id,
        kind="kubernetes_node",
        label=node.label,
        region=region,
        state=STATES.get(node.status, "other"),
        plan=pool.plan or None,
        tags=(pool.tag,) if pool.tag else (),
        created=node.date_created,
        gpu=is_gpu_plan(pool.plan, plan),
        usual_hours=usual_hours(pool.plan, plan),
        cluster=cluster.name,
        price=price,
        price_source=None if price is None else "list",
        list_price=price,
    )


def _resources(sources: Sources) -> Iterable[Resource]:
    nodes = nodes_of(sources.rows("kubernetes_clusters"))
    return cloud_servers(sources.rows("instances"), nodes, sources.plans, sources.table)


FAMILY = Family(
    endpoints={
        "instances": list_of(
            "/instances",
            "instances",
            Instance,
            show_pending_charges="true",
            right=Right("servers", VIEW, "compute.instance.List"),
        ),
        "instance_traffic": Endpoint(
            "/instances/{id}/bandwidth",
            ("bandwidth",),
            TrafficDay,
            "map",
            kept=daily_traffic,
            right=Right("traffic of servers", VIEW, "compute.instance.Read", assumed=True),
        ),
        "instance_upgrades": Endpoint(
            "/instances/{id}/upgrades",
            ("upgrades",),
            Upgrades,
            "object",
            right=Right(
                "plans that a server can change to", VIEW, "compute.instance.Read", assumed=True
            ),
        ),
    },
    resources=_resources,
)
