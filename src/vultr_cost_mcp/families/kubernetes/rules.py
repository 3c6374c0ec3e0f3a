"""Nodes and control planes of Kubernetes: nodes are on lines of servers."""

from __future__ import annotations

from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.families.family_rules import FamilyRules

RULES = FamilyRules(
    products=(
        Product(
            "Kubernetes node",
            "kubernetes_node",
            ("kubernetes_clusters", "instances", "plans"),
            ("list", "billed"),
            "as Cloud Compute; its pool's plan where it is in no list of servers",
            ("delete_stopped_server",),
            "whether `/instances` lists it",
        ),
        Product(
            "Kubernetes control plane, highly available",
            "kubernetes_control_plane",
            ("kubernetes_clusters",),
            ("billed",),
            "its open line; a standard one is free and no resource",
            unknown="its price, before its line tells",
        ),
    ),
    services={"kubernetes_node": "Cloud Compute", "kubernetes_control_plane": "Kubernetes"},
    words={
        "Kubernetes": (
            "kubernetes",
            "vke",
        )
    },
    owns_lines=False,
)
