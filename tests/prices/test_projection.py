"""The projected cost of lines and resources at the end of the month (D22, D24)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.nouns import MONTH, NOW, at, charge, thing, usd
from vultr_cost_mcp.billing.projection import project_charges, saved_by_destroying
from vultr_cost_mcp.domain.bill import Charge
from vultr_cost_mcp.domain.month import Month


def month_end(charge: Charge, month: Month, now: datetime) -> Decimal:
    """Return the projected cost of a line at the end of its month."""
    (course,) = project_charges([charge], month, now)
    return course.at(month.end)


@pytest.mark.parametrize(
    ("total", "monthly", "cap", "start", "end_total"),
    [
        ("3.15", "5", 672, "2026-11-01", "5"),  # 720 hours: capped
        ("1014.05", "1750", 730, "2026-11-01", "1726.03"),  # 720 hours of 730
        ("1.52", "20", 672, "2026-11-16T12:00", "10.36"),  # 348 hours: 10.3571
        ("0.01", "5", 672, "2026-11-30T23:30", "0.01"),  # its last hour has begun
        ("0", "5", 672, "2026-11-30T23:00", "0.01"),
        ("6.00", "5", 672, "2026-11-01", "6.00"),  # never less than it is
    ],
)
def test_a_running_line_grows_to_its_cap(
    total: str, monthly: str, cap: int, start: str, end_total: str
) -> None:
    """D24: max(total, min(monthly, ceil_to_cent(H x monthly / C)))."""
    running = charge(total, monthly=monthly, cap_hours=cap, start=at(start))
    assert month_end(running, MONTH, NOW) == usd(end_total)


@pytest.mark.parametrize(
    ("month", "full"),
    [
        ("2026-02-10", "1610.96"),  # 672 of 730
        ("2028-02-10", "1668.50"),  # 696 of 730
        ("2026-11-10", "1726.03"),  # 720 of 730
        ("2026-12-10", "1750"),  # 744: capped
    ],
)
def test_a_gpu_server_costs_its_month_only_in_months_of_31_days(month: str, full: str) -> None:
    """D7: Cloud GPU counts 730 hours: in shorter months it stays under its monthly price."""
    this = Month.of(at(month))
    running = charge("1.00", monthly="1750", cap_hours=730, start=this.start)
    assert month_end(running, this, at(month)) == usd(full)


def test_a_line_without_a_start_or_from_before_counts_from_the_first() -> None:
    """D24: no hour of another month is counted."""
    for start in (None, at("2026-10-20")):
        running = charge("100", monthly="1750", cap_hours=730, start=start)
        assert month_end(running, MONTH, NOW) == usd("1726.03")


def test_closed_and_flat_lines_stay() -> None:
    """D24: what does not run does not grow."""
    closed = charge("3.15", monthly=5, cap_hours=672, running=False)
    assert month_end(closed, MONTH, NOW) == usd("3.15")
    # Of no product that is charged by use.
    assert month_end(charge("33.27", unit_type="tokens"), MONTH, NOW) == usd("33.27")
    assert month_end(charge("-50"), MONTH, NOW) == -50
    assert month_end(charge("3.15", monthly=5), MONTH, NOW) == usd("3.15")


@pytest.mark.parametrize(
    ("service", "unit_type"), [("Inference", "tokens"), ("Object Storage", "GB"), ("CDN", "GB")]
)
def test_a_metered_line_grows_with_time(service: str, unit_type: str) -> None:
    """D24: 253.25 in 25,325 minutes are 432.00 in the 43,200 of November, without a cap."""
    assert month_end(charge("253.25", service, unit_type=unit_type), MONTH, NOW) == 432
    # From the 10th at 14:05, eight days (11,520 minutes): 115.20 are 293.95 in 29,395 minutes.
    later = charge("115.20", service, unit_type=unit_type, start=at("2026-11-10T14:05"))
    assert month_end(later, MONTH, NOW) == usd("293.95")


@pytest.mark.parametrize("service", ["Inference", "Object Storage", "CDN"])
@pytest.mark.parametrize(
    "named",
    [
        {"unit_type": "GB", "end": at("2026-11-17T14:04")},  # ended more than a day ago
        {"unit_type": "flat"},
        {"unit_type": "hours"},
    ],
)
def test_a_metered_product_that_has_ended_or_is_flat_stays(
    service: str, named: dict[str, Any]
) -> None:
    """D24: neither what has ended nor a fixed fee of such a product grows."""
    assert month_end(charge("33.27", service, **named), MONTH, NOW) == usd("33.27")


def test_destroying_saves_what_its_lines_would_still_grow_by() -> None:
    """D22: the server from 3.15 to 5.00, its backups from 0.63 to 1.00: 2.22."""
    lines = [charge("3.15", monthly=5, cap_hours=672), charge("0.63", monthly=1, cap_hours=672)]
    assert saved_by_destroying(thing(price=5), lines, MONTH, NOW) == usd("2.22")


def test_destroying_what_has_reached_its_cap_saves_nothing_this_month() -> None:
    """D22: after hour 672 the month is paid."""
    late = at("2026-11-30T12:00")
    lines = [charge("5.00", monthly=5, cap_hours=672)]
    assert saved_by_destroying(thing(price=5), lines, MONTH, late) == 0
    assert saved_by_destroying(thing(price=5), [], MONTH, late) == 0


def test_a_closed_line_saves_nothing_beside_a_running_one() -> None:
    """D22: a resize left a line of 3.40 that stays whatever happens."""
    lines = [
        charge("3.40", monthly=10, cap_hours=672, running=False),
        charge("5.80", monthly=20, cap_hours=672, start=at("2026-11-10T12:00")),
    ]
    # From the 10th at noon to the end: 492 hours x 20/672 = 14.6429, so 14.65.
    assert saved_by_destroying(thing(price=20), lines, MONTH, NOW) == usd("8.85")


@pytest.mark.parametrize(
    ("created", "saved"),
    [
        # 348 hours to the end cost 10.36, the 51 that have begun 1.52.
        (at("2026-11-16T12:00"), "8.84"),
        # From the first: capped at 20.00, of which 423 hours have cost 12.59 (12.5893).
        (at("2026-01-01"), "7.41"),
        (None, "7.41"),
        (MONTH.end, "0"),
        (NOW, "8.84"),
    ],
)
def test_without_a_line_the_price_tells(created: datetime | None, saved: str) -> None:
    """D22: forecast now minus forecast if it were destroyed now, by the price of 20.00."""
    resource = thing(price=20, created=created)
    if created == NOW:
        # 297 hours and 55 minutes: 298 hours, 8.8690, so 8.87, and nothing so far.
        assert saved_by_destroying(resource, [], MONTH, NOW) == usd("8.87")
    else:
        assert saved_by_destroying(resource, [], MONTH, NOW) == usd(saved)


def test_without_a_line_a_gpu_server_counts_its_own_hours() -> None:
    """D7, D22: 720 hours of 730 are 1726.03, 423 are 1014.05 (1014.0411)."""
    gpu = thing(kind="gpu_instance", price=1750, usual_hours=730)
    assert saved_by_destroying(gpu, [], MONTH, NOW) == usd("711.98")


def test_without_a_line_and_without_a_price_nothing_is_known() -> None:
    """D22: unknown is None; a running line tells even where there is no price."""
    assert saved_by_destroying(thing(), [], MONTH, NOW) is None
    assert saved_by_destroying(thing(), [charge("1", running=False)], MONTH, NOW) is None
    lines = [charge("3.15", monthly=5, cap_hours=672)]
    assert saved_by_destroying(thing(), lines, MONTH, NOW) == Decimal("1.85")


@pytest.mark.parametrize(
    ("end", "units", "start"),
    [
        ("2026-11-10T12:00", "10", "2026-11-10T02:00"),
        ("2026-11-10T12:00", "0.5", "2026-11-10T11:30"),
        ("2026-11-10T12:00", "-3", "2026-11-10T12:00"),  # a refund of hours has no length
        ("2026-11-10T12:00", "5000", "2026-11-01"),
        ("2026-11-10T12:00", None, "2026-11-01"),
        ("2026-12-02T00:00", "10", "2026-11-01"),  # its end is none of this month
    ],
)
def test_hours_tell_when_a_line_without_a_start_began(
    end: str, units: str | None, start: str
) -> None:
    """D24: its end less its hours, within the month; without both it began with the month."""
    (course,) = project_charges([charge("1", start=None, end=at(end), units=units)], MONTH, NOW)
    assert course.start == at(start)


@pytest.mark.parametrize(
    ("ended", "mode"),
    [(timedelta(days=1), "metered"), (timedelta(days=1, seconds=1), "fixed")],
)
def test_a_metered_line_goes_on_for_a_day_after_its_end(ended: timedelta, mode: str) -> None:
    """D24: one that ended longer ago is over."""
    used = charge("10", "CDN", unit_type="GB", units=100, end=NOW - ended)
    (course,) = project_charges([used], MONTH, NOW)
    assert course.mode == mode


def test_a_metered_line_without_length_does_not_go_on() -> None:
    """D24: nothing tells how fast it grows."""
    instant = NOW - timedelta(hours=1)
    used = charge("10", "CDN", unit_type="GB", units=100, start=instant, end=instant)
    (course,) = project_charges([used], MONTH, NOW)
    assert course.mode == "fixed"
