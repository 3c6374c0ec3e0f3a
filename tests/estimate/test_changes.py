"""What a change costs, computed by hand (E8 to E11, E13, E17, E19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.estimate.book import PRICES, clock, thing
from vultr_cost_mcp.questions.estimate.attributes import Attributes
from vultr_cost_mcp.questions.estimate.changes import (
    Action,
    Change,
    PricedChange,
    price_change,
)
from vultr_cost_mcp.questions.estimate.parts import Thing

LATE = "2026-11-29T12:00:00+00:00"
SMALL = thing(plan="vc2-2c-4gb", region="fra")
LARGE = thing(plan="vc2-4c-8gb", region="fra")


def priced(
    action: Action,
    before: Attributes | None,
    after: Attributes | None,
    now: str | None = None,
    of: Thing = "server",
) -> PricedChange:
    moment = clock(now) if now else clock()
    return price_change(Change("x", action, of, before, after), PRICES, moment)


def money(change: PricedChange) -> tuple[str, str]:
    return f"{change.change:.2f}", f"{change.this_month:.2f}"


@pytest.mark.parametrize(
    ("before", "after", "now", "expected"),
    [
        pytest.param(SMALL, LARGE, None, ("20.00", "14.77"), id="two lines, E9"),
        pytest.param(SMALL, LARGE, LATE, ("20.00", "2.15"), id="the old one is capped, E8"),
        pytest.param(
            SMALL,
            thing(plan="vc2-2c-4gb", region="fra", backups="enabled"),
            None,
            ("4.00", "2.67"),
            id="only backups begin, E9",
        ),
        pytest.param(
            thing(plan="vc2-2c-4gb", region="FRA"), SMALL, None, ("0.00", "0.00"), id="E2"
        ),
    ],
)
def test_an_update_stops_what_differs_and_begins_what_is_new(
    before: Attributes, after: Attributes, now: str | None, expected: tuple[str, str]
) -> None:
    assert money(priced("update", before, after, now)) == expected


def test_deleting_after_the_cap_saves_nothing_this_month() -> None:
    """E8."""
    assert money(priced("delete", SMALL, None, LATE)) == ("-20.00", "0.00")


def test_replacing_a_server_by_itself_costs_two_caps() -> None:
    """E10."""
    assert money(priced("replace", SMALL, SMALL)) == ("0.00", "1.47")


def test_a_grown_volume_is_two_lines() -> None:
    """E9."""
    old = thing(block_type="storage_opt", size_gb=1000)
    new = thing(block_type="storage_opt", size_gb=2000)
    grown = priced("update", old, new, of="block_storage")
    assert (money(grown), grown.would_fail) == (("25.00", "18.46"), None)


def test_what_the_bill_says_of_the_start_counts() -> None:
    """E8: 100 hours so far at 20 / 672 are 2.98; 546 by the month's end are 16.25."""
    begun = datetime(2026, 11, 8, 6, tzinfo=UTC)
    before = thing(id="s", plan="vc2-2c-4gb", region="fra")
    known = replace(clock(), since={"s": begun})
    gone = price_change(Change("x", "delete", "server", before), PRICES, known)
    assert (gone.this_month, gone.assumed) == (Decimal("-13.27"), False)
    assert priced("delete", before, None).assumed
    assert not priced("create", None, before).assumed


def test_what_is_forgotten_is_billed_on() -> None:
    """E11."""
    gone = priced("forget", SMALL, None)
    assert (money(gone), gone.still_billed, gone.after) == (("0.00", "0.00"), True, 20)
    beside = priced("forget", SMALL, LARGE)
    assert (money(beside), beside.still_billed) == (("40.00", "26.61"), True)


def test_what_goes_on_is_in_both_totals_and_no_line() -> None:
    """E11, E19."""
    same = priced("none", SMALL, SMALL)
    assert (same.before, same.after, same.this_month, same.is_seen) == (20, 20, 0, False)


