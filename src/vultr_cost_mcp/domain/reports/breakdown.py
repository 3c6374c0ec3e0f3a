"""The report behind ``breakdown_by_service``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vultr_cost_mcp.domain.reports.common import Label, Nearest, Omitted, Usd

GroupBy = Literal[
    "service", "product", "region", "tag", "plan", "compute_class", "cluster", "resource"
]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group of lines; ``id`` only where the group is one resource."""

    name: Label
    total: Usd
    share_percent: float | None
    line_count: int
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Reasons:
    """Dollars of unattributed lines by why no resource was found (D14)."""

    destroyed: Usd
    ambiguous: Usd
    no_match: Usd
    not_a_resource: Usd


@dataclass(frozen=True, slots=True)
class Unattributed:
    """Lines that belong to no group of this grouping (D14)."""

    total: Usd
    lines: int
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class BreakdownReport:
    """A period's lines in groups: groups, omitted and unattributed sum to ``total`` (D14).

    Where filters match nothing, ``nearest`` is what may have been meant, and ``matched_alone``
    names the filters that match without the others.
    """

    group_by: GroupBy
    total: Usd | None
    period_total: Usd
    charges: Usd | None
    credits_and_discounts: Usd | None
    tax: Usd | None
    groups: tuple[GroupRow, ...]
    omitted: Omitted
    unattributed: Unattributed
    untagged: Usd | None
    untagged_percent: float | None
    filters: dict[str, Label]
    available: tuple[Label, ...]
    nearest: tuple[Nearest, ...]
    matched_alone: tuple[str, ...]
