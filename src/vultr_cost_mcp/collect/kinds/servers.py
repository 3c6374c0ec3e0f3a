"""Cloud servers, GPU servers, bare metal and Kubernetes nodes as resources."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.catalog import is_gpu_plan, usual_hours
from vultr_cost_mcp.billing.hours import MONTH_HOURS
from vultr_cost_mcp.domain.resource import AddOn, Kind, Resource, State
from vultr_cost_mcp.domain.snapshot import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vultr_cost_mcp.billing.price_table import PriceTable
    from vultr_cost_mcp.collect.kinds.plans import Catalog
    from vultr_cost_mcp.vultr.models.compute import (
        BareMetal,
        Instance,
        KubernetesCluster,
        Node,
        NodePool,
    )

    Nodes = dict[str, tuple[Cluster, str, NodePool, Node]]

# The API's placeholders for a server without an address of its own.
_NO_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  (nothing is bound to it)
# Plans without a disk of their own, such as some VX1 plans, state 1: they boot from a volume.
_NO_DISK = 1
_STATES: Mapping[str, State] = {
    "active": "active",
    "pending": "pending",
    "suspended": "suspended",
}


def cloud_servers(
    instances: Iterable[Instance], nodes: Nodes, catalog: Catalog, table: PriceTable
) -> Iterator[Resource]:
    """Return cloud servers; a Kubernetes node is one row, in ``/instances`` or not (D15)."""
    listed: set[str] = set()
    for instance in instances:
        listed.add(instance.id)
        power = _power(instance.status, instance.power_status)
        server = _server(instance, catalog, table)
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


def bare_metals(
    servers: Iterable[BareMetal], catalog: Catalog, table: PriceTable
) -> Iterator[Resource]:
    """Return bare metal servers: no power state in the API, and a month of 672 hours."""
    for server in servers:
        resource = _server(server, catalog, table)
        kind: Kind = "gpu_bare_metal" if resource.gpu else "bare_metal"
        yield replace(resource, kind=kind, usual_hours=MONTH_HOURS)


def clusters_of(clusters: Iterable[KubernetesCluster]) -> tuple[Cluster, ...]:
    """Return clusters by name; those that share a label carry a piece of their id."""
    rows = list(clusters)
    labels = [row.label for row in rows]
    return tuple(Cluster(row.id, _cluster_name(row, labels)) for row in rows)


def _cluster_name(cluster: KubernetesCluster, labels: list[str]) -> str:
    if not cluster.label:
        return cluster.id
    repeated = labels.count(cluster.label) > 1
    return f"{cluster.label} ({cluster.id[:8]})" if repeated else cluster.label


def nodes_of(clusters: Iterable[KubernetesCluster]) -> Nodes:
    """Return every node of every pool by its id, with its cluster and the cluster's region."""
    rows = list(clusters)
    return {
        node.id: (cluster, row.region, pool, node)
        for cluster, row in zip(clusters_of(rows), rows, strict=True)
        for pool in row.node_pools
        for node in pool.nodes
    }


def missing_nodes(clusters: Iterable[KubernetesCluster]) -> int:
    """Return how many nodes the pools state but do not list."""
    pools = [pool for cluster in clusters for pool in cluster.node_pools]
    return sum(max(0, int(pool.node_quantity or 0) - len(pool.nodes)) for pool in pools)


def _server(server: Instance | BareMetal, catalog: Catalog, table: PriceTable) -> Resource:
    plan = catalog.get(server.plan)
    gpu = is_gpu_plan(server.plan, plan)
    price = plan.price_in(server.region) if plan else None
    return Resource(
        id=server.id,
        kind="gpu_instance" if gpu else "instance",
        label=server.label,
        region=server.region,
        state=_STATES.get(server.status, "other"),
        plan=server.plan or None,
        hostname=server.hostname,
        addresses=tuple(
            address for address in (server.main_ip, server.v6_main_ip) if address not in _NO_ADDRESS
        ),
        tags=server.tags or ((server.tag,) if server.tag else ()),
        created=server.date_created,
        gpu=gpu,
        usual_hours=usual_hours(server.plan, plan),
        own_pending=server.pending_charges,
        price=price,
        price_source=None if price is None else "list",
        list_price=price,
        add_ons=_add_ons(server.features, table),
    )


def _power(status: str, power: str) -> State:
    if status == "active" and power in {"stopped", "running"}:
        return "stopped" if power == "stopped" else "running"
    return _STATES.get(status, "other")


def _add_ons(features: Iterable[str], table: PriceTable) -> tuple[AddOn, ...]:
    offered = {
        "auto_backups": AddOn("backups", percent=table["backup_percent"]),
        "ddos_protection": AddOn("ddos_protection", monthly=table["ddos_protection"]),
    }
    return tuple(offered[name] for name in dict.fromkeys(features) if name in offered)


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
        state=_STATES.get(node.status, "other"),
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
