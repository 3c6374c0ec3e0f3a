"""Subscriptions at the API's cost: their lines may be of any compute service too."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Custom subscription",
            "subscription",
            ("custom_subscriptions",),
            ("api", "billed"),
            "`cost`",
        ),
    ),
    services={"subscription": "Support and Subscriptions"},
    words={
        "Support and Subscriptions": (
            "subscription",
            "support",
            "license",
            "licence",
        )
    },
    owns_lines=False,
)
