"""Resources attached only to missing ones, and balancers that Kubernetes named (D20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.answers import ask
from tests.support.api import Bodies, assembled, bill, bodies_of, line, listed, row_of
from tests.support.nouns import NOW
from tests.waste.judge import (
    SERVER,
    balancer,
    cluster,
    measured,
    report,
    server,
    servers,
    volume,
    worth_a_look,
)

GONE, ALSO_GONE = "00000078-0000-4000-8000-000000000000", "00000079-0000-4000-8000-000000000000"
SYSTEM = row_of("file_system")["id"]
BALANCER, VOLUME = row_of("load_balancer")["id"], row_of("block_storage")["id"]
NODE = row_of("kubernetes_node")["node_pools"][0]["nodes"][0]["id"]
ORPHAN = "review_orphan"


def address(instance: Any = GONE, **changes: Any) -> Bodies:
    """An address of 3.00."""
    return listed("/reserved-ips", row_of("reserved_ip", instance_id=instance, **changes))


def attachments(*targets: Any) -> Bodies:
    """A file system of 10.00, nine tenths full, with these attachments."""
    row = row_of("file_system", storage_used={"gb": 90}, storage_size={"gb": 100})
    rows = [{"vfs_id": SYSTEM, "target_id": target, "state": "ATTACHED"} for target in targets]
    return {**listed("/vfs", row), f"/vfs/{SYSTEM}/attachments": {"attachments": rows}}


def gateway(system: str) -> Bodies:
    config = {"vfs_uuid": system, "label": "x"}
    return listed("/storage-gateways", row_of("storage_gateway", export_config=config))


def minutes_ago(minutes: int) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


def serves(target: str) -> dict[str, tuple[str, Bodies]]:
    """One thing of each kind that serves a server, with the dollars of each."""
    return {
        "volume": ("2.50", volume(attached_to_instance=target)),
        "address": ("3.00", address(target)),
        "balancer": ("10.00", balancer(instances=[target])),
        "file system": ("10.00", attachments(target)),
    }


@pytest.mark.parametrize("kind", serves(GONE))
def test_what_serves_only_a_server_that_no_list_has_is_worth_a_look(kind: str) -> None:
    """W-review_orphan (D20): outside the total; not while the server exists."""
    cost, orphan = serves(GONE)[kind]
    assert worth_a_look(servers(server()), orphan) == [(ORPHAN, cost)]
    assert measured(servers(server()), orphan) == []
    assert worth_a_look(servers(server()), serves(SERVER)[kind][1]) == []


def test_a_dead_server_s_four_things_are_thirty_three_dollars() -> None:
    """W-review_orphan (D20): 10.00 each of volume, balancer and file system; 3.00 more."""
    found = report(
        servers(server()),
        volume(attached_to_instance=GONE, cost=10),
        address(),
        balancer(instances=[GONE, ALSO_GONE]),
        attachments(GONE),
    )
    assert (str(found.investigate_monthly), found.total_monthly_savings) == ("33.00", 0)
    assert {row.confidence for row in found.investigations} == {"inferred"}
    evidence = {row.kind: row.evidence for row in found.investigations}
    assert evidence["load_balancer"] == (f"serves only {GONE}, {ALSO_GONE}, no longer in any list",)


def test_what_is_lost_goes_by_the_kind() -> None:
    """D22: data of a volume, the address of an address."""
    found = report(volume(attached_to_instance=GONE), address())
    assert {row.kind: row.lost for row in found.investigations} == {
        "block_storage": "its data",
        "reserved_ip": "that address",
    }


@pytest.mark.parametrize("empty", [None, ..., "0", 0, "00000000-0000-0000-0000-000000000000"])
def test_an_attachment_that_names_nothing_is_not_known(empty: Any) -> None:
    """W-review_orphan (D20): null, missing, or an id of zeros; an empty text is measured."""
    for thing in (volume(attached_to_instance=empty), address(empty)):
        assert (measured(thing), worth_a_look(thing)) == ([], [])
    for nothing in ("", " "):
        assert worth_a_look(volume(attached_to_instance=nothing)) == []
        assert measured(volume(attached_to_instance=nothing)) == [
            ("delete_unattached_volume", "2.50")
        ]


@pytest.mark.parametrize(
    "backends", [[None], [""], [GONE, None], [GONE, ""], [{}], [True], {}, "", GONE, None, ...]
)
def test_backends_that_cannot_be_read_are_not_known(backends: Any) -> None:
    """W-review_orphan (D20, D33): neither empty nor gone."""
    one = balancer(instances=backends)
    assert (measured(one), worth_a_look(one)) == ([], [])


def test_backends_may_be_objects_and_numbers() -> None:
    """W-review_orphan (D20): ids all the same."""
    assert worth_a_look(balancer(instances=[{"id": GONE}, 17])) == [(ORPHAN, "10.00")]
    assert worth_a_look(servers(server()), balancer(instances=[{"id": SERVER}])) == []


def test_one_of_several_that_exists_is_enough() -> None:
    """W-review_orphan (D20): only what serves nothing that exists."""
    for two in ([GONE, SERVER], [SERVER, GONE]):
        assert worth_a_look(servers(server()), balancer(instances=two)) == []
        assert worth_a_look(servers(server()), attachments(*two)) == []


@pytest.mark.parametrize("called", [SERVER.upper(), f" {SERVER} ", "web-1", "203.0.113.10"])
def test_a_holder_may_be_called_by_its_label_or_address(called: str) -> None:
    """W-review_orphan (D20): what names something that exists is no orphan's."""
    assert worth_a_look(servers(server()), volume(attached_to_instance=called)) == []
    assert worth_a_look(volume(attached_to_instance=called)) == [(ORPHAN, "2.50")]


