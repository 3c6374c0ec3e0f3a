"""The forecast against a simulated bill: what the same lines come to at month end (D7, D24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.double import VultrDouble
from tests.support.machines import COMPUTE, GPU, METAL, VOLUME, reading, wire_account
from tests.support.nouns import at, usd
from tests.support.simulator import (
    Digits,
    Machine,
    accrual,
    bill_at,
    bill_at_month_end,
    dollars,
    guess_at_month_end,
    month_of,
    printed,
)
from tests.support.stage import clock_from, staged_client, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.billing.hours import reproduces
from vultr_cost_mcp.domain.snapshot import Snapshot
from vultr_cost_mcp.questions.forecast.report import ForecastReport, forecast

OLD = at("2025-06-03T10:00")
MONTHS = ("2026-02", "2028-02", "2026-11", "2026-12")
INSTANTS = ("01T00:03", "01T00:59", "01T01:00", "15T11:20", "28T23:59", "last", "close")
DIGITS: tuple[Digits, ...] = ("float", "fifteen", "four")
# within two hours of its end a line still counts as running (D24).
SETTLED = timedelta(hours=2, minutes=1)


def instant(month: str, moment: str) -> datetime:
    """A moment of a month: a day and time, noon of its last day, or a minute before its end."""
    if moment in {"last", "close"}:
        _, end = month_of(at(f"{month}-15"))
        return end - (timedelta(hours=12) if moment == "last" else timedelta(minutes=1))
    return at(f"{month}-{moment}")


def usual(digits: Digits = "float") -> list[Machine]:
    """One of each: 672 hours, 730 hours, GPU bare metal at 672, a dear region, a volume."""
    return [
        machine("web", 1, "5", digits=digits, backups=True),
        machine("dear", 2, "7.50", digits=digits),
        machine("a16", 3, "350.40", cap=730, product=GPU, digits=digits),
        machine("a100", 4, "1750", cap=730, product=GPU, digits=digits, backups=True),
        machine("h100", 5, "16074.24", product=METAL, digits=digits),
        machine("data", 0, "2.50", product=VOLUME, digits=digits),
        machine("vhf", 6, "192", digits=digits),
    ]


def machine(name: str, host: int, monthly: str = "0", **named: Any) -> Machine:
    """An old machine at one price, with an address of its own unless its host is 0."""
    prices = named.pop("prices", ((OLD, usd(monthly)),))
    return Machine(name, f"192.0.2.{host}" if host else "", prices, **named)


def projected(snapshot: Snapshot) -> Decimal:
    """Return the program's projection."""
    return forecast(snapshot).projected_total


def parts_of(report: ForecastReport) -> Decimal:
    """The components, added up."""
    parts = report.components
    assert parts.bandwidth_overage is not None
    return parts.accrued + parts.remaining_hourly + parts.usage_based + parts.bandwidth_overage


# --- the simulator itself, against figures worked out by hand ---------------------------------


@pytest.mark.parametrize(
    ("monthly", "hours", "cap", "dollars_"),
    [
        ("5", 444, 672, "3.31"),  # the row of November 2024
        ("10", 720, 672, "10"),  # the specification's balancer
        ("20.16", 330, 672, "9.90"),  # the NAT gateway
        ("1750", 672, 730, "1610.96"),  # D7: a GPU server in a month of 28 days
        ("1750", 744, 730, "1750"),
        ("5", 1, 672, "0.01"),
        ("5", 0, 672, "0"),
    ],
)
def test_the_simulator_bills_as_vultr_does(
    monthly: str, hours: int, cap: int, dollars_: str
) -> None:
    """D7: the yardstick is measured first."""
    assert accrual(usd(monthly), hours, cap) == usd(dollars_)


# --- the lines follow to their month's end ------------------------------------------------------


@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("moment", INSTANTS)
@pytest.mark.parametrize("month", MONTHS)
def test_the_forecast_is_the_month_end_bill(month: str, moment: str, digits: Digits) -> None:
    """D24: in months of 28 to 31 days, at any moment, at any digits: to the cent."""
    now = instant(month, moment)
    machines = usual(digits)
    report = forecast(reading(machines, now))
    assert report.projected_total == bill_at_month_end(machines, now)
    assert report.month_to_date == report.components.accrued == dollars(bill_at(machines, now))
    assert parts_of(report) == report.projected_total
    assert not report.without_line


