"""Unusual days of an account: what is flagged, what is not, and what explains it (D32)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.any_account import lines as bill_lines
from tests.support.nouns import NOW, at, line, thing, usd
from tests.support.over_time import DAY, HOUR, Lines, Server, fleet, live
from vultr_cost_mcp.billing.daily_usage import LineReading, daily_use
from vultr_cost_mcp.domain.bill import SERVICES
from vultr_cost_mcp.domain.history import StoredLine
from vultr_cost_mcp.questions.anomalies.report import (
    AnomaliesReport,
    days_judged,
    unusual_days,
    unusual_month,
)

WEB = Server("web", 672)


def nights(count: int, now: datetime = NOW) -> list[datetime]:
    """Give so many times of 03:00, the newest today's."""
    last = now.replace(hour=3, minute=0)
    return [last - number * DAY for number in reversed(range(count))]


def judged(
    lines: Lines, times: Iterable[datetime], now: datetime = NOW, days: int = 30, **named: Any
) -> AnomaliesReport:
    """Judge the days of these lines, read at these times and now."""
    shot = live(lines, now, **named)
    readings = [LineReading(when, True, tuple(lines(when))) for when in (*times, now)]  # noqa: FBT003
    return unusual_days(shot, daily_use(readings), days=days)


def test_forty_days_of_a_capped_fleet_across_a_month_end_are_usual() -> None:
    """D32: caps after day 28 and the restart on the 1st are no event, nor are monthly fees."""
    servers = [WEB, Server("db", 1344), Server("gpu", 1825, cap_hours=730, service="Cloud GPU")]

    def fees(now: datetime) -> list[StoredLine]:
        fee = line(200, "Support", "Custom Subscription", unit_type="flat", start=None)
        return [StoredLine(f"{now:%Y-%m}", fee, "Support and Subscriptions")]

    report = judged(fleet(servers, fees), nights(40))
    assert report.anomalies == ()
    # The rest of 31 October after 03:00 was not read.
    assert report.judged == 29
    assert report.usual == 132


def test_a_gpu_server_of_one_day_is_flagged_with_its_label() -> None:
    """D32: 2.50 an hour from noon to noon is 30 on each of two days."""
    gpu = Server(
        "train", 1825, at("2026-11-12"), at("2026-11-13"), service="Cloud GPU", cap_hours=730
    )
    (row,) = judged(fleet([WEB, gpu]), nights(25)).anomalies
    assert (row.date, row.until, row.service) == ("2026-11-12", "2026-11-12", "Cloud GPU")
    assert (row.expected, row.actual, row.delta) == (0, 60, 60)
    assert (row.monthly_at_that_rate, row.score) == (1800, None)
    assert row.resources == ("train",)
    assert row.reason == "unusual_use"


def test_a_server_that_exists_is_named_as_it_is_now() -> None:
    gpu = Server("id-1", 1825, at("2026-11-15"), service="Cloud GPU", cap_hours=730)
    lines = fleet([WEB, gpu])
    report = judged(lines, nights(25), resources=[thing("id-1", "gpu_instance", label="train")])
    (row,) = report.anomalies
    assert (row.date, row.until, row.resources) == ("2026-11-15", "2026-11-17", ("train",))


def test_a_fall_is_unusual_too() -> None:
    """An outage of a server of a dollar an hour, beside another: half of the use."""
    servers = [WEB, Server("db", 672, end=at("2026-11-16"))]
    (row,) = judged(fleet(servers), nights(25)).anomalies
    assert (row.date, row.until) == ("2026-11-16", "2026-11-17")
    assert (row.expected, row.actual, row.delta) == (48, 24, -24)
    # 0.6745 x 24 / 2.40.
    assert (row.score, row.monthly_at_that_rate) == (-6.7, -720)
    assert row.resources == ("db",)


def test_opposite_changes_of_two_services_are_two_anomalies() -> None:
    """The whole bill did not move."""
    cpu = Server("old", 672, end=at("2026-11-16"))
    gpu = Server("new", 672, at("2026-11-16"), service="Cloud GPU")
    rows = judged(fleet([cpu, gpu]), nights(25)).anomalies
    assert [(row.service, row.delta) for row in rows] == [
        ("Cloud Compute", -24),
        ("Cloud GPU", 24),
    ]


def test_a_missing_day_is_not_flagged() -> None:
    times = [when for when in nights(30) if when.day not in {9, 10}]
    report = judged(fleet([WEB]), times)
    assert report.anomalies == ()
    # Neither the days without a reading, nor the end of October.
    assert report.judged == 26


def test_slow_growth_is_not_flagged() -> None:
    """Every third day a server more, of twenty."""
    servers = [Server(f"web-{number}", 672) for number in range(20)]
    more = [Server(f"new-{n}", 672, NOW - 3 * n * DAY) for n in range(10)]
    assert judged(fleet([*servers, *more]), nights(30)).anomalies == ()


def test_a_discount_that_arrives_is_no_anomaly() -> None:
    def discount(now: datetime) -> list[StoredLine]:
        if now < at("2026-11-10"):
            return []
        credit = line(-400, "Discount", "Credit", unit_type="discount", start=None)
        return [StoredLine("2026-11", credit, "Credits and Discounts")]

    assert judged(fleet([WEB], discount), nights(30)).anomalies == ()


