"""Compare two months and list the drivers of the difference (rules D29, D30)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.attribution import (
    RUNNING_WITHIN,
    end_by_units,
    is_running,
    name_in,
    newest_end_of,
)
from vultr_cost_mcp.billing.hours import hours_begun
from vultr_cost_mcp.billing.line_key import Identity, display_name, identity_of
from vultr_cost_mcp.billing.pricing import old_since
from vultr_cost_mcp.billing.proration import ProratedCharge, prorate_until, whole
from vultr_cost_mcp.domain.dates import month_name
from vultr_cost_mcp.domain.filters import Filters
from vultr_cost_mcp.domain.report_fields import Label, Nearest, Omitted, Summed, Usd
from vultr_cost_mcp.money import ZERO, allocate, to_cents, total_of
from vultr_cost_mcp.questions.caveats import (
    caveats_with,
    invoice_caveats,
    invoiced_caveats,
    month_caveats,
    stated_otherwise,
    two_months_caveats,
    unknown_products,
)
from vultr_cost_mcp.questions.change.drivers import CostDriver, movement
from vultr_cost_mcp.questions.change.hours_note import clauses
from vultr_cost_mcp.questions.change.period_usage import PeriodUsage
from vultr_cost_mcp.questions.change.rounding_and_calendar import TOGETHER, calendar, rounding
from vultr_cost_mcp.questions.change.rows import (
    Basis,
    Driver,
    FullMonth,
    PeriodTotal,
    ServiceChange,
)
from vultr_cost_mcp.questions.change.scope import Scope, lines_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge, MonthlyBill
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """The drivers of a difference; drivers and omitted sum to ``delta`` (D29, D30).

    ``increases`` and ``decreases`` are the sums of all drivers by sign. ``elapsed_hours`` is the
    number of hours compared in each month if the basis is the same point. ``by_service`` are all
    services, those without a change too. With ``filters``, all figures are those of the lines that
    pass them, and ``period_delta`` is the difference of the whole months.
    """

    basis: Basis
    from_: PeriodTotal
    to: PeriodTotal
    delta: Summed
    increases: Summed
    decreases: Summed
    drivers: tuple[Driver, ...]
    omitted: Omitted
    unchanged: int
    elapsed_hours: int | None
    full_month: FullMonth | None
    by_service: tuple[ServiceChange, ...]
    services_omitted: Omitted
    filters: dict[str, Label]
    available: tuple[Label, ...]
    nearest: tuple[Nearest, ...]
    period_delta: Usd | None = None
    caveats: tuple[str, ...] = ()

    @property
    def matched(self) -> bool:
        """Return whether a line passes the filters."""
        return bool(self.by_service or self.services_omitted.count)


Sides = dict[Identity, PeriodUsage]


@dataclass(frozen=True, slots=True)
class _Span:
    """A month or its compared part, with each thing's charges."""

    bill: MonthlyBill
    sides: Sides
    cents: Mapping[Identity, Decimal]

    @property
    def total(self) -> PeriodTotal:
        """Return the month's compared total: the sum of the cents of its things."""
        total = total_of(self.cents.values())
        return PeriodTotal(self.bill.month.name, total, self.bill.source)

    @property
    def by_service(self) -> dict[str, Decimal]:
        """Return the cents of the month by service."""
        sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for identity, cents in self.cents.items():
            sums[identity.service] += cents
        return sums

    def side(self, identity: Identity) -> PeriodUsage:
        """Return a thing's charges, empty if it has none."""
        return self.sides.get(identity) or PeriodUsage(self.bill.month)


def change(
    snapshot: Snapshot, before: MonthlyBill, after: MonthlyBill, filters: Filters | None = None
) -> ChangeReport:
    """Compare two months; before tax if one of them is not invoiced.

    ``before`` is the earlier month. If ``after`` is the current month, the same number of hours of
    ``before`` is compared. ``filters`` leave only some lines in.
    """
    scope = Scope(filters or Filters(), snapshot.by_id())
    point = _elapsed_to(snapshot, after) if after.running else None
    taxed = before.source == after.source == "invoices"
    was, now = _same_point(before, after, point), after.month.end if point is None else point
    base = _span(scope.lines(before, taxed=taxed), before, was, taxed=taxed)
    then = _span(scope.lines(after, taxed=taxed), after, now, taxed=taxed)
    unread = [bill for bill in (before, after) if not is_whole(bill, snapshot)]
    drivers, unchanged = _drivers(base, then, scope.by_id, unread)
    deltas = [row.delta for row in drivers]
    report = ChangeReport(
        basis="full" if point is None else "same_point",
        from_=base.total,
        to=then.total,
        delta=then.total.total - base.total.total,
        increases=total_of(delta for delta in deltas if delta > 0),
        decreases=total_of(delta for delta in deltas if delta < 0),
        drivers=tuple(drivers),
        omitted=Omitted(0, ZERO),
        unchanged=unchanged,
        elapsed_hours=None if point is None else hours_begun(after.month.start, point),
        full_month=None if point is None else _full_month(snapshot, before, scope),
        by_service=tuple(_by_service(base, then)),
        services_omitted=Omitted(0, ZERO),
        filters=scope.filters.given,
        available=(),
        nearest=(),
    )
    if scope.filters.given:
        report = replace(
            report, period_delta=_whole_delta((before, was), (after, now), taxed=taxed)
        )
    if scope.missed(before, after):
        report = _missed(report, scope, before, after)
    own = _caveats(report, snapshot, before, after)
    return replace(report, caveats=caveats_with(snapshot, own))