@pytest.mark.parametrize(
    ("month", "total"),
    [
        # Of 672 hours: 5.00, 1.00, 7.50, 2.50, 192.00 and 16074.24. Of 730, in February: 322.56,
        # 1610.96 and 322.20 (322.1918); in a leap year: 334.08, 1668.50 and 333.70 (333.6986).
        ("2026-02", "18537.96"),
        ("2028-02", "18618.52"),
        ("2026-11", "18699.08"),
        ("2026-12", "18732.64"),
    ],
)
def test_full_months_by_hand(month: str, total: str) -> None:
    """D7, D24: Cloud GPU of 730 hours reaches its price only in months of 31 days."""
    assert projected(reading(usual(), at(f"{month}-15T11:20"))) == usd(total)


@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("moment", ["15T11:20", "28T23:59", "last", "close"])
@pytest.mark.parametrize("month", MONTHS)
def test_created_destroyed_and_resized_in_the_month(
    month: str, moment: str, digits: Digits
) -> None:
    """D24: new lines count from their start, closed ones stay, a resize is two lines."""
    now = instant(month, moment)
    early, middle = at(f"{month}-03T07:12"), at(f"{month}-09T16:40")
    late = now - timedelta(minutes=20)
    machines = [
        *usual(digits),
        machine("new", 11, prices=((middle, usd(48)),), digits=digits, backups=True),
        machine("newest", 12, prices=((late, usd(96)),), digits=digits),
        machine("gone", 13, "24", destroyed=middle, digits=digits, backups=True),
        machine("brief", 14, prices=((early, usd(24)),), destroyed=middle, digits=digits),
        machine("grown", 15, prices=((OLD, usd(10)), (middle, usd(20))), digits=digits),
        machine(
            "twice",
            16,
            prices=((OLD, usd(40)), (early, usd(20)), (middle, usd(80))),
            digits=digits,
            backups=True,
        ),
        machine("gpu", 17, prices=((early, usd(90)), (middle, usd("43.75"))), cap=730, product=GPU),
        machine("metal", 18, prices=((middle, usd(2400)),), product=METAL, digits=digits),
        # The address of one that is gone, on one that is new.
        machine("heir", 13, prices=((middle + timedelta(hours=5), usd(12)),), digits=digits),
    ]
    report = forecast(reading(machines, now))
    assert report.projected_total == bill_at_month_end(machines, now)
    assert parts_of(report) == report.projected_total


def test_a_resize_by_hand() -> None:
    """D24: 206 h of 10 are 3.07 and stay; 515 h of 20 from the 9th 13:30 are 15.33 (15.3274)."""
    grown = at("2026-11-09T13:30")
    machines = [machine("web", 1, prices=((OLD, usd(10)), (grown, usd(20))))]
    assert projected(reading(machines, at("2026-11-20"))) == usd("18.40")


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("moment", ["01T00:59", "15T11:20", "last"])
def test_unknown_prices_at_full_digits_are_exact(month: str, moment: str) -> None:
    """D24: unit_price x C to the cent is the price when the unit price came in full."""
    now = instant(month, moment)
    machines = usual("float")
    assert projected(reading(machines, now, listed=False)) == bill_at_month_end(machines, now)


@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("moment", ["01T00:59", "15T11:20", "25T03:00"])
def test_unknown_prices_are_computed_back_from_the_digits(
    month: str, moment: str, digits: Digits
) -> None:
    """D24: else unit_price x C to the cent, and never less than the line is already."""
    now = instant(month, moment)
    # Backups are a fifth of a price: which of its digits they come from is not for this test.
    machines = [replace(one, backups=False) for one in usual(digits)]
    expected = guess_at_month_end(machines, now)
    assert projected(reading(machines, now, listed=False)) == expected


