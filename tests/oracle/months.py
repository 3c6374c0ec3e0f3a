"""An invoice's month, and its part in the current month (D1, D6 as amended)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from .reading import instant, is_hourly, line_of, month_start

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tests.support.double import Account

    from .reading import Line

EARLY = 3  # an invoice of the first days is the month before's


class Dated(Protocol):
    """The dates of a line."""

    @property
    def unit_type(self) -> str:
        """As the wire has it."""
        ...

    @property
    def total(self) -> Decimal:
        """Dollars."""
        ...

    @property
    def start(self) -> datetime | None:
        """From when; None when it is not said."""
        ...

    @property
    def end(self) -> datetime | None:
        """Until when; None when it is not said."""
        ...


def before(month: datetime) -> datetime:
    """The month before."""
    return month_start(month - timedelta(days=1))


def after(month: datetime) -> datetime:
    """The month after."""
    return month_start(month + timedelta(days=32))


def month_of_invoice(lines: Iterable[Dated], date: datetime | None) -> datetime | None:
    """D6: the month that most hourly dollars are for, else what the date says."""
    dollars = _dollars_by_month(lines)
    if dollars:
        most = max(dollars.values())
        best = sorted(month for month, total in dollars.items() if total == most)
        last = None if date is None else before(month_start(date))
        return last if last in best else best[-1]
    if date is None:
        return None
    month = month_start(date)
    return before(month) if date.astimezone(UTC).day <= EARLY else month


def _dollars_by_month(lines: Iterable[Dated]) -> dict[datetime, Fraction]:
    found: Counter[datetime] = Counter()
    for line in lines:
        if not is_hourly(line.unit_type) or not line.start or not line.end:
            continue
        span = line.end - line.start
        month = month_start(line.start)
        while month < line.end and span > timedelta(0):
            part = min(line.end, after(month)) - max(line.start, month)
            found[month] += abs(Fraction(line.total)) * Fraction(part / span)  # type: ignore[assignment]
            month = after(month)
    return {month: Fraction(total) for month, total in found.items() if total}


def lines_invoiced(account: Account, now: datetime) -> list[Line]:
    """D1: the lines of mid-month invoices that are for the running month, before tax."""
    this = month_start(now)
    found: list[Line] = []
    for row in account.invoices:
        date = instant(row["date"]) if row["date"] else None
        if date is None or month_start(date) != this or date.day <= EARLY:
            continue
        rows = account.invoice_items.get(str(row["id"]), [])
        lines = [line_of(len(found) + 10**6 + n, one, invoiced=True) for n, one in enumerate(rows)]
        if not any(line.is_hourly for line in lines):
            continue
        month = month_of_invoice(lines, date)
        for line in lines:
            begins = month if line.start is None else month_start(line.start)
            if begins == this and line.service != "Tax":
                found.append(line)
    return found
