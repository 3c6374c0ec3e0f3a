"""Object storage: its tier's price, and overage of its own."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Object Storage",
            "object_storage",
            ("object_storage",),
            ("api", "billed"),
            "`tier.price`; what is stored or sent beyond it is on the bill only",
            unknown="GB stored and sent",
        ),
    ),
    services={"object_storage": "Object Storage"},
    words={"Object Storage": ("object storage",)},
    has_overage=True,
)
