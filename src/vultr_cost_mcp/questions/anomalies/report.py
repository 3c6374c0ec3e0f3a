"""Compare each day's usage with the usual day, or else the newest month (rule D32)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.attribution import name_in
from vultr_cost_mcp.billing.daily_usage import DailyUsage, by_day
from vultr_cost_mcp.billing.months import monthly_bills
from vultr_cost_mcp.billing.services import is_overage
from vultr_cost_mcp.billing.statistics import median, robust_score
from vultr_cost_mcp.domain.bill import NOT_RESOURCES, MonthlyBill
from vultr_cost_mcp.domain.report_fields import Label, Omitted, Usd
from vultr_cost_mcp.money import ZERO, to_cents, total_of
from vultr_cost_mcp.questions.anomalies.outliers import floor_of, is_unusual, unusual_stretches
from vultr_cost_mcp.questions.caveats import caveats_with, unknown_products

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.questions.anomalies.first_use import FirstUse


Basis = Literal["daily_history", "invoices", "none"]
Reason = Literal["unusual_use", "first_use", "unusual_month", "first_overage"]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """An unusual day, or several in a row, of a service; or an unusual month (D32).

    ``date`` is the first day and ``until`` the last one, or both are the month. ``expected`` and
    ``actual`` are dollars a day (of several days the mean) or of the month. ``score`` is the
    largest robust z of the days, negative for a decrease, and None without a comparable value
    before. ``monthly_at_that_rate`` is ``delta`` times thirty for a day; for a first use it is the
    monthly price of the resources.
    """

    date: str
    until: str
    service: str
    reason: Reason
    expected: Usd
    actual: Usd
    delta: Usd
    monthly_at_that_rate: Usd
    resources: tuple[Label, ...]
    score: float | None = None
    region: Label | None = None


@dataclass(frozen=True, slots=True)
class AnomaliesReport:
    """Anomalies, the largest first, and the data that they were compared with.

    ``usual_of`` are the months, or the first and the last day, whose median is usual. ``judged`` is
    the number of days or months compared. ``usual`` is the median of their totals
    before tax and credits, None if there is nothing to compare.
    """

    anomalies: tuple[Anomaly, ...]
    omitted: Omitted
    basis: Basis
    judged: int
    usual: Usd | None
    usual_of: tuple[str, ...]
    caveats: tuple[str, ...] = ()


FEWEST_DAYS = 14
FEWEST_MONTHS = 4
USUAL_DAYS = 30
# The most months that the newest invoiced one is compared with.
USUAL_MONTHS = 6
_DAYS_A_MONTH = 30
_RESOURCES = 5
_MOST_OF_IT = Decimal("0.8")
_TENTH = Decimal("0.1")
_A_DAY = timedelta(days=1)


def days_judged(snapshot: Snapshot, use: DailyUsage, days: int) -> list[date]:
    """Return the completed days, fully read, that are recent enough to compare."""
    today = snapshot.now.date()
    first = today - max(days, USUAL_DAYS) * _A_DAY
    return sorted(day for day in use.read if first <= day < today)


def unusual_days(
    snapshot: Snapshot,
    use: DailyUsage,
    first_uses: Sequence[FirstUse] = (),
    *,
    days: int = USUAL_DAYS,
    limit: int = 10,
) -> AnomaliesReport:
    """Report days with unusual usage of a service, and first uses.

    ``use`` is the daily usage. A first use in ``first_uses`` replaces unusual days that it
    explains. ``days`` is how far back to report, ``limit`` the number of rows. With fewer than
    ``FEWEST_DAYS`` days to compare, the basis is none.
    """
    judged = days_judged(snapshot, use, days)
    new = [_first_use(row, snapshot) for row in first_uses]
    if len(judged) < FEWEST_DAYS:
        return _report(snapshot, new, "none", len(judged), None, limit=limit)
    by_service = use.by_service()
    usual = median(
        total_of(dollars.get(day, ZERO) for dollars in by_service.values()) for day in judged
    )
    since = (snapshot.now.date() - days * _A_DAY).isoformat()
    explained = {(row.service, name) for row in new for name in row.resources}
    found: list[Anomaly] = []
    for service in sorted(by_service):
        points = [day for day in judged if (service, day) not in use.restarts]
        if len(points) < FEWEST_DAYS:
            continue
        values = by_day(by_service[service], points)
        for stretch in unusual_stretches(values, points, floor_of(usual)):
            row = _row(
                "unusual_use",
                service,
                (stretch.first.isoformat(), stretch.last.isoformat()),
                (stretch.expected, stretch.actual),
                stretch.score,
            )
            row = replace(row, resources=_moved_resources(row, use, points, snapshot))
            known = row.resources and {(service, name) for name in row.resources} <= explained
            if row.until >= since and not known:
                found.append(row)
    span = (judged[0].isoformat(), judged[-1].isoformat())
    return _report(snapshot, [*new, *found], "daily_history", len(judged), usual, span, limit=limit)


def _row(
    reason: str,
    service: str,
    span: tuple[str, str],
    amounts: tuple[Decimal, Decimal],
    score: Decimal | None,
) -> Anomaly:
    expected, actual = map(to_cents, amounts)
    a_month = reason == "unusual_month"
    return Anomaly(
        date=span[0],
        until=span[1],
        service=service,
        reason="unusual_month" if a_month else "unusual_use",
        expected=expected,
        actual=actual,
        delta=actual - expected,
        monthly_at_that_rate=(actual - expected) * (1 if a_month else _DAYS_A_MONTH),
        score=None
        if score is None
        else float(score.quantize(_TENTH, rounding=ROUND_HALF_UP) + ZERO),
        resources=(),
    )


def _first_use(found: FirstUse, snapshot: Snapshot) -> Anomaly:
    by_cost = sorted(found.resources, key=lambda row: (-(row.monthly_cost or ZERO), row.name))
    daily = to_cents(found.daily)
    return Anomaly(
        date=found.since.isoformat(),
        until=snapshot.now.date().isoformat(),
        service=found.service,
        region=found.region or None,
        reason="first_use",
        expected=ZERO,
        actual=daily,
        delta=daily,
        monthly_at_that_rate=to_cents(found.monthly),
        score=None,
        resources=tuple(dict.fromkeys(row.name for row in by_cost))[:_RESOURCES],
    )


def _moved_resources(
    row: Anomaly, use: DailyUsage, points: Sequence[date], snapshot: Snapshot
) -> tuple[str, ...]:
    """Return the resources whose usage on those days differed most from their usual usage."""
    during = [day for day in points if row.date <= day.isoformat() <= row.until]
    others = [day for day in points if day not in during] or during
    moves = {
        thing: total_of(by_day(dollars, during)) / len(during) - median(by_day(dollars, others))
        for thing, dollars in use.by_thing(row.service).items()
    }
    return _largest_moves(moves, row.delta, snapshot, use.names)


def _largest_moves(
    moves: Mapping[str, Decimal],
    delta: Decimal,
    snapshot: Snapshot,
    called: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Return the names of the largest moves in the direction of ``delta``, until they explain it.

    ``called`` are names from lines, for deleted resources.
    """
    known, called = snapshot.by_id(), called or {}
    names = {
        thing: known[thing].name if thing in known else called.get(thing, thing) for thing in moves
    }
    sign = 1 if delta > 0 else -1
    along = {thing: sign * move for thing, move in moves.items() if to_cents(sign * move) > 0}
    shown: list[str] = []
    so_far = ZERO
    for thing in sorted(along, key=lambda thing: (-along[thing], names[thing])):
        if so_far >= abs(delta) * _MOST_OF_IT:
            break
        shown.append(names[thing])
        so_far += along[thing]
    return tuple(dict.fromkeys(shown))[:_RESOURCES]


