"""An invoice and the month that it is for (rules D3, D6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.money import total_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge, ChargeLine

_LATEST_DAY_FOR_LAST_MONTH = 3


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice as ``/billing/invoices`` states it; ``amount`` in dollars, tax included."""

    id: str
    date: datetime | None
    amount: Decimal


def month_of(invoice: Invoice, lines: Sequence[ChargeLine]) -> Month | None:
    """The month that holds the middle of the longest hourly line, else by the invoice's date (D6).

    None when neither an hourly line nor a date tells.
    """
    spans = [
        (line.end - line.start, line.start)
        for line in lines
        if line.hourly and line.start is not None and line.end is not None
    ]
    if spans:
        length, start = max(spans)
        return Month.of(start + length / 2)
    if invoice.date is None:
        return None
    month = Month.of(invoice.date)
    is_for_last_month = invoice.date - month.start < timedelta(days=_LATEST_DAY_FOR_LAST_MONTH)
    return month.previous if is_for_last_month else month


def tax_of(charges: Sequence[Charge]) -> Decimal:
    """Dollars of tax among the lines of an invoice."""
    return total_of(charge.line.total for charge in charges if charge.service == "Tax")
