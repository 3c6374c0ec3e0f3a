"""Costs of resources and lines after each has settled the other's price (D7, D8, D24)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.nouns import MONTH, NOW, at, charge, line, number, thing, usd
from vultr_cost_mcp.billing.open_lines import open_line
from vultr_cost_mcp.billing.pricing import old_since, price
from vultr_cost_mcp.domain.bill import Charge, ChargeLine
from vultr_cost_mcp.domain.resource import AddOn, Resource

BACKUPS = AddOn("backups", percent=Decimal(20))
DDOS = AddOn("ddos_protection", monthly=Decimal(10))
ADDRESS = "203.0.113.7"


def server(price_: str | int | None = 20, **named: Any) -> Resource:
    """Make a server that lines can find, at its list price."""
    listed = {"addresses": (ADDRESS,), "list_price": number(price_)}
    return thing("it", price=price_, **{**listed, **named})


def bill(unit_price: str | None, product: str = "Vultr Cloud Compute", **named: Any) -> ChargeLine:
    """Make a running line of that server."""
    return line(
        description=f"{ADDRESS} (2048 MB) [it]", product=product, unit_price=unit_price, **named
    )


def priced(resource: Resource, *lines: ChargeLine) -> tuple[Resource, list[Charge]]:
    """Price one resource with these lines."""
    charges, resources = price(lines, [resource], MONTH, NOW)
    return resources[0], charges


def of(charges: Iterable[Charge]) -> list[tuple[Decimal | None, int | None, bool]]:
    """Return the monthly cost of lines, its hours, and whether it is a listed price."""
    return [(charge.monthly, charge.cap_hours, charge.listed_price) for charge in charges]


def test_without_a_line_the_list_price_stands() -> None:
    """D8: nothing billed yet, so the price of the list."""
    resource, charges = priced(server(20))
    assert (resource.monthly_cost, resource.price_source) == (20, "list")
    assert charges == []


@pytest.mark.parametrize("unit_price", ["0.0298", "0.02976190476190476", "0.029761904761904762"])
def test_a_line_at_the_list_price_confirms_it(unit_price: str) -> None:
    """D8: 20/672 at any digits is the list price, and the line caps at 672 hours."""
    resource, charges = priced(server(20), bill(unit_price))
    assert (resource.price, resource.price_source) == (20, "list")
    assert of(charges) == [(20, 672, True)]


def test_a_line_below_the_list_price_is_what_is_billed() -> None:
    """D8: preemptible: 0.0100 an hour is 6.72 a month, not the list's 20."""
    resource, charges = priced(server(20), bill("0.0100"))
    assert (resource.price, resource.price_source) == (usd("6.72"), "billed")
    assert resource.monthly_cost == usd("6.72")
    assert of(charges) == [(usd("6.72"), 672, False)]


def test_a_gpu_server_billed_below_the_list_counts_730_hours() -> None:
    """D8: unit_price x C with the family's C: 1.2 an hour is 876 a month of 730 hours."""
    gpu = server(1750, kind="gpu_instance", usual_hours=730, gpu=True)
    resource, charges = priced(gpu, bill("1.200", "Vultr Cloud GPU"))
    assert (resource.price, resource.price_source) == (876, "billed")
    assert of(charges) == [(876, 730, False)]


def test_a_vx1_server_billed_below_the_list_counts_730_hours() -> None:
    """D7, D8: VX1 is Cloud Compute on the bill and has a month of 730 hours: 0.100 is 73.00."""
    resource, charges = priced(server(109, usual_hours=730), bill("0.100"))
    assert (resource.price, resource.price_source) == (73, "billed")
    assert of(charges) == [(73, 730, False)]
    older = bill("0.100", end=NOW - timedelta(days=9))
    _, charges = priced(server(109, usual_hours=730), older, bill("0.149315068493151"))
    assert of(charges) == [(73, 730, False), (109, 730, True)]


