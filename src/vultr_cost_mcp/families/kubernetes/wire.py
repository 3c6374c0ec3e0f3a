"""Kubernetes clusters as the API sends them, their nodes and control planes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.domain.snapshot import Cluster
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import Endpoint, list_of
from vultr_cost_mcp.vultr.models.fields import (
    AS_ROWS,
    STATED_ROWS,
    Flag,
    Id,
    Instant,
    Number,
    Region,
    Text,
    Wire,
)
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.families.family_wire import Sources


HA_PRICE = "the fee of a highly available control plane is not in the API: only a bill tells it"


class Node(Wire):
    """A node of a Kubernetes pool; its id is that of its server."""

    id: Id
    label: Text = ""
    date_created: Instant = None
    status: Text = ""


class NodePool(Wire):
    """A pool of a Kubernetes cluster."""

    plan: Text = ""
    tag: Text = ""
    node_quantity: Number = None
    nodes: Annotated[tuple[Node, ...], AS_ROWS] = ()


class KubernetesCluster(Wire):
    """``/kubernetes/clusters``."""

    id: Id
    label: Text = ""
    region: Region = ""
    status: Text = ""
    date_created: Instant = None
    ha_controlplanes: Flag = False
    # Every cluster states its pools; a missing list does not mean a cluster without nodes.
    node_pools: Annotated[tuple[NodePool, ...], STATED_ROWS]


class Linked(Wire):
    """Something that a cluster owns."""

    id: Id


class ClusterResources(Wire):
    """``/kubernetes/clusters/{id}/resources``."""

    # A cluster states both lists; a missing one does not mean that it owns nothing.
    block_storage: Annotated[tuple[Linked, ...], STATED_ROWS]
    load_balancer: Annotated[tuple[Linked, ...], STATED_ROWS]


Nodes = dict[str, tuple[Cluster, str, NodePool, Node]]


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


def control_planes(rows: Iterable[KubernetesCluster]) -> Iterator[Resource]:
    """Return highly available control planes; a standard one is free and no resource."""
    clusters = list(rows)
    for cluster, row in zip(clusters_of(clusters), clusters, strict=True):
        if row.ha_controlplanes:
            yield Resource(
                id=row.id,
                kind="kubernetes_control_plane",
                label=row.label,
                region=row.region,
                state="active" if row.status == "active" else "other",
                created=row.date_created,
                cluster=cluster.name,
                note=HA_PRICE,
            )


def _resources(sources: Sources) -> Iterable[Resource]:
    return control_planes(sources.rows("kubernetes_clusters"))


FAMILY = Family(
    endpoints={
        "kubernetes_clusters": list_of(
            "/kubernetes/clusters",
            "vke_clusters",
            KubernetesCluster,
            right=Right("Kubernetes clusters", VIEW, "kubernetes.cluster.List"),
        ),
        "cluster_resources": Endpoint(
            "/kubernetes/clusters/{id}/resources",
            ("resources",),
            ClusterResources,
            "object",
            right=Right(
                "volumes and balancers of Kubernetes clusters",
                VIEW,
                "kubernetes.cluster.Read",
                assumed=True,
            ),
        ),
    },
    resources=_resources,
)