def test_holders_of_every_kind_count() -> None:
    """W-review_orphan (D20): metal, nodes, servers of a GPU cluster, a balancer of an address."""
    metal = row_of("bare_metal")["id"]
    assert worth_a_look(bodies_of("bare_metal"), volume(attached_to_instance=metal)) == []
    assert worth_a_look(cluster(), volume(attached_to_instance=NODE)) == []
    fabric = row_of("gpu_cluster")["instances"][0]["id"]
    assert worth_a_look(bodies_of("gpu_cluster"), volume(attached_to_instance=fabric)) == []
    both = {**servers(server()), **balancer(), **address(BALANCER)}
    assert worth_a_look(both) == []


# --- what was read -------------------------------------------------------------------------------

LISTS = {
    "volume": ["/instances", "/bare-metals", "/kubernetes/clusters"],
    "address": ["/instances", "/bare-metals", "/kubernetes/clusters", "/load-balancers"],
    "balancer": ["/instances", "/kubernetes/clusters"],
    "file system": ["/instances", "/bare-metals", "/kubernetes/clusters"],
}
NEEDED = [(kind, path) for kind, paths in LISTS.items() for path in paths]


@pytest.mark.parametrize(("kind", "path"), NEEDED)
def test_nothing_is_an_orphan_while_a_list_that_may_hold_its_server_was_not_read_wholly(
    kind: str, path: str
) -> None:
    """W-review_orphan (D20, D33): refused, or a row that could not be understood."""
    _, orphan = serves(GONE)[kind]
    assert worth_a_look(orphan, {path: 403}) == []
    assert worth_a_look(orphan, {path: 500}) == []
    assert worth_a_look(orphan, listed(path, {"label": "no id"})) == []


@pytest.mark.parametrize(("kind", "path"), NEEDED)
def test_a_list_that_ended_early_may_hold_it(kind: str, path: str) -> None:
    """W-review_orphan (D33): fewer rows than stated."""
    (key,) = [key for key in listed(path)[path] if key != "meta"]
    short = {path: {key: [], "meta": {"total": 2, "links": {"next": "", "prev": ""}}}}
    assert worth_a_look(serves(GONE)[kind][1], short) == []


