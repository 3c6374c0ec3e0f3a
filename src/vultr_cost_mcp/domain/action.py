"""The ways to cut a bill; those that begin with ``review_`` are inferred (D20)."""

from __future__ import annotations

from typing import Literal

Action = Literal[
    "delete_stopped_server",
    "delete_unattached_volume",
    "delete_volume_of_stopped_server",
    "release_unattached_ip",
    "delete_empty_load_balancer",
    "delete_superseded_snapshot",
    "delete_unattached_file_system",
    "delete_unused_storage_gateway",
    "review_quiet_server",
    "review_old_snapshot",
    "review_database",
    "review_file_system",
    "review_registry",
    "review_cdn_zone",
    "review_gpu_cluster",
    "review_kubernetes_leftover",
    "review_orphan",
    "review_cheaper_plan",
]
