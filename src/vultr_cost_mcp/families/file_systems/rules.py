"""File systems at the API's price; of their gateways only a bill tells one."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "File System",
            "file_system",
            ("file_systems", "file_system_attachments"),
            ("api", "billed"),
            "`billing.monthly`",
            ("delete_unattached_file_system", "review_file_system", "review_orphan"),
        ),
        Product(
            "Storage Gateway",
            "storage_gateway",
            ("storage_gateways",),
            ("billed",),
            "its open line",
            ("delete_unused_storage_gateway", "review_orphan"),
            "its price, before its line tells",
        ),
    ),
    services={"file_system": "File System", "storage_gateway": "File System"},
    words={
        "File System": (
            "file system",
            "vfs",
            "storage gateway",
        )
    },
)
