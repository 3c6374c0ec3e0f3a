"""Small cases of lines and prices, each with the answer that its rule gives (D7 to D10, D24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.nouns import MONTH, NOW, at, charge, line, snapshot, thing, usd
from vultr_cost_mcp.billing.attribution import Attribution, attribute, end_by_units, newest_end_of
from vultr_cost_mcp.billing.hours import decimals_of, reproduces
from vultr_cost_mcp.billing.month_end import MonthEnd, TaxRate, project_month_end, taxed_at
from vultr_cost_mcp.billing.open_lines import open_line, open_lines
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.billing.projection import project_charges, without_course
from vultr_cost_mcp.billing.projection_steps import bridge
from vultr_cost_mcp.billing.same_name import Tied, pairs_of, prices_of, without_followed
from vultr_cost_mcp.billing.snapshots import priced_by_charge
from vultr_cost_mcp.domain.bandwidth import AccountBandwidth, BandwidthMonth
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.resource import AddOn
from vultr_cost_mcp.money import allocate_known, known_total

FIVE, TEN = "0.00744047619047619", "0.0148809523809524"
HOUR_AGO = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("amount", "digits"), [("1", 0), ("1.0", 1), ("0.25", 2), ("1E+1", 0), ("Infinity", 0)]
)
def test_digits_after_the_point(amount: str, digits: int) -> None:
    assert decimals_of(Decimal(amount)) == digits


def test_a_price_of_few_digits_stands_for_all_that_round_to_it() -> None:
    """D7: 800 / 672 is 1.19: a dollar without digits may be that, 1.0 is not."""
    assert reproduces(usd("1"), usd(800), 672)
    assert not reproduces(usd("1.0"), usd(800), 672)
    # Nothing is the price of nothing alone, whatever its digits.
    assert not reproduces(usd("0"), usd(5), 672)
    assert reproduces(usd("0.00"), usd(0), 672)
    # 5 / 672 is 0.00744047619047619047...: the 16th digit of a float is noise.
    assert reproduces(usd("0.0074404761904761943"), usd(5), 672)
    # 8,064 / 672 is twelve, and no ten of whole dollars.
    assert not reproduces(Decimal("1E+1"), usd(8064), 672)


def test_the_newest_running_lines_of_a_resource_itself_are_open() -> None:
    """D8: a line of nothing is one, a credit and a line of an add-on are none."""
    old = charge("1", resource_id="a")
    new = charge("0", resource_id="a", start=at("2026-11-05"))
    undated = charge("3", resource_id="a", start=None)
    others = [
        charge("9", resource_id="a", running=False, start=at("2026-11-09")),
        charge("-1", resource_id="a", start=at("2026-11-10")),
        charge("1", "Backups", "a", start=at("2026-11-10")),
    ]
    rows = [old, new, undated, *others]
    assert open_lines(thing("a"), rows) == [new, undated]
    assert open_line(thing("a"), rows) == undated
    assert open_line(thing("a"), others) is None


@pytest.mark.parametrize(
    ("product", "running"), [("Cloud GPU", [False, True]), ("Automatic Backups", [True, True])]
)
def test_a_line_ends_where_another_for_the_same_purpose_begins(
    product: str, running: list[bool]
) -> None:
    """D24: one compute line under any product; backups are another purpose."""
    lines = [
        line("3", "[it]", end=HOUR_AGO, unit_price=TEN),
        line("1", "[it]", product, start=HOUR_AGO, unit_price=TEN),
    ]
    charges, _ = price(lines, [thing("it")], MONTH, NOW)
    assert [row.resource_id for row in charges] == ["it", "it"]
    assert [row.running for row in charges] == running


def test_a_line_without_a_unit_price_has_the_one_price_that_it_may_have() -> None:
    """D24: its server's own, or its only add-on's, where the total agrees with none."""
    backed = thing("it", price=10, add_ons=(AddOn("backups", monthly=usd(2)),))
    lines = [line("7.77", "[it]"), line("7.77", "[it]", "Automatic Backups")]
    charges, _ = price(lines, [backed], MONTH, NOW)
    assert [row.monthly for row in charges] == [10, 2]
    # 12 x 423 / 672 is 7.553...: the price with backups, to the cent, as Vultr rounds it.
    charges, _ = price([line("7.56", "[it]", units=423)], [backed], MONTH, NOW)
    assert [row.monthly for row in charges] == [12]
    guard = AddOn("ddos_protection", monthly=usd(3))
    two = thing("it", price=10, add_ons=(*backed.add_ons, guard))
    charges, _ = price(lines, [two], MONTH, NOW)
    assert [row.monthly for row in charges] == [10, None]


def test_hourly_lines_that_nothing_prices_may_go_on() -> None:
    """D24: they cost something, run or state no end, and have no resource."""
    runs = charge("1")
    unended = charge("1", running=False, end=None)
    others = [
        charge("0"),
        charge("1", unit_type="flat"),
        charge("1", monthly=5, cap_hours=672),
        charge("1", running=False),
        charge("1", resource_id="a", running=False, end=None),
    ]
    assert without_course([runs, *others, unended]) == [runs, unended]


@pytest.mark.parametrize(
    ("named", "total"),
    [
        # 253.25 in the 25,325 minutes of November so far.
        ({}, 432),
        # Its start is still to come, so it has grown since the month began.
        ({"start": NOW + timedelta(hours=1), "end": None}, 432),
        ({"start": NOW, "end": None}, 432),
        # Ended a day ago, it grew in 23,885 minutes; a moment earlier, it is over.
        ({"end": NOW - timedelta(days=1)}, Decimal("253.25") * 43_200 / 23_885),
        ({"end": NOW - timedelta(days=1, seconds=1)}, Decimal("253.25")),
        # Without length nothing has grown.
        ({"start": at("2026-11-18"), "end": at("2026-11-18")}, Decimal("253.25")),
    ],
)
def test_use_grows_while_its_line_is_at_most_a_day_old(
    named: dict[str, Any], total: Decimal
) -> None:
    """D24."""
    (course,) = project_charges(
        [charge("253.25", "Inference", unit_type="tokens", **named)], MONTH, NOW
    )
    assert course.at(MONTH.end) == total


def test_an_earlier_resource_has_no_line_that_begins_after_it_was_gone() -> None:
    """D10: the label was used again."""
    gone = thing("gone", label="web", last_seen=at("2026-11-05"))
    lines = [line("1", "Server [web]", start=at(day)) for day in ("2026-11-06", "2026-11-05")]
    found = attribute(lines, ["Cloud Compute", "Cloud Compute"], [gone], None)
    assert [row.resource_id for row in found] == [None, "gone"]
    assert found[1] == Attribution("gone", "unique_name")


def test_twins_of_two_labels_are_told_apart_by_each() -> None:
    """D10: two volumes of each name; a line finds one of its own name."""
    rows = [thing(f"{label}-{n}", "block_storage", 5, label=label) for label in "ab" for n in "12"]
    lines = [
        line("3.15", f"Block Storage ({label})", "Block Storage", unit_price=FIVE)
        for label in "baab"
    ]
    charges, _ = price(lines, rows, MONTH, NOW)
    assert [row.resource_id for row in charges] == ["b-1", "a-1", "a-2", "b-2"]


def test_twins_at_two_addresses_are_told_apart_by_each() -> None:
    """D10: and an hourly credit is for none of them in particular."""
    rows = [
        thing(f"{host}-{n}", price=5, label="", addresses=(f"192.0.2.{host}",))
        for host in "12"
        for n in "ab"
    ]
    lines = [line("3.15", f"192.0.2.{host} (1024 MB)", unit_price=FIVE) for host in "2112"]
    credit = line("-3.15", "192.0.2.1 (1024 MB)", unit_price=FIVE)
    charges, _ = price([credit, *lines], rows, MONTH, NOW)
    assert [row.resource_id for row in charges] == [None, "2-a", "1-a", "1-b", "2-b"]


@pytest.mark.parametrize(
    ("units", "hours"), [("1", 1), ("0.5", 0.5), ("0", None), ("10000", 10_000), ("10001", None)]
)
def test_hours_tell_an_end(units: str, hours: float | None) -> None:
    """D24: more hours than ten thousand are an error."""
    expected = None if hours is None else MONTH.start + timedelta(hours=hours)
    assert end_by_units(line(units=units)) == expected


def test_only_lines_of_overage_lessen_the_overage_to_come() -> None:
    """D25: an address and the traffic of a CDN are none of the pool's."""
    none = BandwidthMonth(None, None, None, None, None, None)
    stated = replace(none, overage_cost=usd(20))
    rows = [
        charge("3", "Networking", product="Reserved IP"),
        charge("4", "CDN", product="CDN Overage", unit_type="overage"),
        charge("5", "Networking", product="Bandwidth Overage", unit_type="overage"),
    ]
    shot = snapshot(rows, bandwidth=AccountBandwidth(none, none, stated))
    assert project_month_end(shot).overage == 15