def test_lists_that_cannot_hold_it_may_be_missing() -> None:
    """W-review_orphan (D20): features that an account does not have are refused."""
    refused = {
        "/databases": 403,
        "/clusters": 403,
        "/storage-gateways": 410,
        "/vpcs": 404,
        "/snapshots": 500,
    }
    for cost, orphan in serves(GONE).values():
        assert worth_a_look(orphan, refused) == [(ORPHAN, cost)]
    metal = {"/bare-metals": 403}
    assert worth_a_look(balancer(instances=[GONE]), metal) == [(ORPHAN, "10.00")]


def test_nodes_that_are_stated_and_not_listed_may_hold_it() -> None:
    """W-review_orphan (D33): three are stated, one is listed."""
    pool = {**row_of("kubernetes_node")["node_pools"][0], "node_quantity": 3}
    rows = listed("/kubernetes/clusters", row_of("kubernetes_node", node_pools=[pool]))
    for _, orphan in serves(GONE).values():
        assert worth_a_look(cluster(), rows, orphan) == []


def test_attachments_that_were_not_read_wholly_are_not_known() -> None:
    """W-review_orphan (D33): refused, a target without an id."""
    row = listed("/vfs", row_of("file_system"))
    assert worth_a_look(row, {f"/vfs/{SYSTEM}/attachments": 403}) == []
    assert worth_a_look(attachments(GONE, None)) == []
    assert worth_a_look(attachments(GONE, "")) == []


@pytest.mark.parametrize(("minutes", "counts"), [(0, 0), (59, 0), (60, 0), (61, 1), (6000, 1)])
def test_nothing_is_an_orphan_within_an_hour_of_something_new(minutes: int, counts: int) -> None:
    """W-review_orphan (D20): the thing itself, or a server that may be in one list only."""
    born = minutes_ago(minutes)
    itself = volume(attached_to_instance=GONE, date_created=born)
    assert len(worth_a_look(itself)) == counts
    for _, orphan in serves(GONE).values():
        assert len(worth_a_look(servers(server(date_created=born)), orphan)) == counts
    node = {"id": "n", "label": "n", "date_created": born, "status": "active"}
    pool = {**row_of("kubernetes_node")["node_pools"][0], "node_quantity": 1, "nodes": [node]}
    young = listed("/kubernetes/clusters", row_of("kubernetes_node", node_pools=[pool]))
    orphan = volume(attached_to_instance=GONE)
    assert len(worth_a_look(cluster(), young, orphan)) == counts


def test_a_server_that_was_destroyed_within_the_hour_leaves_orphans() -> None:
    """W-review_orphan (D20): its line ended ten minutes ago; nothing new can hold them."""
    ended = line(
        "198.51.100.7 (1024 MB) [db]",
        "Vultr Cloud Compute",
        "4.72",
        "0.01116071",
        units=422,
        end_date=minutes_ago(10),
    )
    for cost, orphan in serves(GONE).values():
        assert worth_a_look(servers(server()), orphan, bill(ended)) == [(ORPHAN, cost)]


def test_what_attaches_to_nothing_may_be_new() -> None:
    """W-review_orphan (D20): a snapshot of a minute ago says nothing of servers."""
    young = listed("/snapshots", row_of("snapshot", date_created=minutes_ago(1)))
    assert (ORPHAN, "2.50") in worth_a_look(young, volume(attached_to_instance=GONE))


@pytest.mark.anyio
async def test_orphans_are_found_through_the_whole_server() -> None:
    """W-review_orphan (D20): with a cluster, which is asked whether the balancer is its own."""
    bodies = {**cluster(), **balancer(instances=[GONE]), **address(), **attachments(GONE)}
    found = await ask({**bodies, **volume(attached_to_instance=GONE)}, "estimate_savings")
    assert found["investigate_monthly"] == "25.50"
    assert {row["action"] for row in found["investigations"]} == {ORPHAN}
    owned = cluster(owns=[BALANCER])
    found = await ask({**bodies, **owned}, "estimate_savings")
    assert found["investigate_monthly"] == "13.00"


