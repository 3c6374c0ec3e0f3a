"""Use of each day at hourly rates, whatever the cap and whenever it was read (D32)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.support.nouns import at, line, usd
from tests.support.over_time import DAY, HOUR, Lines, Server, fleet, month
from vultr_cost_mcp.billing.daily_usage import DailyUsage, LineReading, daily_use
from vultr_cost_mcp.domain.bill import Service
from vultr_cost_mcp.domain.history import StoredLine

OCTOBER, NOVEMBER = month("2026-10"), month("2026-11")


def read(lines: Lines, times: Iterable[datetime]) -> list[LineReading]:
    """Read these lines at certain times."""
    return [LineReading(when, True, tuple(lines(when))) for when in times]  # noqa: FBT003


def nights(first: str, count: int) -> list[datetime]:
    """Give so many times of 03:00."""
    return [at(f"{first}T03:00") + number * DAY for number in range(count)]


def used(use: DailyUsage, service: Service = "Cloud Compute") -> dict[int, Decimal]:
    """Give dollars by day of the month, in cents."""
    days: dict[date, Decimal] = dict(use.by_service().get(service, {}))
    return {day.day: round(x, 2) for day, x in sorted(days.items())}


def flat_line(
    total: str | int, start: datetime | None = None, service: Service = "CDN", period: str = ""
) -> StoredLine:
    """Make a line that is not charged by the hour."""
    found = line(total, "a fee", service, unit_type="flat", start=start)
    return StoredLine(period or "2026-11", found, service)


def test_days_are_calendar_days_whenever_they_were_read() -> None:
    """A server of a dollar an hour from noon to noon, read at 03:00: 12 hours on each day."""
    server = Server("gpu", 672, at("2026-11-05T12:00"), at("2026-11-06T12:00"))
    assert used(daily_use(read(fleet([server]), nights("2026-11-01", 10)))) == {5: 12, 6: 12}


def test_the_cap_after_the_28th_is_no_event() -> None:
    """The bill stands still on the 29th, the use does not."""
    use = daily_use(read(fleet([Server("web", 672)]), nights("2026-10-01", 32)))
    assert {used(use)[day] for day in range(2, 31)} == {24}
    # Read until 03:00 of the 31st: the rest of that day is not known.
    assert used(use)[31] == 3
    assert date(2026, 10, 31) not in use.read
    assert date(2026, 10, 30) in use.read


def test_a_month_begins_anew() -> None:
    """The units fall from 743 to 3: nothing is taken back, and the first three hours count."""
    use = daily_use(read(fleet([Server("web", 672)]), nights("2026-10-25", 12)))
    assert all(x >= 0 for x in use.by_service()["Cloud Compute"].values())
    assert use.by_service()["Cloud Compute"][date(2026, 11, 1)] == 24


def test_last_months_lines_that_are_still_pending_are_its_end() -> None:
    def lines(now: datetime) -> list[StoredLine]:
        server = Server("web", 672)
        rows = [server.stored_line(month, now) for month in (OCTOBER, NOVEMBER)]
        return [row for row in rows if row is not None]

    times = [at("2026-10-31T03:00"), at("2026-11-01T03:00"), at("2026-11-01T09:00")]
    use = daily_use(read(lines, times))
    assert use.by_service()["Cloud Compute"][date(2026, 10, 31)] == 24
    assert date(2026, 10, 31) in use.read


def test_last_months_end_may_be_read_more_than_once() -> None:
    """Two readings of November still have October's lines: both are October's end."""

    def lines(now: datetime) -> list[StoredLine]:
        october = flat_line(310 if now < at("2026-11-01T06:00") else 312, period="2026-10")
        return [october] if now < at("2026-11-01") else [october, flat_line(0)]

    times = [at("2026-10-31T00:00"), at("2026-11-01T03:00"), at("2026-11-01T09:00")]
    use = daily_use(read(lines, times))
    assert use.by_service()["CDN"] == {date(2026, 10, 31): 2}


def test_a_fee_of_the_month_is_no_use_of_its_first_day() -> None:
    """It is there at the first reading of the month: that day cannot be judged for its service."""
    use = daily_use(read(lambda _: [flat_line(200)], nights("2026-11-01", 5)))
    assert used(use, "CDN") == {}
    assert use.restarts == {("CDN", date(2026, 11, 1))}


def test_a_fee_of_the_month_that_its_first_reading_is_too_early_for_is_no_use_either() -> None:
    """Read at midnight, before the month has anything: the fee is not of the first day."""

    def lines(now: datetime) -> list[StoredLine]:
        return [flat_line(200, at("2026-11-01"))] if now > at("2026-11-01") else []

    midnights = [at("2026-11-01") + number * DAY for number in range(5)]
    use = daily_use(read(lines, midnights))
    assert used(use, "CDN") == {}
    assert use.restarts == {("CDN", date(2026, 11, 1))}


def test_what_begins_on_another_day_is_use_where_the_first_day_was_read() -> None:
    def lines(now: datetime) -> list[StoredLine]:
        return [flat_line(30, at("2026-11-02"))] if now > at("2026-11-02") else []

    midnights = [at("2026-11-01") + number * DAY for number in range(5)]
    use = daily_use(read(lines, midnights))
    assert (used(use, "CDN"), use.restarts) == ({2: 30}, set())


def test_what_a_month_began_with_is_use_where_it_comes_after_a_reading_of_the_second_day() -> None:
    """Overage is of the whole month and comes in its middle: nothing began anew then."""

    def lines(now: datetime) -> list[StoredLine]:
        return [flat_line(30, at("2026-11-01"))] if now > at("2026-11-03") else []

    midnights = [at("2026-11-01") + number * DAY for number in range(5)]
    use = daily_use(read(lines, midnights))
    assert (used(use, "CDN"), use.restarts) == ({3: 30}, set())


def test_a_fee_within_the_month_is_use_between_its_readings() -> None:
    """Seven eighths of the day between 03:00 and 03:00 are on the first of them."""

    def lines(now: datetime) -> list[StoredLine]:
        return [flat_line(80 if now > at("2026-11-04T03:00") else 0)]

    assert used(daily_use(read(lines, nights("2026-11-02", 5))), "CDN") == {4: 70, 5: 10}


def test_a_span_is_divided_at_midnight_whatever_its_minutes() -> None:
    """A dollar a second: 13 hours, 29 minutes and 45 seconds until midnight."""
    use = DailyUsage()
    begin = at("2026-11-03T10:30:15")
    use.add(flat_line(24), Decimal(86400), begin, begin + DAY)
    assert use.by_service()["CDN"] == {date(2026, 11, 3): 48585, date(2026, 11, 4): 37815}


def test_what_a_line_of_nothing_gains_on_the_first_day_is_use() -> None:
    """It was there with 0.00 at 03:00, so the 24.00 of the 24 hours after that are its own."""

    def lines(now: datetime) -> list[StoredLine]:
        return [flat_line(0 if now < at("2026-11-02") else 24)]

    use = daily_use(read(lines, [at("2026-11-01T03:00"), at("2026-11-02T03:00")]))
    assert use.by_service()["CDN"] == {date(2026, 11, 1): 21, date(2026, 11, 2): 3}


def test_hours_are_priced_at_the_new_price() -> None:
    """A dollar an hour becomes two: only hours added count, at two."""

    def lines(now: datetime) -> list[StoredLine]:
        (row,) = fleet([Server("web", 672)])(now)
        price = usd(1 if now < at("2026-11-03") else 2)
        return [replace(row, line=replace(row.line, unit_price=price))]

    use = daily_use(read(lines, nights("2026-11-01", 5)))
    assert [used(use)[day] for day in (1, 3, 4)] == [24, 48, 48]


def test_a_line_with_a_new_name_is_the_same_use() -> None:
    """The old line goes with its hours, the new one comes with the same: the day is as any."""

    def lines(now: datetime) -> list[StoredLine]:
        label = "old" if now < at("2026-11-03") else "new"
        return list(fleet([Server(label, 672)])(now))

    assert used(daily_use(read(lines, nights("2026-11-01", 5)))) == {
        1: 24,
        2: 24,
        3: 24,
        4: 24,
        5: 3,
    }


def test_equal_lines_are_told_apart_by_their_number() -> None:
    """Two of the same description and start, then three: the third came on the 4th."""
    twins = [Server("web", 672), Server("web", 672)]

    def lines(now: datetime) -> list[StoredLine]:
        third = [Server("web", 672, at("2026-11-04"))]
        rows = fleet([*twins, *third])(now)
        return [replace(row, line=replace(row.line, description="web")) for row in rows]

    use = daily_use(read(lines, nights("2026-11-01", 6)))
    assert [used(use)[day] for day in (2, 3, 4, 5)] == [48, 48, 72, 72]


def test_a_missing_day_is_no_spike_of_the_next() -> None:
    times = [when for when in nights("2026-11-01", 9) if when.day not in {4, 5}]
    use = daily_use(read(fleet([Server("web", 672)]), times))
    assert {used(use)[day] for day in range(1, 9)} == {24}
    assert {day.day for day in use.read} == {1, 2, 3, 6, 7, 8}


def test_lines_without_a_span_are_spread_between_readings() -> None:
    def lines(now: datetime) -> list[StoredLine]:
        (row,) = fleet([Server("web", 672)])(now)
        return [replace(row, line=replace(row.line, start=None, end=None))]

    assert used(daily_use(read(lines, nights("2026-11-01", 3)))) == {1: 24, 2: 24, 3: 3}


def test_credits_and_tax_are_no_use() -> None:
    def lines(now: datetime) -> list[StoredLine]:
        rest = usd(now.day)
        return [
            flat_line(-100 * now.day, service="Credits and Discounts"),
            flat_line(now.day, service="Tax"),
            replace(flat_line(0), line=line(-rest, "a correction", unit_type="flat")),
        ]

    assert daily_use(read(lines, nights("2026-11-01", 5))).by_service() == {}


def test_half_the_lines_are_not_taken_for_less_use() -> None:
    """An incomplete reading with less money than the one before is left out."""
    lines = fleet([Server("web", 672), Server("db", 672)])
    readings = read(lines, nights("2026-11-01", 5))
    readings[2] = LineReading(readings[2].at, complete=False, lines=readings[2].lines[:1])
    use = daily_use(readings)
    assert used(use) == {1: 48, 2: 48, 3: 48, 4: 48, 5: 6}
    assert date(2026, 11, 3) not in use.read


def test_things_are_known_by_their_resource_else_by_what_the_line_calls_them() -> None:
    server = Server("gpu", 672, at("2026-11-05T12:00"), at("2026-11-06T12:00"))
    use = daily_use(read(fleet([server]), nights("2026-11-01", 10)))
    assert {thing for _, thing in use.spans} == {"gpu"}
    nameless = replace(flat_line(0), line=line(0, "", "Widget", unit_type="flat"))
    row = replace(nameless, resource_id="id-1")
    use = DailyUsage()
    for one in (nameless, row):
        use.add(one, usd(24), at("2026-11-01"), at("2026-11-01") + HOUR)
    assert {thing for _, thing in use.spans} == {"Widget", "id-1"}


def test_nothing_read_is_nothing_used() -> None:
    assert daily_use([]) == DailyUsage()


def test_what_costs_less_than_a_dollar_is_use() -> None:
    """A server of five dollars came to 0.18 on its first day."""
    (reading,) = read(fleet([Server("web", 5, at("2026-11-01"))]), [at("2026-11-02")])
    assert used(daily_use([reading])) == {1: Decimal("0.18")}


def other(total: str, unit_type: str, units: str | None, price: str | None) -> StoredLine:
    """Make a line of the CDN in some other shape."""
    found = line(total, "zone", "CDN", unit_type=unit_type, units=units, unit_price=price)
    return StoredLine("2026-11", found, "CDN")


@pytest.mark.parametrize(
    ("unit_type", "units", "price"),
    [
        # A free allowance is in no product of units and price.
        ("gb", "1000", "0.01"),
        ("hours", None, "0.01"),
        ("hours", "240", None),
    ],
)
def test_only_hours_at_a_price_are_counted_by_it(
    unit_type: str, units: str | None, price: str | None
) -> None:
    """Other lines count by added dollars: three between the two readings."""
    first = LineReading(at("2026-11-05"), True, [other("4", unit_type, units, price)])  # noqa: FBT003
    more = None if units is None else str(2 * int(units))
    second = LineReading(at("2026-11-06"), True, [other("7", unit_type, more, price)])  # noqa: FBT003
    assert used(daily_use([first, second]), "CDN")[5] == 3


def test_what_was_used_at_no_length_of_time_is_of_its_day() -> None:
    """Lines that nothing dates, read in the month's first moment: 10 hours at two prices."""
    rows = [
        StoredLine(
            "2026-11",
            line("1", name, units="10", unit_price="0.50", start=None, end=None),
            "Cloud Compute",
        )
        for name in ("a", "b")
    ]
    reading = LineReading(NOVEMBER.start, True, rows)  # noqa: FBT003
    assert used(daily_use([reading])) == {1: 10}


