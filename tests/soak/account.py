"""An account for the clock of a program that runs: everything that costs, and months of invoices.

Nothing in it turns within the minutes of a test: no server becomes an hour old (D17), and the
bill's newest lines stay younger than two hours (D24).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random  # noqa: TID251  (seeded: the same account each time)
from typing import TYPE_CHECKING, Any

from tests.oracle import make_account

if TYPE_CHECKING:
    from tests.support.double import Account

SEED = 21
SERVERS = 9
MONTHS = 5
PAGE_ROWS = 4
_AGE = timedelta(hours=1, minutes=5)
_LINES = (
    ("198.18.9.1 (1024 MB) [always]", "Vultr Cloud Compute", "hours", Decimal("5.00")),
    ("198.18.9.2 (4096 MB) [grows]", "Vultr Cloud Compute", "hours", Decimal("20.00")),
    ("Block Storage (data)", "Block Storage", "hours", Decimal("10.00")),
    ("Bandwidth Overage", "Bandwidth", "overage", Decimal("3.17")),
    ("VAT", "Tax", "flat", Decimal("7.21")),
)


def account_at(now: datetime) -> Account:
    """The account; as it was a little more than an hour before ``now``."""
    account = make_account(Random(SEED), now - _AGE, SERVERS)  # noqa: S311  (seeded)
    end = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for number in range(MONTHS):
        begin = (end - timedelta(days=1)).replace(day=1)
        lines = [_line(line, begin, end, MONTHS - number) for line in _LINES]
        account.invoices.append(_invoice(900 - number, end, lines))
        account.invoice_items[str(900 - number)] = lines
        end = begin
    _bill_last_month(account, now)
    return account


def _line(
    line: tuple[str, str, str, Decimal], begin: datetime, end: datetime, times: int
) -> dict[str, Any]:
    description, product, unit_type, total = line
    hourly = unit_type == "hours"
    total = total * times if "grows" in description else total
    return {
        "description": description,
        "product": product,
        "start_date": begin.isoformat(),
        "end_date": end.isoformat(),
        "units": 672 if hourly else 1,
        "unit_type": unit_type,
        "unit_price": (total / 672).quantize(Decimal("0.0001")) if hourly else total,
        "total": total,
    }


def _invoice(number: int, date: datetime, lines: list[dict[str, Any]]) -> dict[str, Any]:
    amount = sum((line["total"] for line in lines), Decimal(0))
    return {
        "id": number,
        "date": (date + timedelta(hours=3)).isoformat(),
        "description": f"Invoice #{number}",
        "amount": amount,
        "balance": amount,
    }


def _bill_last_month(account: Account, now: datetime) -> None:
    """Move last month's lines to an invoice: they are not pending any more (D5)."""
    billed = [row for row in account.pending if row not in _running(account, now)]
    account.pending = _running(account, now)
    account.account["pending_charges"] -= _sum(billed)


def _running(account: Account, now: datetime) -> list[dict[str, Any]]:
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return [row for row in account.pending if datetime.fromisoformat(row["end_date"]) > month]


def _sum(rows: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(str(row["total"])) for row in rows), Decimal(0))


def spent(account: Account, now: datetime) -> Decimal:
    """Sum the lines of the current month from the wire, pending and invoiced in it (D1, D5)."""
    return _sum(_running(account, now)) + invoiced_in(account, now)


def invoiced_in(account: Account, now: datetime) -> Decimal:
    """Sum the lines of the current month that a mid-month invoice has, without tax (D1)."""
    return _sum(_invoiced(account, now))


def _invoiced(account: Account, now: datetime) -> list[dict[str, Any]]:
    """Return the lines of mid-month invoices that begin in the current month, without tax."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    early = month + timedelta(days=3)
    return [
        row
        for invoice in account.invoices
        if datetime.fromisoformat(invoice["date"]) >= early
        for row in account.invoice_items[str(invoice["id"])]
        if datetime.fromisoformat(row["start_date"]) >= month and row["product"] != "Tax"
    ]