def unusual_month(
    snapshot: Snapshot, first_uses: Sequence[FirstUse] = (), *, limit: int = 10
) -> AnomaliesReport:
    """Compare each service's cost in the newest invoiced month with the median of earlier ones."""
    new = [_first_use(row, snapshot) for row in first_uses]
    bills = [b for b in monthly_bills(snapshot).values() if b.invoiced]
    bills = bills[-USUAL_MONTHS - 1 :]
    if len(bills) < FEWEST_MONTHS:
        return _report(snapshot, new, "none", len(bills), None, limit=limit)
    newest = bills[-1]
    sums, *before = [_sums(bill, _service_of) for bill in reversed(bills)]
    floor = floor_of(total_of(sums.values()))
    found: list[Anomaly] = []
    for service in sorted({name for month in (sums, *before) for name in month}):
        usual, actual = [month.get(service, ZERO) for month in before], sums.get(service, ZERO)
        if is_unusual(actual, usual, floor):
            row = _row(
                "unusual_month",
                service,
                (newest.month.name, newest.month.name),
                (median(usual), actual),
                robust_score(actual, usual),
            )
            now, *then = [_things(bill, service) for bill in reversed(bills)]
            moves = {
                thing: now.get(thing, ZERO) - median(month.get(thing, ZERO) for month in then)
                for thing in {name for month in (now, *then) for name in month}
            }
            found.append(replace(row, resources=_largest_moves(moves, row.delta, snapshot)))
    usual_bill = median(total_of(month.values()) for month in before)
    found += _first_overage(bills, snapshot)
    names = tuple(bill.month.name for bill in bills[:-1])
    return _report(snapshot, [*new, *found], "invoices", len(bills), usual_bill, names, limit=limit)


