"""Bare metal: lines of any compute service may be theirs."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Bare Metal",
            "bare_metal",
            ("bare_metals", "plans_metal", "bare_metal_traffic"),
            ("list", "billed"),
            "its plan's `monthly_cost`, that of its region first; add-ons on top",
            ("review_quiet_server",),
            "whether it is powered off",
        ),
        Product(
            "Bare Metal with GPUs",
            "gpu_bare_metal",
            ("bare_metals", "plans_metal", "bare_metal_traffic"),
            ("list", "billed"),
            "as Bare Metal; its month counts 672 hours",
            ("review_quiet_server",),
            "whether it is powered off; GPU use, unless a GPU cluster measures it",
        ),
    ),
    services={"bare_metal": "Bare Metal", "gpu_bare_metal": "Bare Metal"},
    words={"Bare Metal": ("bare metal",)},
    owns_lines=False,
)
