"""Snapshots: those of servers by size, those of volumes as the API says (rule D9)."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Snapshot",
            "snapshot",
            ("snapshots",),
            ("table", "billed"),
            "a GB price times full or compressed size, whichever its charge confirms",
            ("delete_superseded_snapshot", "review_old_snapshot"),
            "which size is billed, before its first charge; the server it was made of",
        ),
        Product(
            "Block Storage snapshot",
            "block_snapshot",
            ("block_snapshots",),
            ("api", "billed"),
            "`next_invoice_price`",
            ("review_old_snapshot",),
            "its price until the API states one",
        ),
    ),
    services={"snapshot": "Snapshots", "block_snapshot": "Snapshots"},
    words={"Snapshots": ("snapshot",)},
)
