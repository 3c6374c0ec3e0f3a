"""All families of products, a line each, with the rules that billing needs."""

from __future__ import annotations

from vultr_cost_mcp.families import add_ons_and_overage
from vultr_cost_mcp.families.bare_metal import rules as bare_metal
from vultr_cost_mcp.families.block_storage import rules as block_storage
from vultr_cost_mcp.families.cdn import rules as cdn
from vultr_cost_mcp.families.databases import rules as databases
from vultr_cost_mcp.families.family_rules import Catalog
from vultr_cost_mcp.families.file_systems import rules as file_systems
from vultr_cost_mcp.families.gpu_clusters import rules as gpu_clusters
from vultr_cost_mcp.families.inference import rules as inference
from vultr_cost_mcp.families.kubernetes import rules as kubernetes
from vultr_cost_mcp.families.load_balancers import rules as load_balancers
from vultr_cost_mcp.families.nat_gateways import rules as nat_gateways
from vultr_cost_mcp.families.object_storage import rules as object_storage
from vultr_cost_mcp.families.registries import rules as registries
from vultr_cost_mcp.families.reserved_ips import rules as reserved_ips
from vultr_cost_mcp.families.servers import rules as servers
from vultr_cost_mcp.families.snapshots import rules as snapshots
from vultr_cost_mcp.families.subscriptions import rules as subscriptions

CATALOG = Catalog.of(
    (
        servers.RULES,
        bare_metal.RULES,
        gpu_clusters.RULES,
        kubernetes.RULES,
        block_storage.RULES,
        snapshots.RULES,
        object_storage.RULES,
        file_systems.RULES,
        databases.RULES,
        load_balancers.RULES,
        reserved_ips.RULES,
        nat_gateways.RULES,
        registries.RULES,
        cdn.RULES,
        inference.RULES,
        subscriptions.RULES,
        add_ons_and_overage.RULES,
    )
)