def test_a_tag_exempts_an_orphan() -> None:
    """D23: what can carry one."""
    row = row_of("file_system", tags=["keep"], storage_used={"gb": 90})
    assert worth_a_look(attachments(GONE), listed("/vfs", row)) == []


# --- files and gateways --------------------------------------------------------------------------


def test_a_gateway_of_a_file_system_that_is_gone_is_an_orphan() -> None:
    """W-review_orphan (D20): of unknown price; not while the list of file systems is unread."""
    assert worth_a_look(gateway(GONE)) == [(ORPHAN, None)]
    assert worth_a_look(gateway(GONE), {"/vfs": 403}) == []
    assert worth_a_look(gateway(SYSTEM), listed("/vfs", row_of("file_system"))) == []


def test_a_file_system_that_a_gateway_serves_is_used() -> None:
    """W-delete_unattached_file_system (D20): attached to nothing, or only to what is gone."""
    assert measured(attachments(), gateway(SYSTEM)) == []
    assert worth_a_look(attachments(GONE), gateway(SYSTEM)) == []
    assert measured(attachments(), gateway(GONE)) == [("delete_unattached_file_system", "10.00")]


def test_an_unattached_file_system_is_named_with_a_doubt_while_gateways_are_not_known() -> None:
    """W-delete_unattached_file_system (D33): refused, or a gateway that does not say."""
    doubt = ("which storage gateways serve it could not be read",)
    silent = listed("/storage-gateways", row_of("storage_gateway", export_config=None))
    for unread in ({"/storage-gateways": 403}, silent):
        (row,) = report(attachments(), unread).recommendations
        assert row.caveats == doubt
    (row,) = report(attachments()).recommendations
    assert row.caveats == ()


# --- Kubernetes ----------------------------------------------------------------------------------

SERVICE = "a0123456789abcdef0123456789abcde"


@pytest.mark.parametrize("backends", [[GONE], [SERVER]])
def test_a_balancer_of_a_service_whose_cluster_is_gone_is_a_leftover(backends: list[str]) -> None:
    """W-review_kubernetes_leftover (D20): inferred while it has backends, be they alive."""
    left = balancer(label=SERVICE, instances=backends)
    looked = [("review_kubernetes_leftover", "10.00")]
    assert worth_a_look(servers(server()), left) == looked
    assert worth_a_look(servers(server()), cluster(), left) == looked
    assert measured(servers(server()), cluster(), left) == []
    (row,) = report(servers(server()), left).investigations
    assert row.lost == "address and rules"


def test_a_balancer_of_a_service_without_backends_is_measured_where_clusters_are_known() -> None:
    """W-delete_empty_load_balancer (D20): not while a cluster owns it or cannot be read."""
    left = balancer(label=SERVICE, instances=[])
    empty = [("delete_empty_load_balancer", "10.00")]
    assert measured(left) == measured(cluster(), left) == empty
    unread = [
        cluster(owns=[BALANCER]),
        cluster(owns=403),
        {"/kubernetes/clusters": 403},
        {"/kubernetes/clusters": 500},
        bodies_of("kubernetes_node"),
        listed("/kubernetes/clusters", {"label": "no id"}),
    ]
    for owner in unread:
        assert (measured(owner, left), worth_a_look(owner, left)) == ([], [])


def test_a_balancer_of_a_cluster_that_exists_or_cannot_be_read_is_owned() -> None:
    """W-review_orphan (D20): whatever it serves."""
    for label in (SERVICE, "front"):
        left = balancer(label=label, instances=[GONE])
        for owner in (cluster(owns=[BALANCER]), cluster(owns=403), bodies_of("kubernetes_node")):
            assert (measured(owner, left), worth_a_look(owner, left)) == ([], [])
        assert worth_a_look({"/kubernetes/clusters": 403}, left) == []


