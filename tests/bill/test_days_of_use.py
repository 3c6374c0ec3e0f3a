"""Days around an invoice in mid-month: lines begin anew, and nothing is differenced (D1, D32)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import pytest
from mcp import Client

from tests.oracle.history_stage import Clock
from tests.support.double import Status, VultrDouble
from tests.support.mid_month import OCTOBER, Row, account, hourly
from tests.support.nouns import MONTH, at, line, usd
from tests.support.stage import staged_source, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.billing.daily_cost import Reading, month_by_day
from vultr_cost_mcp.billing.daily_usage import LineReading, daily_use
from vultr_cost_mcp.domain.history import StoredLine
from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from vultr_cost_mcp.billing.daily_cost import DaySpend

INVOICED = at("2026-11-11T00:05")


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


def pending(when: datetime) -> Reading:
    """A dollar an hour since the month began, from the eleventh on since then."""
    begin = MONTH.start if when < INVOICED + timedelta(minutes=30) else at("2026-11-11")
    hours = (when - begin) // timedelta(hours=1)
    return Reading(when, complete=True, sums={("2026-11", "Cloud Compute"): usd(hours)})


def days_of(first: str, last: str, every: timedelta) -> list[DaySpend]:
    """The days of November that such readings tell."""
    when, readings = at(first), list[Reading]()
    while when <= at(last):
        readings.append(pending(when))
        when += every
    return month_by_day(readings, MONTH, [INVOICED])


@pytest.mark.parametrize("minutes", [60, 1440])
def test_no_day_is_a_difference_of_readings_on_both_sides(minutes: int) -> None:
    """D32: 24.00 a day, and the eleventh is not known."""
    days = days_of("2026-11-01T23:00", "2026-11-20T23:00", timedelta(minutes=minutes))
    assert {day.total for day in days if day.whole} == {usd(24)}
    known = {day.day.day for day in days}
    # With a reading a day the tenth ends after its last one.
    assert known == {*range(1, 21)} - ({11} if minutes == 60 else {10, 11})


def test_without_the_invoice_the_day_would_be_far_below_nothing() -> None:
    """D32: what the break is for."""
    readings = [pending(at(f"2026-11-{day:02}T23:00")) for day in range(1, 21)]
    assert min(day.total for day in month_by_day(readings, MONTH)) < 0


def test_one_reading_after_the_invoice_tells_no_day() -> None:
    """D32: there is nothing to hold it against."""
    days = days_of("2026-11-09T23:00", "2026-11-11T23:00", timedelta(days=1))
    assert [day.day.day for day in days] == [*range(1, 10)]


@pytest.mark.anyio
@pytest.mark.parametrize("refused", [False, True])
async def test_the_tools_know_of_it_by_the_invoices(tmp_path: Path, *, refused: bool) -> None:
    """D1, D32: nineteen days of a server of 192 a month, read twice a day.

    Where the list of invoices is refused, its line of the eleventh tells.
    """
    invoice = ("2026-11-11T00:05", [hourly("68.58", "2026-11-01T00:00", "2026-11-11T00:00")])
    double, clock = VultrDouble(account([], {"77": OCTOBER})), Clock()
    async with staged_source(double, clock, COST_CACHE_SECONDS=0) as source:
        history = open_history(f"sqlite:///{tmp_path}/history.db")
        async with Client(build_server({"default": source.backend(history)}, "0")) as client:
            for hours in range(11, 24 * 19, 12):
                now = MONTH.start + timedelta(hours=hours)
                begin = MONTH.start if now < INVOICED else at("2026-11-11")
                units = (now - begin) // timedelta(hours=1)
                total = str((units * usd("0.285714285714286")).quantize(usd("0.01")))
                line = hourly(total, f"{begin:%FT%R}", f"{now:%FT%R}", units=units)
                known: dict[str, tuple[str, list[Row]]] = {"77": OCTOBER}
                known |= {"78": invoice} if now >= INVOICED else {}
                double.account, double.date = account([line], known), now
                clock.set(now, anyio.current_time())
                structured(await client.call_tool("collect_metrics", {}))
            if refused:
                double.fail("/billing/invoices", Status(403))
            by_day = {"granularity": "day", "days": 25}
            days = structured(await client.call_tool("get_cost_history", by_day))
            unusual = structured(await client.call_tool("detect_anomalies", {}))
    totals = {row["period"]: row["total"] for row in days["rows"] if not row["partial"]}
    assert {*totals.values()} <= {"6.85", "6.86", "6.87"}
    # The tenth was read to 23:00, the eleventh from 11:00 on.
    assert not {"2026-11-10", "2026-11-11"} & {*totals}
    assert {"2026-11-09", "2026-11-12"} <= {*totals}
    assert unusual["anomalies"] == []
    assert unusual["basis"] == "daily_history"


@pytest.mark.parametrize(("first", "is_known"), [("00:40", True), ("02:01", False)])
def test_a_day_after_an_invoice_is_known_from_near_its_start(first: str, is_known: bool) -> None:  # noqa: FBT001
    """D32: what was used between midnight and the first reading is unknown but for two hours."""
    row = StoredLine("2026-11", line(units=1, unit_price="1"), "Cloud Compute", "a", "ewr")
    times = (f"2026-11-11T{first}", "2026-11-11T23:30", "2026-11-12T23:30")
    readings = [LineReading(at(time), complete=True, lines=[row]) for time in times]
    read = daily_use(readings, [at("2026-11-10T22:20")]).read
    assert {day.day for day in read} == ({11, 12} if is_known else {12})