@pytest.mark.parametrize("month", MONTHS)
def test_a_line_of_unknown_price_that_has_all_its_hours_is_done(month: str) -> None:
    """D24: at its cap it states its month: four digits may add no more than their rounding."""
    now = instant(month, "close")
    machines = [replace(one, backups=False) for one in usual("four")]
    excess = projected(reading(machines, now, listed=False)) - bill_at_month_end(machines, now)
    # 0.00005 x 672 = 0.0336 and 0.00005 x 730 = 0.0365 each, to the cent.
    assert 0 <= excess <= usd("0.04") * len(machines)


def test_an_unknown_price_of_four_digits_by_hand() -> None:
    """D24: 0.0149 x 672 = 10.0128: 10.01 at month end, where the listed price is 10.00."""
    machines = [machine("web", 1, "10", digits="four")]
    now = at("2026-11-20")
    assert projected(reading(machines, now)) == usd("10.00")
    assert projected(reading(machines, now, listed=False)) == usd("10.01")


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("moment", ["01T00:03", "15T11:20", "close"])
def test_lines_go_on_without_an_inventory(month: str, moment: str) -> None:
    """D24, D33: nothing of what exists was read: Cloud GPU at 730 hours, all else at 672."""
    now = instant(month, moment)
    machines = [one for one in usual() if one.name != "a100"]
    snapshot = reading(machines, now, inventory=False)
    assert projected(snapshot) == bill_at_month_end(machines, now)


def test_a_billed_price_that_no_list_has_is_followed() -> None:
    """D8, D24: preemptible at 3.36, listed at 5.00: the line's own price goes on."""
    now = at("2026-11-15T11:20")
    billed = [machine("web", 1, "3.36")]
    listed = [machine("web", 1, "5")]
    snapshot = reading(listed, now, rows=bill_at(billed, now))
    assert projected(snapshot) == bill_at_month_end(billed, now) == usd("3.36")


@pytest.mark.parametrize("cap", [672, 730])
@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("beyond", ["", ".15g", ".16g", ".17g"])
def test_every_price_is_recognised_in_its_unit_price(cap: int, digits: Digits, beyond: str) -> None:
    """D7, D8: 4.60 / 672 and some hundred others lie on the edge between two of 15 digits."""
    prices = [Decimal(step * 5) / 100 for step in range(1, 8000)]
    prices += [Decimal(text) for text in ("16074.24", "11773.44", "20.16", "43.8", "0.0745")]
    for monthly in prices if digits == "float" or not beyond else ():
        unit_price = printed(monthly, cap, digits)
        if beyond:
            unit_price = Decimal(format(float(monthly) / cap, beyond))
        assert reproduces(unit_price, monthly, cap), (monthly, unit_price)


# --- anything at any time -----------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Machine], datetime]:
    """Machines with their whole life, and an instant at which nothing has just ended."""
    month = draw(st.sampled_from(MONTHS))
    first, end = month_of(at(f"{month}-15"))
    minutes = (end - first) // timedelta(minutes=1)
    now = first + timedelta(minutes=draw(st.integers(1, minutes - 1)), seconds=17)
    numbers = range(draw(st.integers(1, 5)))
    others = [draw(_machines(f"m{number}", number + 10, first, now)) for number in numbers]
    return [machine("anchor", 1, "5"), *others], now


@st.composite
def _machines(draw: st.DrawFn, name: str, host: int, first: datetime, now: datetime) -> Machine:
    product = draw(st.sampled_from([COMPUTE, GPU, METAL, VOLUME]))
    # In steps of five cents, so that 20 % for backups is in whole cents too.
    price = st.integers(10, 400_000).map(lambda step: Decimal(step * 5) / 100)
    age = (now - first) // timedelta(minutes=1)
    changes = draw(st.lists(st.integers(-40_000, max(-39_999, age)), min_size=1, max_size=3))
    moments = sorted({first + timedelta(minutes=minute) for minute in changes})
    moments = [moments[0], *(one for one in moments[1:] if now - one > SETTLED)]
    moments = [one for one in moments if one <= now] or [first]
    gone = None
    if draw(st.booleans()) and now - moments[-1] > SETTLED * 2:
        gone = moments[-1] + (now - SETTLED - moments[-1]) * draw(st.floats(0.01, 1))
    return Machine(
        name,
        "" if product == VOLUME else f"192.0.2.{host}",
        tuple((moment, draw(price)) for moment in moments),
        cap=730 if product == GPU else 672,
        destroyed=gone,
        product=product,
        digits=draw(st.sampled_from(DIGITS)),
        backups=product != VOLUME and draw(st.booleans()),
    )


