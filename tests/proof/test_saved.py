"""The dollars that one deletion saves, month by month, from its lines (M-ledger, D7).

A server of 67.20 dollars a month costs ten cents an hour; the 240 hours until the 11th are 24.00.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.proof.world import DAY, HOUR, line_of, old, other, waste
from tests.support.nouns import at, usd
from vultr_cost_mcp.billing.realised import (
    DeletedWaste,
    Replacement,
    lines_by_resource,
    replacement_of,
    saved_by_month,
    shows_its_end,
)
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.stored import StoredLine, StoredResource

OLD = old()
SEEN = at("2026-10-11")
GONE = DeletedWaste(waste(OLD), OLD, SEEN, SEEN + HOUR, 672)
BILLED = line_of(OLD, SEEN)
NOW = at("2026-10-21")


def replaced(when: str, monthly: str | None) -> DeletedWaste:
    """Make the same deletion with a replacement at this price."""
    return replace(GONE, replacement=Replacement(old("new", monthly), at(when)))


def saved(gone: DeletedWaste, *lines: StoredLine, now: datetime = NOW) -> Any:
    """Return what is saved in October, whose bill is known."""
    found = saved_by_month(gone, now, {"2026-10": lines})
    return None if found is None else found["2026-10"]


def test_what_it_would_have_cost_less_what_was_billed_is_saved() -> None:
    """480 hours until the 21st, 240 of them billed; nothing without a price."""
    assert saved(GONE, BILLED) == 24
    # By its own last reading, if no line tells, or one that is less.
    assert saved(GONE) == 24
    assert saved(GONE, line_of(OLD, at("2026-10-09"))) == 24
    assert saved(GONE, line_of(OLD, at("2026-10-12"))) == usd("21.60")
    unknown = replace(GONE, resource=old(monthly=None))
    assert saved(unknown, BILLED) is None


@pytest.mark.parametrize(
    ("monthly", "dollars"),
    [
        # Two days until the 13th: 4.80. From there on the new one costs as much, or less.
        ("67.20", "4.80"),
        ("33.60", "4.80"),
        (None, "4.80"),
        # Twice as much: 192 hours cost 38.40, more than the 24.00 saved by the 21st.
        ("134.40", "0"),
        ("80.64", "0.96"),
    ],
)
def test_a_replacement_ends_the_saving_and_may_use_it_up(monthly: str | None, dollars: str) -> None:
    assert saved(replaced("2026-10-13", monthly), BILLED) == usd(dollars)


def test_a_month_that_would_have_been_full_saves_no_more_than_the_new_one_leaves() -> None:
    """67.20 are full on the 29th; 552 hours of the new one at 33.60 since the 9th are 27.60."""
    seen = at("2026-10-08")
    gone = replace(replaced("2026-10-09", "33.60"), at=seen)
    line = line_of(OLD, seen)
    # A day less: 2.40 until the 9th.
    assert saved(gone, line, now=at("2026-11-01")) == usd("2.40")
    # At 56.00 the new one leaves nothing of the 50.40 that the cap left: 46.00 of them are due.
    dear = replace(gone, replacement=Replacement(old("new", "60.48"), at("2026-10-09")))
    assert saved(dear, line, now=at("2026-11-01")) == usd("0.72")


def test_months_of_an_unknown_bill_save_nothing_until_it_was_gone() -> None:
    """October's bill is not known and November began after the reading without it."""
    found = saved_by_month(GONE, at("2026-11-02"), {})
    assert found == {"2026-10": 0, "2026-11": usd("2.40")}
    late = replace(GONE, gone_by=at("2026-11-01T00:00:01"))
    assert saved_by_month(late, at("2026-11-02"), {}) == {"2026-10": 0, "2026-11": 0}
    at_start = replace(GONE, gone_by=at("2026-11-01"))
    assert saved_by_month(at_start, at("2026-11-02"), {}) == {"2026-10": 0, "2026-11": usd("2.40")}


def test_hours_count_from_the_lines_start_else_from_the_creation() -> None:
    """A resized server began on the 6th: 120 hours were billed and 240 saved by the 21st."""
    resized = line_of(OLD, SEEN, at("2026-10-06"))
    older = line_of(OLD, at("2026-10-06"), unit_price=usd("0.05"))
    assert saved(GONE, resized) == 24
    assert saved(GONE, older, resized) == 24
    # Of lines that end within two hours of each other both are its last: 2.20 more are billed.
    for end, dollars in (("2026-10-10T22:00", "21.80"), ("2026-10-10T21:59", "24")):
        other_line = line_of(OLD, at(end), at("2026-10-10"))
        assert saved(GONE, BILLED, other_line) == usd(dollars)
    # 480 hours from the 1st are 48.00, from the 6th 36.00: only the last line counts.
    young = replace(GONE, resource=old(created=at("2026-10-06")))
    undated = replace(resized, line=replace(resized.line, start=None))
    assert saved(young, undated) == 24
    full = saved(young, undated, now=at("2026-11-01"))
    assert full == usd("62.40") - usd("12.00")


