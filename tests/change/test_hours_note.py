"""Notes say when a thing was billed, for how many hours, and where the cap was (D7, D30)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.months import NOV, OCT, SEP, bill, hours
from tests.support.nouns import NOW, at, snapshot
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.questions.change.report import change

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import ChargeLine
    from vultr_cost_mcp.questions.change.rows import Driver

WEB = "203.0.113.7 (4096 MB) [web]"
OCTOBER = "(the monthly cap; October has 744)"
GPU = "203.0.113.40 (65536 MB) [gpu]"


def web(start: str, end: str, monthly: str = "20", what: str = WEB) -> ChargeLine:
    """Make a server's line with its hours of 20 dollars a month, at most 672 of them."""
    ran = round((at(end) - at(start)).total_seconds() / 3600)
    total = f"{int(monthly) * min(ran, 672) / 672:.2f}"
    return hours(total, what, ran, start, end, monthly=monthly)


def gpu(month: Month, what: str = GPU) -> ChargeLine:
    """Make a GPU's line of a whole month at a dollar an hour."""
    ran = round((month.end - month.start).total_seconds() / 3600)
    total = f"{min(ran, 730)}.00"
    return hours(total, what, ran, month.start, month.end, unit_price="1", product="Cloud GPU")


def rows(
    before: list[ChargeLine], after: list[ChargeLine], base: Month = SEP, then: Month = OCT
) -> list[Driver]:
    """Compare two invoiced months in which something else ran all the time."""
    always = [
        hours("20", "[always]", 720, month.start, month.end, monthly="20") for month in (base, then)
    ]
    report = change(snapshot(()), bill(base, *before, always[0]), bill(then, *after, always[1]))
    return list(report.drivers)


def note(
    before: list[ChargeLine], after: list[ChargeLine], base: Month = SEP, then: Month = OCT
) -> tuple[str, str]:
    """Give the kind and note of the one driver."""
    (row,) = rows(before, after, base, then)
    return row.kind, row.note


ALL_SEP, ALL_OCT = web("2026-09-01", "2026-10-01"), web("2026-10-01", "2026-11-01")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-10-01", "2026-11-01", "672 billed hours (its monthly cap)"),
        ("2026-10-02", "2026-11-01", "billed since 2 Oct; 672 hours (its monthly cap)"),
        ("2026-10-12", "2026-11-01", "billed since 12 Oct; 480 hours"),
        ("2026-10-12", "2026-10-16T04:00", "billed from 12 to 16 Oct; 100 hours"),
        ("2026-10-02", "2026-10-31", "billed from 2 to 31 Oct; 672 hours (its monthly cap)"),
        ("2026-10-12T03:00", "2026-10-12T04:00", "billed on 12 Oct only; 1 hour"),
        ("2026-10-01", "2026-10-05T04:00", "100 billed hours; ended on 5 Oct"),
        ("2026-10-01", "2026-10-01T01:00", "1 billed hour; ended on 1 Oct"),
    ],
)
def test_a_new_thing_is_said_to_be_billed_from_when_to_when(
    start: str, end: str, expected: str
) -> None:
    """D30: days first, hours after them; 672 are the cap only of what ran longer."""
    assert note([], [web(start, end)]) == ("new", expected)


def test_a_new_thing_without_an_end_that_is_over_says_so() -> None:
    """D30: 100 hours from the 12th are over long before the month is."""
    died = replace(web("2026-10-12", "2026-10-16T04:00"), end=None)
    assert note([], [died]) == ("new", "billed since 12 Oct, now ended; 100 hours")


def test_several_new_things_of_one_name_are_counted() -> None:
    """D30: else 960 hours from the 12th on could not be."""
    two = [web("2026-10-12", "2026-11-01")] * 2
    expected = "billed since 12 Oct; 960 hours: 2 hourly billing lines of this name"
    assert note([], two) == ("new", expected)


