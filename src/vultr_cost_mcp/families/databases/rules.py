"""Databases, each at the price of its own plan."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Managed Database",
            "database",
            ("databases", "database_plans", "database_usage"),
            ("list", "billed"),
            "its plan's `monthly_cost`; each read replica by its own plan",
            ("review_database",),
            "connections; use before the last hour; whether a plan's price is for all its nodes",
        ),
    ),
    services={"database": "Managed Databases"},
    words={"Managed Databases": ("database",)},
)