def test_a_line_of_which_only_the_end_is_known_was_used_between_the_readings() -> None:
    def lines(units: str, end: str) -> list[StoredLine]:
        found = line("1", "a", units=units, unit_price="0.50", start=None, end=at(end))
        return [StoredLine("2026-11", found, "Cloud Compute")]

    readings = [
        LineReading(at("2026-11-05"), True, lines("96", "2026-11-05")),  # noqa: FBT003
        LineReading(at("2026-11-06"), True, lines("120", "2026-11-06")),  # noqa: FBT003
    ]
    assert used(daily_use(readings))[5] == 12


def test_a_reading_that_closes_a_month_is_none_of_the_next_months_first_day() -> None:
    """October's lines are pending still on the fifth: nobody read the first of November."""

    def lines(now: datetime) -> list[StoredLine]:
        found = Server("web", 672).stored_line(OCTOBER, now)
        return [] if found is None else [found]

    use = daily_use(read(lines, [at("2026-10-31T03:00"), at("2026-11-05T03:00")]))
    assert use.read == {date(2026, 10, 31)}


@pytest.mark.parametrize(("last", "told"), [("22:00", True), ("21:59", False)])
def test_a_day_is_told_by_a_reading_two_hours_before_its_end(last: str, *, told: bool) -> None:
    """D32."""
    use = daily_use(read(fleet([Server("web", 672)]), [at(f"2026-11-05T{last}")]))
    assert (date(2026, 11, 5) in use.read) is told
