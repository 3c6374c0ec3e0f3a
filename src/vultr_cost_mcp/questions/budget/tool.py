"""The tool ``check_budget``."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.account_parts import (
    BILL,
    INVENTORY,
    INVOICED,
    LISTED,
    MONTH,
    NOTHING,
    POOL,
    PROJECTED,
)
from vultr_cost_mcp.domain.budget import Budget
from vultr_cost_mcp.domain.snapshot_source import billed_gateways_wanted
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.budget.report import WARN_PERCENT, BudgetReport, lower_bounds
from vultr_cost_mcp.questions.budget.report import check_budget as held_against
from vultr_cost_mcp.questions.budget.text import headline_budget, render_budget
from vultr_cost_mcp.questions.fetching import snapshot_with_bill

if TYPE_CHECKING:
    from collections.abc import Sequence


_MOST_BUDGETS = 50
NEEDS = BILL | INVENTORY | POOL
_LESS = NextStep("estimate_savings", {}, "how to spend less")
_WHY = NextStep("forecast_month_end", {}, "how the projection comes about")


@question("Budget", BudgetReport)
async def check_budget(
    call: Call,
    monthly_budget: Annotated[
        float | None,
        Field(ge=0.01, le=1_000_000_000, description="USD a month; 0: the configured ones"),
    ] = None,
    warn_percent: Annotated[
        int, Field(ge=1, le=100, description="Percent of it that warns")
    ] = WARN_PERCENT,
) -> Reply[BudgetReport]:
    """Pass or fail: is the month inside its budget now and at its end, and if not, from which
    day."""
    given = [] if monthly_budget is None else [Budget("monthly", Decimal(str(monthly_budget)))]
    chosen = given or list(call.account.budgets())
    snapshot = await snapshot_with_bill(call, NEEDS, billed_gateways_wanted)
    if not given:
        # The configuration file may be edited while the readings stay.
        snapshot = replace(snapshot, basis=None)
    today, least = snapshot.now.date(), partial(lower_bounds, snapshot)

    def draft(rows: int) -> Draft[BudgetReport]:
        rests_on = _rests_on(chosen)
        report = held_against(snapshot, chosen, warn_percent=warn_percent, limit=rows)
        return Draft(
            report,
            rests_on,
            headline_budget(
                report,
                rests_on.hedged(snapshot),
                today,
                warn_percent=warn_percent,
                lower_bounds=least,
            ),
            render_budget(report, today, warn_percent=warn_percent, lower_bounds=least),
            next_steps=[_WHY] if report.status in {"ok", "no_budget"} else [_WHY, _LESS],
            status=report.status,
        )

    return Reply(snapshot, draft, max(DEFAULT_LIMIT, min(len(chosen), _MOST_BUDGETS)))


def _rests_on(budgets: Sequence[Budget]) -> RestsOn:
    """Return the parts of each figure; tags of lines come from resources.

    The figures are those of the worst budget, and a projection may decide the worst one.
    """
    by_tag = any(budget.tag is not None for budget in budgets)
    spent = PROJECTED if len(budgets) > 1 else MONTH | LISTED if by_tag else MONTH
    several = PROJECTED if len(budgets) > 1 else NOTHING
    return RestsOn(
        "spent",
        {
            "status": PROJECTED,
            "spent": spent,
            "projected": PROJECTED,
            "budget": several,
            "percent": spent,
            **each(PROJECTED, "projected_percent", "breach_on", "state", "budgets"),
            **each(PROJECTED, "projected_net", "discounts"),
            "spent_net": MONTH,
            "invoiced_this_month": INVOICED,
        },
    )
