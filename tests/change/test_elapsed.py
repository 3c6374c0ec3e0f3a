"""The cost of a finished month's line after some of its hours (D29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.months import OCT, charges_of, hours, server
from tests.support.nouns import MONTH, at, charge, line, usd
from vultr_cost_mcp.billing.proration import billed_hours, monthly_price, prorate_until
from vultr_cost_mcp.domain.bill import ChargeLine

# As far into October as the running month is on 18 November, 14:05: 422 hours and 5 minutes.
POINT = at("2026-10-18T14:05")
LAST = ("2026-10-01", "2026-11-01")


def after(line_: ChargeLine) -> Decimal | None:
    row = prorate_until(charges_of([line_], OCT.end)[0], OCT, POINT)
    return None if row is None else row.amount


def other(total: str, unit_type: str, product: str = "Inference", **named: Any) -> ChargeLine:
    return line(
        total,
        "x",
        product,
        unit_type=unit_type,
        **{"units": "100", "start": OCT.start, "end": OCT.end, **named},
    )


@pytest.mark.parametrize(
    ("line_", "dollars"),
    [
        # 48 x 423 / 672 = 30.214...: the 423rd hour has begun
        (server("a", "48.00", OCT, "48"), "30.22"),
        # 730 hours by the service: 350.40 x 423 / 730
        (hours("350.40", "[g]", 744, *LAST, unit_price="0.48", product="Cloud GPU"), "203.04"),
        # 730 hours by nothing but the line itself: 109.50 x 423 / 730
        (hours("109.50", "[x]", 744, *LAST, unit_price="0.15"), "63.45"),
        # A coarse unit price still tells 672 from 730: 10 x 423 / 672 = 6.294...
        (hours("10", "[lb]", 744, *LAST, unit_price="0.0149", product="Load Balancer"), "6.30"),
        # Four digits of 0.50 / 672 come nearer to it by 730 hours: 0.50 x 423 / 672 = 0.314...
        (hours("0.50", "[b]", 744, *LAST, unit_price="0.0007", product="Backups"), "0.32"),
        # No cap at all: 744 hours at a cent
        (hours("7.44", "[u]", 744, *LAST, unit_price="0.01"), "4.23"),
        # From noon of the 10th: 195 of 516 hours, 15.36 x 195 / 516 = 5.804...
        (hours("15.36", "[h]", 516, "2026-10-10T12:00", "2026-11-01", monthly="20"), "5.81"),
        # Over before that
        (hours("3.00", "[o]", 101, "2026-10-03", "2026-10-07T05:00", monthly="20"), "3.00"),
        # Over the cap before that: nothing is left to grow
        (hours("5.00", "[c]", 672, "2026-09-20", "2026-10-18T14:05", monthly="5"), "3.15"),
    ],
)
def test_an_hourly_line_counts_the_hours_that_had_begun(line_: ChargeLine, dollars: str) -> None:
    """D29: min(total, ceil_to_cent(total x h / min(units, C)))."""
    assert after(line_) == usd(dollars)


def test_what_began_later_was_not_there() -> None:
    """D29."""
    assert after(hours("1", "[n]", 100, POINT, "2026-11-01", monthly="20")) is None
    just = POINT - timedelta(minutes=1)
    assert after(hours("7", "[n]", 322, just, "2026-11-01", monthly="20")) == usd("0.03")


def test_a_credit_by_the_hour_shrinks_like_a_charge() -> None:
    """D29: 4.80 x 423 / 672 = 3.021..., off the bill."""
    assert after(hours("-4.80", "[r]", 744, *LAST, monthly="4.80")) == usd("-3.03")


# 25,325 of the 44,640 minutes of October are over.
@pytest.mark.parametrize(
    ("line_", "dollars"),
    [
        (other("44.64", "tokens"), "25.325"),
        (other("44.64", "gb", "Vultr CDN"), "25.325"),
        (other("44.64", "overage", "Bandwidth Overage"), "25.325"),
        (other("44.64", "", "Bandwidth Overage"), "25.325"),
        (other("44.64", "gb", "Vultr CDN", start=None, end=None), "25.325"),
        # Half of its own span
        (other("8", "tokens", start=at("2026-10-18T02:05"), end=at("2026-10-19T02:05")), "4"),
        (other("44.64", "tokens", start=at("2026-10-02"), end=at("2026-10-03")), "44.64"),
        # Flat amounts, licences and discounts are there from their first moment on.
        (other("44.64", "flat", "Licence"), "44.64"),
        (other("44.64", "month"), "44.64"),
        (other("44.64", "units", "Licence"), "44.64"),
        (other("-50", "discount", "Credit"), "-50"),
        (other("-50", "tokens"), "-50"),
        (other("-50", "discount", "Credit", start=POINT), None),
    ],
)
def test_other_lines_grow_with_time_or_stand(line_: ChargeLine, dollars: str | None) -> None:
    """D29, as D24 lets them grow: metered evenly, flat and discount not at all."""
    assert after(line_) == (None if dollars is None else usd(dollars))


@pytest.mark.parametrize(
    ("named", "dollars"),
    [
        ({"units": 0}, "25.325"),
        ({"units": None}, "25.325"),
        ({"units": 744, "start": None, "end": None}, "25.38"),
        ({"units": 100, "start": None, "end": None}, "44.64"),
        ({"units": 744, "end": None}, "25.38"),
        ({"units": 10**30, "end": None}, "25.87"),
    ],
)
def test_a_line_without_dates_or_hours_is_no_reason_to_fail(
    named: dict[str, Any], dollars: str
) -> None:
    """D29: without hours a line grows with time, without dates it begins with its month."""
    given_ = {"start": OCT.start, "end": OCT.end, "unit_price": "0.06", **named}
    assert after(line("44.64", "[x]", **given_)) == usd(dollars)


@pytest.mark.parametrize("unit_type", ["overage", "hours"])
@pytest.mark.parametrize("ends", ["2026-09-30T23:00", "2026-09-29"])
def test_a_line_of_an_instant_before_its_month_counts_whole(ends: str, unit_type: str) -> None:
    """D29: it has no span to grow over, or one that goes backwards."""
    made = line("3.10", "[x]", unit_type=unit_type, start=at("2026-09-30T23:00"), end=at(ends))
    assert after(made) == usd("3.10")


@given(
    total=st.decimals(-500, 5000, places=4),
    units=st.none() | st.integers(0, 800),
    unit_price=st.none() | st.decimals(0, 10, places=4),
    first=st.none() | st.integers(-100, 800),
    length=st.none() | st.integers(0, 900),
    unit_type=st.sampled_from(["hours", "overage", "tokens", "discount", ""]),
)
def test_a_line_never_counts_more_than_it_is_and_all_of_it_in_the_end(
    *, total: Decimal, units: Any, unit_price: Any, first: Any, length: Any, unit_type: str
) -> None:
    """D29: at full overlap the formula gives back exactly the total."""
    start = None if first is None else OCT.start + timedelta(hours=first)
    end = None if length is None else (start or OCT.start) + timedelta(hours=length)
    made = line(
        total, "x", unit_price=unit_price, units=units, unit_type=unit_type, start=start, end=end
    )
    charge = charges_of([made], OCT.end)[0]
    row = prorate_until(charge, OCT, POINT)
    assert row is None or abs(row.amount) <= abs(total)
    assert row is None or row.amount * total >= 0
    whole = prorate_until(charge, OCT, OCT.end + timedelta(days=99))
    assert whole is not None
    assert whole.amount == total


@pytest.mark.parametrize(
    ("line_", "billed", "monthly"),
    [
        (server("a", "48.00", OCT, "48"), 672, "48.00"),
        (hours("109.50", "[x]", 744, *LAST, unit_price="0.15"), 730, "109.50"),
        (hours("345.60", "[x]", 720, *LAST, unit_price="0.48"), 720, "350.40"),
        (hours("16.00", "[x]", 224, "2026-10-01", "2026-10-10T08:00", monthly="48"), 224, "48.00"),
        (other("1", "tokens"), None, None),
    ],
)
def test_hours_and_price_of_a_month_come_from_the_line(
    line_: ChargeLine, billed: int | None, monthly: str | None
) -> None:
    """D7, read backwards."""
    charge = charges_of([line_], OCT.end)[0]
    assert billed_hours(charge) == billed
    assert monthly_price(charge) == (None if monthly is None else usd(monthly))


@pytest.mark.parametrize("unit_type", ["hours", "overage", "gb"])
@pytest.mark.parametrize("total", ["0", "12.00", "-3.00"])
def test_a_line_of_one_moment_before_its_month_counts_whole(unit_type: str, total: str) -> None:
    """D29: it has no span of which a part could be taken; printed hours early it may stand so."""
    moment = OCT.start - timedelta(hours=4)
    assert after(other(total, unit_type, units="0", start=moment, end=moment)) == Decimal(total)


def test_a_part_of_a_metered_line_has_its_part_of_the_units() -> None:
    """D29: five of its ten days are half of its gigabytes; without units there are none."""
    sold = charge(
        "10", "CDN", unit_type="gigabytes", units=300, start=MONTH.start, end=at("2026-11-11")
    )
    half = prorate_until(sold, MONTH, at("2026-11-06"))
    assert half is not None
    assert (half.amount, half.units, half.hours) == (5, 150, None)
    unstated = prorate_until(replace(sold, units=None), MONTH, at("2026-11-06"))
    assert unstated is not None
    assert (unstated.amount, unstated.units) == (5, None)
