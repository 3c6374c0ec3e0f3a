"""Add up the prices of changes, and compare the sum with a budget (rules E19, E20)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.hours import accrued
from vultr_cost_mcp.domain.monthly_cap import MONTH_HOURS
from vultr_cost_mcp.domain.report_fields import Label, Omitted, Usd
from vultr_cost_mcp.money import HUNDRED, ZERO, known_total, total_of
from vultr_cost_mcp.questions.estimate.changes import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.questions.estimate.account import Standing
    from vultr_cost_mcp.questions.estimate.changes import PricedChange
    from vultr_cost_mcp.questions.estimate.items import PricedItem
    from vultr_cost_mcp.questions.estimate.parts import Unpriced

Verdict = Literal["ok", "warn", "over", "unknown"]
WARN_PERCENT = 80
_LABEL = 64


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """A thing that begins, stops or changes, in dollars a month before and after it.

    ``count`` equal instances of one address are one line with their sum. ``low`` and ``high`` are
    the range of ``after`` by autoscaling (E13), ``for_hours`` the dollars of an item's hours (E6).
    """

    what: Label
    action: Action
    before: Usd
    after: Usd
    this_month: Usd
    source: str
    count: int = 1
    for_hours: Usd | None = None
    low: Usd | None = None
    high: Usd | None = None
    note: str | None = None
    would_fail: str | None = None


@dataclass(frozen=True, slots=True)
class UnpricedRow:
    """A part without a price, why, and the least and most that it can cost a month (E12)."""

    what: Label
    why: str
    low: Usd | None
    high: Usd | None


@dataclass(frozen=True, slots=True)
class BudgetAfter:
    """A budget of the account with the change, and ``was`` without it (E20).

    ``at_most`` tells that the amounts take each price that is a range at its highest.
    """

    budget: Usd
    status: Verdict
    was: Verdict
    month_after: Usd | None
    run_rate_after: Usd | None
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class EstimateReport:
    """The price of a change a month, and in the rest of this month: never added up (E19)."""

    total_monthly: Usd
    monthly_before: Usd
    monthly_change: Usd
    rest_of_this_month: Usd
    for_hours: Usd | None
    lines: tuple[EstimateLine, ...]
    omitted: Omitted
    unpriced: tuple[UnpricedRow, ...]
    omitted_unpriced: int
    unpriced_unchanged: int
    free_changes: int
    would_fail: int
    still_billed: tuple[Label, ...]
    omitted_still_billed: int
    budget: BudgetAfter | None
    without_key: bool
    assumptions: tuple[str, ...]
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A budget in dollars a month, the account without the change, and the hours left."""

    monthly: Decimal
    standing: Standing
    hours_left: int
    warn_percent: int = WARN_PERCENT


def estimate(
    rows: Sequence[PricedItem],
    ceiling: Ceiling | None = None,
    *,
    free_changes: int = 0,
    without_key: bool = False,
    assumptions: Sequence[str] = (),
    caveats: Sequence[str] = (),
    limit: int = 10,
) -> EstimateReport:
    """Add up priced changes; ``limit`` cuts every list, totals count every row.

    ``ceiling`` is the budget to hold them against, ``free_changes`` counts changes of things that
    cost nothing, ``without_key`` says that only public prices were read.
    """
    changes = [row.change for row in rows]
    lines = sorted(_lines(rows), key=_by_size)
    lacking = _unpriced(changes)
    billed = [_shown(change.what) for change in changes if change.still_billed]
    change = total_of(row.change for row in changes)
    this_month = total_of(row.this_month for row in changes)
    return EstimateReport(
        total_monthly=total_of(row.after for row in changes),
        monthly_before=total_of(row.before for row in changes),
        monthly_change=change,
        rest_of_this_month=this_month,
        for_hours=_for_hours(rows),
        lines=tuple(lines[:limit]),
        omitted=Omitted(
            len(lines[limit:]), total_of(line.after - line.before for line in lines[limit:])
        ),
        unpriced=tuple(lacking[:limit]),
        omitted_unpriced=len(lacking[limit:]),
        unpriced_unchanged=sum(row.unpriced_unchanged for row in changes),
        free_changes=free_changes,
        would_fail=sum(row.would_fail is not None for row in changes),
        still_billed=tuple(billed[:limit]),
        omitted_still_billed=len(billed[limit:]),
        budget=None if ceiling is None else _budget(ceiling, change, this_month, changes),
        without_key=without_key,
        assumptions=tuple(assumptions),
        caveats=tuple(caveats),
    )


