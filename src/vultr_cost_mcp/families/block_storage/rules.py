"""Volumes: a price of the API, else one by size and type."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
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
    ),
    services={"block_storage": "Block Storage"},
    words={"Block Storage": ("block storage",)},
)
