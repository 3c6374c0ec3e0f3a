"""Several lines and resources of one name (D9, D10, D24)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from time import process_time
from typing import Any

import pytest

from tests.support.nouns import MONTH, NOW, at, line, thing, usd
from vultr_cost_mcp.billing.hours import accrued, hours_begun
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.billing.projection import without_line
from vultr_cost_mcp.domain.bill import Charge, ChargeLine
from vultr_cost_mcp.domain.resource import AddOn, Kind, Resource

FIVE, TEN, TWENTY = "0.00744047619047619", "0.01488095238095238", "0.02976190476190476"
PRODUCTS: dict[Kind, str] = {
    "block_storage": "Block Storage",
    "snapshot": "Snapshot",
    "load_balancer": "Load Balancer",
    "instance": "Vultr Cloud Compute",
}
AMBIGUOUS = (None, "ambiguous", "ambiguous")
DESTROYED = (None, "none", "destroyed")
CLOSED = NOW - timedelta(days=3)


def twin(
    id_: str, price_: str | int | None = 5, kind: Kind = "block_storage", **named: Any
) -> Resource:
    """Make one of several that are called twin."""
    return thing(id_, kind, price_, **{"label": "twin", **named})


def bill(unit_price: str | None = FIVE, kind: Kind = "block_storage", **named: Any) -> ChargeLine:
    """Make a line of something that is called twin."""
    product = PRODUCTS[kind]
    given: dict[str, Any] = {"product": product, "description": f"{product} (twin)", **named}
    return line(given.pop("total", "3.15"), unit_price=unit_price, **given)


def told(lines: list[ChargeLine], resources: list[Resource], **named: Any) -> list[Any]:
    """Tell what each line found."""
    charges, _ = price(lines, resources, MONTH, NOW, **named)
    return [(charge.resource_id, charge.match, charge.reason) for charge in charges]


def ids(lines: list[ChargeLine], resources: list[Resource]) -> list[str | None]:
    """Tell the resource of each line."""
    return [found for found, _, _ in told(lines, resources)]


def left(lines: list[ChargeLine], resources: list[Resource]) -> list[str]:
    """Tell what is not on the bill yet."""
    charges, priced = price(lines, resources, MONTH, NOW)
    return [c.resource.id for c in without_line(priced, charges, MONTH, NOW) if c.resource]


def test_as_many_lines_as_resources_are_paired() -> None:
    """D10: by their price, in whatever order they stand."""
    resources = [twin("ten", 10), twin("five"), twin("twenty", 20)]
    lines = [bill(TWENTY), bill(FIVE), bill(TEN)]
    assert told(lines, resources) == [
        ("twenty", "paired", None),
        ("five", "paired", None),
        ("ten", "paired", None),
    ]
    assert left(lines, resources) == []


def test_equal_ones_are_paired_by_age_then_order() -> None:
    """D10: the older line with the older resource; equal ones by position and id."""
    old, young = twin("b", created=at("2026-10-01")), twin("a", created=at("2026-11-10"))
    lines = [bill(start=at("2026-11-10")), bill()]
    assert ids(lines, [young, old]) == ["a", "b"]
    assert ids([bill(), bill()], [twin("b"), twin("a")]) == ["a", "b"]


@pytest.mark.parametrize("kind", ["block_storage", "load_balancer", "instance"])
def test_a_twin_without_a_line_is_not_on_the_bill_yet(kind: Kind) -> None:
    """D10: one line, two resources: the one at its price has it."""
    resources = [twin("five", 5, kind), twin("ten", 10, kind, created=NOW - timedelta(minutes=30))]
    assert told([bill(FIVE, kind)], resources) == [("five", "paired", None)]
    assert left([bill(FIVE, kind)], resources) == ["ten"]
    assert ids([bill(TEN, kind)], resources) == ["ten"]
    assert left([bill(TEN, kind)], resources) == ["five"]


def test_a_twin_created_in_mid_month_has_its_line() -> None:
    """D10: nothing is added for either."""
    resources = [twin("old"), twin("new", created=at("2026-11-10"))]
    lines = [bill(total="1.50", start=at("2026-11-10")), bill()]
    assert ids(lines, resources) == ["new", "old"]
    assert left(lines, resources) == []


def test_lines_that_are_left_over() -> None:
    """D10: closed ones are of what was destroyed, running ones are anybody's."""
    closed = bill(end=CLOSED)
    lines = [closed, bill(), bill(TWENTY), bill(TEN)]
    resources = [twin("five"), twin("ten", 10)]
    assert told(lines, resources) == [
        DESTROYED,
        ("five", "paired", None),
        AMBIGUOUS,
        ("ten", "paired", None),
    ]
    assert told(lines, resources, unread={"block_storage"})[0] == AMBIGUOUS
    assert left(lines, resources) == []