def _missed(
    report: ChangeReport, scope: Scope, before: MonthlyBill, after: MonthlyBill
) -> ChangeReport:
    """Return the report with values that filters without a match may have meant."""
    near: tuple[Nearest, ...] = ()
    if scope.filters.idle_service is None:
        near = scope.nearest(after) or scope.nearest(before)
    whole = report.full_month
    nothing = whole is not None and not whole.projected_total
    return replace(
        report,
        nearest=near,
        available=scope.available(after, before),
        full_month=None if nothing else whole,
    )


def shortened(report: ChangeReport, limit: int) -> ChangeReport:
    """Return the report with its largest drivers and the sum of the others."""
    left_out = report.drivers[limit:]
    omitted = Omitted(len(left_out), total_of(row.delta for row in left_out))
    services, others = report.by_service[:limit], report.by_service[limit:]
    return replace(
        report,
        drivers=report.drivers[:limit],
        omitted=omitted,
        by_service=services,
        services_omitted=Omitted(len(others), total_of(row.delta for row in others)),
    )


def _by_service(base: _Span, then: _Span) -> list[ServiceChange]:
    """Return every service of both months, the largest change first."""
    was, now = base.by_service, then.by_service
    rows = [
        ServiceChange(
            name,
            was.get(name, ZERO),
            now.get(name, ZERO),
            now.get(name, ZERO) - was.get(name, ZERO),
        )
        for name in {**was, **now}
    ]
    return sorted(rows, key=lambda row: (-abs(row.delta), -row.to_total, row.service))


def _whole_delta(
    before: tuple[MonthlyBill, datetime], after: tuple[MonthlyBill, datetime], *, taxed: bool
) -> Decimal:
    """Return the difference without filters; each month comes with the end of its part."""
    was, now = (
        _span(lines_of(bill, taxed=taxed), bill, until, taxed=taxed).total.total
        for bill, until in (before, after)
    )
    return now - was


def is_whole(bill: MonthlyBill, snapshot: Snapshot) -> bool:
    """Return whether all lines were read; otherwise a thing may only look new or gone."""
    if bill.source == "invoices":
        return bill.invoiced
    lines = ("pending_charges", "mid_month_invoices") if bill.running else ("pending_charges",)
    return not any(map(snapshot.missing, lines))


def _elapsed_to(snapshot: Snapshot, running: MonthlyBill) -> datetime:
    """Return the time to which the current month is billed.

    That is the end of its newest lines, the end of old data, or now.
    """
    newest = newest_end_of(running.charges, snapshot.now)
    old = old_since(running.charges, snapshot.now) if newest is None else None
    # In the first hours of a month nothing may be billed yet. That does not mean that things are
    # gone.
    newest = old or newest or running.month.start
    point = newest if old or snapshot.now - newest <= RUNNING_WITHIN else snapshot.now
    return min(max(point, running.month.start), running.month.end)


def _same_point(before: MonthlyBill, after: MonthlyBill, point: datetime | None) -> datetime:
    """Return the time in the earlier month that is as far from its start."""
    if point is None:
        return before.month.end
    return before.month.start + (point - after.month.start)


def _span(charges: Sequence[Charge], bill: MonthlyBill, until: datetime, *, taxed: bool) -> _Span:
    month = bill.month
    # Of all lines: a filter may leave only those in that ended early.
    newest = newest_end_of(lines_of(bill, taxed=taxed), month.end)
    counted: dict[Identity, list[ProratedCharge]] = defaultdict(list)
    later: dict[Identity, datetime] = {}
    for charge in charges:
        identity = identity_of(charge)
        row: ProratedCharge | None = None
        if bill.running:
            row = whole(charge, goes_on=charge.running or _may_go_on(charge, until))
        elif until >= month.end:
            goes_on = is_running(charge, newest) or _may_go_on(charge, until)
            row = whole(charge, goes_on=goes_on)
        else:
            row = prorate_until(charge, month, until)
        start = charge.start or month.start
        if row is not None:
            counted[identity].append(row)
        elif start < later.get(identity, month.end):
            later[identity] = start
    sides = {
        identity: PeriodUsage(month, tuple(counted.get(identity, ())), later.get(identity))
        for identity in {**counted, **later}
    }
    sums = {
        identity: total_of(row.amount for row in side.counted) for identity, side in sides.items()
    }
    return _Span(bill, sides, allocate(sums))


