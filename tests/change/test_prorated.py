"""A line of a month up to an instant: dollars, hours, units, and if it goes on (D7, D29)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.nouns import MONTH, at, charge, known, usd
from vultr_cost_mcp.billing.proration import (
    ProratedCharge,
    billed_hours,
    month_hours,
    monthly_price,
    prorate_until,
    whole,
)
from vultr_cost_mcp.domain.bill import Charge

END, TENTH = at("2026-11-05T04:00"), at("2026-11-10")
# A hundred hours of half a dollar.
HOURS = charge("50", units=100, unit_price="0.5", end=END)


def test_hours_count_up_to_the_instant_and_a_running_line_goes_on() -> None:
    """D29: 48 of 100 hours; one that ended by then goes on for two hours more at most."""
    assert prorate_until(HOURS, MONTH, at("2026-11-03")) == ProratedCharge(
        HOURS, usd(24), usd(48), usd(48), goes_on=True
    )
    within = END + timedelta(hours=2)
    assert prorate_until(HOURS, MONTH, within) == whole(HOURS, goes_on=True)
    assert prorate_until(HOURS, MONTH, within + timedelta(seconds=1)) == whole(HOURS)
    assert whole(HOURS) == ProratedCharge(HOURS, usd(50), usd(100), usd(100))
    assert prorate_until(HOURS, MONTH, MONTH.start) is None
    hour = charge("0.50", units=1, unit_price="0.5", end=at("2026-11-01T01:00"))
    assert [billed_hours(hour), billed_hours(charge("0", units=0))] == [1, None]


def test_hours_tell_the_end_of_a_line_without_dates() -> None:
    """D29: a hundred hours from the month's first moment end on the fifth."""
    bare = charge("50", units=100, unit_price="0.5", start=None, end=None)
    assert prorate_until(bare, MONTH, at("2026-11-10")) == whole(bare)
    assert known(prorate_until(bare, MONTH, at("2026-11-03"))).amount == 24


def test_a_line_that_ends_at_the_instant_is_whole() -> None:
    """D7: 744 hours stay the units of the line; its total pays for 672 of them."""
    full = charge("672", units=744, unit_price="1", end=MONTH.end, cap_hours=672)
    assert prorate_until(full, MONTH, MONTH.end) == ProratedCharge(
        full, usd(672), usd(672), usd(744), goes_on=True
    )


def test_use_grows_evenly_and_fees_count_whole() -> None:
    """D29: five of ten days; a fee and a line of nothing stay as they are."""
    tokens = charge("100", "Inference", unit_type="tokens", units=50, end=at("2026-11-11"))
    half = at("2026-11-06")
    found = prorate_until(tokens, MONTH, half)
    assert found == ProratedCharge(tokens, usd(50), None, usd(25), goes_on=True)
    fee = charge("7", "Other", unit_type="flat", units=1, end=at("2026-11-11"))
    assert prorate_until(fee, MONTH, half) == whole(fee, goes_on=True)
    nothing = charge("0", "Inference", unit_type="tokens", units=50, end=at("2026-11-11"))
    assert prorate_until(nothing, MONTH, half) == whole(nothing, goes_on=True)


@pytest.mark.parametrize(
    ("row", "hours"),
    [
        (charge("1"), 672),
        (charge("1", "Cloud GPU"), 730),
        (charge("1", cap_hours=730), 730),
        # Up to 672 hours the service decides, whatever its coarse price would say.
        (charge("10", "Cloud GPU", units=672, unit_price="0.0149"), 730),
        (charge("10", "Cloud GPU", units=744, unit_price="0.0149"), 672),
        (charge("744", units=744, unit_price="1"), 744),
        # A price with few digits: 730 of its hours are a ten thousandth less than the total, too
        # much to decide, and its digits allow 672; closer than that, they are the total.
        (charge("0.7301", units=744, unit_price="0.001"), 672),
        (charge("0.73009", units=744, unit_price="0.001"), 730),
        # Ten thousand hours and more are an error: they count as ten thousand.
        (charge("10000", units=20_000, unit_price="1"), 10_000),
    ],
)
def test_the_hours_of_a_lines_month(row: Charge, hours: int) -> None:
    """D7."""
    assert month_hours(row) == hours


@pytest.mark.parametrize(
    ("row", "price"),
    [
        (charge("3", units=100, unit_price="0.0298"), "20.03"),
        # At full hours its total is the price.
        (charge("20", units=672, unit_price="0.0298"), "20"),
        (charge("20.001", units=672, unit_price="0.0298"), "20.00"),
        (charge("20", units=672), None),
        (charge("20", units=1, unit_price="20", unit_type="flat"), None),
    ],
)
def test_the_price_of_a_full_month(row: Charge, price: str | None) -> None:
    """D7: by the hour, in whole cents."""
    assert monthly_price(row) == (None if price is None else usd(price))


# 500 hours of a dime from the 20th of October on, 216 of them in November.
OVER_THE_TURN = charge("50", units=500, unit_price="0.1", start=at("2026-10-20T04:00"), end=TENTH)


@pytest.mark.parametrize(
    ("until", "amount", "goes_on"),
    [
        (TENTH + timedelta(hours=2), "21.60", True),
        (TENTH + timedelta(hours=2, seconds=1), "21.60", False),
        (MONTH.end - timedelta(seconds=1), "21.60", False),
        # The whole month is its whole bill.
        (MONTH.end, "50", False),
    ],
)
def test_a_line_from_before_its_month_counts_its_hours_there_until_the_end(
    until: datetime, amount: str, *, goes_on: bool
) -> None:
    """D29: it goes on for two hours after its end at most."""
    found = known(prorate_until(OVER_THE_TURN, MONTH, until))
    assert (found.amount, found.goes_on) == (usd(amount), goes_on)
