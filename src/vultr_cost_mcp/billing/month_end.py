"""Project a whole bill to the month's end, before tax: how much, by when (D24 to D27)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.projection import ProjectedCharge, project_charges, without_line
from vultr_cost_mcp.billing.proration import prorate_until
from vultr_cost_mcp.billing.services import is_overage
from vultr_cost_mcp.domain.bill import BillTotals
from vultr_cost_mcp.domain.invoice import tax_of
from vultr_cost_mcp.money import HUNDRED, ZERO, percent_of, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.snapshot import Snapshot

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)
# The most credit notes to read in a row; each costs a GET request and tells no tax.
_MOST_CREDIT_NOTES = 5


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """Projected charges, resources without a line among them, and overage not on a line yet."""

    courses: tuple[ProjectedCharge, ...]
    overage: Decimal
    month: Month
    now: datetime

    @property
    def so_far(self) -> Decimal:
        """Dollars on the bill now."""
        return total_of(course.so_far for course in self.courses)

    @property
    def at_month_end(self) -> Decimal:
        """Dollars at the end of the month."""
        return self.at(self.month.end)

    def at(self, instant: datetime) -> Decimal:
        """Return dollars at an instant up to the month's end; overage grows evenly until then."""
        span = (self.month.end - self.now) // _TICK
        share = (instant - self.now) // _TICK
        overage = self.overage * share / span if span > 0 else self.overage
        return total_of(course.at(instant) for course in self.courses) + overage

    def only(self, counts: Callable[[ProjectedCharge], bool], *, overage: bool) -> MonthEnd:
        """Return the projection of charges that pass ``counts``, with or without overage."""
        courses = tuple(course for course in self.courses if counts(course))
        return replace(self, courses=courses, overage=self.overage if overage else ZERO)

    def with_courses(self, courses: Iterable[ProjectedCharge]) -> MonthEnd:
        """Return this projection with more charges added."""
        return replace(self, courses=(*self.courses, *courses))

    def first_day(self, is_reached: Callable[[Decimal], bool]) -> date | None:
        """Return the UTC day of this month by whose end a sum is reached (D26, D27).

        The day may be in the past. None if it was reached before now and the lines cannot be dated.
        Once ``is_reached`` is true for an amount, it must be true for larger ones.
        """
        today = self.now.astimezone(UTC).date()
        if is_reached(self.so_far):
            return self._day_passed(is_reached, today)
        days = _days(today, self.month.end.date())
        found = bisect_left(days, x=True, key=lambda day: is_reached(self.at(_end_of(day))))
        return days[found] if found < len(days) else None

    def _day_passed(self, is_reached: Callable[[Decimal], bool], today: date) -> date | None:
        """Return the past day by whose end a sum was reached, from prorated lines (D29)."""
        days = _days(self.month.start.date(), today)
        if not days:
            return today
        lines = [course.charge for course in self.courses if course.charge and course.so_far]
        placed = [row for charge in lines if (row := _placed(charge, self.now)) is not None]
        if len(placed) < len(lines):
            return None

        def reached(day: date) -> bool:
            counted = (prorate_until(charge, self.month, _end_of(day)) for charge in placed)
            return is_reached(total_of(row.amount for row in counted if row is not None))

        if any(charge.total < 0 for charge in placed):
            # A credit can take spend below the sum again, so it may be reached twice.
            return next((day for day in days if reached(day)), today)
        found = bisect_left(days, x=True, key=reached)
        return days[found] if found < len(days) else today


def _days(first: date, end: date) -> list[date]:
    """Return the days from ``first`` up to, not including, ``end``."""
    return [first + number * _DAY for number in range((end - first).days)]


def _end_of(day: date) -> datetime:
    return datetime.combine(day + _DAY, datetime.min.time(), UTC)


def _placed(charge: Charge, now: datetime) -> Charge | None:
    """Return a line with both dates; a running one ends now. None if it has no start."""
    line = charge
    start, end = line.span or (line.start, line.end or now)
    if start is None:
        return None
    if start == line.start and end == line.end:
        return charge
    return replace(charge, start=start, end=end)