def test_a_closed_line_leaves_its_twin_to_be_added() -> None:
    """D10: a closed line is no line of what exists."""
    resources = [twin("old"), twin("new", created=NOW - timedelta(minutes=5))]
    lines = [bill(end=CLOSED, total="2.00"), bill()]
    assert told(lines, resources) == [("old", "unique_name", None), ("old", "paired", None)]
    both_old = [twin("old"), twin("older", created=at("2025-01-01"))]
    assert told(lines, both_old) == [DESTROYED, ("older", "paired", None)]
    assert left(lines, both_old) == ["old"]


def test_a_price_that_no_list_has_is_paired_by_order() -> None:
    """D8, D10: what is left is paired in order; its price is then billed."""
    resources = [twin("a", 10), twin("b", 20)]
    charges, priced = price([bill("0.05"), bill(TWENTY)], resources, MONTH, NOW)
    assert [charge.resource_id for charge in charges] == ["a", "b"]
    assert [(row.price, row.price_source) for row in priced] == [
        (usd("33.60"), "billed"),
        (20, "list"),
    ]


@pytest.mark.parametrize("unit_price", [None, "0"])
def test_lines_without_a_price_are_paired_by_order(unit_price: str | None) -> None:
    """D10: they still are lines of something."""
    assert ids([bill(unit_price), bill(TEN)], [twin("a"), twin("b", 10)]) == ["a", "b"]
    assert ids([bill(unit_price)], [twin("a", None), twin("b", None)]) == ["a"]


def test_own_charges_come_before_the_price() -> None:
    """D10: one resource states the total of one line."""
    resources = [twin("a", own_pending=usd("1.00")), twin("b", own_pending=usd("3.15"))]
    lines = [bill(total="3.15"), bill(total="1.00")]
    assert told(lines, resources) == [("b", "unique_name", None), ("a", "unique_name", None)]


def test_two_lines_are_never_one_resources_by_its_charges() -> None:
    """D10: totals of a cent are alike in the first hours."""
    resources = [twin("a", own_pending=usd("0.01")), twin("b")]
    lines = [bill(total="0.01"), bill(total="0.01")]
    assert ids(lines, resources) == ["a", "b"]
    assert left(lines, resources) == []


def test_a_line_with_an_address_leaves_the_other_twin() -> None:
    """D10: the one that is found by its address is not paired again."""
    resources = [
        twin("a", 5, "instance", addresses=("192.0.2.1",)),
        twin("b", 5, "instance", addresses=("192.0.2.2",)),
    ]
    lines = [
        bill(FIVE, "instance", description="192.0.2.1 (1024 MB) [twin]"),
        bill(FIVE, "instance"),
    ]
    assert told(lines, resources) == [("a", "exact", None), ("b", "paired", None)]
    backups = bill("0.001488", "instance", product="Automatic Backups")
    assert ids([lines[0], backups], resources)[0] == "a"


def test_add_ons_are_paired_by_their_price() -> None:
    """D8, D10: backups of 2.00 are of the server of 10.00."""
    backups = (AddOn("backups", percent=usd(20)),)
    resources = [
        twin("a", 5, "instance", add_ons=backups),
        twin("b", 10, "instance", add_ons=backups),
    ]
    lines = [
        bill(TEN, "instance"),
        bill(FIVE, "instance"),
        bill("0.00297619047619048", "instance", product="Automatic Backups"),
        bill("0.00148809523809524", "instance", product="Automatic Backups"),
    ]
    assert ids(lines, resources) == ["b", "a", "b", "a"]
    assert left(lines, resources) == []


