"""Servers, nodes, control planes and GPU clusters as the API sends them (D7, D8, D12, D15)."""

from __future__ import annotations

from copy import deepcopy
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
from vultr_cost_mcp.families.gpu_clusters.wire import HEAD_NODE
from vultr_cost_mcp.families.kubernetes.wire import HA_PRICE

PLANS = {path: body for path, body in bodies_of("instance").items() if path == "/plans"}


def server(**changes: Any) -> Bodies:
    """One server at 7.50 in its region, with backups and DDoS protection, and its plan."""
    return {**PLANS, **listed("/instances", row_of("instance", **changes))}


def cluster(**changes: Any) -> Bodies:
    """One Kubernetes cluster with one node of 20.00."""
    body = bodies_of("kubernetes_node")
    return {**body, **listed("/kubernetes/clusters", row_of("kubernetes_node", **changes))}


@pytest.mark.parametrize(
    ("features", "monthly"),
    [
        ([], "7.50"),
        (["ipv6"], "7.50"),
        (["auto_backups"], "9.00"),
        (["ddos_protection"], "17.50"),
        (["auto_backups", "ddos_protection"], "19.00"),
        (["auto_backups", "auto_backups"], "9.00"),
    ],
)
def test_add_ons_are_on_top_of_the_regional_price(features: list[str], monthly: str) -> None:
    """D8: 7.50; 20 % of it is 1.50; 10.00 for DDoS protection."""
    assert the(server(features=features)).monthly_cost == Decimal(monthly)


def test_the_regional_price_comes_first_and_the_plan_s_where_there_is_none() -> None:
    """D8: 7.50 in sao, 5.00 elsewhere, also in capitals and where the map is an empty list."""
    assert the(server(features=[], region="SAO")).price == Decimal("7.50")
    assert the(server(features=[], region="ewr")).price == Decimal(5)
    plan = {**deepcopy(PLANS["/plans"]["plans"][0]), "location_cost": []}
    assert the(server(features=[]), listed("/plans", plan)).price == Decimal(5)


def test_a_retired_plan_has_no_known_price_and_a_free_one_costs_nothing() -> None:
    """D8: unknown is not zero, and zero is known."""
    retired = the(server(plan="vc2-retired"))
    assert (retired.monthly_cost, retired.price_source) == (None, None)
    free = {**deepcopy(PLANS["/plans"]["plans"][0]), "monthly_cost": 0, "location_cost": {}}
    gratis = the(server(features=[]), listed("/plans", free))
    assert (gratis.monthly_cost, gratis.price_source) == (Decimal(0), "list")


def test_a_preemptible_server_costs_what_its_line_says() -> None:
    """D8: 0.00595238 an hour is 4.00 over 672, not 7.50; backups stay 20 % of the list price."""
    body = server(features=["auto_backups"])
    one = line("203.0.113.10 (1024 MB) [web-1]", "Vultr Cloud Compute", "2.52", "0.00595238")
    cheap = the(body, bill(one))
    assert (cheap.price, cheap.price_source) == (Decimal("4.00"), "billed")
    assert cheap.monthly_cost == Decimal("5.50")


@pytest.mark.parametrize(
    ("status", "power", "state"),
    [
        ("active", "running", "running"),
        ("active", "stopped", "stopped"),
        ("suspended", "stopped", "suspended"),
        ("pending", "stopped", "pending"),
        ("active", "", "active"),
        ("resizing", "running", "other"),
    ],
)
def test_a_server_is_stopped_only_when_active_and_powered_off(
    status: str, power: str, state: str
) -> None:
    """D17: a power state that is missing is neither stopped nor running."""
    assert the(server(status=status, power_status=power)).state == state


def test_the_old_tag_counts_where_there_are_no_new_ones() -> None:
    """D13: ``tag`` was before ``tags``."""
    assert the(server(tags=[], tag="old")).tags == ("old",)
    assert the(server(tags=["new"], tag="old")).tags == ("new",)


def test_a_gpu_server_s_month_counts_730_hours_and_metal_s_672() -> None:
    """D7, D12: by what the plan says of its GPU; the type of a metal plan is that of its disk."""
    gpu, metal = the(bodies_of("gpu_instance")), the(bodies_of("gpu_bare_metal"))
    assert (gpu.usual_hours, metal.usual_hours) == (730, 672)
    assert (gpu.compute_class, metal.compute_class) == ("gpu", "gpu")
    assert the(bodies_of("bare_metal")).compute_class == "bare_metal"
    assert the(bodies_of("instance")).compute_class == "cpu"


@pytest.mark.parametrize(("hourly", "hours"), [("0.1", 672), ("0.092", 730)])
def test_a_vx1_plan_s_hour_tells_whether_its_month_counts_672(hourly: str, hours: int) -> None:
    """D7: 67.20 is 672 hours of 0.10 exactly; 0.092 is 67.20 over 730, rounded for display."""
    plan = {
        **deepcopy(PLANS["/plans"]["plans"][0]),
        "id": "vx1-m-2c-16g",
        "type": "vx1",
        "monthly_cost": Decimal("67.2"),
        "hourly_cost": Decimal(hourly),
        "location_cost": {},
    }
    body = server(plan="vx1-m-2c-16g", features=[])
    assert the(body, listed("/plans", plan)).usual_hours == hours


