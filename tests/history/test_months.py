"""Every month's bill, the average and the trend (D2, D3, D31)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.nouns import MONTH, charge, known, snapshot, usd
from tests.support.over_time import flat, invoiced
from vultr_cost_mcp.domain.dates import period_name
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.questions.history.report import (
    NOT_READ,
    OTHERS,
    HistoryReport,
    history_by_month,
    shortened,
)
from vultr_cost_mcp.questions.history.text import headline_history

NAMES = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10")


def of(*amounts: str | int | Decimal | None) -> HistoryReport:
    """Ask for the months up to October that came to these charges, the newest last."""
    names = NAMES[len(NAMES) - len(amounts) :]
    bills = {n: [flat(a)] for n, a in zip(names, amounts, strict=True) if a is not None}
    return history_by_month(invoiced(bills), months=12)


def test_average_and_trend_of_four_months() -> None:
    """D31: every pair rises by 10 a month, and the median month is 115: 8.7 %."""
    report = of(100, 110, 120, 130)
    assert [(row.period, row.total) for row in report.rows] == [
        ("2026-07", 100),
        ("2026-08", 110),
        ("2026-09", 120),
        ("2026-10", 130),
    ]
    assert (report.average_monthly, report.complete_rows) == (usd(115), 4)
    assert (report.trend, report.trend_percent) == ("increasing", 8.7)
    assert report.average_daily is None


@pytest.mark.parametrize(
    ("amounts", "trend", "percent"),
    [
        (("95.50", "98.50", "101.50", "104.50"), "stable", 3.0),
        (("95.47", "98.49", "101.51", "104.53"), "increasing", 3.0),
        ((130, 120, 110, 100), "decreasing", -8.7),
        (("104.50", "101.50", "98.50", "95.50"), "stable", -3.0),
        ((100, 110, 500, 130, 140), "increasing", 7.7),
        ((100, 100, 100, 100), "stable", 0.0),
        ((0, 0, 0, 0), "stable", 0.0),
        ((0, 0, 0, 0, 9), "stable", 0.0),
        ((100, 110, 120), "unknown", None),
    ],
)
def test_trends(amounts: tuple[str | int, ...], trend: str, percent: float | None) -> None:
    """D31: within 3 % a month it is stable, under four months it is unknown."""
    report = of(*amounts)
    assert (report.trend, report.trend_percent) == (trend, percent)


@pytest.mark.parametrize(
    ("amounts", "jump"),
    [
        # A step is no trend: the usual change is nothing.
        ((100, 100, 100, 200, 200, 200), ("2026-08", 100)),
        ((200, 200, 200, 100, 100, 100), ("2026-08", -100)),
        # Nor is one that many small changes against it hide.
        ((100, 99, 98, 200, 199, 198), ("2026-08", 102)),
        # The usual change is 10, the slope over all of them 52.50.
        ((100, 110, 120, 300, 310, 320), ("2026-08", 180)),
        # Of equal ones the newest.
        ((100, 100, 200, 200, 300, 300, 300), ("2026-08", 100)),
    ],
)
def test_a_jump_is_named_instead_of_a_trend(
    amounts: tuple[int, ...], jump: tuple[str, int]
) -> None:
    """D31: where the median change of a month and the slope differ in sign or more than thrice."""
    names = [f"2026-{number:02}" for number in range(11 - len(amounts), 11)]
    bills = {name: [flat(amount)] for name, amount in zip(names, amounts, strict=True)}
    report = history_by_month(invoiced(bills), months=12)
    assert report.trend == "unknown"
    assert report.trend_percent is None
    named = known(report.jump)
    period, delta = jump
    assert named.period == period
    assert named.delta == delta
    assert period_name(named.period) in headline_history(report, MONTH, None)


@pytest.mark.parametrize(
    "amounts",
    [(100, 101, 99, 100, 101), (100, 110, 120, 130), (100, 100, 100, 100, 300), (100, 110, 120)],
)
def test_no_jump_is_named_beside_a_trend_or_without_four_months(amounts: tuple[int, ...]) -> None:
    """D31: within 3 % it is stable, whatever the little changes are."""
    assert of(*amounts).jump is None


def test_a_month_without_an_invoice_is_no_zero() -> None:
    """D31: 40 in four months is 10 a month, also with one of them missing; the median is 120."""
    report = of(100, 110, None, 130, 140)
    assert [row.period for row in report.rows] == ["2026-06", "2026-07", "2026-09", "2026-10"]
    assert (report.trend_percent, report.average_monthly) == (8.3, usd(120))
    assert report.without_row == ("2026-08",)


def test_a_year_has_twelve_months_in_a_trend() -> None:
    """D31: December to January is one month, 10 more like every other."""
    names = ("2025-11", "2025-12", "2026-01", "2026-02")
    bills = {name: [flat(100 + 10 * place)] for place, name in enumerate(names)}
    report = history_by_month(invoiced(bills), months=24)
    assert (report.trend, report.trend_percent) == ("increasing", 8.7)


def test_growth_from_nothing_has_no_percentage() -> None:
    """D31: the median month came to nothing, and yet the others grew."""
    report = of(0, 0, 0, 5, 9)
    assert (report.trend, report.trend_percent) == ("unknown", None)
    assert (of(0, 0, 0, 0).trend, of(0, 0, 0, 0).trend_percent) == ("stable", 0.0)


def test_months_after_the_last_invoice_are_missing_too() -> None:
    report = of(100, None)
    assert report.without_row == ("2026-10",)
    assert of().rows == of().without_row == ()


def test_tax_and_credits_are_in_the_total_and_in_no_average() -> None:
    """D2, D3: 100 of charges, 20 of credit, 9 of tax."""
    bill = [
        flat(100),
        flat(-20, "Credits and Discounts"),
        flat(9, "Tax"),
    ]
    (row,) = history_by_month(invoiced({"2026-10": bill}), months=12).rows
    assert (row.total, row.charges) == (89, 100)
    assert row.by_service == {"Cloud Compute": 100, "Credits and Discounts": -20, "Tax": 9}
    assert history_by_month(invoiced({"2026-10": bill}), months=12).average_monthly == 100


def test_services_sum_to_the_total_to_the_cent() -> None:
    """D4: three thirds of a cent are one cent."""
    bill = [flat("0.005", "CDN"), flat("0.005", "Backups"), flat("0.005", "Snapshots")]
    (row,) = history_by_month(invoiced({"2026-10": bill}), months=1).rows
    assert row.total == sum(row.by_service.values()) == usd("0.02")


def test_the_running_month_is_partial_and_counts_for_nothing() -> None:
    """D31: what is spent so far is a row, outside average and trend."""
    shot = invoiced({n: [flat(100)] for n in NAMES}, charges=[charge(7)])
    report = history_by_month(shot, months=12)
    row = report.rows[-1]
    assert (row.period, row.total, row.charges) == ("2026-11", 7, 7)
    assert (row.partial, row.source) == (True, "running")
    assert (report.average_monthly, report.trend, report.complete_rows) == (100, "stable", 5)


def test_last_month_that_is_not_invoiced_yet_is_whole() -> None:
    """D31, D5: its lines are final, only the invoice is missing."""
    shot = invoiced({"2026-09": [flat(100)]}, charges=(), uninvoiced_previous=(charge(50),))
    report = history_by_month(shot, months=12)
    assert [(r.period, r.total, r.partial, r.source) for r in report.rows] == [
        ("2026-09", 100, False, "invoices"),
        ("2026-10", 50, False, "unbilled"),
        ("2026-11", 0, True, "running"),
    ]
    assert report.average_monthly == 75


@pytest.mark.parametrize("how", ["failed", "partial"])
def test_a_month_with_a_failed_page_has_the_invoices_amount_and_no_charges(how: str) -> None:
    """D31, D33: the rest of the amount is not read, and the month is left out of both."""
    bills = {n: [flat(100), flat(40, "CDN")] for n in NAMES}
    shot = invoiced(bills, amounts={"2026-10": "200"}, **{how: ["2026-10"]})
    report = history_by_month(shot, months=12)
    row = report.rows[-1]
    assert (row.period, row.total, row.partial, row.charges) == ("2026-10", 200, True, None)
    left = {"failed": {NOT_READ: 200}, "partial": {"Cloud Compute": 100, "CDN": 40, NOT_READ: 60}}
    assert row.by_service == left[how]
    assert (report.average_monthly, report.complete_rows) == (140, 4)


def test_only_the_months_asked_for() -> None:
    """Twelve months are those that are over, beside the running one."""
    shot = invoiced({n: [flat(100)] for n in NAMES}, charges=())
    assert [row.period for row in history_by_month(shot, months=2).rows] == [
        "2026-09",
        "2026-10",
        "2026-11",
    ]


def test_two_invoices_of_one_month_add_up() -> None:
    """D6: the second one is dated on the 2nd."""
    shot = invoiced({"2026-10": [flat(100)]})
    assert shot.invoices is not None
    assert shot.invoices[0].date is not None
    lines = (flat(11, "CDN"),)
    second = Invoice("second", shot.invoices[0].date, usd(11), lines, asked=True)
    both = snapshot(None, None, invoices=(*shot.invoices, second))
    (row,) = history_by_month(both, months=3).rows
    assert (row.total, row.by_service) == (111, {"Cloud Compute": 100, "CDN": 11})


def test_fewer_services_by_name_still_sum_to_the_total() -> None:
    """The dearest of all rows keep their name; tax does too, it tells total from charges."""
    bill = [flat(5, "CDN"), flat(7, "Backups"), flat(9, "Snapshots"), flat(1, "Tax")]
    other = [flat(50, "CDN"), flat(2, "Inference")]
    shot = invoiced({"2026-09": other, "2026-10": bill})
    report = shortened(history_by_month(shot, months=12), services=1)
    assert [row.by_service for row in report.rows] == [
        {"CDN": 50, OTHERS: 2},
        {"CDN": 5, "Tax": 1, OTHERS: 16},
    ]
    assert report.services == ("CDN",)
    # One that is left has its own name rather than that of several.
    assert OTHERS not in shortened(history_by_month(shot, months=12), services=3).rows[0].by_service


def test_fewer_rows_leave_out_the_oldest() -> None:
    shot = invoiced({n: [flat(100)] for n in NAMES})
    report = shortened(history_by_month(shot, months=12), rows=2)
    assert [row.period for row in report.rows] == ["2026-09", "2026-10"]
    assert (report.omitted.count, report.omitted.total) == (3, 300)
    assert (report.average_monthly, report.complete_rows) == (100, 5)


def test_without_any_invoice_nothing_is_an_average() -> None:
    shot: Snapshot = snapshot([charge(7)], None, invoices=(), gaps=(Gap("x", "y"),))
    report = history_by_month(shot, months=12)
    assert (report.average_monthly, report.trend, len(report.rows)) == (None, "unknown", 1)


def test_the_first_month_asked_for_is_missed_too() -> None:
    """D31: July is invoiced, August is not; three months are asked for."""
    shot = invoiced({"2026-07": [flat(100)], "2026-09": [flat(110)], "2026-10": [flat(120)]})
    assert history_by_month(shot, months=3).without_row == ("2026-08",)
    assert history_by_month(shot, months=2).without_row == ()
    assert history_by_month(shot, months=4).without_row == ("2026-08",)
    assert history_by_month(shot, months=12).without_row == ("2026-08",)


def test_nothing_is_missed_before_the_first_invoice() -> None:
    """D31: the account may not have been there."""
    shot = invoiced({"2026-10": [flat(120)]}, charges=())
    assert history_by_month(shot, months=12).without_row == ()
