"""Balancers, addresses, NAT gateways and CDN zones as the API sends them (D8, D15)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.api import (
    Bodies,
    assembled,
    bill,
    bodies_of,
    line,
    listed,
    resources,
    row_of,
    the,
)
from vultr_cost_mcp.domain.snapshot_source import billed_gateways_wanted, gateways_wanted


def balancer(**changes: Any) -> Bodies:
    return listed("/load-balancers", row_of("load_balancer", **changes))


def address(**changes: Any) -> Bodies:
    return listed("/reserved-ips", row_of("reserved_ip", **changes))


@pytest.mark.parametrize(
    ("nodes", "cost"),
    [(1, 10), (2, 20), (3, 30), ("3", 30), (0, 10), (-1, 10), (None, 10), ("", 10), (..., 10)],
)
def test_a_balancer_costs_ten_dollars_a_node(nodes: Any, cost: int) -> None:
    """P-load_balancer, D8: 10.00 a node; one that states no number has one."""
    one = the(balancer(nodes=nodes))
    assert (one.monthly_cost, one.price_source, one.note) == (cost, "table", None)


@pytest.mark.parametrize(
    ("prices", "cost", "source"),
    [
        (["0.0446"], "30.00", "table"),
        (["0.0149"] * 3, "30.00", "table"),
        (["0.0149"] * 2, "20.00", "billed"),
        # One node's price at four digits: 10.00, not the 10.01 that 0.0149 x 672 is.
        (["0.0149"], "10.00", "billed"),
        (["0.02"], "13.44", "billed"),
    ],
)
def test_the_lines_of_a_balancer_of_three_nodes_confirm_or_replace_its_price(
    prices: list[str], cost: str, source: str
) -> None:
    """P-load_balancer, D8: one line for all nodes, or one for each."""
    lines = [line("Load Balancer (front)", "Load Balancer", "6.30", price) for price in prices]
    snapshot = assembled(balancer(nodes=3), bill(*lines))
    (one,) = list(snapshot.resources or ())
    assert (one.monthly_cost, one.price_source) == (Decimal(cost), source)
    months = [charge.monthly for charge in snapshot.charges or ()]
    assert sum(month or 0 for month in months) == Decimal(cost)


@pytest.mark.parametrize(
    ("stated", "attached"), [([], ()), (["s"], ("s",)), (..., None), (None, None)]
)
def test_what_is_behind_a_balancer(stated: Any, attached: tuple[str, ...] | None) -> None:
    """D20: an empty list is nothing; a field that is missing or null is not known."""
    assert the(balancer(instances=stated)).attached_to == attached


def test_a_balancer_of_a_cluster_carries_its_name() -> None:
    """D12: by the cluster's own list of what it owns."""
    owner = "00000006-0000-4000-8000-000000000000"
    owned = {
        "resources": {"block_storage": [], "load_balancer": [{"id": row_of("load_balancer")["id"]}]}
    }
    found = resources(
        bodies_of("kubernetes_node"),
        balancer(),
        {f"/kubernetes/clusters/{owner}/resources": owned},
    )
    assert [(one.kind, one.cluster) for one in found] == [
        ("kubernetes_node", "shop"),
        ("load_balancer", "shop"),
    ]


@pytest.mark.parametrize("attached", ["", "server"])
def test_a_reserved_ipv4_costs_three_dollars_attached_or_not(attached: str) -> None:
    """D8: P-reserved_ipv4."""
    one = the(address(instance_id=attached))
    assert (one.monthly_cost, one.price_source) == (Decimal("3.00"), "table")


def test_a_reserved_ipv6_has_no_known_price_until_its_line_tells() -> None:
    """D8: null, not 3.00 and not zero; 0.00297619 an hour is 2.00 over 672."""
    body = address(ip_type="v6", subnet="2001:db8:5::", subnet_size=64, label="six")
    assert (the(body).monthly_cost, the(body).price_source) == (None, None)
    one = the(body, bill(line("Reserved IP 2001:db8:5::", "Reserved IP", "1.26", "0.00297619")))
    assert (one.monthly_cost, one.price_source) == (Decimal("2.00"), "billed")


@pytest.mark.parametrize(
    ("stated", "attached"), [("", ()), ("s", ("s",)), (..., None), (None, None)]
)
def test_what_an_address_is_attached_to(stated: Any, attached: tuple[str, ...] | None) -> None:
    """D20: empty is nothing; a field that is missing or null is not known."""
    assert the(address(instance_id=stated)).attached_to == attached


# --- NAT gateways --------------------------------------------------------------------------------

VPC, OTHER = (f"{number:08d}-0000-4000-8000-000000000000" for number in (17, 18))


def two_vpcs() -> Bodies:
    """A VPC with one gateway, and one with two of which one has no price."""
    first = bodies_of("nat_gateway")
    vpc = first["/vpcs"]["vpcs"][0]
    (gateway,) = first[f"/vpcs/{VPC}/nat-gateway"]["nat_gateways"]
    more = [
        {**gateway, "id": "n2", "vpc_id": OTHER, "label": "second", "tag": ""},
        {**gateway, "id": "n3", "vpc_id": OTHER, "label": "third", "billing": []},
    ]
    return {
        **first,
        **listed("/vpcs", vpc, {**vpc, "id": OTHER, "region": "AMS"}),
        f"/vpcs/{OTHER}/nat-gateway": {"nat_gateways": more},
    }


