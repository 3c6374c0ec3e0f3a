"""Savings replayed on an invoiced month, by answers computed by hand (M-replay)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.proof.world import CUSTOMER, DAY, HOUR, kept, old, other, run_at, waste
from tests.support.nouns import at, charge, snapshot, thing, usd
from tests.support.readings import finding
from vultr_cost_mcp.domain.bill import Charge, MonthlyBill
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.questions.savings.kept_waste import wasted_hours
from vultr_cost_mcp.questions.savings.proof_text import render_replay
from vultr_cost_mcp.questions.savings.replay import Replay, replay, shortened_replay
from vultr_cost_mcp.questions.savings.report import savings

pytestmark = pytest.mark.anyio

OCTOBER = Month.of(at("2026-10-01"))
STOPPED = thing("old", price="67.20", state="stopped")
WHY = "delete_stopped_server"


def hourly(total: str, hours: int, start: datetime = OCTOBER.start, **named: Any) -> Charge:
    """Make a line of ten cents an hour of the stopped server."""
    known: dict[str, Any] = {
        "units": hours,
        "unit_price": "0.1",
        "start": start,
        "end": start + hours * HOUR,
    }
    return charge(total, resource_id="old", running=False, **{**known, **named})


def hours_from(start: datetime, count: int) -> list[datetime]:
    return [start + number * HOUR for number in range(count)]


def played(
    *charges: Charge,
    wasted: Collection[datetime] = (),
    resources: tuple[Resource, ...] = (STOPPED,),
) -> Replay:
    shot = snapshot((), resources)
    report = savings(shot, min_monthly=usd(1), include_inferred=False, limit=100)
    bill = MonthlyBill(OCTOBER, "invoices", charges)
    return replay(bill, report.recommendations, resources, {(WHY, "old"): wasted})


def figures(row: Replay) -> tuple[str, str, list[tuple[str, str, int, int, str]]]:
    return (
        str(row.cost),
        str(row.saved),
        [(r.label, str(r.cost), r.hours, r.wasted_hours, str(r.saved)) for r in row.rows],
    )


def test_a_month_that_readings_show_whole() -> None:
    """744 hours, all of them waste: the line would not be there."""
    found = played(hourly("67.20", 744), wasted=hours_from(OCTOBER.start, 744))
    assert figures(found) == ("67.20", "67.20", [("old", "67.20", 744, 744, "67.20")])


def test_a_part_saves_what_the_rest_would_not_have_cost() -> None:
    """372 hours less leave 372 at ten cents: 37.20 of 67.20. By the hour it would be 37.20."""
    found = played(hourly("67.20", 744), wasted=hours_from(OCTOBER.start, 372))
    assert found.saved == Decimal("30.00")


def test_hours_that_the_cap_gives_away_save_nothing() -> None:
    """72 hours less still are 672: the month is full without them."""
    found = played(hourly("67.20", 744), wasted=hours_from(OCTOBER.start, 72))
    assert (found.saved, found.rows[0].wasted_hours) == (Decimal(0), 72)


def test_without_a_reading_its_state_is_not_known() -> None:
    assert figures(played(hourly("67.20", 744))) == (
        "67.20",
        "0.00",
        [("old", "67.20", 744, 0, "0.00")],
    )


def test_only_hours_of_its_lines_count() -> None:
    """It was made on the 22nd: 240 hours, and readings before and after tell nothing of it."""
    start = at("2026-10-22T00:30")
    wasted = [at("2026-10-21"), at("2026-10-22"), at("2026-10-22T01:00"), OCTOBER.end]
    found = played(hourly("24.00", 240, start), wasted=wasted)
    assert figures(found) == ("24.00", "0.20", [("old", "24.00", 240, 2, "0.20")])


def test_a_resized_server_has_two_lines() -> None:
    """240 hours at ten cents, then 504 at twenty: each hour counts at the price of its line."""
    then = at("2026-10-11")
    lines = [
        hourly("24.00", 240),
        hourly("100.80", 504, then, unit_price="0.2"),
    ]
    found = played(*lines, wasted=hours_from(then - 10 * HOUR, 20))
    assert found.saved == Decimal("1.00") + Decimal("2.00")
    assert found.cost == Decimal("124.80")


def test_what_is_not_by_the_hour_stays() -> None:
    flat = charge("5.00", resource_id="old", unit_type="flat", running=False)
    credit = charge("-9.00", resource_id="old", unit_type="discount", running=False)
    found = played(flat, credit, wasted=hours_from(OCTOBER.start, 744))
    assert figures(found) == ("5.00", "0.00", [("old", "5.00", 0, 0, "0.00")])


def test_a_line_without_dates_is_of_the_whole_month() -> None:
    line = hourly("10.00", 100, start=OCTOBER.start, end=None)
    bare = charge("10.00", resource_id="old", units=None, running=False, start=None, end=None)
    assert played(line, wasted=hours_from(OCTOBER.start, 10)).saved == Decimal("1.00")
    assert played(bare, wasted=hours_from(OCTOBER.start, 10)).saved == Decimal(0)


def test_what_is_not_on_that_bill_has_no_row() -> None:
    other_line = charge("5.00", resource_id="web", running=False)
    assert figures(played(other_line)) == ("0", "0", [])


def test_rows_that_are_cut_are_counted() -> None:
    resources = tuple(
        thing(id_, price="67.20", state="stopped", label="same") for id_ in ("old", "b", "c")
    )
    lines = [
        hourly("67.20", 744),
        *(charge("9.00", resource_id=id_, running=False) for id_ in ("b", "c")),
    ]
    found = played(*lines, wasted=hours_from(OCTOBER.start, 744), resources=resources)
    assert [row.id for row in found.rows] == ["old", "b", "c"]
    short = shortened_replay(found, 1)
    assert (len(short.rows), short.omitted.count, short.omitted.total) == (1, 2, Decimal("0.00"))
    assert (short.cost, short.saved) == (found.cost, Decimal("67.20"))
    # Both sums of what is cut, and the words say which is which.
    assert short.omitted.cost == Decimal("18.00")
    text = render_replay(short)[-1]
    assert text == "1 of 3 resources shown; 2 more cost $18.00; $0.00 of that would be saved."
    assert render_replay(found)[-1].startswith("- `same` `c` ")


async def test_hours_are_those_of_stored_readings() -> None:
    """Of an hour the reading that counts; in another state, or only likely, it is not the same."""
    row, web = old(), other()
    first = at("2026-10-11T05:20")
    volume = finding(action="delete_volume_of_stopped_server", resource_ids=("old",))
    likely = waste(row, action="review_quiet_server", confidence="inferred")
    history = await kept(
        run_at(OCTOBER.start - HOUR, [row, web]),
        run_at(first, [row, web]),
        # The later of two readings of an hour counts, and it shows it in use.
        run_at(first + DAY, [row, web]),
        run_at(first + DAY + HOUR / 2, [row, web], findings=[]),
        run_at(first + 2 * DAY, [row, web], findings=[volume]),
        run_at(first + 3 * DAY, [row, web], findings=[likely]),
        run_at(OCTOBER.end, [row, web]),
    )
    assert await wasted_hours(history, CUSTOMER, OCTOBER) == {
        (WHY, "old"): {at("2026-10-11T05:00")},
        ("delete_volume_of_stopped_server", "old"): {at("2026-10-13T05:00")},
    }
