"""The report behind ``list_idle_instances``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vultr_cost_mcp.domain.reports.common import (
    CheckedCount,
    Confidence,
    Exempt,
    Label,
    Omitted,
    Usd,
)
from vultr_cost_mcp.domain.resource import Kind, PriceSource

IdleReason = Literal["stopped", "suspended", "quiet"]


@dataclass(frozen=True, slots=True)
class IdleRow:
    """One server that costs money and does not seem to work (D17, D18)."""

    id: str
    label: Label
    kind: Kind
    plan: Label | None
    region: Label
    tags: tuple[Label, ...]
    reason: IdleReason
    monthly_cost: Usd | None
    price_source: PriceSource | None
    month_to_date: Usd | None
    evidence: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class IdleReport:
    """Idle servers; the measured and the inferred sum are never added together (D19).

    Suspended servers are outside both; those with a running line are billed all the same (D17).
    """

    instances: tuple[IdleRow, ...]
    omitted: Omitted
    stopped_count: int
    stopped_monthly_cost: Usd | None
    quiet_count: int | None
    quiet_monthly_cost: Usd | None
    suspended_count: int
    suspended_monthly_cost: Usd | None
    suspended_billed_count: int
    suspended_billed_monthly_cost: Usd | None
    unpriced: int
    exempt: Exempt
    checked: CheckedCount
