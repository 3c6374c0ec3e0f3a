"""Days from cumulative readings: differences within a month, evenly between two readings."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.nouns import at, snapshot, usd
from tests.support.over_time import CUSTOMER, month, run
from vultr_cost_mcp.billing.daily_cost import (
    Reading,
    allocate_to,
    first_and_last_of_days,
    month_by_day,
)
from vultr_cost_mcp.domain.bill import Service
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.money import to_cents
from vultr_cost_mcp.questions.history.report import HistoryReport, history_by_day


def reading(
    when: str | datetime, total: str | int | Decimal, *, complete: bool = True, **more: Any
) -> Reading:
    """Make a reading of the month that it is made in."""
    instant = at(when) if isinstance(when, str) else when
    period = more.pop("period", f"{instant:%Y-%m}")
    service: Service = more.pop("service", "Cloud Compute")
    return Reading(instant, complete, {(period, service): usd(total)})


def days(report: HistoryReport) -> list[tuple[str, Decimal, bool, str]]:
    """Day, total, whether it is partial, and where it is from."""
    return [(row.period[-5:], row.total, row.partial, row.source) for row in report.rows]


def history(readings: list[Reading], now: str, span: int = 3) -> HistoryReport:
    """Ask for the last days of an account as it is now."""
    instant = at(now)
    shot = snapshot(None, None, now=instant, as_of=instant, month=Month.of(instant))
    return history_by_day(shot, readings, days=span)


def test_nightly_readings_give_calendar_days() -> None:
    """At 03:00 eight times as much is still to come of a day as has passed: 24 a day, then 48."""
    readings = [
        reading("2026-11-01T03:00", 3),
        reading("2026-11-02T03:00", 27),
        reading("2026-11-03T03:00", 51),
        reading("2026-11-04T03:00", 99),
    ]
    # The last day but one: 3 hours at 1 an hour, 21 at 2.
    assert days(history(readings, "2026-11-04T03:00")) == [
        ("11-01", usd(24), False, "readings"),
        ("11-02", usd(24), False, "readings"),
        ("11-03", usd(45), False, "readings"),
        ("11-04", usd(6), True, "readings"),
    ]


def test_a_month_begins_at_zero_and_is_not_differenced_with_the_one_before() -> None:
    """The bill falls from 300 to 10 at the turn of the month, and nothing was negative.

    The last minute of the 30th has a part of 1440 of the next day's ten dollars.
    """
    readings = [
        reading("2026-10-30T00:00", 280),
        reading("2026-10-30T23:59", 290),
        reading("2026-10-31T23:59", 300),
        reading("2026-11-01T23:59", 10),
        reading("2026-11-02T12:00", 16),
    ]
    report = history(readings, "2026-11-02T12:00")
    assert [row.total for row in report.rows] == [
        usd("10.01"),
        usd("9.99"),
        usd("10.01"),
        usd("5.99"),
    ]
    # The last minute of October was not read.
    assert [row.partial for row in report.rows] == [False, True, False, True]


def test_a_missing_day_is_marked_and_no_spike() -> None:
    """Two days with 48 dollars get half each."""
    readings = [
        reading("2026-11-01T23:00", 23),
        reading("2026-11-03T23:00", 71),
        reading("2026-11-04T23:00", 95),
        reading("2026-11-05T01:00", 97),
    ]
    assert days(history(readings, "2026-11-05T01:00", 4)) == [
        ("11-01", usd(24), False, "readings"),
        ("11-02", usd(24), True, "interpolated"),
        ("11-03", usd(24), False, "readings"),
        ("11-04", usd(24), False, "readings"),
        ("11-05", usd(1), True, "readings"),
    ]
    report = history(readings, "2026-11-05T01:00", 4)
    assert (report.average_daily, report.complete_rows) == (usd(24), 3)


def test_before_the_first_reading_a_month_grew_evenly() -> None:
    readings = [reading("2026-11-03T12:00", 50), reading("2026-11-04T00:00", 60)]
    assert days(history(readings, "2026-11-04T00:00")) == [
        ("11-01", usd(20), True, "interpolated"),
        ("11-02", usd(20), True, "interpolated"),
        ("11-03", usd(20), False, "readings"),
    ]


def test_after_the_last_reading_nothing_is_known() -> None:
    """Nothing is extrapolated: the end of October has no row, and it is said."""
    readings = [reading("2026-10-29T12:00", 100), reading("2026-11-01T12:00", 6)]
    report = history(readings, "2026-11-01T12:00", 4)
    assert [row.period for row in report.rows] == ["2026-10-28", "2026-10-29", "2026-11-01"]
    assert report.without_row == ("2026-10-30 to 2026-10-31",)
    assert report.rows[1].partial


def test_last_months_lines_that_are_not_invoiced_yet_close_it() -> None:
    """On the 1st, October's pending lines are all of October."""
    closing = Reading(
        at("2026-11-01T12:00"),
        complete=True,
        sums={
            ("2026-10", "Cloud Compute"): usd(310),
            ("2026-11", "Cloud Compute"): usd(6),
        },
    )
    readings = [reading("2026-10-31T00:00", 300), reading("2026-10-31T12:00", 304), closing]
    report = history(readings, "2026-11-01T12:00", 1)
    assert days(report) == [
        ("10-31", usd(10), False, "readings"),
        ("11-01", usd(6), True, "readings"),
    ]


