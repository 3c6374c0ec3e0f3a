"""A whole bill on its way to the month's end, before tax: how much, by when (D24 to D27)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.invoice import tax_of
from vultr_cost_mcp.money import ZERO, to_cents, total_of
from vultr_cost_mcp.prices.projection import Course, courses_of, without_line
from vultr_cost_mcp.prices.services import is_overage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.snapshot import Snapshot

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Courses of lines and of resources without one, and overage that no line has yet."""

    courses: tuple[Course, ...]
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

    def only(self, counts: Callable[[Course], bool], *, overage: bool) -> Outlook:
        """What some courses come to, with or without the overage to come."""
        courses = tuple(course for course in self.courses if counts(course))
        return replace(self, courses=courses, overage=self.overage if overage else ZERO)

    def first_day(self, is_reached: Callable[[Decimal], bool]) -> date | None:
        """The first UTC day of this month by whose end a sum is reached, today if it is already.

        ``is_reached`` must stay true once it is: what is spent only grows.
        """
        today = self.now.astimezone(UTC).date()
        if is_reached(self.so_far):
            return today
        days = [today + number * _DAY for number in range((self.month.end.date() - today).days)]
        found = bisect_left(days, x=True, key=lambda day: is_reached(self.at(_end_of(day))))
        return days[found] if found < len(days) else None


def _end_of(day: date) -> datetime:
    return datetime.combine(day + _DAY, datetime.min.time(), UTC)


def outlook_of(snapshot: Snapshot) -> Outlook:
    """The outlook of the running month's lines, tax left out (D3)."""
    charges = snapshot.charges or ()
    before_tax = [charge for charge in charges if charge.service != "Tax"]
    courses = courses_of(before_tax, snapshot.month, snapshot.now)
    added = without_line(snapshot.resources or (), charges, snapshot.month, snapshot.now)
    stated = snapshot.bandwidth.projected_overage_cost if snapshot.bandwidth else ZERO
    return Outlook(
        courses=(*courses, *added),
        overage=max(ZERO, stated - _overage_on_lines(before_tax)),
        month=snapshot.month,
        now=snapshot.now,
    )


def _overage_on_lines(charges: Iterable[Charge]) -> Decimal:
    """Return the dollars of bandwidth overage that lines charge already (D25)."""
    return total_of(
        charge.line.total
        for charge in charges
        if charge.service == "Networking" and is_overage(charge.line)
    )


def expected_invoice(snapshot: Snapshot, total: Decimal) -> Decimal | None:
    """The next invoice with tax at the newest one's rate; None when that could not be read."""
    newest = snapshot.newest_invoice
    if newest is None:
        return None if snapshot.invoices is None else total
    if not snapshot.read_wholly(newest):
        return None
    lines = snapshot.invoice_charges[newest.id]
    tax = tax_of(lines)
    before_tax = total_of(charge.line.total for charge in lines) - tax
    return to_cents(total + total * tax / before_tax) if before_tax > 0 else total
