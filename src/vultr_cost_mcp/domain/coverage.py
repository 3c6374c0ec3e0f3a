"""What costs money at Vultr and how far each product is covered: one row each (D8, D15, D20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.domain.parts import Detail, Part
    from vultr_cost_mcp.domain.resource import Kind, PriceSource


@dataclass(frozen=True, slots=True)
class Product:
    """One product that costs money.

    ``kind`` is None for what is never a resource of its own. ``sources`` are where its monthly
    price may come from, the first one first; ``billed`` alone means that only a bill tells it.
    ``waste`` names the rules that judge it, ``unknown`` what nobody outside Vultr can know.
    """

    name: str
    kind: Kind | None
    read_from: tuple[Part | Detail, ...]
    sources: tuple[PriceSource, ...]
    price: str
    waste: tuple[Action, ...] = ()
    unknown: str = ""


PRODUCTS: tuple[Product, ...] = (
    Product(
        "Cloud Compute",
        "instance",
        ("instances", "plans", "instance_traffic", "instance_upgrades"),
        ("list", "billed"),
        "its plan's `monthly_cost`, that of its region first; add-ons on top",
        ("delete_stopped_server", "review_quiet_server", "review_cheaper_plan"),
        "processor and memory use; whether it is preemptible, before its line tells",
    ),
    Product(
        "Cloud GPU",
        "gpu_instance",
        ("instances", "plans", "instance_traffic"),
        ("list", "billed"),
        "as Cloud Compute; its month counts 730 hours",
        ("delete_stopped_server", "review_quiet_server"),
        "GPU use",
    ),
    Product(
        "Bare Metal",
        "bare_metal",
        ("bare_metals", "plans_metal", "bare_metal_traffic"),
        ("list", "billed"),
        "its plan's `monthly_cost`, that of its region first; add-ons on top",
        ("review_quiet_server",),
        "whether it is powered off",
    ),
    Product(
        "Bare Metal with GPUs",
        "gpu_bare_metal",
        ("bare_metals", "plans_metal", "bare_metal_traffic"),
        ("list", "billed"),
        "as Bare Metal; its month counts 672 hours",
        ("review_quiet_server",),
        "whether it is powered off; GPU use, unless a GPU cluster measures it",
    ),
    Product(
        "GPU cluster",
        "gpu_cluster",
        ("gpu_clusters", "plans", "plans_metal", "gpu_cluster_metrics"),
        ("list", "billed"),
        "its plan times the servers that it lists and that are in no other list; of cloud servers "
        "and bare metal as well",
        ("review_gpu_cluster",),
        "servers that are ordered and not listed yet; the plan of a head node of its own",
    ),
    Product(
        "Kubernetes node",
        "kubernetes_node",
        ("kubernetes_clusters", "instances", "plans"),
        ("list", "billed"),
        "as Cloud Compute; its pool's plan where it is in no list of servers",
        ("delete_stopped_server",),
        "whether `/instances` lists it",
    ),
    Product(
        "Kubernetes control plane, highly available",
        "kubernetes_control_plane",
        ("kubernetes_clusters",),
        ("billed",),
        "its open line; a standard one is free and no resource",
        unknown="its price, before its line tells",
    ),
    Product(
        "Managed Database",
        "database",
        ("databases", "database_plans", "database_usage"),
        ("list", "billed"),
        "its plan's `monthly_cost`; each read replica by its own plan",
        ("review_database",),
        "connections; use before the last hour; whether a plan's price is for all its nodes",
    ),
    Product(
        "Block Storage",
        "block_storage",
        ("blocks", "cluster_resources"),
        ("api", "table", "billed"),
        "`cost`; a GB price by type where the API states none",
        (
            "delete_unattached_volume",
            "delete_volume_of_stopped_server",
            "review_kubernetes_leftover",
            "review_orphan",
        ),
        "how much of it is used",
    ),
    Product(
        "Block Storage snapshot",
        "block_snapshot",
        ("block_snapshots",),
        ("api", "billed"),
        "`next_invoice_price`",
        ("review_old_snapshot",),
        "its price until the API states one",
    ),
    Product(
        "Object Storage",
        "object_storage",
        ("object_storage",),
        ("api", "billed"),
        "`tier.price`; what is stored or sent beyond it is on the bill only",
        unknown="GB stored and sent",
    ),
    Product(
        "File System",
        "file_system",
        ("file_systems", "file_system_attachments"),
        ("api", "billed"),
        "`billing.monthly`",
        ("delete_unattached_file_system", "review_file_system", "review_orphan"),
    ),
    Product(
        "Storage Gateway",
        "storage_gateway",
        ("storage_gateways",),
        ("billed",),
        "its open line",
        ("delete_unused_storage_gateway", "review_orphan"),
        "its price, before its line tells",
    ),
    Product(
        "Snapshot",
        "snapshot",
        ("snapshots",),
        ("table", "billed"),
        "a GB price times full or compressed size, whichever its charge confirms",
        ("delete_superseded_snapshot", "review_old_snapshot"),
        "which size is billed, before its first charge; the server it was made of",
    ),
    Product(
        "Load Balancer",
        "load_balancer",
        ("load_balancers", "cluster_resources"),
        ("table", "billed"),
        "one price for each of its nodes",
        ("delete_empty_load_balancer", "review_kubernetes_leftover", "review_orphan"),
        "traffic",
    ),
    Product(
        "Reserved IP",
        "reserved_ip",
        ("reserved_ips",),
        ("table", "billed"),
        "one price for IPv4, attached or not",
        ("release_unattached_ip", "review_orphan"),
        "the price of IPv6",
    ),
    Product(
        "NAT Gateway",
        "nat_gateway",
        ("vpcs", "nat_gateways"),
        ("api", "table", "billed"),
        "`billing.monthly`, asked VPC by VPC; one price where the API states none",
        unknown="traffic",
    ),
    Product(
        "Container Registry",
        "registry",
        ("registries",),
        ("api", "billed"),
        "`metadata.subscription.billing.monthly_price`",
        ("review_registry",),
        "pulls",
    ),
    Product(
        "CDN zone",
        "cdn",
        ("pull_zones", "push_zones"),
        ("billed",),
        "charged by traffic",
        ("review_cdn_zone",),
        "its price; traffic where the API leaves it empty",
    ),
    Product(
        "Serverless Inference",
        "inference",
        ("inference", "inference_usage"),
        ("billed",),
        "charged by use; this month's tokens at the API's own prices are its month to date "
        "where it has no line",
        unknown="what audio and images cost",
    ),
    Product(
        "Custom subscription",
        "subscription",
        ("custom_subscriptions",),
        ("api", "billed"),
        "`cost`",
    ),
    Product(
        "Automatic backups",
        None,
        ("instances", "bare_metals"),
        ("table",),
        "a percentage of the plan's price, inside its server's cost",
    ),
    Product(
        "DDoS protection",
        None,
        ("instances", "bare_metals"),
        ("table",),
        "one price, inside its server's cost",
        unknown="its price: the source is a reseller's",
    ),
    Product(
        "Bandwidth overage",
        None,
        ("account_bandwidth",),
        ("api",),
        "Vultr's own projection, in the forecast",
    ),
    Product(
        "Windows and application licences",
        None,
        (),
        ("billed",),
        "lines of their own or of their server",
        unknown="which server has one, unless its line tells",
    ),
)
