"""The part of a month on its invoices: which lines, and how many dollars (D1, D6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.nouns import MONTH, at, charge, known, snapshot, thing, usd
from vultr_cost_mcp.billing.mid_month import (
    in_no_month,
    in_two_months,
    invoiced_at,
    invoiced_charges,
    lines_of_month,
    mid_month_invoices,
    mid_month_lines_since,
)
from vultr_cost_mcp.domain.bill import Charge
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Snapshot

FIRST, ELEVENTH = at("2026-11-01"), at("2026-11-11")


def hours(total: str, start: str, end: str) -> Charge:
    """Make an hourly line of a server."""
    return charge(total, start=at(start), end=at(end), description="[web]")


def flat(total: str, service: str = "Other") -> Charge:
    """Make a line without dates or hours."""
    return charge(total, service, unit_type="flat", start=None, end=None)


USED = hours("20", "2026-11-01", "2026-11-11")
OLDER = hours("3", "2026-10-20", "2026-11-02")
SETUP, TAX = flat("7"), flat("2", "Tax")


def invoice(id_: str, day: str, *lines: Charge) -> Invoice:
    """Make an invoice whose lines were read."""
    total = sum((row.total for row in lines), usd(0))
    return Invoice(id_, at(day), total, lines, asked=True)


MIDDLE = invoice("middle", "2026-11-11", USED, OLDER, SETUP, TAX)


def shot(*invoices: Invoice, **named: Any) -> Snapshot:
    """Make an account with these invoices."""
    return snapshot(invoices=invoices, **named)


def test_the_lines_of_the_month_begin_in_it_and_are_no_tax() -> None:
    """D1: the older line ends in November and is October's."""
    assert lines_of_month(MIDDLE, MONTH) == [USED, SETUP]


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        # 240 hours until the 6th began in October, 24 hours in November.
        (charge("5", start=None, end=at("2026-11-06"), units=240), False),
        (charge("5", start=None, end=at("2026-11-06"), units=24), True),
        # Without a span its start alone tells.
        (charge("5", start=at("2026-10-31"), end=None), False),
        (charge("5", start=FIRST, end=None), True),
        # Only an end: before the month, with its first moment, in it.
        (charge("5", start=None, end=at("2026-10-20")), False),
        (charge("5", start=None, end=FIRST), False),
        (charge("5", start=None, end=at("2026-11-02")), True),
    ],
)
def test_a_line_is_of_the_month_in_which_it_begins(row: Charge, *, counts: bool) -> None:
    """D1."""
    found = lines_of_month(invoice("1", "2026-11-11", USED, row), MONTH)
    assert found == ([USED, row] if counts else [USED])


def test_a_line_without_dates_follows_its_invoice() -> None:
    """D6: most of this invoice is October's, whatever its date."""
    october = hours("50", "2026-10-01", "2026-11-01")
    mixed = invoice("1", "2026-11-11", october, USED, SETUP)
    assert lines_of_month(mixed, MONTH) == [USED]


def test_an_invoice_without_an_hourly_line_adds_nothing() -> None:
    """D1: a credit note is no use of the month."""
    note = invoice("note", "2026-11-12", flat("-5"), TAX)
    assert lines_of_month(note, MONTH) == []


def test_dollars_of_this_months_invoices_that_are_no_use_of_it() -> None:
    """D1: 3.00 of October, a credit of 5.00, and 4.00 on an invoice of the month's first days."""
    note = invoice("note", "2026-11-12", flat("-5"), TAX)
    early = invoice("early", "2026-11-02", hours("4", "2026-11-01", "2026-11-02"), TAX)
    assert in_no_month(shot(MIDDLE)) == 3
    assert in_no_month(shot(MIDDLE, note, early)) == 3 - 5 + 4
    # Last month's invoice, and one that was not asked for, are no part of it.
    october = invoice("october", "2026-11-01", hours("50", "2026-10-01", "2026-11-01"))
    unasked = Invoice("unasked", at("2026-11-12"), usd(9), (flat("9"),))
    assert in_no_month(shot(october, unasked)) == 0
    assert in_no_month(shot()) == 0


def test_dollars_of_this_month_on_an_invoice_of_another() -> None:
    """D6: the invoice is October's by its dollars, and 20.00 of it are November's."""
    october = hours("50", "2026-10-01", "2026-11-01")
    mixed = invoice("1", "2026-11-11", october, USED)
    assert in_two_months(shot(mixed)) == 20
    assert in_two_months(shot(MIDDLE)) == 0
    assert in_two_months(shot(mixed, invoice("2", "2026-11-12", october, USED))) == 40


def test_what_is_invoiced_runs_no_more_and_finds_its_resource() -> None:
    """D1: the charge of the invoice is closed, whatever runs now."""
    account = shot(MIDDLE, resources=(thing("id", label="web"),))
    found, setup = known(invoiced_charges(account))
    assert (found.resource_id, found.running, found.total) == ("id", False, 20)
    assert (setup.resource_id, setup.running) == (None, False)
    # Where a list was not read, nothing tells that a resource is gone.
    lost = shot(MIDDLE)
    reasons = [
        known(found)[0].reason
        for found in (invoiced_charges(lost), invoiced_charges(lost, {"instance"}))
    ]
    assert reasons == ["destroyed", "no_match"]
    assert invoiced_charges(shot()) == ()
    assert invoiced_charges(snapshot(invoices=None)) is None
    assert invoiced_charges(shot(MIDDLE, Invoice("2", ELEVENTH, usd(1)))) is None


def test_invoices_of_the_middle_are_dated_after_the_third_day() -> None:
    """D1: of the month that is asked for, else of the running one."""
    days = ("2026-10-12", "2026-11-03", "2026-11-04", "2026-11-30", "2026-12-04")
    rows = [Invoice(day, at(day), usd(1)) for day in days]
    account = shot(*rows, Invoice("undated", None, usd(1)))
    assert [row.id for row in mid_month_invoices(account)] == ["2026-11-04", "2026-11-30"]
    october = Month.of(at("2026-10-01"))
    assert [row.id for row in mid_month_invoices(account, october)] == ["2026-10-12"]
    wanted = [row.id for row in mid_month_lines_since(account, october)]
    assert wanted == ["2026-10-12", "2026-11-04", "2026-11-30"]
    assert {row.detail for row in mid_month_lines_since(account, october)} == {"invoice_items"}


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (MIDDLE, True),
        (invoice("note", "2026-11-11", flat("-5")), False),
        # No line was read: one with an amount may be of the middle, a credit note is not.
        (Invoice("unread", ELEVENTH, usd(1)), True),
        (Invoice("unread", ELEVENTH, usd(0)), False),
        (Invoice("unread", ELEVENTH, usd(-1)), False),
    ],
)
def test_lines_begin_again_at_the_invoice_of_a_part(row: Invoice, *, counts: bool) -> None:
    """D1, D32."""
    assert invoiced_at(shot(row), MONTH) == ([ELEVENTH] if counts else [])
    assert invoiced_at(shot(row), MONTH.previous) == ([ELEVENTH] if counts else [])
    assert invoiced_at(shot(row), MONTH.next) == []