def test_lines_of_whole_databases_are_no_lines_of_nodes() -> None:
    """D8: at thirty dollars a month a line is for all three nodes of ten."""
    whole = [thing(id_, "database", 30, node_price=usd(10)) for id_ in ("x", "y")]
    thirty = line(unit_price="0.0446428571428571")
    found = pairs_of([Tied(0, thirty), Tied(1, thirty)], whole, "Managed Databases", ())
    assert found == {0: ("x", False), 1: ("y", False)}


def test_a_new_line_of_nothing_finds_its_twin() -> None:
    """D10: by its price; one of two candidates may be that price."""
    old = thing("old", "block_storage", 5, label="twin")
    new = thing("new", "block_storage", label="twin", candidates=(usd(10),))
    rows = [line("0", "Block Storage (twin)", "Block Storage", unit_price=TEN)]
    charges, _ = price(rows, [old, new], MONTH, NOW)
    assert [row.resource_id for row in charges] == ["new"]


def test_lines_without_a_date_follow_nothing() -> None:
    """D10: a line that begins where another ends continues it."""
    bare = [Tied(0, line(start=None)), Tied(1, line(end=None)), Tied(2, line())]
    assert without_followed(bare) == bare
    continued = [Tied(0, line(end=HOUR_AGO)), Tied(1, line(start=HOUR_AGO))]
    assert without_followed(continued) == continued[1:]


