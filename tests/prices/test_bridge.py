"""From the run rate to the month's end, step by step, and when to add credit (D26, D28)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.any_account import snapshots
from tests.support.nouns import MONTH, at, balance, charge, known, snapshot, thing, usd
from vultr_cost_mcp.billing.credit import top_up
from vultr_cost_mcp.billing.month_end import project_month_end
from vultr_cost_mcp.billing.projection_steps import bridge
from vultr_cost_mcp.domain.report_fields import Bridge, TopUp
from vultr_cost_mcp.money import to_cents

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Snapshot


def bridge_of(shot: Snapshot) -> Bridge | None:
    return bridge(project_month_end(shot), shot.resources or ())


def test_every_step_has_its_own_dollars() -> None:
    """D28, D24: November has 720 hours; 2,017.00 a month comes to 1,875.74 by its end.

    `late` runs 360 hours: 360 x 365 / 672 = 195.54, which is 169.46 less. 720 of 730 hours of
    730.00 are 720.00. Tokens grow from 25.325 in 25,325 minutes to 43.20 in 43,200.
    """
    charges = [
        charge("423.00", resource_id="whole", monthly=672, cap_hours=672, units=423),
        charge(
            "33.68",
            resource_id="late",
            monthly=365,
            cap_hours=672,
            start=at("2026-11-16"),
        ),
        charge("423.00", "Cloud GPU", "gpu", monthly=730, cap_hours=730),
        charge("33.00", monthly=50, cap_hours=672, running=False, reason="destroyed"),
        charge("25.325", "Inference", unit_type="tokens"),
        charge("5.00", "Networking", product="Bandwidth Overage", unit_type="overage"),
        charge("250.00", "Support and Subscriptions", "support", unit_type="flat"),
        charge("7.00", "Other", unit_type="flat"),
        charge("-50.00", "Credits and Discounts", unit_type="discount"),
    ]
    resources = [
        thing("whole", price=672),
        thing("late", price=365, created=at("2026-11-16")),
        thing("gpu", "gpu_instance", price=730, usual_hours=730),
        thing("support", "subscription", price=250),
        thing("unknown"),
    ]
    assert bridge_of(snapshot(charges, resources)) == Bridge(
        run_rate=usd("2017.00"),
        projected=usd("1875.74"),
        not_since_first=usd("-169.46"),
        short_month=usd("-10.00"),
        gone_this_month=usd("33.00"),
        usage=usd("43.20"),
        overage=usd("5.00"),
        one_off=usd("7.00"),
        discounts=usd("-50.00"),
        other=usd(0),
    )


def test_a_server_of_which_a_part_is_invoiced_has_run_since_the_first() -> None:
    """D1, D28: 300.00 on an invoice, then a line of its own from the 11th: 480 hours."""
    invoiced = charge("300.00", resource_id="a", monthly=672, cap_hours=672, running=False)
    pending = charge("183.00", resource_id="a", monthly=672, cap_hours=672, start=at("2026-11-11"))
    shot = snapshot([pending], [thing("a", price=672)], invoiced_charges=(invoiced,))
    found = known(bridge_of(shot))
    assert (found.run_rate, found.not_since_first, found.projected) == (672, 108, 780)


def test_lines_of_no_resource_and_prices_of_no_line_are_other() -> None:
    """D24, D28: a running line of 672.00 that found nothing; 20.00 whose line is that one."""
    charges = [charge("423.00", monthly=672, cap_hours=672, unit_price="1", reason="no_match")]
    shot = snapshot(charges, [thing("a", price=672)])
    assert bridge_of(shot) is None, "the line is that of the resource, at its price"
    found = known(bridge_of(snapshot(charges, [thing("b", price=20, created=at("2026-11-01"))])))
    assert (found.run_rate, found.other, found.projected) == (20, 672, 692)


@pytest.mark.parametrize(("gone", "shown"), [("6.72", False), ("6.73", True)])
def test_it_is_shown_beyond_one_percent(gone: str, shown: bool) -> None:  # noqa: FBT001
    """D28: one percent of 672.00 is 6.72."""
    charges = [
        charge("423.00", resource_id="a", monthly=672, cap_hours=672),
        charge(gone, monthly=50, cap_hours=672, running=False, reason="destroyed"),
    ]
    assert (bridge_of(snapshot(charges, [thing("a", price=672)])) is not None) is shown


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshots(), st.decimals(0, 50, places=3))
def test_steps_sum_to_the_projection(shot: Snapshot, price: Decimal) -> None:
    """D4, D28: to the cent, for any account."""
    resources = [*(shot.resources or ()), thing("one-more", price=price + 1000)]
    outlook = project_month_end(shot)
    found = bridge(outlook, resources)
    if found is None:
        return
    parts = [getattr(found, name) for name in Bridge.__dataclass_fields__ if name != "projected"]
    assert sum(parts) == found.projected == to_cents(outlook.at_month_end)


# A dollar an hour from the 1st on, capped after 672 hours: 423.00 by now, 672.00 by the end.
DOLLAR_AN_HOUR = charge(
    "423.00", resource_id="a", monthly=672, cap_hours=672, units=423, unit_price="1"
)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        # 500.00 is spent after 500 hours, on the 21st; 672.00 less 500.00 is 172.00.
        ("-500", TopUp(date(2026, 11, 18), usd(180), "2026-11", date(2026, 11, 21))),
        # 650.00 is spent in hour 650, on the 28th; 22.00 are lacking.
        ("-650", TopUp(date(2026, 11, 25), usd(30), "2026-11", date(2026, 11, 28))),
        ("-652", TopUp(date(2026, 11, 25), usd(20), "2026-11", date(2026, 11, 28))),
        # 28.00 are left for December: 28 x 31 // 672 is one day, and 644.00 are lacking.
        ("-700", TopUp(date(2026, 11, 29), usd(650), "2026-12", date(2026, 12, 2))),
        # Used up already: today, what the month lacks.
        ("-100", TopUp(date(2026, 11, 18), usd(580), "2026-11", date(2026, 11, 18))),
        ("0", None),
        ("5", None),
    ],
)
def test_a_top_up_comes_three_days_before_the_end(stated: str, expected: TopUp | None) -> None:
    """D26: what the month lacks in which credit runs out, rounded up to ten dollars."""
    shot = snapshot([DOLLAR_AN_HOUR], [thing("a", price=672)], balance=balance(stated))
    assert top_up(shot) == expected


def test_without_lines_or_balance_there_is_no_top_up() -> None:
    """D26, D33: nothing is advised on figures that were not read."""
    assert top_up(snapshot(None, [thing("a", price=5)], balance=balance("-9", "3"))) is None
    assert top_up(snapshot([DOLLAR_AN_HOUR])) is None


def test_the_month_is_november() -> None:
    """The hours above are those of a month of 30 days."""
    assert (MONTH.end - MONTH.start).days == 30