def test_a_fee_in_the_middle_of_the_month_is_flagged() -> None:
    def fee(now: datetime) -> list[StoredLine]:
        if now < at("2026-11-10"):
            return []
        return [StoredLine("2026-11", line(160, "Windows", "License", unit_type="flat"), "Other")]

    (row,) = judged(fleet([WEB], fee), nights(30)).anomalies
    # Added between 03:00 on the 9th and 03:00 on the 10th: 140 and 20.
    assert (row.date, row.until, row.actual) == ("2026-11-09", "2026-11-10", 80)
    assert row.resources == ("Windows",)


def test_what_explains_most_of_it_is_named_and_no_more() -> None:
    """The first two of 24 + 12 + 1 dollars are more than four fifths."""
    new = [Server(name, usd_, at("2026-11-17")) for name, usd_ in (("a", 672), ("b", 336))]
    small = Server("c", 28, at("2026-11-17"))
    (row,) = judged(fleet([WEB, small, *new]), nights(30)).anomalies
    assert (row.delta, row.resources) == (37, ("a", "b"))


def test_fewer_days_are_reported_and_the_usual_ones_stay_those_of_a_month() -> None:
    gpu = Server("x", 1825, at("2026-11-05"), at("2026-11-06"), "Cloud GPU", 730)
    lines = fleet([WEB, gpu])
    assert len(judged(lines, nights(30)).anomalies) == 1
    assert judged(lines, nights(30), days=12).anomalies == ()
    assert len(judged(lines, nights(30), days=13).anomalies) == 1
    assert judged(lines, nights(30), days=7).judged == 28


def test_more_than_fit_are_counted() -> None:
    spikes = [
        Server(f"x-{n}", 1825, at(f"2026-11-{n:02}"), at(f"2026-11-{n + 1:02}"), "Cloud GPU", 730)
        for n in (4, 8, 12)
    ]
    lines = fleet([WEB, *spikes])
    shot = live(lines, NOW)
    readings = [LineReading(when, True, tuple(lines(when))) for when in (*nights(30), NOW)]  # noqa: FBT003
    report = unusual_days(shot, daily_use(readings), limit=1)
    assert len(report.anomalies) == 1
    assert (report.omitted.count, report.omitted.total) == (2, usd(120))


def test_the_running_day_is_left_out() -> None:
    """A server began this morning: today is not over."""
    gpu = Server("x", 1825, at("2026-11-18"), service="Cloud GPU", cap_hours=730)
    assert judged(fleet([WEB, gpu]), nights(30)).anomalies == ()


def test_a_metered_service_is_not_cheap_on_the_first_of_the_month() -> None:
    """Read at 23:00, what it used in November before that is not known: no fall of 30 dollars."""

    def metered(now: datetime) -> list[StoredLine]:
        hours = (now - now.replace(day=1, hour=0, minute=0)) // HOUR
        row = line(usd(30) * hours / 24, "tokens", "Inference", unit_type="flat", start=None)
        return [StoredLine(f"{now:%Y-%m}", row, "Inference")]

    times = [when + 20 * HOUR for when in nights(30)[:-1]]
    report = judged(fleet([WEB], metered), times)
    assert report.anomalies == ()
    assert report.judged == 29


def test_an_evening_is_no_whole_day() -> None:
    """A server began at noon and it is 23:30: the running day is left out all the same."""
    now = at("2026-11-18T23:30")
    gpu = Server("x", 1825, at("2026-11-18T12:00"), service="Cloud GPU", cap_hours=730)
    assert judged(fleet([WEB, gpu]), nights(30, now), now).anomalies == ()


def test_thirteen_days_are_too_few() -> None:
    """D32: at least 14."""
    assert judged(fleet([WEB]), nights(15)).basis == "daily_history"
    report = judged(fleet([WEB]), nights(14))
    assert (report.basis, report.judged, report.usual) == ("none", 13, None)


def test_the_days_that_count() -> None:
    lines = fleet([WEB])
    readings = [LineReading(when, True, tuple(lines(when))) for when in nights(45)]  # noqa: FBT003
    shot = live(lines, NOW)
    days = days_judged(shot, daily_use(readings), 30)
    # Yesterday and today are not read to their end without the live reading.
    assert (days[0].isoformat(), days[-1].isoformat(), len(days)) == (
        "2026-10-19",
        "2026-11-17",
        29,
    )
    assert len(days_judged(shot, daily_use(readings), 40)) == 39


STORED = st.builds(
    StoredLine,
    st.sampled_from(["2026-10", "2026-11"]),
    bill_lines(),
    st.sampled_from(SERVICES),
    st.none() | st.sampled_from(["id-1", "id-2"]),
    st.none() | st.just("ewr"),
)
TIMES = st.integers(-60 * 24 * 60, 0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(TIMES, st.booleans(), st.lists(STORED, max_size=4)), max_size=12),
    st.integers(1, 90),
)
def test_no_reading_makes_it_fail(readings: list[Any], days: int) -> None:
    """D33: whatever lines come at whatever times."""
    shot = live(fleet([WEB]), NOW, invoices=())
    rows = [
        LineReading(NOW + (DAY / 1440) * minutes, complete, tuple(lines))
        for minutes, complete, lines in readings
    ]
    rows += [LineReading(when, True, tuple(fleet([WEB])(when))) for when in nights(20)]  # noqa: FBT003
    report = unusual_days(shot, daily_use(rows), days=days)
    assert report.basis == "daily_history"
    for row in report.anomalies:
        assert row.delta == row.actual - row.expected
        assert row.date <= row.until < "2026-11-18"
    assert unusual_month(shot).basis == "none"