def test_one_resource_is_given_to_one_line_at_its_price() -> None:
    """D10: the second line at 5.00 a month is nobody's."""
    volume = thing("v", "block_storage", 5)
    tied = [Tied(0, line(unit_price=FIVE)), Tied(1, line(unit_price=FIVE))]
    assert pairs_of(tied, [volume], "Block Storage", ()) == {0: ("v", False)}


def test_nodes_are_as_many_as_their_price_says() -> None:
    """D8: three nodes of ten dollars have three of four lines."""
    nodes = thing("db", "database", 30, node_price=usd(10))
    tied = [Tied(place, line(unit_price=TEN)) for place in range(4)]
    found = pairs_of(tied, [nodes], "Managed Databases", ())
    assert found == dict.fromkeys(range(3), ("db", False))


def test_a_line_of_another_service_is_at_an_add_on_or_the_price() -> None:
    """D8: together they are the price of no line of another service."""
    volume = thing("v", "block_storage", 5, add_ons=(AddOn("backups", monthly=usd(1)),))
    assert prices_of(volume, "Block Storage") == [5, 6]
    assert prices_of(volume, "Cloud Compute") == [1, 5]


def test_a_snapshot_without_a_line_is_priced_by_that_of_its_name() -> None:
    """D9: two of one name and one line at ten dollars a month."""
    twins = [thing(id_, "snapshot", label="s", candidates=(usd(5), usd(10))) for id_ in "ab"]
    row = line("6.30", "Snapshot (s)", "Snapshot", unit_price=TEN, units=423)
    _, priced = price([row], twins, MONTH, NOW)
    assert [(one.price, one.note) for one in priced] == [(10, None), (10, None)]


def test_a_line_that_fits_two_prices_and_a_total_that_fits_none_are_computed_back() -> None:
    """D9: 0.0074 an hour is 4.97 a month, though another line of its name has one of the two."""
    both = thing("s", "snapshot", candidates=(usd(5), usd("4.99")))
    own = line("9.99", unit_price="0.0074", units=423)
    found = priced_by_charge(both, own, MONTH, NOW, {usd(FIVE)})
    assert (found.price, found.price_source) == (usd("4.97"), "billed")
    # At 672 hours its total is the price.
    full = line("9.01", unit_price="0.0134", units=672)
    assert priced_by_charge(both, full, MONTH, NOW).price == usd("9.01")


def test_the_unit_price_of_a_snapshots_own_line_decides() -> None:
    """D9: at ten dollars the price is one of the table's, not one that is computed back."""
    both = thing("s", "snapshot", candidates=(usd(5), usd(10)))
    own = line("6.30", unit_price=TEN, units=423)
    found = priced_by_charge(both, own, MONTH, NOW)
    assert (found.price, found.price_source) == (10, "table")


def test_small_amounts_have_their_step_too() -> None:
    """D28: fifty cents of a deleted server are no discount; half a cent of the price is kept."""
    price_ = usd("10.005")
    rows = [
        charge("10.005", resource_id="a", monthly=price_, cap_hours=672),
        charge("0.50", monthly=50, cap_hours=672, running=False, reason="destroyed"),
        charge("0.70", "Other", unit_type="flat"),
    ]
    outlook = MonthEnd(tuple(project_charges(rows, MONTH, NOW)), usd(0), MONTH, NOW)
    found = bridge(outlook, [thing("a", price=price_)])
    assert found is not None
    assert (found.run_rate, found.other, found.discounts) == (usd("10.01"), 0, 0)
    assert (found.gone_this_month, found.one_off) == (usd("0.50"), usd("0.70"))