def test_half_invoiced_lines_do_not_take_anything_back() -> None:
    """Only 20 of October is still pending: that is not its end."""
    closing = reading("2026-11-01T12:00", 20, period="2026-10")
    report = history([reading("2026-10-31T12:00", 305), closing], "2026-11-01T12:00", 2)
    assert [row.period for row in report.rows] == ["2026-10-30", "2026-10-31", "2026-11-01"]
    # 305 dollars in 30.5 days, the last half of a day of them.
    assert (report.rows[1].total, report.rows[1].partial) == (5, True)


def test_a_credit_makes_a_negative_day() -> None:
    """It is shown: 10 a day, and on the second one 50 less."""
    readings = [
        reading("2026-11-02T00:00", 10),
        reading("2026-11-03T00:00", -30),
        reading("2026-11-04T00:00", -20),
    ]
    assert [row.total for row in history(readings, "2026-11-04T00:00").rows] == [10, -40, 10]


def test_a_reading_of_half_the_lines_is_left_out() -> None:
    """It is marked as incomplete and lower than the one before."""
    readings = [
        reading("2026-11-02T00:00", 10),
        reading("2026-11-03T00:00", 4, complete=False),
        reading("2026-11-04T00:00", 30),
    ]
    assert [row.total for row in history(readings, "2026-11-04T00:00").rows] == [10, 10, 10]
    # No reading of that day counts: it is one without a reading.
    assert days(history(readings, "2026-11-04T00:00"))[1:3] == [
        ("11-02", usd("10"), False, "readings"),
        ("11-03", usd("10"), True, "interpolated"),
    ]
    # Also where it has more than the one before: a small day and a large one would be made up.
    readings[1] = reading("2026-11-03T00:00", 12, complete=False)
    assert [row.total for row in history(readings, "2026-11-04T00:00").rows] == [10, 10, 10]


def test_charges_of_a_day_are_without_tax_and_credits() -> None:
    """D3: the average day is before both."""
    sums: dict[tuple[str, Service], Decimal] = {
        ("2026-11", "Cloud Compute"): usd(24),
        ("2026-11", "Tax"): usd(2),
        ("2026-11", "Credits and Discounts"): usd(-6),
    }
    readings = [
        Reading(at("2026-11-02T00:00"), True, sums),  # noqa: FBT003
        reading("2026-11-03T00:00", 1, complete=False),
        Reading(at("2026-11-01T12:00"), True, {}),  # noqa: FBT003
    ]
    (row,) = history(readings, "2026-11-02T00:00").rows
    assert (row.total, row.charges) == (20, 24)
    assert history(readings, "2026-11-02T00:00").average_daily == 24


def test_a_month_by_day_of_nothing_is_nothing() -> None:
    assert month_by_day([], month("2026-11")) == []
    # At the first moment nothing of the month has passed.
    assert month_by_day([reading("2026-11-01T00:00", 5)], month("2026-11")) == []


def test_what_is_there_at_the_first_moment_belongs_to_the_first_day() -> None:
    found = month_by_day(
        [reading("2026-11-01T00:00", 5), reading("2026-11-02T00:00", 7)], month("2026-11")
    )
    assert [day.total for day in found] == [7]


