"""Every path that is read, the keys of its response, and the model of its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.vultr.models import billing, compute, managed, network, storage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vultr_cost_mcp.vultr.models.fields import Wire

Shape = Literal["object", "list", "map"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of the API; ``keys`` are tried in order: the wire and the specification differ."""

    path: str
    keys: tuple[str, ...]
    model: type[Wire]
    shape: Shape = "list"
    params: Mapping[str, str] = field(default_factory=dict[str, str])


def _list(path: str, key: str, model: type[Wire], *other_keys: str, **params: str) -> Endpoint:
    return Endpoint(path, (key, *other_keys), model, params=params)


ENDPOINTS: dict[str, Endpoint] = {
    "account": Endpoint("/account", ("account",), billing.Account, "object"),
    "account_bandwidth": Endpoint(
        "/account/bandwidth", ("bandwidth",), billing.AccountBandwidth, "object"
    ),
    "custom_subscriptions": _list(
        "/account/custom-subscriptions", "custom_subscriptions", billing.CustomSubscription
    ),
    "billing_history": _list("/billing/history", "billing_history", billing.HistoryEntry),
    "invoices": _list("/billing/invoices", "billing_invoices", billing.Invoice),
    "invoice": Endpoint("/billing/invoices/{id}", ("billing_invoice",), billing.Invoice, "object"),
    "invoice_items": _list("/billing/invoices/{id}/items", "invoice_items", billing.Line),
    "pending_charges": _list("/billing/pending-charges", "pending_charges", billing.Line),
    "subaccounts": _list("/subaccounts", "subaccounts", billing.Subaccount),
    "regions": _list("/regions", "regions", compute.RegionInfo),
    "plans": _list("/plans", "plans", compute.Plan),
    "plans_metal": _list("/plans-metal", "plans_metal", compute.Plan, "plans"),
    "instances": _list("/instances", "instances", compute.Instance, show_pending_charges="true"),
    "instance": Endpoint("/instances/{id}", ("instance",), compute.Instance, "object"),
    "instance_traffic": Endpoint(
        "/instances/{id}/bandwidth", ("bandwidth",), compute.TrafficDay, "map"
    ),
    "instance_upgrades": Endpoint(
        "/instances/{id}/upgrades", ("upgrades",), compute.Upgrades, "object"
    ),
    "bare_metals": _list("/bare-metals", "bare_metals", compute.BareMetal),
    "bare_metal_traffic": Endpoint(
        "/bare-metals/{id}/bandwidth", ("bandwidth",), compute.TrafficDay, "map"
    ),
    "kubernetes_clusters": _list("/kubernetes/clusters", "vke_clusters", compute.KubernetesCluster),
    "cluster_resources": Endpoint(
        "/kubernetes/clusters/{id}/resources", ("resources",), compute.ClusterResources, "object"
    ),
    "gpu_cluster_metrics": Endpoint(
        "/clusters/{id}/metrics", ("metrics",), compute.ClusterMetrics, "object"
    ),
    "gpu_clusters": _list("/clusters", "clusters", compute.GpuCluster),
    "blocks": _list("/blocks", "blocks", storage.Block),
    "block_snapshots": _list("/blocks/snapshots", "snapshots", storage.BlockSnapshot),
    "snapshots": _list("/snapshots", "snapshots", storage.ServerSnapshot),
    "backups": _list("/backups", "backups", storage.Backup),
    "isos": _list("/iso", "isos", storage.Iso),
    "object_storage": _list("/object-storage", "object_storages", storage.ObjectStorage),
    "object_storage_tiers": _list("/object-storage/tiers", "tiers", storage.StorageTier),
    "file_systems": _list("/vfs", "vfs", storage.FileSystem),
    "file_system_regions": _list("/vfs/regions", "regions", storage.FileSystemRegion),
    "file_system_attachments": _list(
        "/vfs/{id}/attachments", "attachments", storage.FileSystemAttachment
    ),
    "storage_gateways": _list(
        "/storage-gateways", "storage_gateways", storage.StorageGateway, "storage_gateway"
    ),
    "load_balancers": _list("/load-balancers", "load_balancers", network.LoadBalancer),
    "reserved_ips": _list("/reserved-ips", "reserved_ips", network.ReservedIp),
    "vpcs": _list("/vpcs", "vpcs", network.Vpc),
    "nat_gateways": _list("/vpcs/{id}/nat-gateway", "nat_gateways", network.NatGateway),
    "pull_zones": _list("/cdns/pull-zones", "pull_zones", network.CdnZone),
    "push_zones": _list("/cdns/push-zones", "push_zones", network.CdnZone),
    "databases": _list("/databases", "databases", managed.Database),
    "database_plans": _list("/databases/plans", "plans", managed.DatabasePlan),
    "database_usage": Endpoint(
        "/databases/{id}/usage", ("usage",), managed.DatabaseUsage, "object"
    ),
    "registries": _list("/registries", "registries", managed.Registry),
    "registry_plans": Endpoint("/registry/plan/list", ("plans",), managed.RegistryPlan, "map"),
    "inference": _list("/inference", "subscriptions", managed.Inference),
    "inference_usage": Endpoint(
        "/inference/{id}/usage", ("usage",), managed.InferenceUsage, "object"
    ),
}
