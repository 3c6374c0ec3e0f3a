"""Whatever two months hold, the drivers sum to what changed (D30)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.months import NOV, OCT, SEP, charges_of
from tests.support.nouns import NOW, known, snapshot
from vultr_cost_mcp.domain.bill import ChargeLine, MonthlyBill
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.questions.change.report import ChangeReport, change, shortened
from vultr_cost_mcp.questions.change.text import headline_change, render_change

LABELS = st.sampled_from(["web", "", "] [", "a) (b", "1024 MB", "tax", "203.0.113.9", "ü\u202e|`"])
TEXTS = st.sampled_from(
    [
        "203.0.113.7 (1024 MB) [{}]",
        "203.0.113.8 (2048 MB) [{}]",
        "203.0.113.7",
        "Thing ({})",
        "Block Storage 10 GB ({})",
        "Bandwidth Overage October 2026",
        "{}",
        "",
    ]
)
PRODUCTS = st.sampled_from(
    [
        "Vultr Cloud Compute",
        "Cloud GPU",
        "Vultr CDN",
        "Sales Tax",
        "Credit",
        "Bandwidth Overage",
        "",
    ]
)


@st.composite
def lines(draw: st.DrawFn, month: Month) -> ChargeLine:
    """Draw a line of a month, or of about that month, with anything missing or odd."""
    start = draw(st.none() | st.integers(-200, 800).map(lambda n: month.start + timedelta(hours=n)))
    length = draw(st.none() | st.integers(-5, 900))
    end = None if length is None else (start or month.start) + timedelta(hours=length)
    return ChargeLine(
        description=draw(TEXTS).format(draw(LABELS)),
        product=draw(PRODUCTS),
        start=start,
        end=end,
        units=draw(st.none() | st.integers(0, 800).map(Decimal)),
        unit_type=draw(
            st.sampled_from(["hours", "hours", "gb", "overage", "discount", "flat", ""])
        ),
        unit_price=draw(st.none() | st.decimals(0, 10, places=draw(st.integers(0, 8)))),
        total=draw(st.decimals(-500, 5000, places=draw(st.sampled_from([2, 2, 3, 6])))),
    )


@st.composite
def bills(draw: st.DrawFn, month: Month) -> MonthlyBill:
    """Draw the bill of a month, with more than one line of some things."""
    drawn = draw(st.lists(lines(month), max_size=10))
    again = draw(st.lists(st.sampled_from(drawn), max_size=3)) if drawn else []
    is_running = month == NOV
    charges = charges_of([*drawn, *again], NOW if is_running else month.end)
    source: Any = (
        "running" if is_running else draw(st.sampled_from(["invoices", "invoices", "unbilled"]))
    )
    return MonthlyBill(month, source, charges, complete=not is_running)


def holds(report: ChangeReport) -> None:
    """Check every sum, in whole cents."""
    rows = report.drivers
    assert (
        sum((row.delta for row in rows), Decimal(0)) + known(report.omitted.total) == report.delta
    )
    assert report.delta == report.to.total - report.from_.total
    assert report.increases + report.decreases == report.delta
    assert all(row.delta == row.to_total - row.from_total != 0 for row in rows)
    assert all(row.delta == round(row.delta, 2) for row in rows)
    sizes = [abs(row.delta) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(row.kind == "rounding" for row in rows) <= 1
    assert sum(row.kind == "tax" for row in rows) <= 1


@settings(max_examples=80, deadline=None)
@given(before=bills(SEP), after=bills(OCT), limit=st.integers(0, 20))
def test_whole_months(before: MonthlyBill, after: MonthlyBill, limit: int) -> None:
    """D29, D30: forth and back."""
    there = change(snapshot(()), before, after)
    back = change(snapshot(()), after, before)
    assert there.delta == -back.delta
    for report in (there, back, shortened(there, limit)):
        holds(report)
        assert report.basis == "full"
    if before.source == after.source == "invoices":
        total = sum((charge.total for charge in after.charges), Decimal(0))
        assert abs(there.to.total - total) <= Decimal("0.005")
    assert headline_change(there, before.month, after.month)
    assert render_change(there, before.month, after.month)


@settings(max_examples=80, deadline=None)
@given(before=bills(OCT), after=bills(NOV))
def test_the_same_point(before: MonthlyBill, after: MonthlyBill) -> None:
    """D29, D30: no side has tax, and whole months stand beside."""
    report = change(snapshot(after.charges), before, after)
    holds(report)
    assert report.basis == "same_point"
    assert all(row.kind != "tax" for row in report.drivers)
    assert report.full_month is not None
    untaxed = [charge.total for charge in after.charges if charge.service != "Tax"]
    assert abs(report.to.total - sum(untaxed, Decimal(0))) <= Decimal("0.005")


@settings(max_examples=40, deadline=None)
@given(bill=bills(SEP))
def test_a_month_against_itself_has_no_driver(bill: MonthlyBill) -> None:
    """D30."""
    report = change(snapshot(()), bill, bill)
    assert (report.delta, report.drivers) == (0, ())
