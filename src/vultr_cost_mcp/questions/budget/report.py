"""Compare spend and projection with budgets (rule D27)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.month_end import MonthEnd, project_month_end
from vultr_cost_mcp.domain.account_parts import LISTED, MONTH, NAMED, PROJECTED
from vultr_cost_mcp.domain.matching import nearest
from vultr_cost_mcp.domain.report_fields import Label, Usd
from vultr_cost_mcp.markdown import code
from vultr_cost_mcp.money import CENT, HUNDRED, ZERO, ceil_to_cent, percent_of, to_cents
from vultr_cost_mcp.questions.caveats import (
    caveats_with,
    invoiced_caveats,
    unpriced_running,
    unprojected,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.billing.projection import ProjectedCharge
    from vultr_cost_mcp.domain.budget import Budget
    from vultr_cost_mcp.domain.snapshot import Snapshot


State = Literal["open", "passed"]
Status = Literal["ok", "warn", "over", "unknown", "no_budget"]


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One budget, the spend and the projection, both before credits (D27).

    ``breach_on`` may be in the past; then ``state`` is passed. ``room`` is the budget less the
    spend, ``projected_room`` less the projection; a negative one is over. ``cut_per_day`` are the
    dollars to save each day from now on to end the month inside; left out where it ends inside
    anyway, or is over already. ``unknown_because`` names what was not read, where the status is
    unknown.
    """

    name: Label
    status: Status
    spent: Usd | None
    projected: Usd | None
    budget: Usd
    percent: float | None
    projected_percent: float | None
    breach_on: date | None
    state: State | None
    room: Usd | None
    projected_room: Usd | None
    cut_per_day: Usd | None = None
    tag: Label | None = None
    service: Label | None = None
    unknown_because: str | None = None


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """The verdict; its figures are those of the worst budget, left out where there is none.

    ``spent_net`` and ``projected_net`` are those of the whole account after credits and discounts.
    The second differs from the projection before them by ``discounts`` (D27).
    """

    status: Status
    spent: Usd | None
    projected: Usd | None
    percent: float | None
    projected_percent: float | None
    breach_on: date | None
    state: State | None
    spent_net: Usd | None
    projected_net: Usd | None
    discounts: Usd | None
    invoiced_this_month: Usd | None
    budgets: tuple[BudgetRow, ...]
    omitted_budgets: int = 0
    budget: Usd | None = None
    caveats: tuple[str, ...] = ()


_A_DAY, _TICK, _NO_TIME = timedelta(days=1), timedelta(microseconds=1), timedelta()
WARN_PERCENT = 80
# Parts that were not read, named for each budget.
_NAMED = 3
_WORST_FIRST: tuple[Status, ...] = ("over", "warn", "unknown", "ok")


def check_budget(
    snapshot: Snapshot,
    budgets: Sequence[Budget],
    *,
    warn_percent: int = WARN_PERCENT,
    limit: int = 10,
) -> BudgetReport:
    """Compare the current month with every budget; the figures are those of the worst one.

    ``budgets`` are the limits in dollars a month. A projection from ``warn_percent`` of a budget on
    is a warning. ``limit`` is the number of rows.
    """
    outlook = project_month_end(snapshot)
    spend = _charges_only(outlook)
    rows = [
        _row(snapshot, _part(spend, budget, snapshot), budget, warn_percent) for budget in budgets
    ]
    ordered = sorted(rows, key=lambda row: _WORST_FIRST.index(row.status))
    worst = ordered[0] if ordered else None
    spent, projected = _money(spend, snapshot, whole=True)
    net = None if snapshot.charges is None else to_cents(outlook.at_month_end)
    invoiced = snapshot.invoiced_this_month
    return BudgetReport(
        status=worst.status if worst else "no_budget",
        spent=worst.spent if worst else spent,
        projected=worst.projected if worst else projected,
        budget=worst.budget if worst else None,
        percent=worst.percent if worst else None,
        projected_percent=worst.projected_percent if worst else None,
        breach_on=worst.breach_on if worst else None,
        state=worst.state if worst else None,
        spent_net=None if snapshot.charges is None else to_cents(outlook.so_far),
        projected_net=net,
        discounts=None if net is None or projected is None else net - projected,
        invoiced_this_month=None if invoiced is None else to_cents(invoiced),
        budgets=tuple(ordered[:limit]),
        omitted_budgets=len(ordered[limit:]),
        caveats=caveats_with(snapshot, _caveats(snapshot, budgets)),
    )


def budget_row(snapshot: Snapshot, budget: Budget, warn_percent: int = WARN_PERCENT) -> BudgetRow:
    """Return the month against one budget of the whole account."""
    return _row(snapshot, _charges_only(project_month_end(snapshot)), budget, warn_percent)


def _charges_only(outlook: MonthEnd) -> MonthEnd:
    """Return the charges: credits and discounts do not reduce spend (D27)."""
    return outlook.only(lambda course: course.so_far >= 0, overage=True)


def _part(spend: MonthEnd, budget: Budget, snapshot: Snapshot) -> MonthEnd:
    """Return the part that a budget counts; overage without a line is untagged Networking."""
    if budget.whole:
        return spend
    by_key = snapshot.by_id()
    service = budget.service.casefold() if budget.service else None

    def counts(course: ProjectedCharge) -> bool:
        key = course.charge.resource_id if course.charge else None
        resource = course.resource or by_key.get(key or "")
        if budget.tag is not None and (resource is None or budget.tag not in resource.tags):
            return False
        return service is None or service == course.service.casefold()

    return spend.only(counts, overage=budget.tag is None and service == "networking")