def test_the_first_and_the_last_complete_reading_of_a_day_are_enough() -> None:
    """One that is complete is better than a later one that is not."""
    hours = [
        ("2026-11-01T01:00", False),
        ("2026-11-01T02:00", True),
        ("2026-11-01T03:00", True),
        ("2026-11-01T04:00", True),
        ("2026-11-01T05:00", False),
        ("2026-11-02T01:00", False),
    ]
    runs = [run(at(hour), complete=complete).run for hour, complete in hours]
    assert [r.collected_at.strftime("%d %H") for r in first_and_last_of_days(runs)] == [
        "01 02",
        "01 04",
        "02 01",
    ]
    assert runs[0].customer_id == CUSTOMER


def test_cents_are_dealt_out_to_a_stated_total() -> None:
    """D4: parts that sum to 0.01 less or more than the total still get it."""
    parts = {"a": usd("1.004"), "b": usd("2.004")}
    assert allocate_to(parts, usd("3.00")) == {"a": usd("1.00"), "b": usd("2.00")}
    assert allocate_to(parts, usd("3.01")) == {"a": usd("1.01"), "b": usd("2.00")}
    assert allocate_to({}, usd(0)) == {}
    # The largest remainder first, whatever its name and its size; of equals the first by name.
    parts = {"a": usd("9.001"), "b": usd("0.004"), "c": usd("2.005")}
    assert allocate_to(parts, usd("11.01")) == {
        "a": usd("9.00"),
        "b": usd("0.00"),
        "c": usd("2.01"),
    }
    assert allocate_to(parts, usd("11.02")) == {
        "a": usd("9.00"),
        "b": usd("0.01"),
        "c": usd("2.01"),
    }
    parts = {"y": usd("1.005"), "x": usd("1.005")}
    assert allocate_to(parts, usd("2.01")) == {"y": usd("1.00"), "x": usd("1.01")}


MINUTES = st.lists(st.integers(0, 30 * 24 * 60 - 1), min_size=1, max_size=40, unique=True)
SERVICES: list[Service] = ["Cloud Compute", "Cloud GPU", "CDN", "Tax", "Credits and Discounts"]


@settings(max_examples=150, deadline=None)
@given(MINUTES, st.data())
def test_the_days_of_a_month_sum_to_its_last_reading(minutes: list[int], data: Any) -> None:
    """D4: to the cent, at whatever times it was read, and each day to its services."""
    november = month("2026-11")
    readings = []
    sums = dict.fromkeys(SERVICES, Decimal(0))
    for minute in sorted(minutes):
        for service in SERVICES:
            sums[service] += data.draw(st.decimals(-5, 90, places=data.draw(st.integers(2, 6))))
        when = november.start + timedelta(minutes=minute)
        readings.append(Reading(when, True, {("2026-11", s): x for s, x in sums.items()}))  # noqa: FBT003
    now = november.end - timedelta(minutes=1)
    shot = snapshot(None, None, now=now, as_of=now, month=november)
    report = history_by_day(shot, readings, days=30)
    if minutes == [0]:
        assert report.rows == ()
        return
    assert sum(row.total for row in report.rows) == to_cents(sum(sums.values(), Decimal(0)))
    for row in report.rows:
        assert sum(row.by_service.values()) == row.total
        assert row.total == to_cents(row.total)
    last = max(minutes) // (24 * 60)
    assert len(report.rows) == last + (max(minutes) % (24 * 60) > 0)


def test_a_reading_of_the_moment_of_an_invoice_is_of_neither_stretch() -> None:
    """D1, D31: lines may be pending for a while after their invoice: 30 of them tell no day."""
    readings = [
        reading("2026-11-02T00:00", 24),
        reading("2026-11-03T00:00", 30),
        reading("2026-11-04T00:00", 5),
    ]
    found = month_by_day(readings, Month.of(at("2026-11-04")), [at("2026-11-03T00:00")])
    assert [(row.day.day, row.total) for row in found] == [(1, usd(24))]


def test_the_first_reading_after_an_invoice_is_one_of_its_day() -> None:
    """D31: 48 dollars in two days from its midnight on; the second day has no reading."""
    readings = [
        reading("2026-11-02T00:00", 24),
        reading("2026-11-04T00:00", 100),
        reading("2026-11-06T00:00", 148),
    ]
    found = month_by_day(readings, Month.of(at("2026-11-06")), [at("2026-11-02T12:00")])
    assert [(row.day.day, row.total, row.read) for row in found] == [
        (1, usd(24), False),
        (4, usd(24), True),
        (5, usd(24), False),
    ]
