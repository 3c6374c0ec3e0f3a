"""All families of products, a line each, with their lists and the resources in these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.families.bare_metal import wire as bare_metal
from vultr_cost_mcp.families.block_storage import wire as block_storage
from vultr_cost_mcp.families.cdn import wire as cdn
from vultr_cost_mcp.families.databases import wire as databases
from vultr_cost_mcp.families.file_systems import wire as file_systems
from vultr_cost_mcp.families.gpu_clusters import wire as gpu_clusters
from vultr_cost_mcp.families.inference import wire as inference
from vultr_cost_mcp.families.kubernetes import wire as kubernetes
from vultr_cost_mcp.families.lines import LINES
from vultr_cost_mcp.families.load_balancers import wire as load_balancers
from vultr_cost_mcp.families.nat_gateways import wire as nat_gateways
from vultr_cost_mcp.families.object_storage import wire as object_storage
from vultr_cost_mcp.families.registries import wire as registries
from vultr_cost_mcp.families.reserved_ips import wire as reserved_ips
from vultr_cost_mcp.families.servers import wire as servers
from vultr_cost_mcp.families.snapshots import wire as snapshots
from vultr_cost_mcp.families.subscriptions import wire as subscriptions
from vultr_cost_mcp.vultr.endpoints import ACCOUNT_ENDPOINTS, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.families.family_wire import Family, Sources

FAMILIES: tuple[Family, ...] = (
    servers.FAMILY,
    bare_metal.FAMILY,
    gpu_clusters.FAMILY,
    kubernetes.FAMILY,
    block_storage.FAMILY,
    snapshots.FAMILY,
    object_storage.FAMILY,
    file_systems.FAMILY,
    databases.FAMILY,
    load_balancers.FAMILY,
    reserved_ips.FAMILY,
    nat_gateways.FAMILY,
    registries.FAMILY,
    cdn.FAMILY,
    inference.FAMILY,
    subscriptions.FAMILY,
)
ENDPOINTS: dict[str, Endpoint] = {
    **ACCOUNT_ENDPOINTS,
    **LINES,
    **{name: endpoint for family in FAMILIES for name, endpoint in family.endpoints.items()},
}


def resources_of(sources: Sources) -> Iterable[Resource]:
    """Return everything that exists, family by family, at its listed price."""
    for family in FAMILIES:
        yield from family.resources(sources)