def test_lines_carry_how_they_were_matched_and_why_not() -> None:
    """D10, D14: match and reason are kept with each line."""
    lines = [
        bill("0.0298"),
        line(description="Compute [it]"),
        line(description="198.51.100.9 [gone]", end=NOW - timedelta(days=2)),
        line(description="198.51.100.9 [new]"),
        line(product="Tax"),
    ]
    _, charges = priced(server(20), *lines)
    assert [(charge.match, charge.reason) for charge in charges] == [
        ("exact", None),
        ("unique_name", None),
        ("none", "destroyed"),
        ("none", "no_match"),
        ("none", "not_a_resource"),
    ]


def test_a_line_can_show_that_the_family_counts_other_hours() -> None:
    """D7: 2.604166666666667 is 1750/672: the line caps at 672 though the family says 730."""
    gpu = server(1750, kind="gpu_instance", usual_hours=730, gpu=True)
    resource, charges = priced(gpu, bill("2.604166666666667", "Vultr Cloud GPU"))
    assert (resource.price, resource.price_source) == (1750, "list")
    assert of(charges) == [(1750, 672, True)]


def test_a_retired_plan_has_no_price_until_a_line_tells() -> None:
    """D8: unknown is null and never zero; the line of it makes it known."""
    retired = server(None)
    resource, _ = priced(retired)
    assert (resource.price, resource.monthly_cost, resource.price_source) == (None, None, None)
    resource, charges = priced(retired, bill("0.0074404761904762"))
    assert (resource.price, resource.price_source) == (usd("5.00"), "billed")
    assert of(charges) == [(usd("5.00"), 672, False)]


def test_a_free_plan_is_known_to_be_free() -> None:
    """D8: a plan that costs 0 is known."""
    resource, charges = priced(server(0), bill("0", total="0"))
    assert (resource.monthly_cost, resource.price_source) == (0, "list")
    assert of(charges) == [(0, 672, True)]


def test_a_line_without_a_unit_price_follows_its_resource() -> None:
    """D8, D24: its price is the resource's, which it does not change; none where there is none."""
    resource, charges = priced(server(20), bill(None))
    assert (resource.price, resource.price_source) == (20, "list")
    assert of(charges) == [(20, 672, True)]
    _, charges = priced(server(None), bill(None))
    assert of(charges) == [(None, None, True)]


def test_a_unit_price_of_nothing_or_less_is_no_price() -> None:
    """D8: a line at 0 or below, a refund, does not make a server free."""
    for unit_price in ("0", "0.00", "-0.05"):
        for price_ in (20, 900):
            resource, _ = priced(server(price_), bill(unit_price))
            assert (resource.price, resource.price_source) == (price_, "list")


def test_add_ons_are_on_top_of_the_plan() -> None:
    """D8: backups are 20 % of the plan's price, DDoS protection is 10: 20 + 4 + 10."""
    resource, _ = priced(server(20, add_ons=(BACKUPS, DDOS)))
    assert resource.add_on_costs == {"backups": 4, "ddos_protection": 10}
    assert resource.monthly_cost == 34


def test_backups_are_a_share_of_the_plans_price_even_when_billed_lower() -> None:
    """D8: 6.72 billed for the server, 4.00 of the plan's 20.00 for its backups."""
    resource, _ = priced(server(20, add_ons=(BACKUPS,)), bill("0.0100"))
    assert resource.price == usd("6.72")
    assert resource.add_on_costs == {"backups": 4}
    assert resource.monthly_cost == usd("10.72")


def test_add_ons_of_an_unknown_price_are_of_the_billed_one() -> None:
    """D8: with no list price a share is of what the line says."""
    resource, _ = priced(server(None, add_ons=(BACKUPS,)), bill("0.0298"))
    assert resource.price == usd("20.03")
    assert resource.monthly_cost == usd("24.036")
    unknown, _ = priced(server(None, add_ons=(BACKUPS, DDOS)))
    assert unknown.monthly_cost is None
    assert unknown.add_on_costs == {}


