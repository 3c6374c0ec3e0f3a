"""GPU clusters: their servers are on lines of any compute service."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "GPU cluster",
            "gpu_cluster",
            ("gpu_clusters", "plans", "plans_metal", "gpu_cluster_metrics"),
            ("list", "billed"),
            "its plan times the servers that it lists and that are in no other list; of cloud "
            "servers and bare metal as well",
            ("review_gpu_cluster",),
            "servers that are ordered and not listed yet; the plan of a head node of its own",
        ),
    ),
    services={"gpu_cluster": "Bare Metal"},
    owns_lines=False,
)
