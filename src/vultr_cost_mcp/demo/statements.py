"""The account's money: this month's lines, thirteen invoices, the payments and the balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo import traffic
from vultr_cost_mcp.demo.bill import (
    THIS_MONTH,
    Line,
    Period,
    Term,
    credit_line,
    flat_line,
    hourly_lines,
    use_line,
    whole_month,
)
from vultr_cost_mcp.demo.data import Row, id_of, instant, sample, table
from vultr_cost_mcp.demo.servers import servers
from vultr_cost_mcp.money import CENT, total_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = sample("statements")
LAST_MONTH = whole_month(_DATA["last_month"])
_A_DAY = timedelta(days=1)


@cache
def _invoiced_months() -> tuple[Period, ...]:
    months = [whole_month(_DATA["first_month"])]
    while months[-1] != LAST_MONTH:
        months.append(whole_month(f"{months[-1].end:%Y-%m}"))
    return tuple(months)


@cache
def statement(period: Period) -> tuple[Line, ...]:
    """Return every line of a period: servers, the lists in their order, and the account's own."""
    found = [line for server in servers() for line in hourly_lines(server.terms(), period)]
    for path, section in sample("lists").items():
        found += hourly_lines(_terms(section), period)
        found += hourly_lines(_terms_after(path), period)
        found += _use_lines(path, period)
    return (*found, *_account_lines(period, found))


def _terms(section: Row) -> Iterator[Term]:
    """Yield the terms that are billed by the hour for the rows of a list."""
    for row in table(section) if "product" in section else ():
        if row["bill"]:
            start = row.get("since") or row.get("date_created") or row["added_at"]
            line, monthly = section["line"].format(**row), Decimal(row["bill"])
            yield Term(section["product"], line, monthly, instant(start), owner=id_of(row["id"]))


def _terms_after(path: str) -> Iterator[Term]:
    for after, product, line, monthly, start, end, owner in _DATA["terms"]:
        if after == path:
            span = instant(start), instant(end) if end else None
            yield Term(product, line, Decimal(monthly), *span, owner=id_of(owner))


def _use_lines(path: str, period: Period) -> Iterator[Line]:
    for used in _DATA["uses"]:
        units = _units(used["units"], period)
        if units and used["after"] == path:
            yield use_line(used, units, period)


def _units(units: Row, period: Period) -> int:
    """Return the units of a period: they grow by as much every month."""
    if period.name == THIS_MONTH.name:
        return int(units["now"])
    since = instant(f"{units['since']}-01")
    months = (period.start.year - since.year) * 12 + period.start.month - since.month
    return 0 if months < 0 else int(units["first"] + units["more"] * months)


def _account_lines(period: Period, before: list[Line]) -> Iterator[Line]:
    """Yield the lines that belong to no resource: overage, discount, tax."""
    overage = traffic.overage_gb(period)
    if overage:
        used = {"product": "Bandwidth Overage", "line": f"Bandwidth Overage {period.start:%B %Y}"}
        price = {"unit_type": "overage", "unit_price": traffic.OVERAGE_GB_PRICE, "owner": ""}
        yield use_line({**used, **price}, overage, period)
    program, tax = _DATA["program"], _DATA["tax"]
    if period.name >= program["first_month"]:
        yield credit_line(period, program["line"], Decimal(program["dollars"]))
    if period.name == tax["month"]:
        taxed = total_of(line.total for line in before if line.product == tax["product"])
        yield flat_line(period, "Sales Tax", tax["line"], (taxed * tax["rate"]).quantize(CENT))


def total(period: Period) -> Decimal:
    """Return the sum of a period's lines, in dollars."""
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
    """Return invoices and payments, oldest first, with the balance after each; less is credit."""
    events: list[tuple[datetime, str, str, Decimal]] = [
        (instant(date), "credit", described, Decimal(dollars))
        for date, dollars, described in _DATA["payments"]
    ]
    events += [(month.end, "invoice", "", total(month)) for month in _invoiced_months()]
    balance = Decimal(0)
    found: list[_Entry] = []
    for place, (date, kind, described, dollars) in enumerate(sorted(events)):
        balance += dollars if kind == "invoice" else -dollars
        number = _DATA["first_invoice"] + place * _DATA["invoice_step"]
        text = described or f"Invoice #{number}"
        found.append(_Entry(number, date, kind, text, dollars, balance))
    return tuple(found)


def account() -> Row:
    """Return the body of ``/account``."""
    paid = [entry for entry in _ledger() if entry.type == "credit"][-1]
    return {
        **sample("account"),
        "balance": _ledger()[-1].balance,
        "pending_charges": total(THIS_MONTH),
        "last_payment_date": paid.date.isoformat(),
        "last_payment_amount": -paid.amount,
    }


def pending_rows() -> list[Row]:
    """Return the rows of ``/billing/pending-charges``."""
    return [line.row() for line in statement(THIS_MONTH)]


def history_rows() -> list[Row]:
    """Return the rows of ``/billing/history``, newest first; every amount is positive."""
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
    """Return the rows of ``/billing/invoices``, newest first, dated on the next month's 1st."""
    rows = [row for row in history_rows() if row["type"] == "invoice"]
    return [{name: part for name, part in row.items() if name != "type"} for row in rows]


def invoice_lines(invoice: Row) -> list[Row]:
    """Return the rows of ``/billing/invoices/{id}/items``."""
    end = datetime.fromisoformat(invoice["date"])
    return [line.row() for line in statement(whole_month(f"{end - _A_DAY:%Y-%m}"))]
