"""Charges beside products: add-ons, traffic beyond the pool, licences."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Automatic backups",
            None,
            ("instances", "bare_metals"),
            ("table",),
            "a percentage of the plan's price, inside its server's cost",
        ),
        Product(
            "DDoS protection",
            None,
            ("instances", "bare_metals"),
            ("table",),
            "one price, inside its server's cost",
            unknown="its price: the source is a reseller's",
        ),
        Product(
            "Bandwidth overage",
            None,
            ("account_bandwidth",),
            ("api",),
            "Vultr's own projection, in the forecast",
        ),
        Product(
            "Windows and application licences",
            None,
            (),
            ("billed",),
            "lines of their own or of their server",
            unknown="which server has one, unless its line tells",
        ),
    ),
    words={
        "Networking": ("overage", "bandwidth", "ddos"),
        "Backups": ("backup",),
    },
)
