"""Project the month's cost line by line, and the credit left then (rules D24 to D26)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.credit import (
    credit_after_tax,
    credit_of,
    day_used_up,
    left_now,
    runway_of,
    runway_with_tax,
    uninvoiced,
    with_tax,
)
from vultr_cost_mcp.billing.month_end import (
    MonthEnd,
    expected_invoice,
    invoices_for_tax,
    lines_of_tax,
    project_month_end,
)
from vultr_cost_mcp.billing.projection import is_followed
from vultr_cost_mcp.domain.account_parts import CREDIT
from vultr_cost_mcp.domain.bill import Service
from vultr_cost_mcp.domain.report_fields import Label, Omitted, RowId, Summed, Usd, top
from vultr_cost_mcp.domain.resource import Kind
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.money import ZERO, allocate, to_cents, total_of
from vultr_cost_mcp.questions.budget.report import BudgetRow, budget_row
from vultr_cost_mcp.questions.caveats import (
    caveats_with,
    credit_caveats,
    invoiced_caveats,
    unknown_products,
    unpriced_running,
    unprojected,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from vultr_cost_mcp.billing.projection import Mode
    from vultr_cost_mcp.domain.budget import Budget
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ServiceForecast:
    """A service's dollars so far and at the end of the month."""

    service: Service
    month_to_date: Usd
    projected: Usd
    metered: bool


@dataclass(frozen=True, slots=True)
class Components:
    """The parts of the projection; they sum to ``projected_total`` (D25).

    ``bandwidth_overage`` is None, and in no sum, if Vultr's projection could not be read.
    """

    accrued: Usd
    remaining_hourly: Usd
    usage_based: Usd
    bandwidth_overage: Usd | None


@dataclass(frozen=True, slots=True)
class Capped:
    """Lines that have reached their monthly cap and cost nothing more this month."""

    count: int
    total: Usd


@dataclass(frozen=True, slots=True)
class AddedResource:
    """A resource without a line on the bill so far."""

    id: RowId
    label: Label
    kind: Kind
    projected: Usd


@dataclass(frozen=True, slots=True)
class CreditWithTax:
    """Credit with the tax of the invoices to come, at the rate of the newest one (D3, D26).

    ``runs_out_on`` may be in the past: what is spent used the rest up with its tax. It is today
    where no line tells that day.
    """

    tax_percent: float | None
    left_at_month_end: Usd
    runs_out_on: date | None


@dataclass(frozen=True, slots=True)
class CreditForecast:
    """Prepaid credit and the charges that reduce it, before tax (D26).

    ``credit`` is the credit that the account states. ``left_now`` is that less ``used``, the
    pending lines of this month, and ``uninvoiced``, those of last month; it is never negative.
    ``runs_out_on`` may be in the past; then ``state`` is used_up. Both are None without credit.
    ``with_tax`` is left out where credit is used up, and where the tax rate is zero or not known.
    """

    credit: Usd
    used: Usd | None
    left_now: Usd
    left_at_month_end: Usd
    runs_out_on: date | None
    state: Literal["open", "used_up"] | None
    uninvoiced: Usd | None
    with_tax: CreditWithTax | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """The range of the projection, from the errors of past forecasts on the same day of month."""

    low: Usd
    high: Usd


@dataclass(frozen=True, slots=True)
class ForecastReport:
    """The projected cost of the current month, before tax, if nothing changes (D24, D25).

    ``expected_invoice`` is the invoice of this month: ``projected_total`` without
    ``invoiced_this_month``, and with ``expected_tax`` at the rate of the newest invoice that
    charges something (D1, D3). ``overage_to_date`` is bandwidth overage so far as stated by Vultr.
    It is in no sum, and None if it could not be read. ``overage_projected`` is Vultr's projection
    of the month; the component is that less the lines' own overage (D25). ``budget`` is the
    budget of the account that was given or is configured, before credits (D27).
    """

    month_to_date: Summed
    invoiced_this_month: Usd | None
    projected_total: Summed
    expected_invoice: Usd | None
    expected_tax: Usd | None
    by_service: tuple[ServiceForecast, ...]
    omitted: Omitted
    components: Components
    overage_to_date: Usd | None
    overage_projected: Usd | None
    capped: Capped
    without_line: tuple[AddedResource, ...]
    without_line_omitted: Omitted
    straight_line_total: Summed | None
    credit: CreditForecast | None
    method: str
    interval: Interval | None = None
    budget: BudgetRow | None = None
    caveats: tuple[str, ...] = ()