def test_metal_takes_the_region_s_price_and_the_old_tag() -> None:
    """D8: 132.00 in sea, 120.00 elsewhere."""
    body = bodies_of("bare_metal")
    assert the(body, listed("/bare-metals", row_of("bare_metal", region="ewr"))).price == 120
    assert the(bodies_of("gpu_bare_metal")).tags == ("ml",)


# --- Kubernetes ----------------------------------------------------------------------------------


def test_a_node_is_one_row_whether_or_not_it_is_among_the_instances() -> None:
    """D15: listed twice it is the server with its cluster and both tags, and counts once."""
    id_ = "00000062-0000-4000-8000-000000000000"
    also = listed("/instances", row_of("instance", id=id_, plan="vc2-2c-4gb", region="ams"))
    node = the(cluster(), also)
    assert (node.kind, node.cluster, node.id) == ("kubernetes_node", "shop", id_)
    assert node.tags == ("prod", "web", "shop")
    # 20.00 with backups and DDoS protection.
    assert node.monthly_cost == Decimal("34.00")


def test_nodes_that_are_stated_and_not_listed_are_a_gap() -> None:
    """D33: three are stated, one is listed."""
    pool = {**row_of("kubernetes_node")["node_pools"][0], "node_quantity": 3}
    snapshot = assembled(cluster(node_pools=[pool]))
    assert [(gap.part, gap.reason) for gap in snapshot.gaps] == [
        ("kubernetes_nodes", "2 nodes are stated but not listed")
    ]


@pytest.mark.parametrize("stated", [False, None, "", 0, ..., "no"])
def test_a_standard_control_plane_is_free_and_no_resource(stated: Any) -> None:
    """D15: false, null or missing."""
    row = row_of("kubernetes_control_plane", ha_controlplanes=stated)
    assert resources(listed("/kubernetes/clusters", row)) == []


def test_a_highly_available_control_plane_costs_what_its_line_says() -> None:
    """D8: no price in the API; 0.05952381 an hour is 40.00 over 672."""
    body = bodies_of("kubernetes_control_plane")
    assert (the(body).monthly_cost, the(body).note) == (None, HA_PRICE)
    one = line("Kubernetes HA control plane (payments)", "Kubernetes", "25.18", "0.05952381")
    plane = the(body, bill(one))
    assert (plane.monthly_cost, plane.price_source, plane.note) == (
        Decimal("40.00"),
        "billed",
        None,
    )


def test_a_control_plane_is_in_the_cluster_of_its_nodes_also_where_two_share_a_label() -> None:
    """D12: a piece of the id tells the clusters apart, for nodes and control plane alike."""
    one = row_of("kubernetes_node", ha_controlplanes=True)
    other = row_of("kubernetes_control_plane", label="shop")
    body = {**bodies_of("kubernetes_node"), **listed("/kubernetes/clusters", one, other)}
    clusters = {resource.id[:8]: resource.cluster for resource in resources(body)}
    assert clusters == {
        "00000062": "shop (00000006)",
        "00000006": "shop (00000006)",
        "00000007": "shop (00000007)",
    }


# --- GPU clusters --------------------------------------------------------------------------------


def test_servers_of_a_gpu_cluster_that_are_listed_as_metal_are_priced_there() -> None:
    """D15: one of two is in the list: 11773.44 in each row, not 23546.88 and 11773.44."""
    body = bodies_of("gpu_cluster")
    plan = body["/clusters"]["clusters"][0]["plan"]
    node = row_of("bare_metal", id="00000052-0000-4000-8000-000000000000", plan=plan, region="ewr")
    metal, fabric = resources(body, listed("/bare-metals", node))
    assert (metal.kind, metal.monthly_cost) == ("gpu_bare_metal", Decimal("11773.44"))
    assert (fabric.kind, fabric.monthly_cost) == ("gpu_cluster", Decimal("11773.44"))
    other = {**node, "id": "00000053-0000-4000-8000-000000000000"}
    *both, fabric = resources(body, listed("/bare-metals", node, other))
    assert [server.monthly_cost for server in both] == [Decimal("11773.44")] * 2
    assert (fabric.monthly_cost, fabric.price_source) == (Decimal(0), "list")


def test_a_gpu_cluster_of_a_plan_that_is_not_listed_has_no_known_price() -> None:
    """D8: unknown, while it has servers that no other list has."""
    assert the(bodies_of("gpu_cluster"), listed("/plans-metal")).monthly_cost is None
    assert the(bodies_of("gpu_cluster")).compute_class == "gpu"


FABRIC_PLAN = bodies_of("gpu_cluster")["/plans-metal"]["plans_metal"][0]
EACH = Decimal("11773.44")
POOL, HEAD = "template-of-the-pool", "template-of-the-head"


_SAID: dict[str, dict[str, Any]] = {
    "h": {"is_head_node": True},
    "p": {"is_head_node": False},
    "0": {"is_head_node": None},
}