def test_kinds_and_services_are_apart() -> None:
    """D10: within one service, kind and name; several kinds of one name stay ambiguous."""
    resources = [
        twin("a"),
        twin("b"),
        twin("c", 10, "load_balancer"),
        twin("d", 10, "load_balancer"),
    ]
    lines = [bill(TEN, "load_balancer"), bill(), bill(TEN, "load_balancer"), bill()]
    assert ids(lines, resources) == ["c", "a", "d", "b"]
    mixed = [twin("a", 5, "instance"), twin("b", 5, "bare_metal")]
    assert told([bill(FIVE, "instance")], mixed) == [AMBIGUOUS]


def test_other_lines_of_the_name_are_not_paired() -> None:
    """D10: credits by the hour, and what is not by the hour, are no resource's running line."""
    resources = [twin("a"), twin("b")]
    credit = bill("-0.001", total="-0.40")
    assert told([credit, bill(), bill()], resources)[0] == AMBIGUOUS
    assert ids([credit, bill(), bill()], resources)[1:] == ["a", "b"]
    assert told([bill(unit_type="GB")], resources) == [AMBIGUOUS]


def test_balancers_have_a_line_for_each_of_their_nodes() -> None:
    """D8, D10: three nodes and one: four lines of 10.00, or one of 30.00 and one of 10.00."""
    resources = [
        twin("one", 10, "load_balancer", node_price=usd(10)),
        twin("three", 30, "load_balancer", node_price=usd(10)),
    ]
    by_node = [bill(TEN, "load_balancer") for _ in range(4)]
    assert ids(by_node, resources) == ["one", "three", "three", "three"]
    _, priced = price(by_node, resources, MONTH, NOW)
    assert [row.monthly_cost for row in priced] == [10, 30]
    whole = bill("0.04464285714285714", "load_balancer")
    assert ids([whole, by_node[0]], resources) == ["three", "one"]
    _, priced = price([whole, by_node[0]], resources, MONTH, NOW)
    assert [row.monthly_cost for row in priced] == [10, 30]


def test_a_line_of_one_node_is_at_its_listed_price() -> None:
    """D8, D24: 10.00 of a balancer with three nodes at 30.00, and not computed back."""
    balancer = twin("three", 30, "load_balancer", node_price=usd(10))
    charges, _ = price([bill(TEN, "load_balancer")], [balancer], MONTH, NOW)
    (found,) = charges
    assert (found.monthly, found.cap_hours, found.listed_price) == (10, 672, True)


def test_a_resized_twin_has_its_newer_line() -> None:
    """D10, D24: the line that ended an hour ago, where another begins, is over."""
    switched = NOW - timedelta(hours=1)
    old = bill(FIVE, end=switched)
    new = bill(TEN, start=switched, total="0.02")
    assert told([old, new, bill(FIVE)], [twin("a", 10), twin("b")]) == [
        DESTROYED,
        ("a", "paired", None),
        ("b", "paired", None),
    ]
    # One that merely lags behind is running.
    late = bill(FIVE, end=NOW - timedelta(minutes=40))
    assert ids([late, bill(FIVE)], [twin("a"), twin("b")]) == ["a", "b"]


def test_lines_without_an_end_are_paired_too() -> None:
    """D10, D24: they are running while nothing says otherwise."""
    lines = [bill(TEN, end=None, units=423), bill(FIVE, end=None)]
    charges, _ = price(lines, [twin("a"), twin("b", 10)], MONTH, NOW)
    assert [(charge.resource_id, charge.running) for charge in charges] == [
        ("b", True),
        ("a", True),
    ]


def test_an_old_bills_twins_are_paired() -> None:
    """D24: nothing ended within a day; what exists runs on."""
    ended = NOW - timedelta(days=4)
    lines = [bill(end=ended), bill(end=ended)]
    charges, _ = price(lines, [twin("a"), twin("b")], MONTH, NOW)
    assert [(charge.resource_id, charge.running) for charge in charges] == [
        ("a", True),
        ("b", True),
    ]