METHOD = (
    "Running hourly charges go on at their own price up to the monthly cap, metered ones grow "
    "with time, ended, flat and one-off ones stay; overage is Vultr's own projection. Before tax."
)
_CREDIT = "The API states neither future tax nor when promotional credit expires."
_NO_INTERVAL = "No confidence interval: there are no earlier forecasts to estimate the error from."
_TICK = timedelta(microseconds=1)


def newest_invoice_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Request the newest invoices, back to one with charges, to estimate tax."""
    return [DetailRequest("invoice_items", row.id) for row in invoices_for_tax(snapshot)]


def projected_total(snapshot: Snapshot) -> Decimal | None:
    """Return the whole month before tax, in cents; None without the bill's lines."""
    exact = projected_exactly(snapshot)
    return None if exact is None else to_cents(exact)


def projected_exactly(snapshot: Snapshot) -> Decimal | None:
    """Return the whole month before tax, not rounded, for further sums (D4)."""
    return None if snapshot.charges is None else project_month_end(snapshot).at_month_end


def forecast(
    snapshot: Snapshot, *, limit: int = 10, budget: Budget | None = None
) -> ForecastReport:
    """Project every line to the end of the month; hold it against ``budget`` if there is one."""
    snapshot.require("pending_charges")
    outlook = project_month_end(snapshot)
    total = to_cents(outlook.at_month_end)
    parts = {
        "accrued": outlook.so_far,
        "remaining_hourly": _growth(outlook, "hourly"),
        "usage_based": _growth(outlook, "metered"),
        "bandwidth_overage": outlook.overage,
    }
    reached = [course.so_far for course in outlook.courses if course.capped]
    invoiced = snapshot.invoiced_this_month
    invoiced_cents = None if invoiced is None else to_cents(invoiced)
    invoice = expected_invoice(snapshot, outlook.at_month_end - (invoiced or ZERO))
    report = ForecastReport(
        month_to_date=to_cents(snapshot.month_to_date),
        invoiced_this_month=invoiced_cents,
        projected_total=total,
        expected_invoice=invoice,
        expected_tax=None if invoice is None else invoice - total + (invoiced_cents or ZERO),
        by_service=tuple(_by_service(outlook)),
        omitted=Omitted(0, ZERO),
        components=_components(allocate(parts), snapshot),
        overage_to_date=_overage_to_date(snapshot),
        overage_projected=_overage_projected(snapshot),
        capped=Capped(len(reached), to_cents(total_of(reached))),
        without_line=tuple(_without_line(outlook)),
        without_line_omitted=Omitted(0, ZERO),
        straight_line_total=_straight_line(outlook),
        credit=_credit(outlook, snapshot),
        method=METHOD,
        interval=None,
        budget=None if budget is None else budget_row(snapshot, budget),
        caveats=caveats_with(snapshot, _caveats(snapshot)),
    )
    return shortened(report, limit)


def shortened(report: ForecastReport, limit: int) -> ForecastReport:
    """Return the report with its largest services and new resources, and the sums of others."""
    by_service, omitted = top(report.by_service, limit, lambda row: row.projected)
    added, added_omitted = top(report.without_line, limit, lambda row: row.projected)
    return replace(
        report,
        by_service=by_service,
        omitted=omitted,
        without_line=added,
        without_line_omitted=added_omitted,
    )


def _components(cents: Mapping[str, Decimal], snapshot: Snapshot) -> Components:
    """Return the parts of the sum; unread overage is None, not zero."""
    overage = cents["bandwidth_overage"]
    return Components(
        accrued=cents["accrued"],
        remaining_hourly=cents["remaining_hourly"],
        usage_based=cents["usage_based"],
        bandwidth_overage=None if snapshot.missing("account_bandwidth") else overage,
    )


def _overage_to_date(snapshot: Snapshot) -> Decimal | None:
    cost = snapshot.bandwidth.to_date.overage_cost if snapshot.bandwidth else None
    return None if cost is None else to_cents(cost)


def _overage_projected(snapshot: Snapshot) -> Decimal | None:
    cost = snapshot.bandwidth.projected.overage_cost if snapshot.bandwidth else None
    return None if cost is None else to_cents(cost)


def _growth(outlook: MonthEnd, mode: Mode) -> Decimal:
    growing = [course for course in outlook.courses if course.mode == mode]
    return total_of(course.at(outlook.month.end) - course.so_far for course in growing)


