"""Caveats that several reports share."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.mid_month import in_two_months
from vultr_cost_mcp.billing.projection import without_course
from vultr_cost_mcp.domain.account_parts import EXISTING, LISTED
from vultr_cost_mcp.domain.bill import NOT_RESOURCES
from vultr_cost_mcp.domain.dates import day_name, month_name
from vultr_cost_mcp.domain.invoice import is_unusual
from vultr_cost_mcp.markdown import code, count, usd
from vultr_cost_mcp.money import ZERO, allocate, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge, MonthlyBill
    from vultr_cost_mcp.domain.invoice import Invoice, UnreadInvoice
    from vultr_cost_mcp.domain.snapshot import Snapshot

GROSS = "Monthly costs and savings leave out the bill's discounts: actual savings are lower."
NO_LINES = (
    "The bill was not read, so list prices are used: anything billed below them shows too high."
)

INVOICED = (
    "{amount} of this month is already invoiced and counts here. Each line has its own monthly "
    "cap, so a resource that is billed on both can cost more than its monthly price."
)
NOT_INVOICED = (
    "This month's invoices could not be read: anything that is already invoiced is missing here."
)
# What pending lines tell where the list of invoices could not be read (D1).
_TOLD = {
    "missing": "part of the month is probably on one: {why}. That part is missing here.",
    "whole": "charges go back to the first days of the month, so nothing seems to be missing.",
    "unknown": "no charge tells if part of the month is already invoiced, which is rare.",
}
CREDIT_AT_MOST = (
    "Some charges could not be read, so less credit may be left and it may run out sooner."
)
_NAMED = 3


def caveats_with(snapshot: Snapshot, own: Iterable[str]) -> tuple[str, ...]:
    """Return the caveats of a report: those of the whole snapshot, then its own, each once."""
    return tuple(dict.fromkeys([*snapshot.caveats, *own]))


def has_discounts(snapshot: Snapshot) -> bool:
    """Return whether the bill has negative lines (D2)."""
    return any(charge.total < 0 for charge in snapshot.month_charges or ())


def unknown_products(charges: Iterable[Charge] | None) -> list[str]:
    """Return a sentence that names the products without a known service, if any (D11)."""
    others = {
        code(charge.product or charge.description)
        for charge in charges or ()
        if charge.service == "Other"
    }
    if not others:
        return []
    named = ", ".join(sorted(others)[:_NAMED])
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    which = "Unknown products" if len(others) > 1 else "Unknown product"
    return [f"{which}, counted in Other and not as tax: {named}{more}."]


def credits_in_rows(charges: Iterable[Charge] | None) -> list[str]:
    """Return a sentence on credits and discounts within other services' rows (D2, D11)."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for charge in charges or ():
        if charge.total < 0 and charge.service not in NOT_RESOURCES:
            sums[charge.service] += charge.total
    if not sums:
        return []
    cents = allocate(sums)
    by_cost = sorted(cents, key=lambda service: (cents[service], service))
    parts = [f"{code(service)} {usd(cents[service])}" for service in by_cost[:_NAMED]]
    more = f" and {len(cents) - _NAMED} more" if len(cents) > _NAMED else ""
    whole = usd(total_of(cents.values()))
    return [
        (
            f"{whole} of credits and discounts is in the rows of the services that it is for: "
            f"{', '.join(parts)}{more}."
        )
    ]


def unprojected(charges: Iterable[Charge] | None) -> list[str]:
    """Return a sentence that names the lines that cannot be projected, if any (D24)."""
    lines = list(without_course(charges or ()))
    if not lines:
        return []
    named = _named(line.description or line.product for line in lines)
    some = count(len(lines), "hourly line lacks", "hourly lines lack")
    said = (
        f"{some} an end or a unit price, and a resource that would tell it, so month end may be "
        f"higher: {named}."
    )
    return [said]


def unpriced_running(snapshot: Snapshot) -> list[str]:
    """Return a sentence that names the unpriced resources without a line (D8, D24)."""
    billed = {charge.resource_id for charge in snapshot.month_charges or ()}
    resources = snapshot.resources or ()
    unknown = [r for r in resources if r.monthly_cost is None and r.key not in billed]
    if snapshot.charges is None or not unknown:
        return []
    some = count(len(unknown), "resource has", "resources have")
    named = _named(resource.name for resource in unknown)
    return [
        (f"{some} no known price and no line on the bill yet, so month end may be higher: {named}.")
    ]


def only_hourly(snapshot: Snapshot) -> list[str]:
    """Return a sentence on running lines without a resource: no monthly sum has them."""
    lines = _running_without_resource(snapshot)
    if not lines:
        return []
    some = count(len(lines), "running line has", "running lines have")
    verb = "is" if len(lines) == 1 else "are"
    named = _named(charge.description or charge.product for charge in lines)
    return [
        (
            f"{some} no resource and {verb} in the hourly and daily rate, not in the monthly one: "
            f"{named}."
        )
    ]


