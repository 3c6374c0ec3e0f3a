"""The months before: every line of a hand-made account, invoiced again and again."""

from __future__ import annotations

from dataclasses import replace

from vultr_cost_mcp.domain.bill import Charge
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Snapshot
from vultr_cost_mcp.money import total_of


def invoiced(shot: Snapshot, months: int = 5) -> Snapshot:
    """The account with an invoice for each of some months, every month a little dearer."""
    invoices: list[Invoice] = []
    charges: dict[str, tuple[Charge, ...]] = {}
    month = shot.month
    for back in range(1, months + 1):
        month = month.previous
        lines = tuple(_moved(charge, month, back) for charge in shot.charges or ())
        total = total_of(charge.total for charge in lines)
        invoices.append(Invoice(f"invoice-{back}", month.end, total))
        charges[f"invoice-{back}"] = lines
    return replace(
        shot,
        invoices=tuple(invoices),
        invoice_charges=charges,
        asked_invoices=frozenset(charges),
    )


def _moved(charge: Charge, month: Month, back: int) -> Charge:
    less = charge.total / (back + 1)
    return replace(charge, start=month.start, end=month.end, total=less, running=False)
