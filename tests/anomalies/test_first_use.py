"""A service in a region where the account had nothing before (D32)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.nouns import at, line, thing
from vultr_cost_mcp.billing.stored_rows import stored_resource
from vultr_cost_mcp.domain.history import StoredLine
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.questions.anomalies.first_use import (
    FirstUse,
    Pair,
    candidates,
    days_of,
    first_uses,
    pairs_of,
)

TODAY = date(2026, 11, 18)
SINCE = TODAY - timedelta(days=30)
Seen = dict[date, frozenset[Pair]]
OLD: Pair = ("Cloud Compute", "ewr")
MINE: Pair = ("Cloud GPU", "sjc")


def gpu(created: str | None = "2026-11-17", price: str | int | None = 500) -> Resource:
    """Make a GPU server in a region of its own."""
    made = None if created is None else at(created)
    return thing("miner", "gpu_instance", price, region="sjc", created=made, usual_hours=730)


def seen(*when: int, every: Iterable[int] = range(1, 100)) -> Seen:
    """Give readings of so many days ago, the pair among what existed on some of them."""
    return {
        TODAY - timedelta(days=n): frozenset({MINE if n in when else OLD})
        for n in sorted({*every, *when})
    }


def found(resource: Resource, history: Seen) -> list[FirstUse]:
    return first_uses(candidates([resource], SINCE), history, {}, SINCE, TODAY)


def test_a_gpu_server_in_a_new_region_is_found_at_once() -> None:
    """D32: since yesterday, when it was made; 500 over 730 hours a month is 16.44 a day."""
    (row,) = found(gpu(), seen())
    assert (row.service, row.region, row.since) == ("Cloud GPU", "sjc", date(2026, 11, 17))
    assert (row.monthly, round(row.daily, 2)) == (500, Decimal("16.44"))


def test_it_stays_found_while_its_first_day_is_asked_for() -> None:
    """Seen by the readings of the last five days, and not before."""
    (row,) = found(gpu(None), seen(1, 2, 3, 4, 5))
    assert row.since == date(2026, 11, 13)


def test_without_any_date_it_is_new_today() -> None:
    (row,) = found(gpu(None), seen())
    assert row.since == TODAY


@pytest.mark.parametrize(("ago", "new"), [(91, False), (92, True)])
def test_ninety_days_make_it_new_again(ago: int, *, new: bool) -> None:
    """D32: begun yesterday, and before that seen so many days ago."""
    assert bool(found(gpu(), seen(ago))) is new


@pytest.mark.parametrize(
    ("day", "region", "new"),
    [
        ("2026-08-18", "sjc", True),
        ("2026-08-19", "sjc", False),
        ("2026-10-05", "sjc", False),
        ("2026-10-05", "ewr", True),
        ("2026-10-05", None, True),
        ("2026-11-17", "sjc", True),
    ],
)
def test_what_was_billed_for_some_hours_was_there(
    day: str, region: str | None, *, new: bool
) -> None:
    """No last reading of a day saw it; the last lines of its month have it."""
    hours = line(9, "gone", "Cloud GPU", start=at(f"{day}T08:00"), end=at(f"{day}T16:00"))
    row = StoredLine(day[:7], hours, "Cloud GPU", "id", region)
    rows = first_uses(candidates([gpu()], SINCE), seen(), days_of([row]), SINCE, TODAY)
    assert bool(rows) is new


@pytest.mark.parametrize(("oldest", "known"), [(14, False), (15, True)])
def test_readings_must_reach_back_to_know(oldest: int, *, known: bool) -> None:
    """Fourteen days before yesterday; else everything would be new."""
    assert bool(found(gpu(), seen(every=range(1, oldest + 1)))) is known


@pytest.mark.parametrize(("price", "count"), [(50, 1), ("49.99", 0), (None, 0)])
def test_small_ones_are_not(price: str | int | None, count: int) -> None:
    """D32: 50 dollars a month or more."""
    assert len(found(gpu(price=price), seen())) == count


def test_several_small_ones_are() -> None:
    rows = [thing(str(n), price=10, region="sjc", created=at("2026-11-17")) for n in range(5)]
    assert list(candidates(rows, SINCE)) == [("Cloud Compute", "sjc")]
    # One of them was there before.
    old = thing("old", price=10, region="sjc", created=at("2026-01-01"))
    assert candidates([*rows, old], SINCE) == {}


def test_another_service_in_a_known_region_is_new() -> None:
    known = pairs_of([stored_resource(thing("web", region="sjc"))])
    assert known == {("Cloud Compute", "sjc")}
    history: Seen = {TODAY - timedelta(days=n): known for n in range(1, 30)}
    assert len(first_uses(candidates([gpu()], SINCE), history, {}, SINCE, TODAY)) == 1
