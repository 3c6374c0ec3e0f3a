"""The report behind ``list_resource_costs``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from vultr_cost_mcp.domain.reports.common import Label, Nearest, Omitted, Usd
from vultr_cost_mcp.domain.resource import Kind, PriceSource, State

Sort = Literal["monthly_cost", "month_to_date", "created"]


@dataclass(frozen=True, slots=True)
class AddOnRow:
    """An add-on inside a resource's monthly cost."""

    name: str
    monthly_cost: Usd


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One resource that exists now and what it costs."""

    id: str
    label: Label
    kind: Kind
    plan: Label | None
    region: Label
    tags: tuple[Label, ...]
    state: State
    created: datetime | None
    monthly_cost: Usd | None
    price_source: PriceSource | None
    addons: tuple[AddOnRow, ...]
    month_to_date: Usd | None
    source: Literal["lines", "resource"] | None
    cluster: Label | None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How the rows relate to the bill; the last four sum to the first (D16)."""

    bill_month_to_date: Usd
    shown_month_to_date: Usd
    destroyed_this_month: Usd
    not_resources: Usd
    unattributed: Usd


@dataclass(frozen=True, slots=True)
class ResourcesReport:
    """What exists now, priced for a whole month.

    Where filters match nothing, ``nearest`` is what may have been meant, and ``matched_alone``
    names the filters that match without the others.
    """

    resources: tuple[ResourceRow, ...]
    omitted: Omitted
    count: int | None
    total_monthly_cost: Usd | None
    total_month_to_date: Usd | None
    unpriced: int | None
    reconciliation: Reconciliation | None
    filters: dict[str, Label]
    available: tuple[Label, ...]
    nearest: tuple[Nearest, ...]
    matched_alone: tuple[str, ...]