def _by_service(outlook: MonthEnd) -> list[ServiceForecast]:
    end = outlook.month.end
    spent = _sums((course.service, course.so_far) for course in outlook.courses)
    at_end: list[tuple[Service, Decimal]] = [
        (course.service, course.at(end)) for course in outlook.courses
    ]
    if outlook.overage:
        at_end.append(("Networking", outlook.overage))
    projected = _sums(at_end)
    metered = {course.service for course in outlook.courses if course.mode == "metered"}
    return [
        ServiceForecast(service, spent.get(service, ZERO), projected[service], service in metered)
        for service in sorted(projected)
    ]


def _sums(amounts: Iterable[tuple[Service, Decimal]]) -> dict[Service, Decimal]:
    sums: dict[Service, Decimal] = defaultdict(lambda: ZERO)
    for service, amount in amounts:
        sums[service] += amount
    return allocate(dict(sums))


def _without_line(outlook: MonthEnd) -> list[AddedResource]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    resources: dict[str, Resource] = {}
    for course in outlook.courses:
        if course.resource is not None:
            resources[course.resource.key] = course.resource
            sums[course.resource.key] += course.at(outlook.month.end)
    cents = allocate(dict(sums))
    return [
        AddedResource(resource.id, resource.name, resource.kind, cents[key])
        for key, resource in resources.items()
    ]


def _straight_line(outlook: MonthEnd) -> Decimal | None:
    """Return spend divided by the elapsed share of the month; it ignores caps."""
    elapsed = (outlook.now - outlook.month.start) // _TICK
    if elapsed <= 0:
        return None
    whole = (outlook.month.end - outlook.month.start) // _TICK
    return to_cents(outlook.so_far * whole / elapsed)


def _credit(outlook: MonthEnd, snapshot: Snapshot) -> CreditForecast | None:
    """Return the credit left now and at month end; invoices have reduced it already (D26)."""
    balance = snapshot.balance.balance if snapshot.balance else None
    left, credit = left_now(snapshot), credit_of(snapshot)
    if balance is None or left is None or credit is None:
        return None
    pending = outlook.only(lambda course: not course.invoiced, overage=True)
    at_end = to_cents(outlook.at_month_end) - to_cents(snapshot.invoiced_this_month or ZERO)
    waiting = uninvoiced(snapshot)
    return CreditForecast(
        credit=max(ZERO, -balance),
        used=_used(snapshot) if balance < 0 else ZERO,
        left_now=left,
        left_at_month_end=to_cents(max(ZERO, credit - at_end)),
        runs_out_on=_day(snapshot, pending, credit, left) if balance < 0 else None,
        state=("open" if left else "used_up") if balance < 0 else None,
        uninvoiced=None if waiting is None else to_cents(waiting),
        with_tax=_with_tax(snapshot, pending) if balance < 0 and left else None,
    )


def _with_tax(snapshot: Snapshot, pending: MonthEnd) -> CreditWithTax | None:
    """Return the credit that tax leaves; None if the rate is zero or not known."""
    rate = with_tax(snapshot)
    credit = None if rate is None else credit_after_tax(snapshot, rate)
    if rate is None or credit is None:
        return None
    runway = runway_with_tax(snapshot, pending, rate)
    at_end = rate.add_to(credit - pending.at_month_end)
    return CreditWithTax(
        tax_percent=rate.percent,
        left_at_month_end=to_cents(max(ZERO, at_end)),
        runs_out_on=runway.runs_out_on if runway else None,
    )


def _used(snapshot: Snapshot) -> Decimal | None:
    """Return this month's pending dollars, which the credit pays for; None without the lines."""
    return None if snapshot.charges is None else to_cents(snapshot.pending_month_to_date)


def _day(snapshot: Snapshot, outlook: MonthEnd, credit: Decimal, left: Decimal) -> date | None:
    """Return the day on which credit runs out or ran out."""
    if not left:
        return day_used_up(snapshot, outlook)
    runway = runway_of(credit, outlook, snapshot)
    return runway.runs_out_on if runway else None


def _caveats(snapshot: Snapshot) -> list[str]:
    # Only a few caveats fit: those about this account come before general ones.
    caveats = [*invoiced_caveats(snapshot), *unprojected(snapshot.charges)]
    caveats += unpriced_running(snapshot)
    caveats += credit_caveats(snapshot, CREDIT)
    caveats += unknown_products((*(snapshot.month_charges or ()), *lines_of_tax(snapshot)))
    caveats += [_NO_INTERVAL, _CREDIT]
    guessed = [
        charge
        for charge in snapshot.charges or ()
        if is_followed(charge) and not charge.listed_price
    ]
    if guessed:
        caveats.append(
            f"{count(len(guessed), 'running charge matches', 'running charges match')} no list "
            "price: the monthly price is derived from the unit price."
        )
    return caveats
