"""The report behind ``get_pending_charges``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vultr_cost_mcp.domain.bill import Service
from vultr_cost_mcp.domain.reports.common import Label, Nearest, Omitted, UnitPrice, Usd


@dataclass(frozen=True, slots=True)
class ProductRow:
    """All lines of one product of Vultr's."""

    product: Label
    service: Service
    total: Usd
    share_percent: float | None
    line_count: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of the bill, as Vultr states it."""

    description: Label
    product: Label
    start: datetime | None
    end: datetime | None
    units: UnitPrice | None
    unit_type: Label
    unit_price: UnitPrice | None
    total: Usd


@dataclass(frozen=True, slots=True)
class PendingReport:
    """Vultr's unbilled lines and what the account states of them (D1, D2, D5)."""

    total: Usd | None
    period_total: Usd
    charges: Usd | None
    credits_and_discounts: Usd | None
    tax: Usd | None
    account_pending_charges: Usd | None
    difference: Usd | None
    previous_month_unbilled: Usd | None
    by_product: tuple[ProductRow, ...]
    lines: tuple[LineRow, ...]
    omitted: Omitted
    lines_omitted: Omitted | None
    filters: dict[str, Label]
    available: tuple[Label, ...]
    nearest: tuple[Nearest, ...]
