"""The report behind ``estimate_savings``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vultr_cost_mcp.domain.reports.common import Confidence, Exempt, Label, Omitted, Usd
from vultr_cost_mcp.domain.resource import Kind, PriceSource

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


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One way to cut the bill: what it frees, what is lost, how to undo it (D22)."""

    action: Action
    kind: Kind
    label: Label
    resource_ids: tuple[str, ...]
    monthly_savings: Usd | None
    saves_this_month: Usd | None
    price_source: PriceSource | None
    confidence: Confidence
    effort: Literal["low", "medium", "high"]
    risk: Literal["low", "medium", "high"]
    reversible: bool
    evidence: tuple[str, ...]
    caveats: tuple[str, ...]
    lost: str
    undo: str
    how_to: str
    keep_as_snapshot: Usd | None = None


@dataclass(frozen=True, slots=True)
class SavingsReport:
    """Measured waste in dollars a month, and what is worth a look outside that total (D20)."""

    total_monthly_savings: Usd | None
    total_annual_savings: Usd | None
    investigate_monthly: Usd | None
    recommendations: tuple[Recommendation, ...]
    omitted: Omitted
    investigations: tuple[Recommendation, ...]
    investigations_omitted: Omitted
    below_minimum: Omitted
    investigations_below_minimum: Omitted
    unpriced: int
    exempt: Exempt
