"""Cloud servers with and without GPUs: lines of any compute service may be theirs."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Cloud Compute",
            "instance",
            ("instances", "plans", "instance_traffic", "instance_upgrades"),
            ("list", "billed"),
            "its plan's `monthly_cost`, that of its region first; add-ons on top",
            ("delete_stopped_server", "review_quiet_server", "review_cheaper_plan"),
            "processor and memory use; whether it is preemptible, before its line tells",
        ),
        Product(
            "Cloud GPU",
            "gpu_instance",
            ("instances", "plans", "instance_traffic"),
            ("list", "billed"),
            "as Cloud Compute; its month counts 730 hours",
            ("delete_stopped_server", "review_quiet_server"),
            "GPU use",
        ),
    ),
    services={"instance": "Cloud Compute", "gpu_instance": "Cloud GPU"},
    words={
        "Cloud GPU": ("gpu",),
        "Cloud Compute": (
            "compute",
            "instance",
        ),
    },
    owns_lines=False,
)