def _may_go_on(charge: Charge, until: datetime) -> bool:
    """Return whether a line without an end may still run, by its start and hours."""
    line = charge
    if line.end is not None:
        return False
    end = end_by_units(line)
    return end is None or until - end <= RUNNING_WITHIN


def _drivers(
    base: _Span, then: _Span, by_id: Mapping[str, Resource], unread: Collection[MonthlyBill]
) -> tuple[list[Driver], int]:
    """Return the drivers, largest first, and the number of things with the same cost.

    ``base`` and ``then`` are the two months, ``by_id`` the resources, and ``unread`` the months
    with unread lines.
    """
    found: dict[str, list[Driver]] = defaultdict(list)
    unchanged = lasting = 0
    for identity in {**base.sides, **then.sides}:
        before, after = base.side(identity), then.side(identity)
        cost, now_cost = base.cents.get(identity, ZERO), then.cents.get(identity, ZERO)
        if cost == now_cost:
            unchanged += bool(before.counted or after.counted)
            continue
        moved = movement(identity.family, before, after)
        missing = _side_that_is_less(moved, base.bill, then.bill, now_cost - cost)
        if missing is not None and missing in unread:
            moved = _as_other(moved, missing)
        row = Driver(
            kind=moved.kind,
            name=_name(after.counted or before.counted, by_id),
            service=identity.service,
            from_total=cost,
            to_total=now_cost,
            delta=now_cost - cost,
            note=moved.note,
        )
        found[moved.kind if moved.kind in TOGETHER else ""].append(row)
        lasting += len(after.hourly) if moved.kind == "calendar" else 0
    months = calendar(found["calendar"], lasting)
    drivers = [*found[""], *rounding(found["rounding"]), *months]
    return sorted(drivers, key=lambda row: (-abs(row.delta), row.name, row.service)), unchanged


def _side_that_is_less(
    moved: CostDriver, before: MonthlyBill, after: MonthlyBill, delta: Decimal
) -> MonthlyBill | None:
    """Return the month whose unread lines would explain a change as well; None if none would."""
    if moved.kind in {"new", "gone"}:
        return before if moved.kind == "new" else after
    if moved.kind in {"hours", "usage", "calendar"}:
        return before if delta > 0 else after
    return None


def _as_other(moved: CostDriver, unread: MonthlyBill) -> CostDriver:
    """Return "other" for a thing that may only look new, gone or less used by unread lines."""
    why = f"not all lines of {month_name(unread.month.start)} were read"
    return CostDriver("other", clauses(moved.note, why))


def _name(rows: Sequence[ProratedCharge], by_id: Mapping[str, Resource]) -> str:
    """Return the newest line's name for a thing; its resource's name if the line has an address."""
    charge = rows[-1].charge
    resource = by_id.get(charge.resource_id or "")
    if resource is not None and name_in(charge) in resource.addresses:
        return resource.name
    return display_name(charge)


def _full_month(snapshot: Snapshot, before: MonthlyBill, scope: Scope) -> FullMonth:
    was = to_cents(total_of(charge.total for charge in scope.lines(before, taxed=False)))
    projected = scope.projected(snapshot)
    return FullMonth(from_total=was, projected_total=projected, delta=projected - was)


def _caveats(
    report: ChangeReport, snapshot: Snapshot, before: MonthlyBill, after: MonthlyBill
) -> list[str]:
    caveats: list[str] = []
    if after.running:
        caveats += [*invoiced_caveats(snapshot), *two_months_caveats(snapshot)]
    caveats += [
        _read_in_part(bill) for bill in (before, after) if not bill.running and not bill.complete
    ]
    if not before.source == after.source == "invoices":
        caveats.append("Both months are before tax, which comes with the invoice.")
    caveats += [caveat for bill in (before, after) for caveat in month_caveats(bill)]
    caveats += unknown_products((*before.charges, *after.charges))
    if after.month < before.month:
        caveats.append(
            'from_period is the later month, so "new" means present only in '
            f"{month_name(after.month.start)}."
        )
    if report.basis == "same_point" and _has_discount(before) and not _has_discount(after):
        caveats.append(
            f"{month_name(before.month.start)} has discounts that "
            f"{month_name(after.month.start)} does not have yet; they may come with its invoice."
        )
    invoices = [row for bill in (before, after) if not bill.running for row in bill.invoices]
    caveats += invoice_caveats(invoices)
    stated = [said for bill in (before, after) if (said := stated_otherwise(bill))]
    return [*caveats, *(f"{said}: lines are compared." for said in stated)]


def _read_in_part(bill: MonthlyBill) -> str:
    """Return what may be missing of a month: lines of its own, or an invoice that may be its."""
    name = month_name(bill.month.start)
    if bill.source == "invoices" and bill.read_wholly and bill.closed:
        return f"An invoice that was not read may be for {name}: that part would be a change."
    return f"{name} was read in part, and the missing part shows as a change."


def _has_discount(bill: MonthlyBill) -> bool:
    return any(charge.total < 0 and charge.service != "Tax" for charge in bill.charges)