def _row(snapshot: Snapshot, spend: MonthEnd, budget: Budget, warn_percent: int) -> BudgetRow:
    spent, projected = _money(spend, snapshot, whole=budget.whole)
    known = snapshot.charges is not None
    # In cents, like ``spent`` and ``projected``.
    reached = spend.first_day(lambda amount: to_cents(amount) >= budget.monthly) if known else None
    status = _status(snapshot, budget, spent, projected, warn_percent)
    return BudgetRow(
        name=budget.name,
        tag=budget.tag,
        service=budget.service,
        room=None if spent is None else to_cents(budget.monthly) - spent,
        projected_room=None if projected is None else to_cents(budget.monthly) - projected,
        cut_per_day=_cut_per_day(spend, budget, spent, projected),
        status=status,
        spent=spent,
        projected=projected,
        budget=to_cents(budget.monthly),
        percent=None if spent is None else percent_of(spent, budget.monthly),
        projected_percent=None if projected is None else percent_of(projected, budget.monthly),
        breach_on=reached,
        state=None if spent is None else "passed" if spent >= budget.monthly else "open",
        unknown_because=_unread(snapshot, budget) if status == "unknown" else None,
    )


def _cut_per_day(
    spend: MonthEnd, budget: Budget, spent: Decimal | None, projected: Decimal | None
) -> Decimal | None:
    """Return the dollars a day to save until the month ends, rounded up, to end inside."""
    left = spend.month.end - spend.now
    if spent is None or projected is None or left <= _NO_TIME:
        return None
    if spent >= budget.monthly or projected < budget.monthly:
        return None
    # A budget that is reached exactly is not kept: a cent less is.
    over = projected - to_cents(budget.monthly) + CENT
    return ceil_to_cent(over * (_A_DAY // _TICK) / (left // _TICK))


def _money(
    spend: MonthEnd, snapshot: Snapshot, *, whole: bool
) -> tuple[Decimal | None, Decimal | None]:
    if snapshot.charges is None and not whole:
        # The account's total does not show the part of a tag or service.
        return None, None
    if snapshot.charges is None:
        # Only the account's total is known: spend is at least that.
        stated = to_cents(snapshot.month_to_date)
        return stated, stated
    return to_cents(spend.so_far), to_cents(spend.at_month_end)


def _status(
    snapshot: Snapshot,
    budget: Budget,
    spent: Decimal | None,
    projected: Decimal | None,
    warn_percent: int,
) -> Status:
    if spent is None or projected is None:
        return "unknown"
    if spent >= budget.monthly:
        return "over"
    if _may_lack_lines(snapshot, budget):
        return "unknown"
    # The projection is never below the spend.
    warned = projected * HUNDRED >= budget.monthly * warn_percent
    return "warn" if warned or projected >= budget.monthly else "ok"


def _may_lack_lines(snapshot: Snapshot, budget: Budget) -> bool:
    """Return whether spend may be incomplete: unread lines, or resources for a tag.

    A list of invoices that was not read makes it so only where lines tell that a part of the month
    is on one (D1).
    """
    return snapshot.lacks(_counted(budget.tag))


def _counted(tag: str | None) -> frozenset[str]:
    """Return the parts that tell what a budget counts."""
    return MONTH if tag is None else MONTH | LISTED


def lower_bounds(snapshot: Snapshot, tag: str | None = None) -> frozenset[str]:
    """Return which of ``spent`` and ``projected`` are "at least" for a budget with this tag."""
    counted = _counted(tag)
    parts = {"spent": counted, "projected": counted | PROJECTED}
    return frozenset(name for name, wanted in parts.items() if snapshot.lacks(wanted))


def _unread(snapshot: Snapshot, budget: Budget) -> str | None:
    """Return what of a budget's spend was not read, and why; None where no part says so."""
    gaps = [
        gap for gap in snapshot.gaps if gap.part in _counted(budget.tag) or gap.part not in NAMED
    ]
    parts = [f"{gap.part.replace('_', ' ')} {gap.reason}" for gap in gaps]
    more = [f"{len(parts) - _NAMED} more"] if len(parts) > _NAMED else []
    return "; ".join([*parts[:_NAMED], *more]) or None


def _caveats(snapshot: Snapshot, budgets: Sequence[Budget]) -> list[str]:
    return [
        *invoiced_caveats(snapshot),
        *_unknown_tags(budgets, snapshot),
        *unprojected(snapshot.charges),
        *unpriced_running(snapshot),
    ]


def _unknown_tags(budgets: Sequence[Budget], snapshot: Snapshot) -> list[str]:
    """Return caveats on budgets for tags that no resource has: they never spend anything."""
    if snapshot.lacks(LISTED):
        return []
    costs: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for resource in snapshot.resources or ():
        for tag in resource.tags:
            costs[tag] += resource.monthly_cost or ZERO
    unknown = [budget.tag for budget in budgets if budget.tag and budget.tag not in costs]
    return [
        f"No resource carries the tag {code(tag)} of a budget, which counts nothing: "
        f"{_nearest_tag(tag, costs)}."
        for tag in unknown[:3]
    ]


def _nearest_tag(tag: str, costs: Mapping[str, Decimal]) -> str:
    near = nearest(tag, costs)
    return f"the nearest tag is {code(near[0].value)}" if near else "there are no tags"
