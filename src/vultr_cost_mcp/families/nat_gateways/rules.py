"""NAT gateways: a price of the API, else one for all."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "NAT Gateway",
            "nat_gateway",
            ("vpcs", "nat_gateways"),
            ("api", "table", "billed"),
            "`billing.monthly`, asked VPC by VPC; one price where the API states none",
            unknown="traffic",
        ),
    ),
    services={"nat_gateway": "Networking"},
    words={
        "Networking": (
            "nat gateway",
            "vpc",
        )
    },
    owns_lines=False,
    told_by="nat gateway",
)
