"""The account's money: this month's lines, thirteen invoices, the payments and the balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo import databases, fleet, managed, metal, network, shares, traffic, volumes
from vultr_cost_mcp.demo.bill import (
    THIS_MONTH,
    Line,
    Period,
    Use,
    credit_line,
    flat_line,
    whole_month,
)
from vultr_cost_mcp.demo.company import COMPANY, EMAIL, Row, instant
from vultr_cost_mcp.money import CENT, total_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTHS = tuple(
    whole_month(name)
    for name in (
        "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04",
        "2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10",
    )
)  # fmt: skip
LAST_MONTH = MONTHS[-1]

_FIRST_INVOICE = 41_208_150
_INVOICE_STEP = 1_317
# The start-up program gives this much off from its first month on.
_PROGRAM_FIRST_MONTH = "2026-03"
_PROGRAM_DOLLARS = Decimal(50)
# One invoice has tax: on the support subscription, whose registration came that month.
_TAXED_MONTH = "2026-10"
_TAX_RATE = Decimal("0.06625")
_ACLS = (
    "manage_users", "subscriptions_view", "subscriptions", "billing", "support", "provisioning",
    "dns", "abuse", "upgrade", "firewall", "alerts", "objstore", "loadbalancer",
)  # fmt: skip
# date, dollars, what it says: the company pays ahead
_PAYMENTS = (
    ("2025-10-20T09:00", "8000", "Wire transfer"),
    ("2026-02-12T10:15", "14000", "Wire transfer"),
    ("2026-03-01T00:10", "500", "Start-up program credit"),
    ("2026-05-04T09:40", "18000", "Wire transfer"),
    ("2026-08-05T11:25", "15000", "Wire transfer"),
    ("2026-11-04T10:05", "12000", "Wire transfer"),
)


@cache
def statement(period: Period) -> tuple[Line, ...]:
    """Every line of a period."""
    rooms = (fleet, metal, volumes, shares, databases, network, managed)
    found = [line for room in rooms for line in room.lines(period)]
    return (*found, *_account_lines(period, found))


def _account_lines(period: Period, before: list[Line]) -> Iterator[Line]:
    """The lines that belong to no resource: overage, discount, tax."""
    overage = traffic.overage_gb(period)
    if overage:
        described = f"Bandwidth Overage {period.start:%B %Y}"
        price = traffic.OVERAGE_GB_PRICE
        yield Use("Bandwidth Overage", described, overage, "overage", price).line(period)
    if period.name >= _PROGRAM_FIRST_MONTH:
        yield credit_line(period, "Start-up program discount", _PROGRAM_DOLLARS)
    if period.name == _TAXED_MONTH:
        taxed = total_of(line.total for line in before if line.product == "Custom Subscription")
        tax = (taxed * _TAX_RATE).quantize(CENT)
        yield flat_line(period, "Sales Tax", "Sales Tax 6.625% on support", tax)


def total(period: Period) -> Decimal:
    """What a period's lines come to."""
    return total_of(line.total for line in statement(period)).quantize(CENT)


@dataclass(frozen=True, slots=True)
class _Entry:
    id: int
    date: datetime
    type: str
    description: str
    amount: Decimal
    balance: Decimal


@cache
def _ledger() -> tuple[_Entry, ...]:
    """Invoices and payments, oldest first, with the balance after each; below zero is credit."""
    events: list[tuple[datetime, str, str, Decimal]] = [
        (instant(date), "credit", described, Decimal(dollars))
        for date, dollars, described in _PAYMENTS
    ]
    events += [(month.end, "invoice", "", total(month)) for month in MONTHS]
    balance = Decimal(0)
    found: list[_Entry] = []
    for place, (date, kind, described, dollars) in enumerate(sorted(events)):
        balance += dollars if kind == "invoice" else -dollars
        number = _FIRST_INVOICE + place * _INVOICE_STEP
        text = described or f"Invoice #{number}"
        found.append(_Entry(number, date, kind, text, dollars, balance))
    return tuple(found)


def account() -> Row:
    """The body of ``/account``."""
    paid = [entry for entry in _ledger() if entry.type == "credit"][-1]
    return {
        "name": COMPANY,
        "email": EMAIL,
        "acls": list(_ACLS),
        "balance": _ledger()[-1].balance,
        "pending_charges": total(THIS_MONTH),
        "last_payment_date": paid.date.isoformat(),
        "last_payment_amount": -paid.amount,
    }


def pending_rows() -> list[Row]:
    """The rows of ``/billing/pending-charges``."""
    return [line.row() for line in statement(THIS_MONTH)]


def history_rows() -> list[Row]:
    """The rows of ``/billing/history``, newest first; every amount is positive."""
    return [
        {
            "id": entry.id,
            "date": entry.date.isoformat(),
            "type": entry.type,
            "description": entry.description,
            "amount": entry.amount,
            "balance": entry.balance,
        }
        for entry in reversed(_ledger())
    ]


def invoice_rows() -> list[Row]:
    """The rows of ``/billing/invoices``, newest first, each dated on the 1st of the next month."""
    rows = [row for row in history_rows() if row["type"] == "invoice"]
    return [{name: part for name, part in row.items() if name != "type"} for row in rows]


def invoice_lines(invoice: str) -> list[Row] | None:
    """The rows of ``/billing/invoices/{id}/items``; None for an unknown invoice."""
    for row in invoice_rows():
        if str(row["id"]) == invoice:
            end = datetime.fromisoformat(str(row["date"]))
            month = whole_month(f"{end - timedelta(days=1):%Y-%m}")
            return [line.row() for line in statement(month)]
    return None


def invoice(wanted: str) -> Row | None:
    """The body of ``/billing/invoices/{id}``; None for an unknown invoice."""
    return next((row for row in invoice_rows() if str(row["id"]) == wanted), None)