def test_lines_of_the_month_before_are_left_alone() -> None:
    """D5, D10: shortly after midnight October's lines wait beside November's."""
    now = MONTH.start + timedelta(minutes=40)
    october = [bill(TEN, start=at("2026-10-01"), end=MONTH.start) for _ in range(2)]
    november = [bill(TEN, total="0.02", end=now), bill(FIVE, total="0.01", end=now)]
    charges, priced = price([*october, *november], [twin("a"), twin("b", 10)], MONTH, now)
    assert [(c.resource_id, c.reason) for c in charges] == [
        (None, "ambiguous"),
        (None, "ambiguous"),
        ("b", None),
        ("a", None),
    ]
    assert [row.price for row in priced] == [5, 10]


# --- snapshots ------------------------------------------------------------------------------------

THREE_HOURS = MONTH.start + timedelta(hours=3)


def image(id_: str, full: str, packed: str, **named: Any) -> Resource:
    """Make a snapshot with both prices."""
    return twin(id_, None, "snapshot", candidates=(usd(full), usd(packed)), **named)


def shot(monthly: str, now: datetime = THREE_HOURS, digits: int = 17) -> ChargeLine:
    """Make the line of a snapshot at a price, from the start of the month."""
    hours = hours_begun(MONTH.start, now)
    unit_price = str(round(float(monthly) / 672, digits))
    total = accrued(usd(monthly), hours, 672)
    return bill(unit_price, "snapshot", total=total, units=hours, end=now)


def priced(lines: list[ChargeLine], resources: list[Resource]) -> tuple[list[Charge], list[Any]]:
    """Price them three hours into the month."""
    charges, found = price(lines, resources, MONTH, THREE_HOURS)
    assert not [
        c for c in without_line(found, charges, MONTH, THREE_HOURS) if c.charge is None
    ] or (len(lines) < len(resources))
    return charges, [row.price for row in found]


@pytest.mark.parametrize("digits", [4, 6, 17])
def test_two_snapshots_three_hours_into_a_month(digits: int) -> None:
    """D9, D10: both lines come to 0.01; their unit prices tell the size that is billed."""
    resources = [image("a", "2.00", "0.50"), image("b", "3.00", "0.85")]
    charges, prices = priced([shot("0.85", digits=digits), shot("0.50", digits=digits)], resources)
    assert [charge.resource_id for charge in charges] == ["b", "a"]
    assert prices == [usd("0.50"), usd("0.85")]
    charges, prices = priced([shot("2.00", digits=digits), shot("3.00", digits=digits)], resources)
    assert [charge.resource_id for charge in charges] == ["a", "b"]
    assert prices == [usd("2.00"), usd("3.00")]


def test_a_shared_description_decides_for_a_snapshot_without_a_line() -> None:
    """D9: by the unit price of one candidate; with several the first stays."""
    resources = [image("a", "2.00", "0.50"), image("b", "2.00", "0.50")]
    _, prices = priced([shot("0.50")], resources)
    assert prices == [usd("0.50"), usd("0.50")]
    _, prices = priced([shot("0.50"), shot("2.00")], [*resources, image("c", "2.00", "0.50")])
    assert prices == [usd("0.50"), usd("2.00"), usd("2.00")]
    stated = image("c", "2.00", "0.50", own_pending=usd("0.01"))
    _, prices = priced([shot("0.50")], [image("a", "2.00", "0.50"), stated])
    assert prices == [usd("0.50"), usd("0.50")]


def test_a_unit_price_of_no_candidate_is_what_is_billed() -> None:
    """D8, D9: three hours of 6.00 are three cents, and two candidates are one each."""
    _, prices = priced([shot("6.00")], [image("a", "2.00", "0.50")])
    assert prices == [usd("6.00")]
    _, prices = priced([shot("1.00")], [image("a", "2.00", "0.50")])
    assert prices == [usd("1.00")]


def test_thousands_of_twins_are_paired_in_a_moment() -> None:
    """D34: all of one name, each at a price of its own."""
    amounts = [Decimal(number) / 20 for number in range(1, 3001)]
    resources = [
        image(f"{number:05}", str(amount), str(amount / 3)) for number, amount in enumerate(amounts)
    ]
    lines = [shot(str(amount / 3), NOW) for amount in reversed(amounts)]
    begin = process_time()
    charges, found = price(lines, resources, MONTH, NOW)
    assert process_time() - begin < 20
    assert [charge.resource_id for charge in charges] == [row.id for row in reversed(resources)]
    assert all(row.price == row.candidates[1] for row in found)
