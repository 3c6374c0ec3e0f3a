"""Prepaid credit that is left: the balance minus uninvoiced charges (rules D5, D26)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.month_end import project_month_end, taxed_at
from vultr_cost_mcp.billing.months import closing_invoice
from vultr_cost_mcp.billing.projection import project_charges
from vultr_cost_mcp.domain.report_fields import TopUp, TopUpWithTax
from vultr_cost_mcp.money import ZERO, to_cents, total_of

if TYPE_CHECKING:
    from vultr_cost_mcp.billing.month_end import MonthEnd, TaxRate
    from vultr_cost_mcp.domain.bill import Charge, ChargeLine
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.snapshot import Snapshot

_LONGEST_RUNWAY_MONTHS = 24
_STEP = Decimal(10)
_NOTICE = timedelta(days=3)


def uninvoiced_charges(snapshot: Snapshot) -> tuple[Charge, ...]:
    """Return last month's lines that wait for their invoice (D5).

    Invoices are read a moment after the pending lines, so lines already on an invoice are removed.
    """
    if not snapshot.uninvoiced_previous:
        return ()
    invoiced = {
        _known_by(charge) for invoice in snapshot.invoices or () for charge in invoice.lines or ()
    }
    return tuple(c for c in snapshot.uninvoiced_previous if _known_by(c) not in invoiced)


def _known_by(line: ChargeLine) -> tuple[object, ...]:
    return (line.description, line.product, line.start, line.end, line.total)


def uninvoiced(snapshot: Snapshot) -> Decimal | None:
    """Return last month's uninvoiced dollars; None without pending lines."""
    if snapshot.charges is None:
        return None
    return total_of(charge.total for charge in uninvoiced_charges(snapshot))


def credit_of(snapshot: Snapshot) -> Decimal | None:
    """Return the credit available to this month's pending lines; negative if it is used up.

    A negative balance is credit, and the balance already includes invoiced charges (D26). None if
    the balance is unknown.
    """
    balance = snapshot.balance.balance if snapshot.balance else None
    return None if balance is None else -balance - to_cents(uninvoiced(snapshot) or ZERO)


def with_tax(snapshot: Snapshot) -> TaxRate | None:
    """Return the tax rate of the invoices to come; None if it is zero or not known (D3, D26)."""
    rate = taxed_at(snapshot)
    return rate if rate is not None and rate.tax > 0 else None


def credit_after_tax(snapshot: Snapshot, rate: TaxRate) -> Decimal | None:
    """Return the credit for this month's pending lines that is not for their tax (D26).

    So many dollars of charges before tax use it up with their tax. Last month's uninvoiced lines
    get their tax too, unless it is among them. None if the balance is unknown.
    """
    credit = credit_of(snapshot)
    if credit is None:
        return None
    waiting = uninvoiced_charges(snapshot) if snapshot.charges is not None else ()
    if not any(charge.service == "Tax" for charge in waiting):
        total = total_of(charge.total for charge in waiting)
        credit -= rate.add_to(total) - total
    return rate.take_from(credit)


def left_now(snapshot: Snapshot) -> Decimal | None:
    """Return the remaining credit in dollars, rounded to cents; None if the balance is unknown."""
    credit = credit_of(snapshot)
    if credit is None:
        return None
    return to_cents(max(ZERO, credit - to_cents(snapshot.pending_month_to_date)))


def month_of_next_invoice(snapshot: Snapshot) -> Month:
    """Return last month until its invoice exists, else the running one (D26)."""
    last = snapshot.month.previous
    waits = bool(uninvoiced_charges(snapshot)) and closing_invoice(snapshot, last) is None
    return last if waits else snapshot.month


def day_used_up(snapshot: Snapshot, outlook: MonthEnd) -> date | None:
    """Return the day on which the credit ran out; None if no line tells (D26).

    ``outlook`` covers the pending lines. Tax among them has used credit too.
    """
    tax = [charge for charge in snapshot.charges or () if charge.service == "Tax"]
    credit = credit_of(snapshot)
    if credit is None:
        return None
    spent = outlook.with_courses(project_charges(tax, snapshot.month, snapshot.now))
    if spent.so_far > credit:
        return spent.first_day(lambda amount: amount > credit)
    return spent.first_day(lambda amount: to_cents(amount) >= to_cents(credit))