def verdict(
    month: Decimal | None,
    run_rate: Decimal | None,
    monthly: Decimal,
    warn_percent: int,
    *,
    whole: bool,
) -> Verdict:
    """Return how a month and the months after it stand against a budget (E20)."""
    if month is not None and month >= monthly:
        return "over"
    if month is None or not whole:
        return "unknown"
    later = run_rate is not None and run_rate >= monthly
    return "warn" if later or month * HUNDRED >= monthly * warn_percent else "ok"


def _budget(
    ceiling: Ceiling, change: Decimal, this_month: Decimal, changes: Iterable[PricedChange]
) -> BudgetAfter:
    """Return the budget before and after; the most that ranges can cost counts."""
    highs = [extra for row in changes for extra in _extras(row)]
    most = total_of(accrued(high, ceiling.hours_left, MONTH_HOURS) for high in highs)
    now = ceiling.standing
    month = None if now.month is None else now.month + this_month + most
    rate = None if now.run_rate is None else now.run_rate + change + total_of(highs)
    limit, percent = ceiling.monthly, ceiling.warn_percent
    return BudgetAfter(
        budget=limit,
        status=verdict(month, rate, limit, percent, whole=now.whole),
        was=verdict(now.month, now.run_rate, limit, percent, whole=now.whole),
        month_after=month,
        run_rate_after=rate,
        at_most=any(highs),
    )


def most_monthly(rows: Sequence[PricedItem]) -> Decimal | None:
    """Return the dollars a month with each range at its highest; None where no price is a range."""
    changes = [row.change for row in rows]
    extras = [extra for change in changes for extra in _extras(change)]
    return total_of([*(change.after for change in changes), *extras]) if any(extras) else None


def _extras(change: PricedChange) -> list[Decimal]:
    """Return the most that each range of a change can add to its price a month."""
    scaled = [max(ZERO, change.high - change.after)] if change.high is not None else []
    begins = change.action not in {"delete", "none"}
    highs = [row.high for row in change.unpriced if row.high is not None and begins]
    return [*scaled, *highs]


def _lines(rows: Sequence[PricedItem]) -> list[EstimateLine]:
    """Return a line for each change; equal instances of one address are one line."""
    groups: dict[object, list[PricedItem]] = {}
    for row in rows:
        change = row.change
        if change.is_seen:
            same = (change.action, change.before, change.after, change.this_month)
            key = (change.many or change.what, *same, change.notes, change.would_fail)
            alone = id(row) if not change.many else 0
            groups.setdefault((alone, key), []).append(row)
    return [_line(group) for group in groups.values()]


def _line(group: Sequence[PricedItem]) -> EstimateLine:
    first, times = group[0].change, len(group)
    return EstimateLine(
        what=_shown(first.many if times > 1 else first.what),
        action=first.action,
        count=times,
        before=first.before * times,
        after=first.after * times,
        this_month=first.this_month * times,
        source=first.source,
        for_hours=_for_hours(group),
        low=None if first.low is None else first.low * times,
        high=None if first.high is None else first.high * times,
        note="; ".join(first.notes) or None,
        would_fail=first.would_fail,
    )


def _by_size(line: EstimateLine) -> tuple[Decimal, Decimal, str]:
    return (-abs(line.after - line.before), -abs(line.this_month), line.what)


def _unpriced(changes: Iterable[PricedChange]) -> list[UnpricedRow]:
    found = Counter(
        (change.many or change.what, row) for change in changes for row in change.unpriced
    )
    rows = [_unpriced_row(what, row, times) for (what, row), times in found.items()]
    return sorted(rows, key=lambda row: (-(row.high or ZERO), row.what, row.why))


def _unpriced_row(what: str, row: Unpriced, times: int) -> UnpricedRow:
    why = f"{row.what}: {row.why}" if row.what else row.why
    return UnpricedRow(
        _shown(what),
        f"{times} x {why}" if times > 1 else why,
        None if row.low is None else row.low * times,
        None if row.high is None else row.high * times,
    )


def _for_hours(rows: Iterable[PricedItem]) -> Decimal | None:
    used = [row.for_hours for row in rows if row.for_hours is not None]
    return known_total(used) if used else None


def _shown(address: str) -> str:
    """Return an address for display: only the end of a long one, which names the thing."""
    return address if len(address) <= _LABEL else f"…{address[1 - _LABEL :]}"
