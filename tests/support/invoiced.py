"""An account with five invoices, each figure of which is computed by hand in the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.nouns import at, charge, snapshot, usd
from vultr_cost_mcp.domain.bill import Charge
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Snapshot

COMPUTE, BALANCER = "Vultr Cloud Compute", "Load Balancer"


def hourly(total: str, start: str, end: str, product: str = COMPUTE) -> Charge:
    """Make an hourly line of a finished month."""
    service = "Load Balancers" if product == BALANCER else "Cloud Compute"
    return charge(
        total, service, product=product, start=at(start), end=at(end), units=720, running=False
    )


OCTOBER = [
    hourly("100.00", "2026-10-01", "2026-11-01"),
    charge("-5.00", "Credits and Discounts", product="Credit", unit_type="discount"),
    charge("15.00", "Tax", product="Sales Tax", unit_type="flat"),
]
SEPTEMBER = [
    hourly("40.00", "2026-09-01", "2026-10-01"),
    hourly("20.00", "2026-09-01", "2026-10-01", BALANCER),
]
# Made in the middle of September for something that is not charged by the hour.
SETUP = [charge("12.00", "Other", product="Setup", unit_type="flat", start=None, end=None)]
A_YEAR_AGO = [hourly("30.00", "2025-11-01", "2025-12-01")]
BEFORE_THAT = [hourly("7.00", "2025-10-01", "2025-11-01")]

INVOICES = (
    Invoice("100", at("2025-12-01"), usd("30.00")),
    Invoice("103", at("2026-11-01"), usd("110.00")),
    Invoice("102", at("2026-10-01"), usd("60.00")),
    Invoice("99", at("2025-11-01"), usd("7.00")),
    Invoice("101", at("2026-09-15"), usd("12.00")),
)
LINES: dict[str, Sequence[Charge]] = {
    "103": OCTOBER,
    "102": SEPTEMBER,
    "101": SETUP,
    "100": A_YEAR_AGO,
    "99": BEFORE_THAT,
}


def account(
    invoices: Sequence[Invoice] | None = INVOICES,
    lines: Mapping[str, Sequence[Charge]] = LINES,
    *,
    without: Sequence[str] = (),
    half: Sequence[str] = (),
    **named: Any,
) -> Snapshot:
    """Make the account; the lines of ``without`` were not read, those of ``half`` in part."""
    return snapshot(
        **{
            "invoices": None if invoices is None else tuple(invoices),
            "invoice_charges": {k: tuple(v) for k, v in lines.items() if k not in without},
            "asked_invoices": frozenset(row.id for row in invoices or ()),
            "partial_invoices": frozenset(half),
            **named,
        }
    )
