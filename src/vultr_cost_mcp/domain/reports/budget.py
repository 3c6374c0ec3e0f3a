"""The report behind ``check_budget``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from vultr_cost_mcp.domain.reports.common import Label, Usd

State = Literal["open", "passed"]
Status = Literal["ok", "warn", "over", "unknown", "no_budget"]


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget against what is spent and what will be, both before credits (D27).

    ``breach_on`` may be a day that is over: then ``state`` is passed.
    """

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
    state: State | None


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """Pass or fail: the figures are those of the worst of the budgets.

    ``projected_net`` is the whole account's forecast, and ``discounts`` lie between it and what
    is projected before them (D27).
    """

    status: Status
    spent: Usd | None
    projected: Usd | None
    budget: Usd | None
    percent: float | None
    projected_percent: float | None
    breach_on: date | None
    state: State | None
    projected_net: Usd | None
    discounts: Usd | None
    invoiced_this_month: Usd | None
    budgets: tuple[BudgetRow, ...]
    omitted_budgets: int
