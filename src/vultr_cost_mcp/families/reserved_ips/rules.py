"""Reserved addresses: one price, attached or not."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Reserved IP",
            "reserved_ip",
            ("reserved_ips",),
            ("table", "billed"),
            "one price for IPv4, attached or not",
            ("release_unattached_ip", "review_orphan"),
            "the price of IPv6",
        ),
    ),
    services={"reserved_ip": "Networking"},
    words={"Networking": ("reserved ip",)},
    owns_lines=False,
    told_by="reserved ip",
)
