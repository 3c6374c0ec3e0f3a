"""Load balancers: one price for each of their nodes."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Load Balancer",
            "load_balancer",
            ("load_balancers", "cluster_resources"),
            ("table", "billed"),
            "one price for each of its nodes",
            ("delete_empty_load_balancer", "review_kubernetes_leftover", "review_orphan"),
            "traffic",
        ),
    ),
    services={"load_balancer": "Load Balancers"},
    words={"Load Balancers": ("load balancer",)},
)
