"""Invoices that were stored by older rules, as today's rules read them (D6, D11)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.nouns import at, line, usd
from vultr_cost_mcp.billing.kept import invoice_by_todays_rules
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.stored import FIRST_RULES, RULES, StoredInvoice

if TYPE_CHECKING:
    from datetime import datetime

HOURS = line("20", "web-1", start=at("2026-10-01"), end=at("2026-11-01"), units=744)
TAX = line("2", "VAT", "Tax", unit_type="flat", start=None, end=None)


def stored(date: datetime | None, *, by_hours: bool = True) -> StoredInvoice:
    """Make an invoice that older rules took for September's, with every line under Other."""
    lines = (HOURS, TAX) if by_hours else (TAX,)
    invoice = Invoice("1", date, usd(22))
    return StoredInvoice(
        invoice, "2026-09", tuple((row, "Other") for row in lines), rules=FIRST_RULES
    )


@pytest.mark.parametrize(
    ("made", "period"),
    [
        (stored(at("2026-11-01")), "2026-10"),
        # The dates of its hours decide without a date of its own.
        (stored(None), "2026-10"),
        (stored(at("2026-11-01"), by_hours=False), "2026-10"),
        # Nothing tells: it stays where it was.
        (stored(None, by_hours=False), "2026-09"),
    ],
)
def test_month_and_services_are_those_of_todays_rules(made: StoredInvoice, period: str) -> None:
    found = invoice_by_todays_rules(made)
    services = {row.description: service for row, service in found.lines}
    assert found.period == period
    assert found.invoice == made.invoice
    expected = {"web-1": "Cloud Compute", "VAT": "Tax"}
    assert services == {name: expected[name] for name in services}


def test_an_invoice_of_todays_rules_is_left_alone() -> None:
    made = replace(stored(at("2026-11-01")), rules=RULES)
    assert invoice_by_todays_rules(made) is made