def test_lines_of_add_ons_do_not_price_the_server() -> None:
    """D8: the backup's and the protection's lines are at their own price."""
    resource, charges = priced(
        server(20, add_ons=(BACKUPS, DDOS)),
        bill("0.029761904761905"),
        bill("0.005952380952381", "Automatic Backups"),
        bill("0.0149", "DDoS Protection"),
    )
    assert (resource.price, resource.price_source) == (20, "list")
    assert of(charges) == [(20, 672, True), (4, 672, True), (10, 672, True)]


def test_one_line_may_hold_the_server_and_its_add_ons() -> None:
    """D8: 24/672 is the plan with its backups: they are not added a second time."""
    resource, charges = priced(server(20, add_ons=(BACKUPS,)), bill("0.0357"))
    assert (resource.price, resource.price_source) == (20, "list")
    assert resource.monthly_cost == 24
    assert of(charges) == [(24, 672, True)]


def test_a_closed_line_prices_nothing() -> None:
    """D8, D24: only the open line tells what the next month costs."""
    closed = bill("0.0100", end=NOW - timedelta(days=2))
    resource, charges = priced(server(20), closed, line(product="CDN"))
    assert (resource.price, resource.price_source) == (20, "list")
    assert not charges[0].running
    assert of(charges[:1]) == [(usd("6.72"), 672, False)]


def test_a_bill_that_is_days_behind_runs_on_for_what_exists() -> None:
    """D24: nothing ended within a day: what exists was not charged yet, the rest is gone."""
    behind = NOW - timedelta(days=3)
    old, gone = bill("0.0298", end=behind), line(description="198.51.100.9 [gone]", end=behind)
    _, charges = priced(server(20), old, gone)
    assert [charge.running for charge in charges] == [True, False]
    assert old_since(charges, NOW) == behind
    # Kept from a stored reading: it exists no more.
    _, charges = priced(server(20, last_seen=behind), old)
    assert [charge.running for charge in charges] == [False]
    assert old_since(charges, NOW) is None


def test_a_bill_of_the_day_is_not_old() -> None:
    """D24: a day behind is usual enough; with nothing running there is nothing to charge."""
    _, charges = priced(server(20), bill("0.0298", end=NOW - timedelta(days=1)))
    assert old_since(charges, NOW) is None
    assert old_since([], NOW) is None


def test_a_resized_server_has_two_lines_and_the_open_one_prices_it() -> None:
    """D7, D8: each line has its own cap; from now on the new plan costs."""
    resized = at("2026-11-10T12:00")
    old = bill("0.0149", total="3.40", end=resized)
    new = bill("0.0298", total="5.80", start=resized)
    for lines in ((old, new), (new, old)):
        resource, charges = priced(server(20), *lines)
        assert (resource.price, resource.price_source) == (20, "list")
        assert {charge.running: charge.monthly for charge in charges} == {
            False: usd("10.01"),
            True: 20,
        }
        assert {charge.resource_id for charge in charges} == {"it"}


def test_of_two_open_lines_the_later_one_tells() -> None:
    """D8: a resize within two hours of the reading leaves both lines open."""
    old = bill("0.0100", end=NOW - timedelta(hours=1))
    new = bill("0.0298", start=NOW - timedelta(hours=1))
    for lines in ((old, new), (new, old)):
        assert priced(server(20), *lines)[0].price_source == "list"
    undated = bill("0.0298", start=None)
    assert priced(server(20), undated)[0].price_source == "list"


def test_only_hourly_lines_have_a_monthly_price() -> None:
    """D24: metered and flat lines stay as they are."""
    _, charges = priced(server(20), bill("0.01", unit_type="GB"))
    assert of(charges) == [(None, None, True)]


