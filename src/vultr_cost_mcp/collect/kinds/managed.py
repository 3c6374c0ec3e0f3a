"""Databases, registries, inference, subscriptions and GPU clusters as resources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.catalog import is_gpu_plan, usual_hours
from vultr_cost_mcp.collect.kinds.servers import clusters_of
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from vultr_cost_mcp.collect.kinds.plans import Catalog
    from vultr_cost_mcp.vultr.models.billing import CustomSubscription
    from vultr_cost_mcp.vultr.models.compute import GpuCluster, KubernetesCluster
    from vultr_cost_mcp.vultr.models.managed import (
        Database,
        DatabasePlan,
        DatabaseReplica,
        Inference,
        InferenceUsage,
        Registry,
    )

_GIB = Decimal(2**30)
# Inference prices are in cents per million tokens.
_CENTS_A_MILLION = Decimal(10) ** 8
# The cluster types of fabrics, as the API's pages and its examples name them.
_FABRICS = frozenset({"gpu-fabric", "fabric"})
_METAL = "bare-metal"

HA_PRICE = "the fee of a highly available control plane is not in the API: only a bill tells it"
HEAD_NODE = "its head node has a plan of its own, which the API does not name"
METERED = "what is charged by use has no monthly price"


def databases(rows: Iterable[Database], plans: Iterable[DatabasePlan]) -> Iterator[Resource]:
    """Return managed databases and their read replicas, each at the price of its own plan."""
    prices = {plan.id: plan.monthly_cost for plan in plans}
    parents = list(rows)
    # A replica that also stands in the list is one database (D33).
    found: dict[str, DatabaseReplica] = {row.id: row for row in parents}
    for row in parents:
        for replica in row.read_replicas:
            found.setdefault(replica.id, replica)
    for database in found.values():
        yield _database(database, prices)


def _database(row: DatabaseReplica, prices: Mapping[str, Decimal | None]) -> Resource:
    price = prices.get(row.plan)
    return Resource(
        id=row.id,
        kind="database",
        label=row.label,
        region=row.region,
        state="running" if row.status.casefold() == "running" else "other",
        plan=row.plan or None,
        tags=(row.tag,) if row.tag else (),
        created=row.date_created,
        own_pending=row.pending_charges,
        price=price,
        price_source=None if price is None else "list",
    )


def registries(rows: Iterable[Registry]) -> Iterator[Resource]:
    """Return container registries at the API's monthly price."""
    for row in rows:
        billing = row.metadata.subscription.billing
        used, size = row.storage.used.bytes, row.storage.allowed.bytes
        yield Resource(
            id=row.id,
            kind="registry",
            label=row.name,
            region=row.region,
            created=row.date_created,
            size_gb=None if size is None else size / _GIB,
            used_gb=None if used is None else used / _GIB,
            own_pending=billing.pending_charges,
            price=billing.monthly_price,
            price_source=None if billing.monthly_price is None else "api",
        )


def inference(rows: Iterable[Inference], usage: Mapping[str, InferenceUsage]) -> Iterator[Resource]:
    """Return serverless inference with this month's tokens at the API's own prices."""
    for row in rows:
        used = usage.get(row.id)
        yield Resource(
            id=row.id,
            kind="inference",
            label=row.label,
            region="",
            created=row.date_created,
            own_pending=None if used is None else _token_cost(used),
            note=METERED,
        )


def _token_cost(usage: InferenceUsage) -> Decimal:
    return total_of(
        ((one.tokens or ZERO) * (one.output_price or ZERO) / _CENTS_A_MILLION)
        + ((one.input_tokens or ZERO) * (one.input_price or ZERO) / _CENTS_A_MILLION)
        for one in usage.chat_by_model.current_month
    )


def subscriptions(rows: Iterable[CustomSubscription]) -> Iterator[Resource]:
    """Return contract items at the API's monthly cost."""
    for row in rows:
        yield Resource(
            id=row.id,
            kind="subscription",
            label=row.label,
            region=row.region,
            state="active" if row.status == "active" else "other",
            plan=row.type or None,
            created=row.date_created,
            own_pending=row.pending_charges,
            price=row.cost,
            price_source=None if row.cost is None else "api",
        )


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


def gpu_clusters(
    rows: Iterable[GpuCluster], catalog: Catalog, listed: Container[str]
) -> Iterator[Resource]:
    """Return clusters at the price of their servers that no other list has (D15)."""
    for row in rows:
        plan_id = row.plan or row.instance_template.plan
        plan = catalog.get(plan_id)
        kinds = {row.type.casefold(), row.cluster_type.casefold()}
        others = _unlisted(row, listed)
        price = _cluster_price(plan.price_in(row.region) if plan else None, others)
        yield Resource(
            id=row.id,
            kind="gpu_cluster",
            label=row.label,
            region=row.region,
            state="active" if row.status == "active" else "other",
            plan=plan_id or None,
            created=row.date_created,
            gpu=is_gpu_plan(plan_id, plan) or (plan is None and not kinds.isdisjoint(_FABRICS)),
            metal=plan.metal if plan else plan_id.startswith("vbm-") or _METAL in kinds,
            usual_hours=usual_hours(plan_id, plan),
            members=tuple(server.id for server in row.instances),
            price=price,
            price_source=None if price is None else "list",
            note=HEAD_NODE if others is None else None,
        )


def _unlisted(row: GpuCluster, listed: Container[str]) -> int | None:
    """Return how many servers of a cluster's own plan are in no other list.

    None if a head node is, or may be, of another plan, which the API does not name.
    """
    own_head = row.head_node_instance_template_id not in {"", row.instance_template.id}
    if not row.instances:
        # The cluster does not name its servers, so its desired number counts.
        return None if own_head else int(row.desired_pool_count or 0)
    others = [server for server in row.instances if server.id not in listed]
    told = any(server.is_head_node is not None for server in row.instances)
    may_be_head = any(server.is_head_node or not told for server in others)
    return None if own_head and may_be_head else len(others)


def _cluster_price(each: Decimal | None, servers: int | None) -> Decimal | None:
    if servers is None or (each is None and servers):
        return None
    return (each or ZERO) * servers
