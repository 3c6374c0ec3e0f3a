"""The report behind ``check_budget``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from vultr_cost_mcp.domain.reports.common import Label, Usd

Status = Literal["ok", "warn", "over", "unknown", "no_budget"]


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget against what is spent and what will be (D27)."""

    name: Label
    tag: Label | None
    service: Label | None
    status: Status
    spent: Usd | None
    projected: Usd | None
    budget: Usd
    percent: float | None
    projected_percent: float | None
    breach_on: date | None


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """Pass or fail: the figures are those of the worst of the budgets."""

    status: Status
    spent: Usd | None
    projected: Usd | None
    budget: Usd | None
    percent: float | None
    projected_percent: float | None
    breach_on: date | None
    budgets: tuple[BudgetRow, ...]
    omitted_budgets: int
