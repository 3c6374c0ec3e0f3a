"""Servers, their plans and clusters as the API sends them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
    AS_ROWS,
    STATED_ROWS,
    Flag,
    Id,
    Instant,
    Names,
    Number,
    Price,
    Region,
    StatedFlag,
    Text,
    Texts,
    Wire,
)


class RegionInfo(Wire):
    """``/regions``."""

    id: Region
    city: Text = ""
    country: Text = ""


class LocationCost(Wire):
    """The price of a plan in one region, in dollars."""

    monthly_cost: Price = None
    hourly_cost: Price = None
    monthly_cost_preemptible: Price = None


class Plan(Wire):
    """``/plans``, ``/plans-metal``: ``monthly_cost`` in dollars, ``location_cost`` overrides it."""

    id: Id
    type: Text = ""
    vcpu_count: Number = None
    cpu_count: Number = None
    ram: Number = None
    disk: Number = None
    disk_count: Number = None
    bandwidth: Number = None
    monthly_cost: Price = None
    hourly_cost: Price = None
    monthly_cost_preemptible: Price = None
    locations: Texts = ()
    location_cost: Annotated[dict[str, LocationCost], AS_OBJECT] = Field(default_factory=dict)
    gpu_brand: Text = ""
    gpu_type: Text = ""
    gpu_vram_gb: Number = None
    deploy_ondemand: StatedFlag = None
    deploy_preemptible: StatedFlag = None


class Instance(Wire):
    """``/instances``; ``pending_charges`` only comes with ``show_pending_charges=true``."""

    id: Id
    label: Text = ""
    hostname: Text = ""
    main_ip: Text = ""
    v6_main_ip: Text = ""
    region: Region = ""
    plan: Text = ""
    disk: Number = None
    date_created: Instant = None
    status: Text = ""
    power_status: Text = ""
    server_status: Text = ""
    features: Names = ()
    tags: Texts = ()
    tag: Text = ""
    allowed_bandwidth: Number = None
    pending_charges: Number = None


class BareMetal(Wire):
    """``/bare-metals``: it has no power state."""

    id: Id
    label: Text = ""
    hostname: Text = ""
    main_ip: Text = ""
    v6_main_ip: Text = ""
    region: Region = ""
    plan: Text = ""
    date_created: Instant = None
    status: Text = ""
    features: Names = ()
    tags: Texts = ()
    tag: Text = ""
    pending_charges: Number = None


class TrafficDay(Wire):
    """Bytes of one UTC day of ``/instances/{id}/bandwidth``."""

    incoming_bytes: Number = None
    outgoing_bytes: Number = None


class Upgrades(Wire):
    """``/instances/{id}/upgrades``: ids of the plans a server may be resized to."""

    plans: Texts = ()


class Node(Wire):
    """A node of a Kubernetes pool; its id is that of its server."""

    id: Id
    label: Text = ""
    date_created: Instant = None
    status: Text = ""


class NodePool(Wire):
    """A pool of a Kubernetes cluster."""

    id: Id
    label: Text = ""
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


class ClusterServer(Node):
    """A server of a cluster; its id is that of its cloud server or bare metal."""

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
    state: Text = ""
    date_created: Instant = None
    type: Text = ""
    cluster_type: Text = ""
    desired_pool_count: Number = None
    instance_template: Annotated[ServerTemplate, AS_OBJECT] = ServerTemplate()
    head_node_instance_template_id: Text = ""
    instances: Annotated[tuple[ClusterServer, ...], AS_ROWS] = ()