def fabric(servers: str, **changes: Any) -> Bodies:
    """A cluster with a letter for each server: head, of the pool, or 0 and ? where none is said."""
    members = [
        {"id": f"m{number}", "label": "m", "status": "active", **_SAID.get(letter, {})}
        for number, letter in enumerate(servers)
    ]
    row = row_of("gpu_cluster", instances=members, instance_template={"id": POOL})
    return {**bodies_of("gpu_cluster"), **listed("/clusters", {**row, **changes})}


@pytest.mark.parametrize("template", ["", None, POOL, ...])
def test_a_head_node_of_the_pool_s_template_costs_as_the_others(template: Any) -> None:
    """D8, D15: three servers at one price."""
    head = {} if template is ... else {"head_node_instance_template_id": template}
    one = the(fabric("hpp", **head))
    assert (one.monthly_cost, one.note) == (3 * EACH, None)


@pytest.mark.parametrize("servers", ["hpp", "???", "00"])
def test_a_head_node_of_another_template_makes_the_price_unknown(servers: str) -> None:
    """D8: its plan is not in the API: not 3 x 11773.44, and not 2 x either."""
    one = the(fabric(servers, head_node_instance_template_id=HEAD))
    assert (one.monthly_cost, one.price_source, one.note) == (None, None, HEAD_NODE)
    unnamed = the(fabric("", head_node_instance_template_id=HEAD, desired_pool_count=2))
    assert (unnamed.monthly_cost, unnamed.note) == (None, HEAD_NODE)


def test_a_head_node_that_another_list_has_is_priced_there() -> None:
    """D15: 20.00 of the head node among the servers, 2 x 11773.44 of the pool here."""
    row = row_of("instance", id="m0", features=[])
    body = fabric("hpp", head_node_instance_template_id=HEAD)
    head, one = resources(PLANS, body, listed("/instances", row))
    assert (head.kind, one.monthly_cost, one.note) == ("instance", 2 * EACH, None)


@pytest.mark.parametrize(
    ("type_", "plan", "compute", "hours"),
    [
        ("vps", "vc2-1c-1gb", "cpu", 672),
        ("vps", "vcg-a16-2c-8g-2vram", "gpu", 730),
        ("bare-metal", "vbm-4c-32gb", "bare_metal", 672),
        ("gpu-fabric", FABRIC_PLAN["id"], "gpu", 672),
        # Plans that are no longer listed: by the type of the cluster.
        ("gpu-fabric", "retired", "gpu", 672),
        ("bare-metal", "retired", "bare_metal", 672),
        ("vps", "retired", "cpu", 672),
    ],
)
def test_clusters_are_of_three_types(type_: str, plan: str, compute: str, hours: int) -> None:
    """D12, D15: cloud servers, bare metal, and servers with GPUs on a fabric."""
    vps = bodies_of("instance")["/plans"]["plans"][0]
    gpu = {**vps, "id": "vcg-a16-2c-8g-2vram", "type": "vcg", "monthly_cost": 90}
    metal = {**FABRIC_PLAN, "id": "vbm-4c-32gb", "monthly_cost": 132}
    body = fabric("pp", plan=plan, type=type_, cluster_type=type_, region=vps["locations"][0])
    plans = {
        **listed("/plans", {**vps, "location_cost": {}}, gpu),
        **listed("/plans-metal", metal, FABRIC_PLAN),
    }
    one = the(body, plans)
    costs = {"vc2-1c-1gb": 10, "vcg-a16-2c-8g-2vram": 180, "vbm-4c-32gb": 264}
    assert (one.compute_class, one.usual_hours) == (compute, hours)
    expected = None if plan == "retired" else costs.get(plan, 2 * EACH)
    assert one.monthly_cost == expected


def test_a_cluster_s_plan_may_be_that_of_its_template() -> None:
    """D8: where the cluster names none itself."""
    template = {"id": POOL, "plan": FABRIC_PLAN["id"]}
    one = the(fabric("pp", plan="", instance_template=template))
    assert (one.plan, one.monthly_cost) == (FABRIC_PLAN["id"], 2 * EACH)


@pytest.mark.parametrize(("disk", "kept"), [(25, "1.25"), (2, "0.10"), (1, None), (0, None)])
def test_a_server_without_a_disk_of_its_own_is_not_kept_as_a_snapshot(
    disk: int, kept: str | None
) -> None:
    """D22: VX1 plans that boot from a volume say 1 GB: no snapshot of 0.05 keeps that server."""
    found = the(server(disk=disk)).keep_as_snapshot
    assert found == (None if kept is None else Decimal(kept))


def test_a_region_without_a_name_is_no_region() -> None:
    """D8: an empty text among the regions and the prices of a plan."""
    plan = deepcopy(PLANS["/plans"]["plans"][0])
    plan |= {"locations": ["", "ewr"], "location_cost": {"": {"monthly_cost": 1}}}
    priced = the(server(features=[], region=""), listed("/plans", plan))
    assert priced.price == Decimal(str(plan["monthly_cost"]))