def test_a_thing_that_began_after_the_same_point_and_ended_names_both_months() -> None:
    """D29, D30: its hours are November's."""
    report = change(
        snapshot(()),
        bill(OCT, web("2026-10-20", "2026-11-01")),
        bill(NOV, web("2026-11-01", "2026-11-09T10:00"),
             hours("5", "[b]", 423, NOV.start, NOW, monthly="20")),
    )  # fmt: skip
    notes = {row.name: row.note for row in report.drivers}
    assert notes["web"] == "billed from 20 Oct to 9 Nov; 202 hours in November"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("2026-09-12T05:00", "2026-10-01"), ("2026-10-01", "2026-11-01"),
         "billed since 12 Sep; 451 hours, then 672 (its monthly cap)"),
        (("2026-09-20", "2026-10-01"), ("2026-10-10", "2026-11-01"),
         "billed since 20 Sep; 264 hours, then 528"),
        (("2026-09-30", "2026-10-01"), ("2026-10-01", "2026-10-14T05:00"),
         "billed from 30 Sep to 14 Oct; 24 hours, then 317"),
        (("2026-09-01", "2026-09-05"), ("2026-10-01", "2026-11-01"),
         "96 billed hours, then 672 (its monthly cap)"),
        (("2026-09-01", "2026-09-05"), ("2026-10-01", "2026-10-09"),
         "96 to 192 billed hours; ended on 9 Oct"),
        (("2026-09-01", "2026-10-01"), ("2026-10-10", "2026-11-01"),
         "672 billed hours (its monthly cap), then 528"),
    ],
)  # fmt: skip
def test_hours_of_both_months_say_since_when_and_which_are_the_cap(
    before: tuple[str, str], after: tuple[str, str], expected: str
) -> None:
    """D7, D30: a date stands before the hours, a cap behind its own."""
    assert note([web(*before)], [web(*after)]) == ("hours", expected)


def test_the_later_month_may_come_first() -> None:
    """D30: no "then" for what was before, and the earlier month tells since when."""
    born = web("2026-09-21T08:00", "2026-10-01")
    expected = "billed since 21 Sep; 672 hours (its monthly cap), before that 232"
    assert note([ALL_OCT], [born], OCT, SEP) == ("hours", expected)


def test_a_cap_in_both_months_is_said_once() -> None:
    """D7, D30: 730 hours of one plan, 672 of another that stands in for it."""
    metal = "Bare Metal [m]"
    before = hours("672.00", metal, 720, "2026-09-01T00:00", "2026-10-01", unit_price="1")
    after = hours("803.00", metal, 740, "2026-10-01T04:00", "2026-11-01", unit_price="1.1")
    assert note([before], [after]) == (
        "resized",
        "$672.00 to $803.00 a month; 672 billed hours, then 730 (its monthly cap in both)",
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # 708 of October's hours are over.
        ("2026-11-30T12:00", "672 billed hours (its monthly cap), then 480"),
        ("2026-11-18T12:00", "420 to 192 billed hours"),
    ],
)
def test_the_cap_counts_where_it_was_reached_before_the_same_point(now: str, expected: str) -> None:
    """D7, D29: October's line has 744 hours; only some of them are compared."""
    running = web("2026-11-10T12:00", now)
    report = change(snapshot((), now=at(now)), bill(OCT, ALL_OCT), bill(NOV, running))
    (row,) = report.drivers
    assert (row.kind, row.note) == ("hours", expected)


def test_hours_that_come_to_just_the_cap_are_not_capped() -> None:
    """D7: nothing was left out."""
    assert note([], [web("2026-10-04", "2026-11-01")])[1] == "billed since 4 Oct; 672 hours"


def test_fewer_lines_of_one_name_are_counted_down() -> None:
    """D30: two of three servers of one name went."""
    third = web("2026-09-01", "2026-09-11")
    lines = "1 hourly billing line of this name, down from 3"
    expected = f"1,584 billed hours, then 672 (its monthly cap): {lines}"
    assert note([ALL_SEP, ALL_SEP, third], [ALL_OCT]) == ("hours", expected)


def test_things_of_one_name_that_only_a_month_made_longer_count_one_by_one() -> None:
    """D30: two GPUs share a name, a third has its own; each had 720 and 730 hours."""
    other = GPU.replace("[gpu]", "[other]")
    (row,) = rows([gpu(SEP), gpu(SEP), gpu(SEP, other)], [gpu(OCT), gpu(OCT), gpu(OCT, other)])
    assert (row.kind, str(row.delta)) == ("calendar", "30.00")
    assert row.note == (
        "3 resources ran through both months, each with 720 hours billed in September "
        f"and 730 in October {OCTOBER}"
    )


@pytest.mark.parametrize(
    ("base", "then", "expected"),
    [
        ("2026-10-01", "2026-09-01", f"730 hours billed in October {OCTOBER} and 720 in September"),
        ("2026-02-01", "2026-04-01", "672 hours billed in February and 720 in April"),
        ("2024-02-01", "2025-02-01", "696 hours billed in February 2024 and 672 in February 2025"),
    ],
)  # fmt: skip
def test_a_month_of_another_year_has_its_year(base: str, then: str, expected: str) -> None:
    """D30: two Februaries."""
    months = Month.of(at(base)), Month.of(at(then))
    (row,) = rows([gpu(months[0])], [gpu(months[1])], *months)
    assert (row.kind, row.note) == ("calendar", f"1 resource ran through both months: {expected}")