def test_gateways_of_every_vpc_are_in_its_region_at_the_price_that_the_api_states() -> None:
    """P-nat_gateway, D8, D15: 20.16 twice, and 20.00 where the API states none."""
    found = [(one.label, one.region, one.monthly_cost, one.tags) for one in resources(two_vpcs())]
    assert found == [
        ("inner-nat", "ewr", Decimal("20.16"), ("prod",)),
        ("second", "ams", Decimal("20.16"), ()),
        ("third", "ams", Decimal("20.00"), ("prod",)),
    ]


def test_a_vpc_that_could_not_be_asked_is_a_gap_and_the_others_remain() -> None:
    """D33: one of two."""
    snapshot = assembled(two_vpcs(), {f"/vpcs/{OTHER}/nat-gateway": 403})
    assert [one.label for one in snapshot.resources or ()] == ["inner-nat"]
    assert [gap.part for gap in snapshot.gaps] == ["nat_gateways"]


def test_vpcs_are_asked_one_by_one_only_where_the_bill_names_a_gateway() -> None:
    """D34: the overview asks for what a sum depends on; lists of resources ask every VPC."""
    vpcs = listed("/vpcs", *two_vpcs()["/vpcs"]["vpcs"])
    nat = bill(line("NAT Gateway (inner-nat)", "NAT Gateway", "12.69", "0.03"))
    assert [want.id for want in gateways_wanted(assembled(vpcs))] == [VPC, OTHER]
    assert billed_gateways_wanted(assembled(vpcs)) == []
    assert [want.id for want in billed_gateways_wanted(assembled(vpcs, nat))] == [VPC, OTHER]
    unread = assembled(vpcs, {"/billing/pending-charges": 403})
    assert [want.id for want in billed_gateways_wanted(unread)] == [VPC, OTHER]


@pytest.mark.parametrize(
    ("billing", "cost", "source"),
    [
        ({"charges": 9.9, "monthly": 18.5}, "18.5", "api"),
        ({"charges": 0, "monthly": "0.00"}, "0.00", "api"),
        ({"charges": 9.9, "monthly": None}, "20.00", "table"),
        ({"charges": 9.9, "monthly": ""}, "20.00", "table"),
        ({"charges": 9.9}, "20.00", "table"),
        (None, "20.00", "table"),
        (..., "20.00", "table"),
    ],
)
def test_a_gateway_costs_what_the_api_states_or_twenty_dollars(
    billing: Any, cost: str, source: str
) -> None:
    """P-nat_gateway (D8): a price of the API, be it zero, before the table's."""
    row = {**two_vpcs()[f"/vpcs/{VPC}/nat-gateway"]["nat_gateways"][0], "billing": billing}
    bodies = {
        **bodies_of("nat_gateway"),
        f"/vpcs/{VPC}/nat-gateway": {
            "nat_gateways": [{key: value for key, value in row.items() if value is not ...}]
        },
    }
    assert (the(bodies).monthly_cost, the(bodies).price_source) == (Decimal(cost), source)


def test_a_line_of_three_cents_an_hour_is_the_table_s_twenty_dollars() -> None:
    """P-nat_gateway (D7): 20.00 over 672 is 0.03 at the two digits that the line came with."""
    nat = bill(line("NAT Gateway (third)", "NAT Gateway", "12.69", "0.03"))
    snapshot = assembled(two_vpcs(), nat)
    (third,) = [one for one in snapshot.resources or () if one.label == "third"]
    assert (third.monthly_cost, third.price_source) == (Decimal("20.00"), "table")


def test_a_gateway_s_line_finds_it_by_label() -> None:
    """D10: 423 hours of 0.03 are 12.69."""
    nat = bill(line("NAT Gateway (inner-nat)", "NAT Gateway", "12.69", "0.03"))
    snapshot = assembled(bodies_of("nat_gateway"), nat)
    assert list(snapshot.month_to_date_by_resource().values()) == [Decimal("12.69")]
    assert [one.price_source for one in snapshot.resources or ()] == ["api"]


# --- CDN -----------------------------------------------------------------------------------------


def test_pull_and_push_zones_are_one_kind_without_a_price() -> None:
    """D8, D15: charged by traffic: 1.5 GB in and 88.5 GB out are shown as 90."""
    pull, push = resources(
        bodies_of("cdn"),
        listed("/cdns/push-zones", row_of("cdn", id="push", in_bytes=None, out_bytes=None)),
    )
    assert (pull.kind, pull.plan, pull.used_gb) == ("cdn", "pull zone", 90)
    assert (push.kind, push.plan, push.used_gb) == ("cdn", "push zone", None)
    assert (pull.monthly_cost, push.monthly_cost) == (None, None)
