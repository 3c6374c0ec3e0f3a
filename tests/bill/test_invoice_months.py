"""An invoice's month: the one with most of its hourly dollars (rule D6)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.double import Status, VultrDouble
from tests.support.mid_month import account, ask, ask_double, hourly
from tests.support.nouns import at, line, usd
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.domain.invoice import Invoice, month_of
from vultr_cost_mcp.domain.month import Month

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import ChargeLine

NOW = at("2026-11-15T12:00")


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


def of(total: str, start: str | None, end: str | None, **named: Any) -> ChargeLine:
    """One hourly line of so many dollars."""
    return line(
        total,
        start=None if start is None else at(start),
        end=None if end is None else at(end),
        **named,
    )


SEPTEMBER = of("13799.23", "2026-09-01", "2026-10-01")


@pytest.mark.parametrize(
    ("lines", "dated", "month"),
    [
        # A correction of 107 days does not move 13,804.23 of September.
        ([SEPTEMBER, of("5.00", "2026-06-01", "2026-09-16")], "2026-10-01", "2026-09"),
        ([SEPTEMBER, of("-5.00", "2026-06-01", "2026-09-16")], "2026-10-01", "2026-09"),
        # A long line's dollars lie where its hours do: a month of 3.00 each, and 4.00 more.
        ([of("9.20", "2026-07-01", "2026-10-01")], "2026-10-01", "2026-08"),
        (
            [of("9.20", "2026-07-01", "2026-10-01"), of("4.00", "2026-09-01", "2026-09-02")],
            "2026-10-01",
            "2026-09",
        ),
        # Credits count as much as charges.
        (
            [of("6.00", "2026-09-01", "2026-10-01"), of("-7.00", "2026-08-01", "2026-08-03")],
            "2026-10-01",
            "2026-08",
        ),
        # Equal: the month before the date, else the later one.
        (
            [of("5", "2026-09-01", "2026-10-01"), of("5", "2026-10-01", "2026-10-02")],
            "2026-10-02",
            "2026-09",
        ),
        (
            [of("5", "2026-07-01", "2026-08-01"), of("5", "2026-08-01", "2026-09-01")],
            "2026-10-02",
            "2026-08",
        ),
        (
            [of("5", "2026-07-01", "2026-08-01"), of("5", "2026-08-01", "2026-09-01")],
            None,
            "2026-08",
        ),
        # Hours without dollars tell nothing.
        ([of("0.00", "2026-06-01", "2026-07-01")], "2026-10-01", "2026-09"),
        ([of("0.00", "2026-06-01", "2026-07-01")], "2026-10-04", "2026-10"),
        # A threshold invoice is for the month of most of its dollars.
        (
            [of("500", "2026-10-01", "2026-11-01"), of("60", "2026-11-01", "2026-11-05")],
            "2026-11-05",
            "2026-10",
        ),
        (
            [of("50", "2026-10-01", "2026-11-01"), of("60", "2026-11-01", "2026-11-05")],
            "2026-11-05",
            "2026-11",
        ),
        # The hours tell the end, or the start, that a line lacks.
        ([of("5", "2026-08-01", None, units="672")], "2026-10-01", "2026-08"),
        ([of("5", None, "2026-09-01", units="672")], "2026-10-01", "2026-08"),
        ([of("5", None, None, units="672")], "2026-10-01", "2026-09"),
    ],
)
def test_the_month_is_that_of_most_dollars(
    lines: list[ChargeLine], dated: str | None, month: str
) -> None:
    """D6: absolute dollars of hourly lines, by the hours of their spans."""
    invoice = Invoice("7", None if dated is None else at(dated), usd(1))
    for given_ in (lines, lines[::-1]):
        found = month_of(invoice, given_)
        assert found is not None
        assert found.name == month


def test_an_invoice_that_was_read_in_part_goes_by_its_date() -> None:
    """D6: what is missing may be most of it."""
    invoice = Invoice("7", at("2026-11-01"), usd(1))
    found = month_of(invoice, [of("5", "2026-06-01", "2026-07-01")], whole=False)
    assert found is not None
    assert found.name == "2026-10"


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3000), st.integers(-500, 500))))
@settings(max_examples=150, deadline=None)
def test_the_month_is_that_of_a_count_by_hours(rows: list[tuple[int, int, int]]) -> None:
    """D6: hour by hour in whole numbers."""
    begin = at("2026-06-01")
    lines = [
        line(
            Decimal(cents) / 100,
            start=begin + timedelta(hours=first),
            end=begin + timedelta(hours=first + hours),
        )
        for first, hours, cents in rows
    ]
    sums: dict[Month, Decimal] = {}
    scale = 1
    for _, hours, _ in rows:
        scale *= hours or 1
    for first, hours, cents in rows:
        for number in range(hours or 1):
            month = Month.of(begin + timedelta(hours=first + number))
            share = Decimal(abs(cents) * (scale // (hours or 1)))
            sums[month] = sums.get(month, Decimal(0)) + share
    # Sums of so many digits are exact only where they are whole.
    assert all(amount == amount.to_integral_value() for amount in sums.values())
    found = month_of(Invoice("7", None, usd(1)), lines)
    best = [month for month, amount in sums.items() if amount and amount == max(sums.values())]
    if scale < 10**20:
        assert found == (max(best) if best else None)


@pytest.mark.anyio
async def test_a_month_that_is_neither_is_named() -> None:
    """D6: an invoice of November 1 for September is no mistake that is kept quiet."""
    late = hourly("60.00", "2026-09-01T00:00", "2026-10-01T00:00", units=720)
    made = account([], {"7": ("2026-11-01T00:00", [late])})
    listed = await ask(made, NOW, "list_invoices")
    assert listed["invoices"][0]["month"] == "2026-09"
    assert any("Invoice 7" in text and "September 2026" in text for text in listed["caveats"])
    months = await ask(made, NOW, "get_cost_history")
    assert any("Invoice 7" in text for text in months["caveats"])
    breakdown = await ask(made, NOW, "breakdown_by_service", period="2026-09")
    assert any("Invoice 7" in text for text in breakdown["caveats"])


@pytest.mark.anyio
async def test_that_the_date_told_for_want_of_lines_is_said() -> None:
    """D6, D33: half of an invoice's lines."""
    lines = [
        hourly("6.00", "2026-10-01T00:00", "2026-11-01T00:00", label=label, units=744)
        for label in ("web", "old")
    ]
    made = account([], {"7": ("2026-11-01T00:00", lines)})
    double = VultrDouble(made, date=NOW, page_size_cap=1)
    double.fail("/billing/invoices/7/items", Status(500), page=2)
    listed = await ask_double(double, NOW, "list_invoices")
    assert listed["invoices"][0]["month"] == "2026-10"
    assert any("Invoice 7 was read in part" in text for text in listed["caveats"])