@dataclass(frozen=True, slots=True)
class Runway:
    """The day on which credit runs out, and the dollars that its month then lacks."""

    runs_out_on: date
    month: Month
    lacking: Decimal


def runway_of(credit: Decimal, outlook: MonthEnd, snapshot: Snapshot) -> Runway | None:
    """Return the first UTC day on which spend exceeds ``credit``; None in over 24 months (D26).

    ``outlook`` covers the pending lines. Later months cost the sum of monthly prices.
    """
    month, left = outlook.month, credit - outlook.at_month_end
    this_month = outlook.first_day(lambda spent: spent > credit)
    if this_month is not None:
        return Runway(this_month, month, max(ZERO, -left))
    monthly = total_of(resource.monthly_cost or ZERO for resource in snapshot.resources or ())
    for _ in range(_LONGEST_RUNWAY_MONTHS if monthly > 0 else 0):
        month = type(month).of(month.end)
        if left < monthly:
            # Multiply before dividing, so that a third of 30 days is exactly 10.
            days = left * (month.end - month.start).days // monthly
            day = (month.start + timedelta(days=int(days))).date()
            return Runway(day, month, monthly - left)
        left -= monthly
    return None


def runway_with_tax(snapshot: Snapshot, outlook: MonthEnd, rate: TaxRate) -> Runway | None:
    """Return the runway of credit that pays the tax of the invoices to come as well (D26).

    Its day may be in the past: what is spent used credit up with its tax. It is today where no line
    tells that day. ``lacking`` is before tax.
    """
    credit = credit_after_tax(snapshot, rate)
    if credit is None:
        return None
    runway = runway_of(credit, outlook, snapshot)
    dated = runway is not None and runway.month == outlook.month
    if dated or outlook.so_far <= credit:
        return runway
    today = snapshot.now.astimezone(UTC).date()
    return Runway(today, outlook.month, max(ZERO, outlook.at_month_end - credit))


def top_up(snapshot: Snapshot) -> TopUp | None:
    """Return when to add credit and how much: tens of dollars, three days before it runs out.

    The amount covers the month in which it runs out (D26). None without credit, without the
    bill's lines, or where the credit lasts over 24 months, with tax too.
    """
    credit = credit_of(snapshot)
    stated = snapshot.balance.balance if snapshot.balance else None
    if credit is None or stated is None or stated >= 0 or snapshot.charges is None:
        return None
    outlook = project_month_end(snapshot).only(lambda course: not course.invoiced, overage=True)
    before_tax = _advice(snapshot, runway_of(credit, outlook, snapshot))
    rate, taxed = with_tax(snapshot), None
    if rate is not None:
        taxed = _advice(snapshot, runway_with_tax(snapshot, outlook, rate), rate)
    if before_tax is None:
        return None if taxed is None else TopUp(None, None, None, None, taxed)
    by, amount = before_tax.by, before_tax.amount
    return TopUp(by, amount, before_tax.until, before_tax.runs_out_on, taxed)


def _advice(
    snapshot: Snapshot, runway: Runway | None, rate: TaxRate | None = None
) -> TopUpWithTax | None:
    """Return the top-up that a runway needs, with the tax of a rate; None if it lacks nothing."""
    if runway is None or not runway.lacking:
        return None
    today = snapshot.now.astimezone(UTC).date()
    day = runway.runs_out_on if left_now(snapshot) else today
    amount = runway.lacking if rate is None else rate.add_to(runway.lacking)
    return TopUpWithTax(max(today, day - _NOTICE), _in_steps(amount), runway.month.name, day)


def _in_steps(amount: Decimal) -> Decimal:
    """Return dollars rounded up to tens."""
    return (amount / _STEP).to_integral_value(ROUND_CEILING) * _STEP
