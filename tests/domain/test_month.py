"""A UTC calendar month, half open (D5)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tests.support.nouns import at
from vultr_cost_mcp.domain.month import Month


@pytest.mark.parametrize(
    ("instant", "start", "end", "name", "previous"),
    [
        ("2026-11-18T14:05", "2026-11-01", "2026-12-01", "2026-11", "2026-10"),
        ("2026-11-01", "2026-11-01", "2026-12-01", "2026-11", "2026-10"),
        ("2026-11-30T23:59:59", "2026-11-01", "2026-12-01", "2026-11", "2026-10"),
        ("2026-12-31T23:59", "2026-12-01", "2027-01-01", "2026-12", "2026-11"),
        ("2027-01-31", "2027-01-01", "2027-02-01", "2027-01", "2026-12"),
        ("2028-02-29", "2028-02-01", "2028-03-01", "2028-02", "2028-01"),
        # PEERS 5: "now minus 30 days" is this month on the 31st and January on 1 March.
        ("2026-03-01", "2026-03-01", "2026-04-01", "2026-03", "2026-02"),
        ("2026-10-31", "2026-10-01", "2026-11-01", "2026-10", "2026-09"),
    ],
)
def test_a_month_and_the_one_before(
    instant: str, start: str, end: str, name: str, previous: str
) -> None:
    """D5: from the first at midnight to the first of the next."""
    month = Month.of(at(instant))
    assert (month.start, month.end, month.name) == (at(start), at(end), name)
    assert month.previous.name == previous


def test_a_month_is_half_open() -> None:
    """D5: the start belongs to it, the end to the next."""
    month = Month.of(at("2026-11-18"))
    assert month.start in month
    assert month.end not in month
    assert month.end - timedelta(microseconds=1) in month
    assert month.start - timedelta(microseconds=1) not in month


def test_a_month_is_utc_wherever_the_clock_is() -> None:
    """D5: 23:30 on 31 October in Chicago is November."""
    chicago = timezone(timedelta(hours=-5))
    assert Month.of(datetime(2026, 10, 31, 23, 30, tzinfo=chicago)).name == "2026-11"