def test_the_hours_of_a_month_are_those_of_its_line() -> None:
    """D7: at 730 hours 67.20 are 9.2 cents an hour: 44.19 for 480 hours, 22.10 of them billed."""
    row = line_of(OLD, SEEN, unit_price=usd("0.0920547945"), total=usd("22.10"))
    assert saved(GONE, row) == usd("44.19") - usd("22.10")
    by_plan = replace(GONE, usual_hours=730)
    assert saved(by_plan, replace(row, line=replace(row.line, unit_price=None))) == usd("22.09")
    assert saved(by_plan, BILLED) == 24


def test_a_bill_that_was_read_after_it_was_gone_holds_all_of_its_lines() -> None:
    october = Month.of(SEEN)
    assert not shows_its_end(GONE, october, SEEN)
    assert shows_its_end(GONE, october, SEEN + HOUR)
    late = replace(GONE, gone_by=at("2026-12-01"))
    assert not shows_its_end(late, october, at("2026-10-31"))
    assert shows_its_end(late, october, at("2026-11-01"))


@pytest.mark.parametrize(
    ("row", "after", "counts"),
    [
        # It appeared when it was created, else when it was first seen; seven days count.
        (old("new", created=SEEN + DAY), 9 * DAY, DAY),
        (old("new", created=None), 2 * DAY, 2 * DAY),
        (old("new"), 7 * DAY, 7 * DAY),
        (old("new"), 7 * DAY + timedelta(seconds=1), None),
        (old("new", created=SEEN), DAY, DAY),
        (old("new", created=None), timedelta(0), None),
        # By its label or an address, in the same region, on the same plan.
        (old("new", label="old", addresses=()), DAY, DAY),
        (old("new", addresses=("192.0.2.7", "192.0.2.9")), DAY, DAY),
        (old("new", addresses=()), DAY, None),
        (old("new", region="fra"), DAY, None),
        (old("new", plan="vc2-1c-1gb"), DAY, None),
        (old("new", kind="bare_metal"), DAY, None),
    ],
)
def test_what_is_like_it_and_came_within_a_week_replaces_it(
    row: StoredResource, after: timedelta, counts: timedelta | None
) -> None:
    found = replacement_of(GONE, [(SEEN + after, row)])
    assert found == (None if counts is None else Replacement(row, SEEN + counts))


def test_of_several_the_first_replaces_it() -> None:
    first, second = old("b"), old("a")
    rows = [(SEEN + 2 * DAY, first), (SEEN + DAY, second), (SEEN + DAY, first)]
    assert replacement_of(GONE, rows) == Replacement(second, SEEN + DAY)
    assert replacement_of(GONE, []) is None


def test_no_label_and_no_cluster_are_no_likeness() -> None:
    """A node is like another of its cluster; two that state none are not."""
    bare = old("x", label="", addresses=(), kind="kubernetes_node")
    gone = replace(GONE, resource=bare)
    node = old("y", label="", addresses=(), kind="kubernetes_node")
    assert replacement_of(gone, [(SEEN + DAY, node)]) is None
    main = replace(gone, resource=replace(bare, cluster="main"))
    for cluster, like in (("main", True), ("other", False), (None, False)):
        found = replacement_of(main, [(SEEN + DAY, replace(node, cluster=cluster))])
        assert (found is not None) is like
    server = replace(bare, kind="instance", cluster="main")
    no_node = replace(gone, resource=server)
    assert replacement_of(no_node, [(SEEN + DAY, replace(server, id="z"))]) is None


def test_lines_are_its_own_by_their_id_else_by_their_name() -> None:
    """D10: lines of others, and those that are not hourly, are left out."""
    named = replace(BILLED, resource_id=None)
    fee = replace(BILLED, line=replace(BILLED.line, unit_type="flat"))
    lost = replace(named, line=replace(named.line, description="192.0.2.99 [nobody]"))
    rows = [BILLED, named, fee, lost, line_of(other(), SEEN)]
    assert lines_by_resource(rows, [GONE]) == {"old": [BILLED, named]}
    assert lines_by_resource(rows, []) == {}


@pytest.mark.parametrize(
    ("seen", "closes"),
    [("2026-10-11", "2027-10-11"), ("2028-02-29", "2029-02-28"), ("2027-02-28", "2028-02-28")],
)
def test_it_closes_after_a_year_or_with_its_replacement(seen: str, closes: str) -> None:
    gone = replace(GONE, at=at(seen))
    assert gone.closes == (at(closes), "after_12_months")
    assert replaced("2026-10-13", None).closes == (at("2026-10-13"), "replaced")


def test_it_saves_in_the_months_from_its_last_run_to_its_end() -> None:
    def months(gone: DeletedWaste, now: str) -> list[str]:
        return [month.name for month in gone.months(at(now))]

    assert months(GONE, "2026-10-31") == ["2026-10"]
    assert months(GONE, "2026-11-01") == ["2026-10"]
    assert months(GONE, "2026-11-01T00:01") == ["2026-10", "2026-11"]
    assert months(replaced("2026-10-13", None), "2026-12-24") == ["2026-10"]
    assert months(GONE, "2030-01-01")[-1] == "2027-10"
