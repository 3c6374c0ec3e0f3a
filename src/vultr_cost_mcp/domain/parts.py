"""The parts of an account that a question can need."""

from __future__ import annotations

from typing import Literal

Part = Literal[
    "account",
    "pending_charges",
    "regions",
    "plans",
    "plans_metal",
    "instances",
    "bare_metals",
    "kubernetes_clusters",
    "blocks",
    "snapshots",
    "load_balancers",
    "reserved_ips",
]
Detail = Literal["cluster_resources", "instance_traffic", "bare_metal_traffic"]

SERVERS: frozenset[Part] = frozenset(
    {"instances", "bare_metals", "kubernetes_clusters", "plans", "plans_metal"}
)
INVENTORY: frozenset[Part] = frozenset(
    {*SERVERS, "blocks", "snapshots", "load_balancers", "reserved_ips"}
)
BILL: frozenset[Part] = frozenset({"pending_charges"})
