"""An invoice and the month that it is for (rules D3, D6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.money import ZERO, total_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge, ChargeLine

Told = Literal["missing", "whole", "unknown"]
_LATEST_DAY_FOR_LAST_MONTH = 3
_TICK = timedelta(microseconds=1)
# No line of a bill spans more: one that does tells nothing.
_LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice with the lines that were read, and the month that it is for.

    ``amount`` is stated in dollars, tax included. ``lines`` is None where none was read,
    ``partial`` says that some are missing, and ``asked`` that they were asked for. ``month`` is
    the month of its lines, else that of its date (D6); None where neither tells.
    """

    id: str
    date: datetime | None
    amount: Decimal
    lines: tuple[Charge, ...] | None = field(default=None, repr=False)
    asked: bool = False
    partial: bool = False
    month: Month | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Find the month, once for all who ask."""
        month = month_of(self, self.lines or (), whole=self.read_wholly)
        object.__setattr__(self, "month", month)

    @property
    def read_wholly(self) -> bool:
        """Return whether every line was read."""
        return self.lines is not None and not self.partial

    @property
    def stated(self) -> Invoice:
        """Return the invoice alone, as ``/billing/invoices`` states it."""
        return Invoice(self.id, self.date, self.amount)


@dataclass(frozen=True, slots=True)
class UnreadInvoice:
    """Verdict of the pending lines where the list of invoices was not read wholly.

    ``missing``: part of the month is probably on an invoice. ``whole``: lines since the first days
    are still pending. ``unknown``: neither. ``name``, ``since`` and ``begins`` are those of one
    resource that is older than its line, where there is one.
    """

    told: Told
    name: str = ""
    since: datetime | None = None
    begins: datetime | None = None


def month_of(invoice: Invoice, lines: Sequence[ChargeLine], *, whole: bool = True) -> Month | None:
    """Return the month of most of an invoice's hourly dollars, else that of its date (D6).

    The dollars of a line go to months by the hours of its span, those of a credit like those of a
    charge. Of equal months the one before the invoice's date wins, else the later. ``whole`` is
    False where not every line was read: then the date tells. None when nothing tells.
    """
    dollars = _dollars_by_month(lines) if whole else {}
    if not dollars:
        return _month_by_date(invoice)
    most = max(dollars.values())
    first = sorted(month for month, amount in dollars.items() if amount == most)
    before = Month.of(invoice.date).previous if invoice.date is not None else None
    return before if before in first else first[-1]


def is_unusual(invoice: Invoice, month: Month | None) -> bool:
    """Return whether an invoice is for neither the month of its date nor the one before (D6)."""
    if invoice.date is None or month is None:
        return False
    dated = Month.of(invoice.date)
    return month not in {dated, dated.previous}


def is_early(date: datetime) -> bool:
    """Return whether a day is one on which invoices of the month before are made (D6)."""
    return date - Month.of(date).start < timedelta(days=_LATEST_DAY_FOR_LAST_MONTH)


def _month_by_date(invoice: Invoice) -> Month | None:
    if invoice.date is None:
        return None
    month = Month.of(invoice.date)
    return month.previous if is_early(invoice.date) else month


def _dollars_by_month(lines: Sequence[ChargeLine]) -> dict[Month, Fraction]:
    """Divide the absolute dollars of hourly lines among months, exactly."""
    inside: dict[Month, Decimal] = {}
    sums: dict[Month, Fraction] = {}
    for line in lines:
        span = line.span if line.hourly and line.total else None
        if span is None or span[1] - span[0] > _LONGEST:
            continue
        start, end = span
        month = Month.of(start)
        if end <= month.end:
            inside[month] = inside.get(month, ZERO) + abs(line.total)
            continue
        while month.start < end:
            part = min(end, month.end) - max(start, month.start)
            share = Fraction(part // _TICK, (end - start) // _TICK)
            sums[month] = sums.get(month, Fraction(0)) + abs(Fraction(line.total)) * share
            month = month.next
    for month, amount in inside.items():
        sums[month] = sums.get(month, Fraction(0)) + Fraction(amount)
    return sums


def tax_of(charges: Sequence[Charge]) -> Decimal:
    """Dollars of tax among the lines of an invoice."""
    return total_of(charge.total for charge in charges if charge.service == "Tax")
