"""Days at the edges: of a month, of an invoice, of a line's span, of a millionth (D1, D32)."""

from __future__ import annotations

import time
from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.support.nouns import MONTH, at, line, usd
from vultr_cost_mcp.billing.daily_cost import Reading, month_by_day
from vultr_cost_mcp.billing.daily_usage import DailyUsage, LineReading, daily_use
from vultr_cost_mcp.domain.bill import Service
from vultr_cost_mcp.domain.stored import StoredLine

CDN: Service = "CDN"


def dollars(when: str, amount: str) -> Reading:
    """Read a bill of one service."""
    return Reading(at(when), complete=True, sums={("2026-11", CDN): usd(amount)})


def by_day(*readings: Reading) -> dict[int, Decimal]:
    """Return the dollars of each day of November."""
    return {row.day.day: row.total for row in month_by_day(readings, MONTH)}


def test_half_a_millionth_between_readings_is_rounded_up() -> None:
    """D32: the store holds millionths; at midnight half of one has been added."""
    found = by_day(dollars("2026-11-01T12:00", "0"), dollars("2026-11-02T12:00", "0.000001"))
    assert found == {1: usd("0.000001"), 2: 0}


def test_lines_that_are_half_invoiced_at_the_months_end_are_no_credit() -> None:
    """D32: at its very end only 10.00 of 30.00 are pending; the reading before tells the month."""
    rows = [dollars("2026-11-30T00:00", "30"), dollars("2026-12-01T00:00", "10")]
    assert sum(by_day(*rows).values()) == 30
    rows[1] = dollars("2026-12-01T00:00", "31")
    assert sum(by_day(*rows).values()) == 31
    # As much as before is the month's end as well, and so is the only reading.
    rows[1] = dollars("2026-12-01T00:00", "30")
    assert by_day(*rows)[30] == 0
    assert sum(by_day(dollars("2026-12-01T06:00", "30")).values()) == 30
    # What the month's first moment has is of its first day.
    first = by_day(dollars("2026-11-01", "5"), dollars("2026-11-03", "5"))
    assert first == {1: 5, 2: 0}


def fee(total: str, start: datetime | None = None, end: datetime | None = None) -> StoredLine:
    """Make a line that is not charged by the hour."""
    found = line(total, "a fee", "CDN", unit_type="flat", start=start, end=end)
    return StoredLine("2026-11", found, CDN)


def used(*readings: tuple[str, list[StoredLine]], invoiced: str = "") -> DailyUsage:
    """Return the use of lines as they were read."""
    rows = [LineReading(at(when), complete=True, lines=lines) for when, lines in readings]
    return daily_use(rows, [at(invoiced)] if invoiced else [])


def test_a_reading_of_the_month_before_is_no_start_of_this_one() -> None:
    """D32: the first reading of the month has a fee of the 5th; nobody knows when it grew."""
    october = StoredLine("2026-10", line("1", "x", "CDN", unit_type="flat"), CDN)
    use = used(("2026-10-30", [october]), ("2026-11-06T00:00", [fee("30", at("2026-11-05"))]))
    assert use.by_service() == {}
    assert {day.day for service, day in use.restarts if service == CDN} >= {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("first", "known"),
    [("02:00", True), ("02:00:01", False), ("02:00:00.000001", False), ("02:30", False)],
)
def test_the_day_of_an_invoice_is_known_from_its_first_two_hours(
    first: str, *, known: bool
) -> None:
    """D1, D32: the lines begin again; a reading later than that lacks the day's first hours."""
    rows = [fee("1")]
    use = used(
        ("2026-11-09T23:00", rows),
        (f"2026-11-12T{first}", rows),
        ("2026-11-12T23:30", rows),
        invoiced="2026-11-11T20:00",
    )
    assert (date(2026, 11, 12) in use.read) is known


def hours(total: str, start: str, end: str) -> StoredLine:
    """Make an hourly line of a dollar an hour."""
    row = line(total, "[a]", unit_price="1", units=total, start=at(start), end=at(end))
    return StoredLine("2026-11", row, "Cloud Compute")


def test_hours_outside_the_month_are_spread_between_the_readings() -> None:
    """D32: a line of October's hours on November's bill; they are no days of October."""
    # A line without length tells no day either.
    for row in (
        hours("24", "2026-10-01", "2026-10-02"),
        hours("24", "2026-11-03", "2026-11-03"),
    ):
        use = used(("2026-11-02", []), ("2026-11-04", [row]))
        days = use.by_service()["Cloud Compute"]
        assert days == {date(2026, 11, 2): 12, date(2026, 11, 3): 12}


def test_a_span_is_divided_at_midnight_and_moments_add_up() -> None:
    """D32: half a second on each day; what comes at one moment is of its day."""
    use = DailyUsage()
    use.add(fee("1"), usd(1), at("2026-11-03T23:59:59.500000"), at("2026-11-04T00:00:00.500000"))
    noon, later = at("2026-11-05T12:00"), at("2026-11-05T13:00")
    use.add(fee("1"), usd(1), noon, noon)
    use.add(fee("1"), usd(2), later, later)
    half = usd("0.5")
    expected = {date(2026, 11, 3): half, date(2026, 11, 4): half, date(2026, 11, 5): 3}
    assert use.by_service() == {CDN: expected}


def test_months_begin_in_utc_wherever_the_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """D5: in Tokyo November begins nine hours earlier."""
    readings = [(f"2026-11-0{day}", [hours(f"{24 * (day - 1)}", "2026-11-01", f"2026-11-0{day}")])
                for day in (2, 3)]  # fmt: skip
    here = used(*readings)
    try:
        monkeypatch.setenv("TZ", "JST-9")
        time.tzset()
        assert used(*readings) == here
    finally:
        monkeypatch.undo()
        time.tzset()
    assert here.by_service()["Cloud Compute"] == {date(2026, 11, 1): 24, date(2026, 11, 2): 24}


@pytest.mark.parametrize(
    ("start", "recurs"), [(None, True), ("2026-11-01", True), ("2026-11-02", False)]
)
def test_a_fee_that_comes_with_the_first_day_may_be_that_of_every_month(
    start: str | None, *, recurs: bool
) -> None:
    """D32: it was missing at 03:00 of the 1st; one of a later day is use since then."""
    row = fee("24", None if start is None else at(start))
    use = used(("2026-11-01T03:00", []), ("2026-11-02T03:00", [row]))
    assert (use.by_service() == {}) is recurs
    days = {day.day for _, day in use.restarts}
    assert days == ({1, 2} if recurs else set())


def test_after_a_reading_of_the_first_days_end_a_fee_is_use() -> None:
    """D32: the whole first day was without it."""
    use = used(("2026-11-02", []), ("2026-11-03", [fee("24")]))
    assert (use.by_service(), use.restarts) == ({CDN: {date(2026, 11, 2): 24}}, set())


def test_a_reading_at_the_months_very_end_without_its_lines_is_of_the_next_month() -> None:
    """D32: they were invoiced by then, and take nothing back; a part of them is no credit."""
    rows = [hours("708", "2026-11-01", "2026-11-30T12:00")]
    before = used(("2026-11-30T12:00", rows))
    assert used(("2026-11-30T12:00", rows), ("2026-12-01", [])) == before
    part = [hours("7", "2026-11-01", "2026-11-01T07:00")]
    assert used(("2026-11-30T12:00", rows), ("2026-12-01", part)) == before