def project_month_end(snapshot: Snapshot) -> MonthEnd:
    """Project the running month's lines to the month's end, without tax (D3).

    Invoiced lines stay fixed. Charges that continue have a line and a cap of their own (D1).
    """
    pending = [charge for charge in snapshot.charges or () if charge.service != "Tax"]
    invoiced = snapshot.invoiced_charges or ()
    courses = project_charges(pending, snapshot.month, snapshot.now)
    closed = [
        replace(course, mode="fixed", invoiced=True)
        for course in project_charges(invoiced, snapshot.month, snapshot.now)
    ]
    added = without_line(
        snapshot.resources or (),
        snapshot.charges or (),
        snapshot.month,
        snapshot.now,
        invoiced=invoiced,
    )
    stated = snapshot.bandwidth.projected_overage_cost if snapshot.bandwidth else ZERO
    return MonthEnd(
        courses=(*courses, *closed, *added),
        overage=max(ZERO, stated - _overage_on_lines([*pending, *invoiced])),
        month=snapshot.month,
        now=snapshot.now,
    )


def _overage_on_lines(charges: Iterable[Charge]) -> Decimal:
    """Return the dollars of bandwidth overage that lines charge already (D25)."""
    return total_of(
        charge.total for charge in charges if charge.service == "Networking" and is_overage(charge)
    )


def invoices_for_tax(snapshot: Snapshot) -> list[Invoice]:
    """Return the newest invoices, newest first, up to one with a positive amount.

    Credit notes and empty invoices tell nothing about the tax rate.
    """
    dated = [(row.date, row.id, row) for row in snapshot.invoices or () if row.date is not None]
    rows = [row for _, _, row in sorted(dated, reverse=True)]
    charging = next((number for number, row in enumerate(rows) if row.amount > 0), len(rows))
    return [*rows[: min(charging, _MOST_CREDIT_NOTES)], *rows[charging : charging + 1]]


def lines_of_tax(snapshot: Snapshot) -> tuple[Charge, ...]:
    """Return the lines of the invoice that gives the tax rate; empty if none does (D3)."""
    found = _taxing_invoice(snapshot)
    return () if found is None else found.lines or ()


def _taxing_invoice(snapshot: Snapshot) -> Invoice | None:
    """Return the newest invoice that has, or may have, positive charges; None without one."""
    return next(filter(_may_charge, invoices_for_tax(snapshot)), None)


def _may_charge(invoice: Invoice) -> bool:
    if BillTotals.exact_charges(invoice.lines or ()) > 0:
        return True
    return invoice.amount > 0 and not invoice.read_wholly


def expected_invoice(snapshot: Snapshot, total: Decimal) -> Decimal | None:
    """Return ``total`` plus tax at the newest tax rate known from an invoice, in cents.

    The rate is that of the newest invoice with positive charges. ``total`` is exact; it is rounded
    here, with its tax (D3, D4). None if the lines of that invoice, or the list of invoices, could
    not be read.
    """
    found = taxed_at(snapshot)
    return None if found is None else to_cents(found.add_to(total))


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The tax rate of an invoice: dollars of ``tax`` on ``before_tax``; both are exact."""

    tax: Decimal
    before_tax: Decimal

    def add_to(self, amount: Decimal) -> Decimal:
        """Return an amount with its tax."""
        return amount + amount * self.tax / self.before_tax

    def take_from(self, amount: Decimal) -> Decimal:
        """Return the amount before tax that comes to ``amount`` with it."""
        return amount * self.before_tax / (self.before_tax + self.tax)

    @property
    def percent(self) -> float | None:
        """Return the rate in percent, with one decimal."""
        return percent_of(self.tax, self.before_tax)


def taxed_at(snapshot: Snapshot) -> TaxRate | None:
    """Return the tax rate of the newest invoice with positive charges, zero without one (D3).

    None if the lines of that invoice, or the list of invoices, could not be read.
    """
    if snapshot.invoices is None:
        return None
    found = _taxing_invoice(snapshot)
    if found is None:
        return TaxRate(ZERO, HUNDRED)
    if found.lines is None or found.partial:
        return None
    lines = found.lines
    tax = tax_of(lines)
    before_tax = total_of(charge.total for charge in lines) - tax
    if before_tax <= 0:
        # Credits took all of it. Tax, if any, applied to the charges.
        before_tax = BillTotals.exact_charges(lines)
    return TaxRate(tax, before_tax)
