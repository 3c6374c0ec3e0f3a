"""Databases, registries, inference, subscriptions and GPU clusters as resources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.collect.kinds.servers import clusters_of
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.money import ZERO, total_of
from vultr_cost_mcp.prices.catalog import is_gpu_plan

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
# Prices of inference are in cents for a million tokens.
_CENTS_A_MILLION = Decimal(10) ** 8

HA_PRICE = "the fee of a highly available control plane is not in the API: only a bill tells it"
METERED = "what is charged by use has no monthly price"


def databases(rows: Iterable[Database], plans: Iterable[DatabasePlan]) -> Iterator[Resource]:
    """Managed databases and their read replicas, each at the price of its own plan."""
    prices = {plan.id: plan.monthly_cost for plan in plans}
    parents = list(rows)
    # A replica that the list has as well is one database (D33).
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
    """Container registries at the monthly price that the API states."""
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
    """Serverless inference with what its tokens of this month cost at the API's own prices."""
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
    """Contract items at the monthly cost that the API states."""
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
    """Highly available control planes; a standard one is free and no resource."""
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
    """GPU clusters at the price of those of their servers that no other list has (D15)."""
    for row in rows:
        plan = catalog.get(row.plan)
        each = plan.price_in(row.region) if plan else None
        others = sum(node.id not in listed for node in row.instances)
        if not row.instances:
            # Its servers are not named: it has as many as it is to have.
            others = int(row.desired_pool_count or 0)
        price = None if each is None and others else (each or ZERO) * others
        yield Resource(
            id=row.id,
            kind="gpu_cluster",
            label=row.label,
            region=row.region,
            state="active" if row.status == "active" else "other",
            plan=row.plan or None,
            created=row.date_created,
            gpu=is_gpu_plan(row.plan, plan),
            members=tuple(node.id for node in row.instances),
            price=price,
            price_source=None if price is None else "list",
        )