@pytest.mark.parametrize(
    ("product", "unit_price", "monthly", "hours"),
    [
        ("Vultr Cloud Compute", "0.0149", "10.01", 672),
        ("Vultr Cloud GPU", "2.397260273972603", "1750.00", 730),
        ("Vultr Bare Metal", "23.92", "16074.24", 672),
        ("Something", "0.03", "20.16", 672),
    ],
)
def test_a_line_of_nothing_that_exists_is_its_unit_price_by_its_hours(
    product: str, unit_price: str, monthly: str, hours: int
) -> None:
    """D7, D24: without a resource unit_price x C, 730 for Cloud GPU and 672 for the rest."""
    charges, _ = price([line(product=product, unit_price=unit_price)], [], MONTH, NOW)
    assert of(charges) == [(usd(monthly), hours, False)]


def test_a_volume_at_the_cost_that_the_api_states() -> None:
    """D8: ``cost`` of the API, confirmed by 25/672 at four digits."""
    volume = thing("v", "block_storage", 25, price_source="api", label="data")
    one = line(description="Block Storage [data]", product="Block Storage", unit_price="0.0372")
    resource, charges = priced(volume, one)
    assert (resource.price, resource.price_source) == (25, "api")
    assert of(charges) == [(25, 672, True)]


@pytest.mark.parametrize(
    ("kind", "product", "description"),
    [
        ("block_storage", "Block Storage", "Block Storage (x)"),
        ("load_balancer", "Load Balancer", "Load Balancer (x)"),
        ("reserved_ip", "Reserved IP", "Reserved IP 192.0.2.1 [x]"),
        ("database", "Managed Database", "Managed Database (x)"),
        ("object_storage", "Object Storage", "Object Storage (x)"),
        ("file_system", "File System", "File System (x)"),
        ("storage_gateway", "Storage Gateway", "Storage Gateway (x)"),
        ("nat_gateway", "NAT Gateway", "NAT Gateway (x)"),
        ("registry", "Container Registry", "Container Registry (x)"),
        ("cdn", "CDN", "CDN (x)"),
        ("inference", "Inference", "Inference (x)"),
        ("subscription", "Custom Subscription", "Custom Subscription (x)"),
        ("block_snapshot", "Block Storage Snapshot", "Snapshot (x)"),
        ("kubernetes_node", "Vultr Kubernetes Engine", "203.0.113.9 [x]"),
        ("bare_metal", "Bare Metal", "203.0.113.9 [x]"),
    ],
)
def test_every_kind_is_priced_by_its_own_line(kind: str, product: str, description: str) -> None:
    """D8: 0.0500 an hour is 33.60 a month, whatever the table or the list says of the kind."""
    resource, charges = priced(
        thing("id", kind, 3, label="x"),
        line(description=description, product=product, unit_price="0.0500"),
    )
    assert (resource.price, resource.price_source) == (usd("33.60"), "billed")
    assert of(charges) == [(usd("33.60"), 672, False)]


def test_two_resources_are_priced_by_their_own_lines() -> None:
    """D8: one server's special price is not another's."""
    one, two = server(20), replace(server(20), id="two", label="two", addresses=("203.0.113.8",))
    charges, resources = price(
        [bill("0.0100"), line(description="203.0.113.8 [two]", unit_price="0.0298")],
        [one, two],
        MONTH,
        NOW,
    )
    assert [resource.price for resource in resources] == [usd("6.72"), 20]
    assert [charge.resource_id for charge in charges] == ["it", "two"]


@pytest.mark.parametrize(("total", "is_open"), [("0.00", True), ("0.01", True), ("-0.01", False)])
def test_a_line_of_nothing_yet_has_a_price_and_a_credit_has_none(
    total: str, is_open: object
) -> None:
    """D8: a server's first minutes cost 0.00, and an hourly credit is no price."""
    first = charge(total, resource_id="it", monthly=20)
    assert (open_line(server(), [first]) is not None) is is_open
