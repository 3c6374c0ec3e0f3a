"""A whole bill on its way to the month's end, before tax: how much, by when (D24 to D27)."""

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
from vultr_cost_mcp.money import ZERO, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.snapshot import Snapshot

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)
# More of them in a row are read no further: that many GET requests would be spent on nothing.
_MOST_CREDIT_NOTES = 5


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """Courses of lines and of resources without one, and overage that no line has yet."""

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
        """Dollars at an instant from now to the month's end; overage grows evenly until then."""
        span = (self.month.end - self.now) // _TICK
        share = (instant - self.now) // _TICK
        overage = self.overage * share / span if span > 0 else self.overage
        return total_of(course.at(instant) for course in self.courses) + overage

    def only(self, counts: Callable[[ProjectedCharge], bool], *, overage: bool) -> MonthEnd:
        """What some courses come to, with or without the overage to come."""
        courses = tuple(course for course in self.courses if counts(course))
        return replace(self, courses=courses, overage=self.overage if overage else ZERO)

    def with_courses(self, courses: Iterable[ProjectedCharge]) -> MonthEnd:
        """Return what all this and some more courses come to."""
        return replace(self, courses=(*self.courses, *courses))

    def first_day(self, is_reached: Callable[[Decimal], bool]) -> date | None:
        """Return the first UTC day of this month by whose end a sum is reached (D26, D27).

        A day that is over where the sum is reached already, None where its lines cannot be placed.
        ``is_reached`` must stay true once it is: what is spent only grows.
        """
        today = self.now.astimezone(UTC).date()
        if is_reached(self.so_far):
            return self._day_passed(is_reached, today)
        days = _days(today, self.month.end.date())
        found = bisect_left(days, x=True, key=lambda day: is_reached(self.at(_end_of(day))))
        return days[found] if found < len(days) else None

    def _day_passed(self, is_reached: Callable[[Decimal], bool], today: date) -> date | None:
        """Return the first day by whose end a sum was reached, by what lines came to then (D29)."""
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
            # What a credit takes off again may be reached twice.
            return next((day for day in days if reached(day)), today)
        found = bisect_left(days, x=True, key=reached)
        return days[found] if found < len(days) else today


def _days(first: date, end: date) -> list[date]:
    """Return the days from the first one up to an end that no longer belongs to them."""
    return [first + number * _DAY for number in range((end - first).days)]


def _end_of(day: date) -> datetime:
    return datetime.combine(day + _DAY, datetime.min.time(), UTC)


def _placed(charge: Charge, now: datetime) -> Charge | None:
    """Return a line with both its dates; what goes on ends now, and None has no beginning."""
    line = charge
    start, end = line.span or (line.start, line.end or now)
    if start is None:
        return None
    if start == line.start and end == line.end:
        return charge
    return replace(charge, start=start, end=end)


def project_month_end(snapshot: Snapshot) -> MonthEnd:
    """The outlook of the running month's lines, tax left out (D3).

    What is on an invoice already stays as it is; what goes on has a line and a cap of its own (D1).
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
    """Return the newest invoices up to one of a positive amount, newest first.

    A credit note or an empty invoice tells nothing of the tax on what is charged.
    """
    dated = [(row.date, row.id, row) for row in snapshot.invoices or () if row.date is not None]
    rows = [row for _, _, row in sorted(dated, reverse=True)]
    charging = next((number for number, row in enumerate(rows) if row.amount > 0), len(rows))
    return [*rows[: min(charging, _MOST_CREDIT_NOTES)], *rows[charging : charging + 1]]


def lines_of_tax(snapshot: Snapshot) -> tuple[Charge, ...]:
    """Return the lines of the invoice that tells the tax; empty where none does (D3)."""
    found = _taxing_invoice(snapshot)
    return () if found is None else snapshot.invoice_charges.get(found.id, ())


def _taxing_invoice(snapshot: Snapshot) -> Invoice | None:
    """Return the newest invoice with positive charges, or one that may have them if read."""
    return next((row for row in invoices_for_tax(snapshot) if _may_charge(row, snapshot)), None)


def _may_charge(invoice: Invoice, snapshot: Snapshot) -> bool:
    lines = snapshot.invoice_charges.get(invoice.id, ())
    if BillTotals.exact_charges(lines) > 0:
        return True
    return invoice.amount > 0 and not snapshot.read_wholly(invoice)


def expected_invoice(snapshot: Snapshot, total: Decimal) -> Decimal | None:
    """Return ``total`` with tax at the rate of the newest invoice with positive charges, in cents.

    ``total`` is exact: it is rounded here, with its tax (D3, D4). None when the lines of that
    invoice, or the list of invoices, could not be read.
    """
    if snapshot.invoices is None:
        return None
    found = _taxing_invoice(snapshot)
    if found is None:
        return to_cents(total)
    if not snapshot.read_wholly(found):
        return None
    lines = snapshot.invoice_charges[found.id]
    tax = tax_of(lines)
    before_tax = total_of(charge.total for charge in lines) - tax
    if before_tax <= 0:
        # Credits took all of it: tax, if there is any, was on what was charged.
        before_tax = BillTotals.exact_charges(lines)
    return to_cents(total + total * tax / before_tax)
