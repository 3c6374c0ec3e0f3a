"""Likely waste, outside every total: each rule with a true and a false case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.answers import ask
from tests.support.api import Bodies, assembled, bodies_of, listed, row_of
from tests.support.nouns import NOW, snapshot, thing, usd
from tests.waste.judge import (
    SERVER,
    balancer,
    cluster,
    measured,
    report,
    server,
    servers,
    snapshot_row,
    traffic,
    volume,
    worth_a_look,
)
from vultr_cost_mcp.domain.snapshot import GpuUse, Traffic
from vultr_cost_mcp.questions.savings.likely_waste import usage_wanted
from vultr_cost_mcp.questions.savings.measured_waste import ownership_wanted
from vultr_cost_mcp.questions.savings.report import savings

DATABASE = row_of("database")["id"]
FABRIC = row_of("gpu_cluster")["id"]
BALANCER, VOLUME = row_of("load_balancer")["id"], row_of("block_storage")["id"]


def days_ago(days: int, **more: int) -> str:
    return (NOW - timedelta(days=days, **more)).isoformat()


# --- servers -------------------------------------------------------------------------------------


def test_a_quiet_server() -> None:
    """W-review_quiet_server (D18, D20): under 5 MB a day: 7.50, outside the total; not at 5 MB."""
    assert worth_a_look(servers(server()), traffic(4.99)) == [("review_quiet_server", "7.50")]
    assert worth_a_look(servers(server()), traffic(5)) == []
    assert report(servers(server()), traffic(1)).total_monthly_savings == 0


def test_what_was_received_is_not_judged() -> None:
    """W-review_quiet_server (D18): 49 MB in a day, 4.9 MB out."""
    (row,) = report(servers(server()), traffic(4.9)).investigations
    assert row.evidence == ("sent at most 4.90 MB a day over 14 days",)


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 11),
        ({}, 0),
        ({"date_created": days_ago(13)}, 14),
        ({"date_created": ""}, 14),
        ({"power_status": "unknown"}, 14),
        ({"status": "suspended"}, 14),
    ],
)
def test_a_server_of_which_too_little_is_known_is_not_quiet(
    changes: dict[str, Any], days: int
) -> None:
    """W-review_quiet_server (D18): 12 of 14 days, a known age, running."""
    assert worth_a_look(servers(server(**changes)), traffic(1, days)) == []


def test_twelve_days_of_fourteen_are_enough() -> None:
    """W-review_quiet_server (D18)."""
    assert worth_a_look(servers(server()), traffic(1, 12)) == [("review_quiet_server", "7.50")]


def test_traffic_that_could_not_be_read_makes_nothing_quiet() -> None:
    """W-review_quiet_server (D33): refused, or days without a number."""
    path = next(iter(traffic(1)))
    assert worth_a_look(servers(server()), {path: 403}) == []
    empty = {"bandwidth": {f"2026-11-{day:02d}": {"outgoing_bytes": None} for day in range(4, 18)}}
    assert worth_a_look(servers(server()), {path: empty}) == []


def test_a_kubernetes_node_is_never_quiet_and_metal_may_be() -> None:
    """W-review_quiet_server (D18): 132.00 of bare metal."""
    node = row_of("kubernetes_node")["node_pools"][0]["nodes"][0]["id"]
    assert worth_a_look(cluster(), traffic(0, id_=node)) == []
    metal = row_of("bare_metal")["id"]
    quiet = traffic(0, id_=metal, path="bare-metals")
    assert worth_a_look(bodies_of("bare_metal"), quiet) == [("review_quiet_server", "132.00")]


def test_a_quiet_gpu_server_comes_with_a_caveat() -> None:
    """W-review_quiet_server (D18): the network proves nothing about GPU work."""
    id_ = row_of("gpu_instance")["id"]
    (row,) = report(bodies_of("gpu_instance"), traffic(1, id_=id_)).investigations
    assert (row.action, str(row.monthly_savings)) == ("review_quiet_server", "90.00")
    assert row.caveats == ("low traffic does not mean that the GPU is idle",)


def test_an_exempt_server_is_not_looked_at() -> None:
    """D23: a tag leaves it out of investigations as well."""
    assert worth_a_look(servers(server(tags=["keep"])), traffic(1)) == []


# --- snapshots -----------------------------------------------------------------------------------


def test_a_snapshot_over_ninety_days() -> None:
    """W-review_old_snapshot (D20): 2.00 and 5.00; not at ninety days, nor of unknown age."""
    ninety = days_ago(90)
    old = [snapshot_row("a", "x", date_created=days_ago(90, seconds=1))]
    assert worth_a_look(listed("/snapshots", *old)) == [("review_old_snapshot", "2.00")]
    for young in (ninety, days_ago(1), "", None):
        row = snapshot_row("a", "x", date_created=young)
        assert worth_a_look(listed("/snapshots", row)) == []
    block = listed("/blocks/snapshots", row_of("block_snapshot", added_at="2026-08-01 00:00:00"))
    assert worth_a_look(block) == [("review_old_snapshot", "5.00")]
    assert worth_a_look(bodies_of("block_snapshot")) == []


def test_an_old_superseded_snapshot_is_measured_and_not_looked_at_again() -> None:
    """W-review_old_snapshot (D22): one finding a resource."""
    rows = listed("/snapshots", snapshot_row("a", "2026-06-01"), snapshot_row("b", "2026-11-01"))
    assert measured(rows) == [("delete_superseded_snapshot", "2.00")]
    assert worth_a_look(rows) == []


# --- databases -----------------------------------------------------------------------------------


def used(cpu: Any, memory: Any) -> Bodies:
    usage = {"cpu": {"percentage": cpu}, "memory": {"percentage": memory}, "disk": {}}
    return {f"/databases/{DATABASE}/usage": {"usage": usage}}


def test_an_idle_database_without_a_sum() -> None:
    """W-review_database (D20): under 25 % of processor and 50 % of memory: one reading, no sum."""
    body = bodies_of("database")
    for idle in (used("24.9", "49.9"), used(0, 0), used("3", 12)):
        found = report(body, idle)
        assert [(row.action, row.monthly_savings) for row in found.investigations] == [
            ("review_database", None)
        ]
        assert (found.investigate_monthly, found.total_monthly_savings) == (None, 0)
    beside = report(body, used(0, 0), listed("/snapshots", snapshot_row("a", "x", date_created="")))
    assert (beside.investigate_monthly, beside.total_monthly_savings) == (None, 0)
    old = snapshot_row("a", "x", date_created=days_ago(91))
    priced = report(body, used(0, 0), listed("/snapshots", old))
    assert (str(priced.investigate_monthly), priced.total_monthly_savings) == ("2.00", 0)


@pytest.mark.parametrize(("cpu", "memory"), [(25, 0), (0, 50), (None, 1), (1, None), ("", "")])
def test_a_database_that_works_or_of_which_too_little_is_known(cpu: Any, memory: Any) -> None:
    """W-review_database (D20): both must be low, and both must be known."""
    assert worth_a_look(bodies_of("database"), used(cpu, memory)) == []


def test_a_database_that_was_not_asked_is_not_idle() -> None:
    """W-review_database (D33): not asked, refused, or an empty answer."""
    path = next(iter(used(0, 0)))
    untold: list[Bodies] = [{}, {path: 403}, {path: {"usage": []}}]
    for nothing in untold:
        assert worth_a_look(bodies_of("database"), nothing) == []


# --- file systems and registries -----------------------------------------------------------------


def file_system(used_gb: Any, size: Any = 100) -> Bodies:
    row = row_of("file_system", storage_used={"gb": used_gb}, storage_size={"gb": size})
    return {**bodies_of("file_system"), **servers(server()), **listed("/vfs", row)}


def test_a_file_system_used_under_a_fifth() -> None:
    """W-review_file_system (D20): 19 GB of 100 need 28.5, 1 GB the least, 10 GB; not at 20 GB."""
    assert worth_a_look(file_system(19)) == [("review_file_system", "7.15")]
    assert worth_a_look(file_system(1)) == [("review_file_system", "9.00")]
    for other in (20, 100, None, ...):
        assert worth_a_look(file_system(None if other is ... else other)) == []
    assert worth_a_look(file_system(1, None)) == []


def test_a_file_system_attached_to_nothing_is_measured_only() -> None:
    """W-review_file_system (D22): one finding a resource."""
    body = {
        **file_system(1),
        f"/vfs/{row_of('file_system')['id']}/attachments": {"attachments": []},
    }
    assert (len(measured(body)), worth_a_look(body)) == (1, [])


def registry(used_gb: int, price: Any = 5) -> Bodies:
    billing = {"monthly_price": price, "pending_charges": 0}
    row = row_of(
        "registry",
        storage={"used": {"bytes": used_gb * 2**30}, "allowed": {"bytes": 20 * 2**30}},
        metadata={"subscription": {"billing": billing}},
    )
    return listed("/registries", row)


def test_a_registry_used_under_a_fifth_without_a_sum() -> None:
    """W-review_registry (D20): 3 of 20 GB; not 4, nor on the free plan or without a price."""
    assert worth_a_look(registry(3)) == [("review_registry", None)]
    assert worth_a_look(registry(4)) == []
    assert worth_a_look(registry(1, 0)) == []
    assert worth_a_look(registry(1, None)) == []
    unknown = row_of("registry", storage=[])
    assert worth_a_look(listed("/registries", unknown)) == []


# --- CDN and GPU clusters ------------------------------------------------------------------------


def test_a_cdn_zone_without_traffic() -> None:
    """W-review_cdn_zone (D20): none counted, of no known price; not with any, nor if untold."""
    for quiet in ((0, 0), (None, 0)):
        row = row_of("cdn", in_bytes=quiet[0], out_bytes=quiet[1])
        assert worth_a_look(listed("/cdns/pull-zones", row)) == [("review_cdn_zone", None)]
        assert worth_a_look(listed("/cdns/push-zones", row)) == [("review_cdn_zone", None)]
    for busy in ((1, 0), (None, 1), (0, 1), (None, None), (..., ...)):
        row = row_of("cdn", in_bytes=busy[0], out_bytes=busy[1])
        assert worth_a_look(listed("/cdns/pull-zones", row)) == []


def gpu_use(*percents: Any) -> Bodies:
    """Make one point a day, the last of them within the last day."""
    first = 1_795_000_000 - 86_400 * len(percents)
    points = [[value, first + 86_400 * number] for number, value in enumerate(percents)]
    gpu = {"target": "0", "datapoints": points}
    one = {"gpu": {"utilization": {"gpu": [gpu]}}}
    return {f"/clusters/{FABRIC}/metrics": {"metrics": {"instances": {"node": one}}}}


def test_a_gpu_cluster_whose_gpus_do_nothing() -> None:
    """W-review_gpu_cluster (D20): never above 5 %: 2 x 11773.44; not at 5 %, nor unmeasured."""
    body = bodies_of("gpu_cluster")
    assert worth_a_look(body, gpu_use(0, "4.9", None)) == [("review_gpu_cluster", "23546.88")]
    assert worth_a_look(body, gpu_use(0, 5)) == []
    path = next(iter(gpu_use()))
    untold: list[Bodies] = [
        {},
        gpu_use(),
        gpu_use(None),
        {path: 403},
        {path: {"metrics": []}},
    ]
    for nothing in untold:
        assert worth_a_look(body, nothing) == []


def test_a_gpu_cluster_costs_what_its_servers_cost() -> None:
    """W-review_gpu_cluster (D20, D22): 1,000.00 and 250.00; one that is stopped is measured."""
    servers = [
        thing("m1", "gpu_bare_metal", "1000", gpu=True),
        thing("m2", "gpu_instance", "250", gpu=True),
        thing("m3", "gpu_instance", "70", gpu=True, state="stopped"),
        thing("m4", "gpu_instance", "9", gpu=True, tags=("keep",)),
    ]
    cluster_ = thing("c", "gpu_cluster", "0", gpu=True, members=("m1", "m2", "m3", "m4"))
    idle_ = {"c": GpuUse(Decimal("1.5"), 30)}
    days = {NOW.date() - timedelta(days=back): Traffic(1, 1) for back in range(1, 15)}
    quiet = {one.id: days for one in servers[:2]}
    shot = snapshot((), [*servers, cluster_], gpu_use=idle_, traffic=quiet)
    found = savings(shot, min_monthly=usd(1), include_inferred=True)
    (row,) = found.investigations
    assert (row.action, row.monthly_savings) == ("review_gpu_cluster", 1250)
    assert row.resource_ids == ("c", "m1", "m2")
    assert row.evidence == ("no GPU above 1.5 % over 30 days",)
    assert found.total_monthly_savings == 70
    busy = replace(shot, gpu_use={"c": GpuUse(Decimal(5), 30)})
    assert savings(busy, min_monthly=usd(1), include_inferred=True).investigations == ()
    kept = snapshot((), [servers[3], cluster_], gpu_use=idle_)
    assert savings(kept, min_monthly=usd(1), include_inferred=True).investigations == ()


# --- Kubernetes ----------------------------------------------------------------------------------


SERVICE = "a0123456789abcdef0123456789abcde"


@pytest.mark.parametrize(
    "label", ["pvc-0f3a-11", "csi-vol-1", "k8s-front", "k8s_front", "VKE-front", SERVICE]
)
def test_a_leftover_of_a_deleted_kubernetes_cluster(label: str) -> None:
    """W-review_kubernetes_leftover (D20): named by a cluster and owned by none: 10.00."""
    left = balancer(label=label, instances=["gone"])
    assert worth_a_look(left) == [("review_kubernetes_leftover", "10.00")]
    assert worth_a_look(cluster(), left) == [("review_kubernetes_leftover", "10.00")]


def test_what_a_cluster_owns_or_may_own_is_no_leftover() -> None:
    """W-review_kubernetes_leftover (D20, D33): nor is what no cluster named."""
    left = balancer(label="k8s-front", instances=["gone"])
    assert worth_a_look(cluster(owns=[BALANCER]), left) == []
    assert worth_a_look(cluster(owns=403), left) == []
    assert worth_a_look({"/kubernetes/clusters": 403}, left) == []
    assert worth_a_look(bodies_of("kubernetes_node"), left) == []
    for label in ("front", "my-pvc-1"):
        own = balancer(label=label, instances=[SERVER])
        assert worth_a_look(servers(server()), own) == []


def test_a_cluster_that_could_not_be_understood_may_own_it() -> None:
    """W-review_kubernetes_leftover (D33): one row of two has no id."""
    rows = listed("/kubernetes/clusters", row_of("kubernetes_node"), {"label": "no id"})
    left = balancer(label="k8s-front", instances=["gone"])
    assert worth_a_look(cluster(), rows, left) == []
    only = listed("/kubernetes/clusters", {"label": "no id"})
    assert worth_a_look(only, left) == []


def test_clusters_are_asked_where_something_may_be_left_over_or_a_balancer_is_empty() -> None:
    """W-review_kubernetes_leftover (D20): each cluster once, and none without a reason."""
    owner = row_of("kubernetes_node")["id"]

    def asked(*bodies: Bodies) -> tuple[list[str], list[str]]:
        shot = assembled(bodies_of("kubernetes_node"), *bodies)
        rules = (usage_wanted(shot), ownership_wanted(shot))
        look, owned = ([want.id for want in rule] for rule in rules)
        return look, owned

    assert asked(servers(server()), balancer()) == ([], [])
    assert asked(balancer(instances=["gone"])) == ([owner], [])
    assert asked(balancer(instances=None)) == ([], [])
    assert asked(balancer(label="k8s-front")) == ([owner], [])
    assert asked(balancer(instances=[])) == ([], [owner])
    assert asked(volume(label="pvc-1")) == ([owner], [])


@pytest.mark.anyio
@pytest.mark.parametrize("instances", [[], ["gone"]])
async def test_a_leftover_is_found_through_the_whole_server(instances: list[str]) -> None:
    """W-review_kubernetes_leftover (D20): with a cluster; one that is empty is measured."""
    left = balancer(label="k8s-front", instances=instances)
    found = await ask({**cluster(), **left}, "estimate_savings")
    rows = found["investigations" if instances else "recommendations"]
    assert [(row["label"], row["monthly_savings"]) for row in rows] == [("k8s-front", "10.00")]
    # That account states no bandwidth; the month's end alone rests on it.
    assert [gap["part"] for gap in found["coverage"]["gaps"]] == ["projected_overage"]


def test_a_volume_left_over_is_measured_when_nothing_uses_it() -> None:
    """W-review_kubernetes_leftover (D22): 2.50, as attached to nothing; else worth a look."""
    assert measured(volume(label="pvc-1", attached_to_instance="")) == [
        ("delete_unattached_volume", "2.50")
    ]
    used_one = volume(label="pvc-1", attached_to_instance="node")
    assert worth_a_look(used_one) == [("review_kubernetes_leftover", "2.50")]
    assert worth_a_look(cluster(owns=[VOLUME]), used_one) == []
