"""The parts of an account that a question can need."""

from __future__ import annotations

from typing import Literal, get_args

# The lists of what exists, one for each thing that a family of products is read from.
Listed = Literal[
    "instances",
    "bare_metals",
    "kubernetes_clusters",
    "blocks",
    "snapshots",
    "load_balancers",
    "reserved_ips",
    "block_snapshots",
    "custom_subscriptions",
    "databases",
    "file_systems",
    "gpu_clusters",
    "inference",
    "object_storage",
    "pull_zones",
    "push_zones",
    "registries",
    "storage_gateways",
    "vpcs",
]
PriceList = Literal["plans", "plans_metal", "database_plans"]
# Prices of what does not exist yet: nothing that exists is priced by them.
OfferList = Literal["storage_tiers", "file_system_regions", "registry_plans"]
Part = Literal[
    "account",
    "pending_charges",
    "regions",
    "account_bandwidth",
    "invoices",
    "subaccounts",
    Listed,
    PriceList,
    OfferList,
]
Detail = Literal[
    "cluster_resources",
    "instance_traffic",
    "bare_metal_traffic",
    "instance_upgrades",
    "invoice_items",
    "region_availability",
    "nat_gateways",
    "file_system_attachments",
    "inference_usage",
    "database_usage",
    "gpu_cluster_metrics",
]

SERVERS: frozenset[Part] = frozenset(
    {"instances", "bare_metals", "kubernetes_clusters", "plans", "plans_metal"}
)
# The lists of what exists.
EXISTING: frozenset[Part] = frozenset(get_args(Listed))
# Public or timeless lists of prices: without any other list nothing is known of the account.
PRICE_LISTS: frozenset[Part] = frozenset(get_args(PriceList))
INVENTORY: frozenset[Part] = EXISTING | PRICE_LISTS
# What Vultr answers to everybody, without a key.
PUBLIC: frozenset[Part] = frozenset({"plans", "plans_metal", "regions"})
# Every list of prices; they do not age with the account.
OFFER: frozenset[Part] = PRICE_LISTS | frozenset(get_args(OfferList))
NOTHING: frozenset[Part] = frozenset()
BILL: frozenset[Part] = frozenset({"pending_charges"})
ACCOUNT: frozenset[Part] = frozenset({"account"})
REGIONS: frozenset[Part] = frozenset({"regions"})
POOL: frozenset[Part] = frozenset({"account_bandwidth"})
INVOICES: frozenset[Part] = frozenset({"invoices"})
SUBACCOUNTS: frozenset[Part] = frozenset({"subaccounts"})

# What a Gap may name: a part, a detail, and what is found out from them.
NAMED: frozenset[str] = frozenset(
    {
        *get_args(Part),
        *get_args(Detail),
        "kubernetes_nodes",
        "projected_overage",
        "history",
        "mid_month_invoices",
    }
)
# The lines of the running month that are on an invoice already (D1). That a list of invoices could
# not be read touches the sum of these alone; an invoice that is there and was not read, the month.
MONTH: frozenset[str] = BILL | {"mid_month_invoices"}
# What tells which resources exist, and with the price lists what each costs a month.
LISTED: frozenset[str] = EXISTING | {"nat_gateways", "kubernetes_nodes"}
PRICED: frozenset[str] = LISTED | PRICE_LISTS | BILL
INVOICE_LINES: frozenset[str] = INVOICES | {"invoice_items"}
INVOICED: frozenset[str] = INVOICES | {"mid_month_invoices"}
TRAFFIC: frozenset[str] = frozenset({"instance_traffic", "bare_metal_traffic"})
# Vultr's projection of overage, which may be missing from a pool that was read.
OVERAGE: frozenset[str] = POOL | {"projected_overage"}
# What the projection of the month's end rests on (D24, D25).
PROJECTED: frozenset[str] = PRICED | OVERAGE | MONTH
# What is on an invoice is in the balance already, so credit rests on what is pending alone (D26).
CREDIT: frozenset[str] = PRICED | OVERAGE | ACCOUNT
# What tells which servers are stopped or suspended, and what those cost.
STOPPED: frozenset[str] = frozenset({"instances", "kubernetes_clusters", "kubernetes_nodes"})
# The lists of what may be measured as waste (D20).
WASTED: frozenset[Part] = frozenset(
    {
        "instances",
        "blocks",
        "snapshots",
        "load_balancers",
        "reserved_ips",
        "file_systems",
        "storage_gateways",
    }
)
STOPPED_COSTS: frozenset[str] = STOPPED | BILL | {"plans"}
# Measured waste: with what tells its price and who owns it.
MEASURED: frozenset[str] = WASTED | STOPPED_COSTS | {"cluster_resources", "file_system_attachments"}
# The lists whose resources the investigations look at.
_ALSO_LOOKED_AT: frozenset[Part] = frozenset(
    {
        "bare_metals",
        "block_snapshots",
        "databases",
        "gpu_clusters",
        "pull_zones",
        "push_zones",
        "registries",
    }
)
LOOKED_AT: frozenset[Part] = WASTED | _ALSO_LOOKED_AT
# Everything that the investigations look at beside it.
INFERRED: frozenset[str] = frozenset(
    PRICED | TRAFFIC | MEASURED | {"instance_upgrades", "database_usage", "gpu_cluster_metrics"}
)