def test_a_balancer_in_front_of_nodes_is_their_cluster_s() -> None:
    """W-review_kubernetes_leftover (D20): also where the cluster does not list it."""
    assert worth_a_look(cluster(), balancer(label=SERVICE, instances=[NODE])) == []
    assert worth_a_look(cluster(), volume(label="pvc-1", attached_to_instance=NODE)) == []


@pytest.mark.parametrize(
    "label",
    [
        "a0123456789abcdef0123456789abcd",
        "a0123456789abcdef0123456789abcdef",
        "b0123456789abcdef0123456789abcde",
        "a0123456789abcdef0123456789abcdg",
        f"x-{SERVICE}",
    ],
)
def test_another_name_is_no_service_s(label: str) -> None:
    """W-review_kubernetes_leftover (D20): "a" and 31 hexadecimal digits, no more and no less."""
    assert worth_a_look(servers(server()), balancer(label=label, instances=[SERVER])) == []
    used = volume(label=SERVICE, attached_to_instance=SERVER)
    assert worth_a_look(servers(server()), used) == []


def test_a_balancer_that_kubernetes_just_made_is_not_left_over() -> None:
    """W-review_kubernetes_leftover (D20): its cluster may not list it yet."""
    for backends in ([], [GONE]):
        young = balancer(label=SERVICE, instances=backends, date_created=minutes_ago(5))
        assert (measured(cluster(), young), worth_a_look(cluster(), young)) == ([], [])
    own = balancer(label="front", instances=[], date_created=minutes_ago(5))
    assert measured(own) == [("delete_empty_load_balancer", "10.00")]


@pytest.mark.parametrize("body", [{}, {"block_storage": []}, {"load_balancer": None}, []])
def test_a_cluster_that_does_not_say_what_it_owns_may_own_it(body: Any) -> None:
    """W-review_kubernetes_leftover (D33): a field that is missing or null is not empty."""
    path = f"/kubernetes/clusters/{row_of('kubernetes_node')['id']}/resources"
    left = balancer(label=SERVICE, instances=[])
    with pytest.raises(ValueError, match="validation error"):
        assembled(cluster(), {path: {"resources": body}}, left)


@pytest.mark.anyio
async def test_a_cluster_that_does_not_say_what_it_owns_is_a_gap() -> None:
    """W-review_kubernetes_leftover (D33): nothing is said of the balancer."""
    path = f"/kubernetes/clusters/{row_of('kubernetes_node')['id']}/resources"
    bodies = {**cluster(), **balancer(label=SERVICE, instances=[]), path: {"resources": {}}}
    found = await ask(bodies, "estimate_savings")
    assert (found["recommendations"], found["investigations"]) == ([], [])
    gaps = {gap["part"] for gap in found["coverage"]["gaps"]}
    assert gaps == {"cluster_resources", "projected_overage"}


def test_volumes_of_a_cluster_are_its_own() -> None:
    """W-review_orphan (D20): while a cluster owns one or may, it moves it to another node."""
    orphan = volume(label="pvc-1", attached_to_instance=GONE)
    assert worth_a_look(orphan) == [("review_kubernetes_leftover", "2.50")]
    for owner in (cluster(owns=[VOLUME]), cluster(owns=403), bodies_of("kubernetes_node")):
        assert worth_a_look(owner, orphan) == []
    other = volume(label="data", attached_to_instance=GONE)
    assert worth_a_look(cluster(owns=403), other) == [(ORPHAN, "2.50")]


def test_an_unattached_volume_of_kubernetes_says_so() -> None:
    """W-delete_unattached_volume (D20): measured; the claim is to be deleted, not the volume."""
    unused = volume(label="pvc-1", attached_to_instance="")
    (row,) = report(unused).recommendations
    assert row.caveats == ("Kubernetes-style name: check that no PVC uses it",)
    (row,) = report(cluster(owns=[VOLUME]), unused).recommendations
    assert row.caveats == ("cluster shop owns it: delete its claim there",)
    (row,) = report(volume(attached_to_instance="")).recommendations
    assert row.caveats == ()