def test_what_cannot_be_priced_and_goes_on_is_a_number_only() -> None:
    """E19."""
    address = thing(ip_type="v6", region="fra")
    same = priced("none", address, address, of="reserved_ip")
    assert (same.unpriced, same.unpriced_unchanged) == ((), 1)
    renewed = priced("replace", address, address, of="reserved_ip")
    assert ([row.why for row in renewed.unpriced], renewed.unpriced_unchanged) == (
        ["no price is known for a reserved IPv6"],
        0,
    )
    gone = priced("delete", address, None, of="reserved_ip")
    assert [row.why for row in gone.unpriced] == [
        "no price is known for a reserved IPv6; this part stops"
    ]


def test_a_pool_keeps_its_plan_whatever_an_update_says() -> None:
    """E13."""
    old = thing(plan="vhf-4c-16gb", node_quantity=2)
    new = thing(plan="vhf-2c-4gb", node_quantity=4)
    pool = priced("update", old, new, of="kubernetes_pool")
    assert money(pool) == ("192.00", "127.72")
    assert pool.notes == (
        "the plan of a pool cannot be changed in place: priced with the old plan",
    )
    assert money(priced("replace", old, new, of="kubernetes_pool"))[0] == "-96.00"


def test_the_first_pool_of_a_cluster_keeps_its_plan_too() -> None:
    """E13."""
    old = Attributes({}, nested={"node_pools": (thing(plan="vc2-2c-4gb", node_quantity=3),)})
    new = Attributes({}, nested={"node_pools": (thing(plan="vc2-4c-8gb", node_quantity=3),)})
    cluster = priced("update", old, new, of="kubernetes")
    assert (money(cluster), len(cluster.notes)) == (("0.00", "0.00"), 1)
    same = priced("update", old, old, of="kubernetes")
    assert same.notes == ()


@pytest.mark.parametrize(
    ("of", "before", "after", "fails"),
    [
        ("server", LARGE, SMALL, True),
        ("server", SMALL, LARGE, False),
        ("server", thing(plan="vc2-4c-8gb"), thing(plan="vhf-4c-16gb"), False),
        ("server", thing(plan="vhp-4c-8gb-amd"), thing(plan="vc2-4c-8gb"), True),
        ("server", SMALL, thing(plan="nobody-knows"), False),
        (
            "block_storage",
            thing(size_gb=20, block_type="high_perf"),
            thing(size_gb=10, block_type="high_perf"),
            True,
        ),
        ("file_system", thing(size_gb=20), thing(size_gb=10), False),
    ],
)
def test_what_vultr_would_refuse_keeps_its_sum_and_is_marked(
    of: Thing, before: Attributes, after: Attributes, *, fails: bool
) -> None:
    """E17."""
    change = priced("update", before, after, of=of)
    assert (change.would_fail is not None) == fails
    # A new machine may be smaller.
    assert priced("replace", before, after, of=of).would_fail is None


def test_a_replica_costs_what_its_database_does() -> None:
    """E14."""
    startup = thing(plan="vultr-dbaas-startup-cc-2-80-4")
    replica = Attributes({"region": "FRA"}, linked={"database_id": startup})
    made = priced("create", None, replica, of="database_replica")
    assert money(made) == ("60.00", "39.92")
    grown = Attributes({}, linked={"database_id": thing(plan="vultr-dbaas-business-cc-2-80-4")})
    follows = priced("none", replica, grown, of="database_replica")
    assert (money(follows), follows.is_seen) == (("40.00", "30.99"), True)
    assert follows.notes == ("it costs what its database costs, whose plan changes",)
    nested = Attributes(
        {"plan": "vultr-dbaas-startup-cc-2-80-4"}, nested={"read_replicas": (thing(), thing())}
    )
    assert priced("create", None, nested, of="database").after == 180


def test_what_is_deferred_or_unreadable_is_named() -> None:
    """E11: never zero without a word."""
    row = Change("x", "deferred", None, why="Terraform deferred it: instance count unknown")
    deferred = price_change(row, PRICES, clock())
    assert [lack.why for lack in deferred.unpriced] == [row.why]
    unknown = price_change(Change("x", "create", None), PRICES, clock())
    assert [lack.why for lack in unknown.unpriced] == ["this version does not know the type"]
