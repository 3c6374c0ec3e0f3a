"""Container registries at the API's price."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Container Registry",
            "registry",
            ("registries",),
            ("api", "billed"),
            "`metadata.subscription.billing.monthly_price`",
            ("review_registry",),
            "pulls",
        ),
    ),
    services={"registry": "Container Registry"},
    words={
        "Container Registry": (
            "registry",
            "registries",
        )
    },
)