def test_a_fee_on_an_invoice_is_a_single_charge_and_an_older_size_is_gone() -> None:
    """D1, D28: only hours of an invoice go on with a line of their own."""
    rows = [
        charge("423", resource_id="a", monthly=672, cap_hours=672),
        charge("9", resource_id="a", monthly=60, cap_hours=672, running=False),
    ]
    fee = charge("7", "Other", unit_type="flat", running=False)
    shot = snapshot(rows, [thing("a", price=672)], invoiced_charges=(fee,))
    found = bridge(project_month_end(shot), shot.resources or ())
    assert found is not None
    assert (found.one_off, found.gone_this_month, found.not_since_first) == (7, 9, 0)


def test_a_price_without_a_running_line_is_in_the_step_of_its_other_lines() -> None:
    """D28: of its closed line; a credit says nothing of it."""
    for row, step in (
        (charge("0", resource_id="a", running=False), "gone_this_month"),
        (charge("-50", resource_id="a"), "other"),
    ):
        shot = snapshot([row], [thing("a", price=672)])
        found = bridge(project_month_end(shot), shot.resources or ())
        assert found is not None
        assert getattr(found, step) == -672
        assert found.discounts == row.total


def test_what_is_invoiced_in_part_is_charged_from_there() -> None:
    """D1: 240 hours on an invoice, 480 to come, none of them twice."""
    part = charge("240", resource_id="a", unit_price="1", units=240, end=at("2026-11-11"))
    shot = snapshot([], [thing("a", price=672)], invoiced_charges=(part,))
    assert project_month_end(shot).at_month_end == 720


def test_credits_that_take_all_leave_the_charges_for_the_rate() -> None:
    """D3: 100.00 and a credit of 100.00, with 19.00 of tax."""
    credit = charge("-100", "Credits and Discounts", unit_type="discount")
    tax = charge("19", "Tax", unit_type="flat")
    invoice = Invoice("1", at("2026-11-01"), usd(19), (charge("100"), credit, tax))
    assert taxed_at(snapshot(invoices=(invoice,))) == TaxRate(usd(19), usd(100))
    # Fifty cents that are left are what the tax is on.
    left = replace(invoice, lines=(charge("100"), charge("-99.50", "Other"), tax))
    assert taxed_at(snapshot(invoices=(left,))) == TaxRate(usd(19), usd("0.50"))


def test_hours_until_the_months_end_tell_the_start() -> None:
    """D24: 24 hours until the end of the month began on its last day."""
    row = charge("1", units=24, start=None, end=MONTH.end, monthly=672, cap_hours=672)
    (course,) = project_charges([row], MONTH, NOW)
    assert (course.start, course.at(MONTH.end)) == (at("2026-11-30"), 24)


@pytest.mark.parametrize(("minutes", "reason"), [(10, "no_match"), (11, "destroyed")])
def test_a_line_that_stopped_before_the_others_is_of_what_is_gone(
    minutes: int, reason: str
) -> None:
    """D10: it states an address, and no resource has it."""
    one = line("1", "192.0.2.9 [x]", end=NOW - timedelta(minutes=minutes))
    other = thing("web", addresses=("192.0.2.1",))
    (found,) = attribute([one], ["Cloud Compute"], [other], NOW)
    assert found.reason == reason


def test_the_newest_end_is_known_for_a_day() -> None:
    """D24: older, it tells nothing of a line without a match."""
    row, day = line(end=at("2026-11-17")), timedelta(days=1)
    assert newest_end_of([row], at("2026-11-17") + day) == row.end
    assert newest_end_of([row], at("2026-11-17") + day + timedelta(seconds=1)) is None


def test_use_of_nothing_does_not_grow() -> None:
    """D24."""
    (course,) = project_charges([charge("0", "Inference", unit_type="tokens")], MONTH, NOW)
    assert course.mode == "fixed"


def test_at_its_end_a_month_has_all_of_its_overage() -> None:
    """D25: half of it at half of the time that is left."""
    half = NOW + (MONTH.end - NOW) / 2
    assert MonthEnd((), usd(5), MONTH, NOW).at(half) == usd("2.5")
    assert MonthEnd((), usd(5), MONTH, MONTH.end).at(MONTH.end) == 5


def test_unknown_amounts_are_left_out_and_none_known_is_unknown() -> None:
    """D4, D33."""
    assert known_total([usd(1), None, usd(2)]) == 3
    assert known_total([None, None]) is None
    assert known_total([]) == 0
    assert allocate_known({"a": usd("1.005"), "b": None, "c": usd("1.005")}) == {
        "a": usd("1.01"),
        "c": usd("1.00"),
    }