def perhaps_hidden(snapshot: Snapshot) -> list[str]:
    """Return a sentence on running lines of resources in no list: a policy may hide them (D16)."""
    lines = [] if snapshot.lacks(LISTED) else _running_without_resource(snapshot)
    if not lines:
        return []
    some = count(len(lines), "running line", "running lines")
    verb, what = ("matches", "it was") if len(lines) == 1 else ("match", "they were")
    them = "it" if len(lines) == 1 else "them"
    spent = usd(to_cents(sum((charge.total for charge in lines), ZERO)))
    named = _named(charge.description or charge.product for charge in lines)
    return [
        (
            f"{some} of the bill, {spent} to date, {verb} no listed resource: {what} just deleted, "
            f"or the API key's policy hides {them}. {named}."
        )
    ]


def _running_without_resource(snapshot: Snapshot) -> list[Charge]:
    """Return the running lines that no resource has, none if a list could not be read."""
    if snapshot.resources is None or snapshot.unread(EXISTING, snapshot.resources):
        return []
    return [
        charge
        for charge in snapshot.charges or ()
        if charge.hourly_rate and charge.reason in {"destroyed", "no_match"}
    ]


def _named(names: Iterable[str]) -> str:
    """Return the first names and the number of further ones."""
    every = [code(name) for name in names]
    more = f" and {len(every) - _NAMED:,} more" if len(every) > _NAMED else ""
    return f"{', '.join(every[:_NAMED])}{more}"


def price_caveats(snapshot: Snapshot) -> list[str]:
    """Return a caveat on prices if the bill's lines are missing (D8)."""
    return [NO_LINES] if snapshot.missing("pending_charges") else []


def credit_caveats(snapshot: Snapshot, rests_on: frozenset[str]) -> list[str]:
    """Return a caveat that credit is at most the stated amount if spend was not read (D26)."""
    stated = snapshot.balance.balance if snapshot.balance else None
    has_credit = stated is not None and stated < 0
    return [CREDIT_AT_MOST] if has_credit and snapshot.lacks(rests_on) else []


def invoiced_caveats(snapshot: Snapshot) -> list[str]:
    """Return the part of the current month that is invoiced, or that it is unknown (D1)."""
    invoiced = snapshot.invoiced_this_month
    said = [INVOICED.format(amount=usd(to_cents(invoiced)))] if invoiced else []
    found = snapshot.unread_invoice
    if found is not None:
        told = _TOLD[found.told].format(why=_older_than_its_line(found))
        some = "could not be read" if snapshot.invoices is None else "were read in part"
        return [*said, f"This month's invoices {some}; {told}"]
    unread = "invoices" if snapshot.invoices is None else "invoice_items"
    alone = snapshot.charges is None or unread == "invoice_items"
    lost = invoiced is None and alone and snapshot.missing(unread)
    return [*said, *([NOT_INVOICED] if lost else [])]


def _older_than_its_line(found: UnreadInvoice) -> str:
    """Return why part of the month is probably invoiced."""
    if found.since is None or found.begins is None:
        return "no running charge begins in the first days of the month, or with what it is for"
    return (
        f"{code(found.name)} has existed since {day_name(found.since)}, but its charges begin on "
        f"{day_name(found.begins)}"
    )


def two_months_caveats(snapshot: Snapshot) -> list[str]:
    """Return the part of the current month on an invoice for another month (D1, D6)."""
    both = to_cents(in_two_months(snapshot))
    if not both:
        return []
    name = month_name(snapshot.month.start)
    return [f"{usd(both)} of {name} is on an invoice for another month: it counts in both."]


def invoice_caveats(invoices: Iterable[Invoice]) -> list[str]:
    """Return the invoices with an unusual month, or one told by the date alone (D6)."""
    odd: list[str] = []
    half: list[str] = []
    for invoice in invoices:
        month, date = invoice.month, invoice.date
        if invoice.partial:
            half.append(invoice.id)
        elif is_unusual(invoice, month) and month is not None and date is not None:
            dated, name = day_name(date), month_name(month.start)
            odd.append(f"Invoice {invoice.id} of {dated} is for {name} by its lines.")
    if half:
        named = f"Invoice {half[0]} was" if len(half) == 1 else f"{len(half)} invoices were"
        odd.append(f"{named} read in part, so the month is told by the date alone.")
    return odd[:_NAMED]


def month_caveats(bill: MonthlyBill) -> list[str]:
    """Return caveats on a month that is over and not invoiced."""
    if bill.source != "unbilled":
        return []
    name = month_name(bill.month.start)
    if bill.invoices:
        return [f"{name} is partly invoiced; its pending lines are counted with that."]
    return [f"{name} is not invoiced yet; these are its pending lines."]


def stated_otherwise(bill: MonthlyBill) -> str:
    """Return a clause if invoices state another amount than their lines (D1), else ""."""
    stated = to_cents(total_of(invoice.amount for invoice in bill.invoices))
    lines = to_cents(bill.total)
    if bill.source != "invoices" or not bill.complete or stated == lines:
        return ""
    named = f"The invoices of {month_name(bill.month.start)} state {usd(stated)}"
    return f"{named}, their lines come to {usd(lines)}"
