"""Inference: no price a month, and overage of its own."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Serverless Inference",
            "inference",
            ("inference", "inference_usage"),
            ("billed",),
            "charged by use; this month's tokens at the API's own prices are its month to date "
            "where it has no line: an upper bound, as cached tokens cost less",
            unknown="what audio, images and cached tokens cost",
        ),
    ),
    services={"inference": "Inference"},
    words={"Inference": ("inference",)},
    has_overage=True,
)