def _first_overage(bills: Sequence[MonthlyBill], snapshot: Snapshot) -> list[Anomaly]:
    """Return the overage of each service in the first month that has any, of any amount.

    That is the running month, or the newest invoiced one.
    """
    months = [(bill.month.name, _overage(bill.charges)) for bill in bills]
    months.append((snapshot.month.name, _overage(snapshot.month_charges or ())))
    found: list[Anomaly] = []
    for place in (len(months) - 1, len(months) - 2):
        name, sums = months[place]
        for service, amount in sums.items():
            if not any(service in earlier for _, earlier in months[:place]):
                row = _row("unusual_month", service, (name, name), (ZERO, amount), None)
                found.append(replace(row, reason="first_overage"))
    return found


def _overage(charges: Iterable[Charge]) -> dict[str, Decimal]:
    """Return the dollars of overage by service, without those of nothing."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for charge in charges:
        if is_overage(charge):
            sums[charge.service] += charge.total
    return {service: amount for service, amount in sums.items() if to_cents(amount) > 0}


def unjudged_months(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the invoiced months after the newest one with all its lines read."""
    names: list[str] = []
    for bill in monthly_bills(snapshot).values():
        if bill.source != "invoices":
            continue
        names = [] if bill.invoiced else [*names, bill.month.name]
    return tuple(names)


def _service_of(charge: Charge) -> str:
    return charge.service


def _things(bill: MonthlyBill, service: str) -> dict[str, Decimal]:
    rows = replace(bill, charges=tuple(c for c in bill.charges if c.service == service))
    return _sums(rows, lambda charge: charge.resource_id or _called(charge))


def _called(charge: Charge) -> str:
    return name_in(charge) or charge.description or charge.product


def _sums(bill: MonthlyBill, key: Callable[[Charge], str]) -> dict[str, Decimal]:
    """Sum the charges of a month by key, without tax, credits and discounts."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for charge in bill.charges:
        if charge.total >= 0 and charge.service not in NOT_RESOURCES:
            sums[key(charge)] += charge.total
    return sums


def _report(
    snapshot: Snapshot,
    rows: Sequence[Anomaly],
    basis: Basis,
    judged: int,
    usual: Decimal | None,
    usual_of: tuple[str, ...] = (),
    *,
    limit: int,
) -> AnomaliesReport:
    ordered = sorted(rows, key=lambda row: (-abs(row.monthly_at_that_rate), row.date, row.service))
    rest = ordered[limit:]
    unjudged = _unjudged(() if basis == "daily_history" else unjudged_months(snapshot))
    return AnomaliesReport(
        anomalies=tuple(ordered[:limit]),
        omitted=Omitted(len(rest), total_of(row.delta for row in rest)),
        basis=basis,
        judged=judged,
        usual=None if usual is None else to_cents(usual),
        usual_of=usual_of,
        caveats=caveats_with(snapshot, [*unjudged, *unknown_products(snapshot.charges)]),
    )


def _unjudged(unjudged: Sequence[str]) -> list[str]:
    if not unjudged:
        return []
    return [f"{', '.join(unjudged)} could not be fully read and is not judged: ask again."]
