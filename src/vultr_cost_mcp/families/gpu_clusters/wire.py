"""GPU clusters as the API sends them, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.families.kubernetes.wire import (
    nodes_of,
)
from vultr_cost_mcp.families.plans.rules import is_gpu_plan, usual_hours
from vultr_cost_mcp.money import ZERO
from vultr_cost_mcp.vultr.endpoints import Endpoint, list_of
from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
    AS_ROWS,
    Id,
    Instant,
    Number,
    Region,
    StatedFlag,
    Text,
    Wire,
)
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from decimal import Decimal

    from vultr_cost_mcp.families.family_wire import Sources
    from vultr_cost_mcp.families.plans.wire import Catalog


# The cluster types of fabrics, as the API's pages and its examples name them.
_FABRICS = frozenset({"gpu-fabric", "fabric"})

_METAL = "bare-metal"

HEAD_NODE = "its head node has a plan of its own, which the API does not name"


class Series(Wire):
    """A measured series: pairs of a value and its epoch second."""

    datapoints: tuple[tuple[Number, Number], ...] = ()


class GpuUtilization(Wire):
    """Utilization of each GPU in percent."""

    gpu: Annotated[tuple[Series, ...], AS_ROWS] = ()


class GpuMetrics(Wire):
    """Measurements of a server's GPUs."""

    utilization: Annotated[GpuUtilization, AS_OBJECT] = GpuUtilization()


class ServerMetrics(Wire):
    """Measurements of one server of a GPU cluster."""

    gpu: Annotated[GpuMetrics, AS_OBJECT] = GpuMetrics()


class ClusterMetrics(Wire):
    """``/clusters/{id}/metrics``: the only processor usage that the API measures."""

    instances: Annotated[dict[str, ServerMetrics], AS_OBJECT] = Field(default_factory=dict)


class ClusterServer(Wire):
    """A server of a cluster; its id is that of its cloud server or bare metal."""

    id: Id
    is_head_node: StatedFlag = None


class ServerTemplate(Wire):
    """The template of a cluster's servers."""

    id: Text = ""
    plan: Text = ""


class GpuCluster(Wire):
    """``/clusters``: servers managed as one, of type vps, bare-metal or gpu-fabric.

    A head node may have another template than the servers of the pool.
    """

    id: Id
    label: Text = ""
    region: Region = ""
    plan: Text = ""
    status: Text = ""
    date_created: Instant = None
    type: Text = ""
    cluster_type: Text = ""
    desired_pool_count: Number = None
    instance_template: Annotated[ServerTemplate, AS_OBJECT] = ServerTemplate()
    head_node_instance_template_id: Text = ""
    instances: Annotated[tuple[ClusterServer, ...], AS_ROWS] = ()


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


def _resources(sources: Sources) -> Iterable[Resource]:
    listed = {
        *(row.id for part in ("instances", "bare_metals") for row in sources.rows(part)),
        *nodes_of(sources.rows("kubernetes_clusters")),
    }
    return gpu_clusters(sources.rows("gpu_clusters"), sources.plans, listed)


FAMILY = Family(
    endpoints={
        "gpu_clusters": list_of(
            "/clusters", "clusters", GpuCluster, right=Right("GPU clusters", VIEW)
        ),
        "gpu_cluster_metrics": Endpoint(
            "/clusters/{id}/metrics",
            ("metrics",),
            ClusterMetrics,
            "object",
            # Of one day, seven or thirty.
            {"period": "-30days"},
            right=Right("use of GPU clusters", VIEW),
        ),
    },
    resources=_resources,
)