@given(histories())
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_history_comes_to_its_month_end(history: tuple[list[Machine], datetime]) -> None:
    """D24, D25: whatever was created, resized and destroyed when: to the cent, in parts too."""
    machines, now = history
    report = forecast(reading(machines, now), limit=200)
    assert report.projected_total == bill_at_month_end(machines, now)
    assert parts_of(report) == report.projected_total
    assert sum(row.projected for row in report.by_service) == report.projected_total
    assert sum(row.month_to_date for row in report.by_service) == report.components.accrued
    assert report.components.remaining_hourly >= 0
    assert report.components.usage_based == report.components.bandwidth_overage == 0
    running = [charge for charge in reading(machines, now).charges or () if charge.running]
    assert all(charge.listed_price for charge in running)


@given(histories(), st.integers(1, 40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_history_with_lines_still_to_come(
    history: tuple[list[Machine], datetime], minutes: int
) -> None:
    """D24: what was created after the lines were made is added from the inventory, to the cent."""
    machines, now = history
    newest = Machine("late", "192.0.2.99", ((now - timedelta(minutes=minutes), usd(30)),))
    if newest.created < month_of(now)[0]:
        return
    everything = [*machines, newest]
    report = forecast(reading(everything, now, rows=bill_at(machines, now)))
    assert report.projected_total == bill_at_month_end(everything, now)
    assert [row.label for row in report.without_line] == ["late"]


# --- through the whole server ---------------------------------------------------------------------


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("month", "moment", "digits"),
    [
        ("2026-02", "01T00:03", "four"),
        ("2026-02", "last", "float"),
        ("2028-02", "15T11:20", "fifteen"),
        ("2026-11", "15T11:20", "four"),
        ("2026-11", "close", "four"),
        ("2026-12", "01T00:03", "float"),
        ("2026-12", "last", "four"),
    ],
)
async def test_through_the_whole_server(month: str, moment: str, digits: Digits) -> None:
    """D24: the same cents over HTTP, models, plans with dearer regions and the tool."""
    now = instant(month, moment)
    middle = now - (now - month_of(now)[0]) / 3
    machines = [*usual(digits)]
    if now - middle > SETTLED:
        machines += [
            machine("grown", 15, prices=((OLD, usd(10)), (middle, usd(20))), digits=digits),
            machine("gone", 16, "24", destroyed=middle, digits=digits),
            machine("new", 17, prices=((middle, usd(90)),), cap=730, product=GPU),
        ]
    double = VultrDouble(wire_account(machines, now), date=now)
    async with staged_client(double, clock_from(now)) as client:
        answer = structured(await client.call_tool("forecast_month_end", {}))
    expected = bill_at_month_end(machines, now)
    assert answer["coverage"]["complete"] is True
    assert answer["projected_total"] == f"{expected:.2f}"
    assert answer["month_to_date"] == f"{dollars(bill_at(machines, now)):.2f}"
    assert sum(map(Decimal, answer["components"].values())) == expected


@pytest.mark.anyio
async def test_a_bill_that_stands_still_is_not_a_month_that_is_over() -> None:
    """D24, D27: three days without a new charge: the month costs on, and the answers say so."""
    now = at("2026-11-15T11:20")
    account = wire_account(usual(), now)
    on_time = reading(usual(), now)
    later = now + timedelta(days=3)
    double = VultrDouble(account, date=later)
    async with staged_client(double, clock_from(later)) as client:
        month = structured(await client.call_tool("forecast_month_end"))
        assert usd(month["projected_total"]) == forecast(on_time).projected_total
        said = "The bill's newest line ends at 11:20 UTC on 15 November"
        assert month["caveats"][0].startswith(said)
        budget = {"monthly_budget": float(month["projected_total"])}
        held = structured(await client.call_tool("check_budget", budget))
        assert held["status"] == "warn"
        assert held["caveats"][0].startswith(said)
        seen = structured(await client.call_tool("get_cost_overview"))
        assert seen["projected_month_end"] == month["projected_total"]
        assert seen["caveats"][0].startswith(said)
