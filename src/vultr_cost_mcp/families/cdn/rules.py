"""CDN zones: no price a month, and overage of their own."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "CDN zone",
            "cdn",
            ("pull_zones", "push_zones"),
            ("billed",),
            "charged by traffic",
            ("review_cdn_zone",),
            "its price; traffic where the API leaves it empty",
        ),
    ),
    services={"cdn": "CDN"},
    words={"CDN": ("cdn",)},
    has_overage=True,
)
