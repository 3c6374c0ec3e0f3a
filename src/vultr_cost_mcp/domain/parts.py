"""The parts of an account that a question can need."""

from __future__ import annotations

from typing import Literal

Part = Literal[
    "account",
    "pending_charges",
    "regions",
    "plans",
    "plans_metal",
    "instances",
    "bare_metals",
    "kubernetes_clusters",
    "blocks",
    "snapshots",
    "load_balancers",
    "reserved_ips",
    "account_bandwidth",
    "invoices",
    "block_snapshots",
    "custom_subscriptions",
    "databases",
    "database_plans",
    "file_systems",
    "gpu_clusters",
    "inference",
    "object_storage",
    "pull_zones",
    "push_zones",
    "registries",
    "storage_gateways",
    "subaccounts",
    "vpcs",
]
Detail = Literal[
    "cluster_resources",
    "instance_traffic",
    "bare_metal_traffic",
    "instance_upgrades",
    "invoice_items",
    "nat_gateways",
    "file_system_attachments",
    "inference_usage",
    "database_usage",
    "gpu_cluster_metrics",
]

SERVERS: frozenset[Part] = frozenset(
    {"instances", "bare_metals", "kubernetes_clusters", "plans", "plans_metal"}
)
STORAGE: frozenset[Part] = frozenset(
    {"blocks", "block_snapshots", "snapshots", "object_storage", "file_systems", "storage_gateways"}
)
NETWORK: frozenset[Part] = frozenset(
    {"load_balancers", "reserved_ips", "vpcs", "pull_zones", "push_zones"}
)
MANAGED: frozenset[Part] = frozenset(
    {
        "databases",
        "database_plans",
        "registries",
        "inference",
        "custom_subscriptions",
        "gpu_clusters",
    }
)
INVENTORY: frozenset[Part] = SERVERS | STORAGE | NETWORK | MANAGED
# Public or timeless lists of prices: without any other list nothing is known of the account.
PRICE_LISTS: frozenset[Part] = frozenset({"plans", "plans_metal", "database_plans"})
# The lists of what exists.
EXISTING: frozenset[Part] = INVENTORY - PRICE_LISTS
NOTHING: frozenset[Part] = frozenset()
BILL: frozenset[Part] = frozenset({"pending_charges"})
ACCOUNT: frozenset[Part] = frozenset({"account"})
REGIONS: frozenset[Part] = frozenset({"regions"})
POOL: frozenset[Part] = frozenset({"account_bandwidth"})
INVOICES: frozenset[Part] = frozenset({"invoices"})
SUBACCOUNTS: frozenset[Part] = frozenset({"subaccounts"})
