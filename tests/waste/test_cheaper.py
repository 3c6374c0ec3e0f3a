"""A cheaper plan of at least the same shape in the same region (D21)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Bodies, bill, bodies_of, line, listed, row_of
from tests.waste.judge import SERVER, measured, report, server, traffic, worth_a_look
from vultr_cost_mcp.questions.savings.rightsizing import REBUILD

WIRE: dict[str, Any] = {
    "vcpu_count": 4,
    "ram": 8192,
    "disk": 160,
    "disk_count": 1,
    "bandwidth": 4096,
    "monthly_cost": 48,
    "type": "vhp",
    "locations": ["ewr", "sao"],
    "location_cost": {},
    "gpu_brand": "none",
}
PRESENT = {"id": "present", **WIRE}


def other(id_: str = "other", **changes: Any) -> dict[str, Any]:
    """A plan of the same shape at 40.00."""
    return {"id": id_, **WIRE, "monthly_cost": 40, **changes}


def on(*plans: dict[str, Any], **changes: Any) -> Bodies:
    """A server on the present plan of 48.00 in ewr, with these plans beside it."""
    row = server(**{"plan": "present", "region": "ewr", **changes})
    return {**listed("/plans", PRESENT, *plans), **listed("/instances", row)}


def test_a_cheaper_plan_of_the_same_shape() -> None:
    """W-review_cheaper_plan (D21): 48.00 less 40.00, outside the total; not at the same price."""
    assert worth_a_look(on(other())) == [("review_cheaper_plan", "8.00")]
    assert measured(on(other())) == []
    assert worth_a_look(on(other(monthly_cost=48))) == []
    assert worth_a_look(on()) == []


@pytest.mark.parametrize(
    "less",
    [
        {"vcpu_count": 3},
        {"ram": 8191},
        {"disk": 159},
        {"bandwidth": 4095},
        {"vcpu_count": None},
        {"ram": None},
        {"disk": None},
        {"bandwidth": None},
    ],
)
def test_a_plan_with_less_of_anything_or_of_unknown_shape_is_none(less: dict[str, Any]) -> None:
    """W-review_cheaper_plan (D21): processors, memory, disk, bandwidth."""
    assert worth_a_look(on(other(**less))) == []


def test_several_disks_count_together() -> None:
    """W-review_cheaper_plan (D21): two of 80 GB are 160."""
    assert len(worth_a_look(on(other(disk=80, disk_count=2)))) == 1
    assert worth_a_look(on(other(disk=80, disk_count=1))) == []


def test_the_region_s_price_decides() -> None:
    """W-review_cheaper_plan (D21): 40.00 elsewhere and 50.00 here is not cheaper; 44.00 is."""
    assert worth_a_look(on(other(location_cost={"ewr": {"monthly_cost": 50}}))) == []
    here = other(location_cost={"EWR": {"monthly_cost": 44}})
    assert worth_a_look(on(here)) == [("review_cheaper_plan", "4.00")]
    unpriced = other(monthly_cost=None)
    assert worth_a_look(on(unpriced)) == []


def test_the_region_s_price_of_the_present_plan_counts_too() -> None:
    """W-review_cheaper_plan (D21): 60.00 here: the other at 55.00 saves 5.00."""
    dear = {**PRESENT, "location_cost": {"ewr": {"monthly_cost": 60}}}
    body = {**on(), **listed("/plans", dear, other(monthly_cost=55))}
    assert worth_a_look(body) == [("review_cheaper_plan", "5.00")]


@pytest.mark.parametrize("locations", [[], ["sao"], None])
def test_a_plan_that_is_not_offered_in_the_region_is_none(locations: Any) -> None:
    """W-review_cheaper_plan (D21): or nowhere at present."""
    assert worth_a_look(on(other(locations=locations))) == []


@pytest.mark.parametrize(
    ("present", "offered", "counts"),
    [
        ("vhp", "vc2", True),
        ("vc2", "voc-g", True),
        ("voc", "vx1", True),
        ("voc-g", "vhp", False),
        ("vx1", "vc2", False),
        ("vhp", "new-family", False),
        ("new-family", "new-family", False),
    ],
)
def test_shared_stands_below_dedicated_and_an_unknown_family_is_not_compared(
    present: str, offered: str, *, counts: bool
) -> None:
    """W-review_cheaper_plan (D21): the class is kept or bettered."""
    plans = listed("/plans", {**PRESENT, "type": present}, other(type=offered))
    assert bool(worth_a_look({**on(), **plans})) is counts


def test_gpu_plans_and_servers_are_left_out() -> None:
    """W-review_cheaper_plan (D21): GPUs are not compared."""
    for gpu in ({"gpu_type": "NVIDIA_A16"}, {"type": "vcg"}, {"gpu_vram_gb": 4}):
        assert worth_a_look(on(other(**gpu))) == []
    plans = listed("/plans", {**PRESENT, "gpu_brand": "nvidia"}, other(gpu_brand="nvidia"))
    assert worth_a_look({**on(), **plans}) == []


def test_the_cheapest_is_named_and_equals_go_by_id() -> None:
    """W-review_cheaper_plan (D21): 30.00 of three."""
    plans = [other("b", monthly_cost=30), other("a", monthly_cost=30), other("c")]
    (row,) = report(on(*plans)).investigations
    assert row.evidence == ("plan a costs 30.00 with at least the same shape",)
    assert str(row.monthly_savings) == "18.00"


def test_a_legal_upgrade_is_a_command_and_another_plan_a_rebuild() -> None:
    """W-review_cheaper_plan (D21): by what the API says that the server may be changed to."""
    legal = {f"/instances/{SERVER}/upgrades": {"upgrades": {"plans": ["other", "more"]}}}
    (row,) = report(on(other()), legal).investigations
    assert row.caveats == ()
    assert row.how_to == f"vultr-cli instance plan upgrade {SERVER} --plan other"
    illegal = {f"/instances/{SERVER}/upgrades": {"upgrades": {"plans": ["more"]}}}
    (row,) = report(on(other()), illegal).investigations
    assert (row.caveats, row.how_to) == ((REBUILD,), "rebuild it on other")


def test_add_ons_go_along() -> None:
    """W-review_cheaper_plan (D21): 57.60 + 10 less 48.00 + 10: backups are a share of the plan."""
    both = on(other(), features=["auto_backups", "ddos_protection"])
    assert worth_a_look(both) == [("review_cheaper_plan", "9.60")]


def test_a_preemptible_server_may_be_cheaper_already() -> None:
    """W-review_cheaper_plan (D8, D21): billed 24.00, so 40.00 is no saving and 20.00 saves 4.00."""
    preemptible = bill(
        line("203.0.113.10 (8192 MB) [web-1]", "Vultr Cloud Compute", "15.11", "0.03571429")
    )
    assert worth_a_look(on(other()), preemptible) == []
    found = worth_a_look(on(other(monthly_cost=20)), preemptible)
    assert found == [("review_cheaper_plan", "4.00")]


@pytest.mark.parametrize(
    "state", [{"power_status": "stopped"}, {"status": "suspended"}, {"plan": "retired"}]
)
def test_only_a_running_server_of_a_listed_plan_is_compared(state: dict[str, Any]) -> None:
    """W-review_cheaper_plan (D21): a stopped one is to be deleted, not moved."""
    assert worth_a_look(on(other(), **state)) == []


def test_a_node_belongs_to_its_pool_and_is_not_moved() -> None:
    """W-review_cheaper_plan (D21): nor are metal and what is exempt."""
    node = row_of("kubernetes_node")["node_pools"][0]["nodes"][0]["id"]
    assert worth_a_look(bodies_of("kubernetes_node"), on(other(), id=node)) == []
    assert worth_a_look(on(other(), tags=["keep"])) == []


def test_a_quiet_server_is_one_finding() -> None:
    """W-review_cheaper_plan (D22): quiet comes first: the whole 48.00, once."""
    assert worth_a_look(on(other()), traffic(1)) == [("review_quiet_server", "48.00")]


# --- what cannot be had for this server ----------------------------------------------------------

FOUR, SIX = "203.0.113.10", "2001:db8:1::10"
LOOK = [("review_cheaper_plan", "8.00")]


@pytest.mark.parametrize("id_", ["vc2-1c-0.5gb-v6", "vhp-4c-8gb-V6", "vhp-4c-ipv6"])
@pytest.mark.parametrize(
    ("addresses", "advised"),
    [
        ({"main_ip": FOUR, "v6_main_ip": ""}, False),
        ({"main_ip": FOUR, "v6_main_ip": SIX}, False),
        ({"main_ip": "", "v6_main_ip": SIX}, True),
        ({"main_ip": "0.0.0.0", "v6_main_ip": SIX}, True),  # noqa: S104  (nothing is bound)
        # Nothing is known of its addresses: its plan gives it one of version 4.
        ({"main_ip": "", "v6_main_ip": ""}, False),
        ({"main_ip": None, "v6_main_ip": "::"}, False),
    ],
)
def test_a_plan_without_ipv4_is_for_servers_without_it(
    id_: str, addresses: dict[str, Any], *, advised: bool
) -> None:
    """W-review_cheaper_plan (D21): the same address family."""
    assert worth_a_look(on(other(id_), **addresses)) == (LOOK if advised else [])


def test_a_server_on_a_plan_without_ipv4_may_move_to_another_such_plan() -> None:
    """W-review_cheaper_plan (D21): by its plan where it has no address yet."""
    plans = listed("/plans", {**PRESENT, "id": "vhp-4c-8gb-v6"}, other("vc2-4c-8gb-v6"))
    for address in ("", SIX):
        row = server(plan="vhp-4c-8gb-v6", region="ewr", main_ip="", v6_main_ip=address)
        assert worth_a_look(plans, listed("/instances", row)) == LOOK


def test_a_server_that_a_reserved_ipv4_serves_keeps_it() -> None:
    """W-review_cheaper_plan (D21): its own addresses are of version 6 only."""
    six = on(other("vhp-v6"), main_ip="", v6_main_ip=SIX)
    assert worth_a_look(six) == LOOK
    reserved = listed("/reserved-ips", row_of("reserved_ip", instance_id=SERVER))
    assert worth_a_look(six, reserved) == []
    reserved = listed("/reserved-ips", row_of("reserved_ip", instance_id=SERVER, ip_type="v6"))
    assert worth_a_look(six, reserved) == LOOK


@pytest.mark.parametrize(
    ("changes", "advised"),
    [
        ({"deploy_ondemand": False, "deploy_preemptible": True}, False),
        ({"deploy_ondemand": False}, False),
        ({"deploy_ondemand": "no", "deploy_preemptible": "yes"}, False),
        ({"deploy_preemptible": True}, False),
        ({"deploy_ondemand": None, "deploy_preemptible": True}, False),
        ({"monthly_cost": None, "monthly_cost_preemptible": 12}, False),
        ({"location_cost": {"ewr": {"monthly_cost_preemptible": 12}}}, False),
        ({"deploy_ondemand": True, "deploy_preemptible": True}, True),
        ({"deploy_ondemand": True, "deploy_preemptible": False}, True),
        ({"deploy_ondemand": None, "deploy_preemptible": None}, True),
        ({"deploy_ondemand": "", "deploy_preemptible": False}, True),
    ],
)
def test_a_plan_that_is_sold_preemptible_only_is_not_advised(
    changes: dict[str, Any], *, advised: bool
) -> None:
    """W-review_cheaper_plan (D21): deployable on demand, at a price on demand."""
    assert worth_a_look(on(other(**changes))) == (LOOK if advised else [])


@pytest.mark.parametrize(
    "changes",
    [
        {"id_": "vc2-1c-0.5gb-free", "monthly_cost": 0},
        {"id_": "vhp-4c-8gb-free"},
        {"monthly_cost": 0},
        {"location_cost": {"ewr": {"monthly_cost": 0}}},
    ],
)
def test_a_plan_that_an_account_may_have_once_is_not_advised(changes: dict[str, Any]) -> None:
    """W-review_cheaper_plan (D21): Vultr's free plan."""
    assert worth_a_look(on(other(**changes))) == []


def test_the_next_cheapest_is_named_where_the_cheapest_cannot_be_had() -> None:
    """W-review_cheaper_plan (D21): 45.00 of three, the other two cheaper."""
    plans = [other("vhp-v6"), other("b", deploy_ondemand=False), other("c", monthly_cost=45)]
    assert worth_a_look(on(*plans)) == [("review_cheaper_plan", "3.00")]


def test_a_region_without_a_name_is_no_region() -> None:
    """W-review_cheaper_plan (D21): an empty text among the locations and their prices."""
    nowhere = other(locations=["", "ewr"], location_cost={"": {"monthly_cost": 1}})
    assert worth_a_look(on(nowhere)) == LOOK
    assert worth_a_look(on(nowhere, region="")) == []
