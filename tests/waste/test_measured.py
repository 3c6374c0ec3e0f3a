"""Waste that is read as such: each rule with a true case and one that is not (D20, D22, D23)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Bodies, bill, bodies_of, line, listed, row_of
from tests.waste.judge import (
    PLANS,
    SERVER,
    balancer,
    cluster,
    measured,
    report,
    server,
    servers,
    snapshot_row,
    stopped,
    volume,
)

BALANCER = row_of("load_balancer")["id"]
SYSTEM = row_of("file_system")["id"]


# --- servers -------------------------------------------------------------------------------------


def test_a_stopped_server() -> None:
    """W-delete_stopped_server (D17, D20): 7.50 in its region; not while it runs."""
    assert measured(stopped()) == [("delete_stopped_server", "7.50")]
    assert measured(servers(server())) == []


def test_add_ons_of_a_stopped_server_are_inside_its_cost() -> None:
    """W-delete_stopped_server (D20): 7.50 + 1.50 + 10.00, in one finding."""
    both = stopped(features=["auto_backups", "ddos_protection"])
    assert measured(both) == [("delete_stopped_server", "19.00")]


@pytest.mark.parametrize(
    "state",
    [
        {"status": "suspended"},
        {"status": "pending"},
        {"status": ""},
        {"status": ...},
        {"status": "active", "power_status": ...},
        {"status": "active", "power_status": "unknown"},
        {"date_created": "2026-11-18T13:30:00+00:00"},
    ],
)
def test_a_server_whose_state_is_not_known_is_not_stopped(state: dict[str, Any]) -> None:
    """W-delete_stopped_server (D17): suspended, pending, missing, or younger than an hour."""
    assert measured(servers(server(**{"power_status": "stopped", **state}))) == []


def test_metal_has_no_power_state_and_is_never_stopped() -> None:
    """W-delete_stopped_server (D17): whatever field it may carry."""
    row = row_of("bare_metal", power_status="stopped")
    assert measured(bodies_of("bare_metal"), listed("/bare-metals", row)) == []


def test_a_stopped_server_of_unknown_price_is_named_and_in_no_sum() -> None:
    """D8, D22, D33: null, counted as unpriced; beside a priced one it is in no sum."""
    found = report(stopped(plan="vc2-retired"))
    assert [(row.action, row.monthly_savings) for row in found.recommendations] == [
        ("delete_stopped_server", None)
    ]
    assert (found.total_monthly_savings, found.total_annual_savings) == (None, None)
    assert found.unpriced == 1
    found = report(stopped(plan="vc2-retired"), volume(attached_to_instance=""))
    assert (str(found.total_monthly_savings), str(found.total_annual_savings)) == ("2.50", "30.00")
    assert found.unpriced == 1


def test_what_a_stopped_server_saves_this_month_and_costs_as_a_snapshot() -> None:
    """D22, D24: 7.50 less the 4.73 of 423 hours; 25 GB x 0.05 kept."""
    one = line("203.0.113.10 (1024 MB) [web-1]", "Vultr Cloud Compute", "4.73", "0.01116071")
    (row,) = report(stopped(), bill(one)).recommendations
    assert (str(row.saves_this_month), str(row.keep_as_snapshot)) == ("2.77", "1.25")


# --- volumes -------------------------------------------------------------------------------------


def test_a_volume_attached_to_nothing() -> None:
    """W-delete_unattached_volume (D20): 2.50; not attached, nor where the field is missing."""
    assert measured(volume(attached_to_instance="")) == [("delete_unattached_volume", "2.50")]
    for other in (SERVER, "elsewhere", None, ...):
        assert measured(servers(server()), volume(attached_to_instance=other)) == []


def test_a_volume_attached_only_to_a_stopped_server() -> None:
    """W-delete_volume_of_stopped_server (D20): 2.50 beside the server's 7.50; not if it runs."""
    attached = volume(attached_to_instance=SERVER)
    assert measured(stopped(), attached) == [
        ("delete_stopped_server", "7.50"),
        ("delete_volume_of_stopped_server", "2.50"),
    ]
    assert measured(servers(server()), attached) == []
    assert measured({"/instances": 403}, attached) == []


# --- addresses and balancers ---------------------------------------------------------------------


def test_an_address_attached_to_nothing() -> None:
    """W-release_unattached_ip (D20): 3.00; not attached, nor where the field is missing."""

    def address(instance: Any, **changes: Any) -> Bodies:
        return listed("/reserved-ips", row_of("reserved_ip", instance_id=instance, **changes))

    assert measured(address("")) == [("release_unattached_ip", "3.00")]
    for other in (SERVER, None, ...):
        assert measured(address(other)) == []
    assert measured(address("", ip_type="v6")) == [("release_unattached_ip", None)]


def test_a_balancer_with_nothing_behind_it() -> None:
    """W-delete_empty_load_balancer (D20): 10.00; not with a server, nor where it is missing."""
    assert measured(balancer(instances=[])) == [("delete_empty_load_balancer", "10.00")]
    for other in ([SERVER], None, ...):
        assert measured(balancer(instances=other)) == []


def test_a_balancer_of_a_kubernetes_cluster_is_not_empty() -> None:
    """W-delete_empty_load_balancer (D20): nor is one while a cluster has not told what it owns."""
    empty = balancer(instances=[])
    assert measured(cluster(), empty) == [("delete_empty_load_balancer", "10.00")]
    assert measured(cluster(owns=[BALANCER]), empty) == []
    assert measured(cluster(owns=403), empty) == []
    assert measured({"/kubernetes/clusters": 403}, empty) == []
    assert measured(bodies_of("kubernetes_node"), empty) == []


def test_a_cluster_that_could_not_be_understood_may_own_a_balancer() -> None:
    """W-delete_empty_load_balancer (D33): one row of two has no id."""
    rows = listed("/kubernetes/clusters", row_of("kubernetes_node"), {"label": "no id"})
    assert measured(cluster(), rows, balancer(instances=[])) == []


# --- files ---------------------------------------------------------------------------------------


def attachments(*rows: Any) -> Bodies:
    return {f"/vfs/{SYSTEM}/attachments": {"attachments": list(rows)}}


def test_a_file_system_attached_to_nothing() -> None:
    """W-delete_unattached_file_system (D20): 10.00; not attached, nor where nobody told."""
    body = listed("/vfs", row_of("file_system"))
    assert measured(body, attachments()) == [("delete_unattached_file_system", "10.00")]
    assert measured(bodies_of("file_system")) == []
    assert measured(body) == []
    assert measured(body, {f"/vfs/{SYSTEM}/attachments": 403}) == []
    assert measured(body, attachments({"state": "ATTACHED", "target_id": None})) == []


def test_a_storage_gateway_that_serves_nothing() -> None:
    """W-delete_unused_storage_gateway (D20): 25.20 by its line; not serving, nor unknown."""
    billed = bill(line("Storage Gateway (lock-gate)", "Storage Gateway", "15.87", "0.0375"))

    def gateway(config: Any) -> Bodies:
        return listed("/storage-gateways", row_of("storage_gateway", export_config=config))

    empty: tuple[Any, ...] = ([], {})
    for nothing in empty:
        assert measured(gateway(nothing), billed) == [("delete_unused_storage_gateway", "25.20")]
    assert measured(gateway([])) == [("delete_unused_storage_gateway", None)]
    for other in ({"vfs_uuid": SYSTEM}, [{"vfs_uuid": SYSTEM}], {"label": "x"}, None, ...):
        assert measured(gateway(other), billed) == []


# --- snapshots -----------------------------------------------------------------------------------


def test_a_snapshot_superseded_by_a_newer_one_of_the_same_description() -> None:
    """W-delete_superseded_snapshot (D20): the older one's 2.00, not the newer one's."""
    old, new = snapshot_row("a", "2026-10-01"), snapshot_row("b", "2026-11-01")
    found = report(listed("/snapshots", old, new)).recommendations
    assert [(row.action, row.resource_ids, f"{row.monthly_savings:.2f}") for row in found] == [
        ("delete_superseded_snapshot", ("a",), "2.00")
    ]


@pytest.mark.parametrize(
    "newer",
    [
        {"description": "another"},
        {"description": "WEB-1 golden"},
        {"status": "pending"},
        {"status": "failed"},
        {"date_created": "2026-10-01T06:00:00+00:00"},
        {"date_created": ""},
    ],
)
def test_a_snapshot_that_nothing_supersedes(newer: dict[str, Any]) -> None:
    """W-delete_superseded_snapshot (D20): another thing, unfinished, as old, of unknown age."""
    rows = [snapshot_row("a", "2026-10-01"), snapshot_row("b", "2026-11-01", **newer)]
    assert measured(listed("/snapshots", *rows)) == []


def test_snapshots_without_a_description_are_not_of_one_thing() -> None:
    """W-delete_superseded_snapshot (D20): two empty descriptions are no match."""
    dates = {"a": "2026-10-01", "b": "2026-11-01"}
    rows = [snapshot_row(id_, day, description="") for id_, day in dates.items()]
    assert measured(listed("/snapshots", *rows)) == []


def test_snapshots_of_volumes_are_not_compared_by_description() -> None:
    """W-delete_superseded_snapshot (D20): those of several volumes may be called alike."""
    rows = [
        row_of("block_snapshot", id=id_, description="nightly", added_at=f"{day} 06:00:00")
        for id_, day in {"a": "2026-10-01", "b": "2026-11-01"}.items()
    ]
    assert measured(listed("/blocks/snapshots", *rows)) == []


# --- together ------------------------------------------------------------------------------------


def everything_wasted() -> Bodies:
    """A stopped server with its volume, an address, a balancer, a file system, two snapshots."""
    return {
        **stopped(),
        **volume(attached_to_instance=SERVER),
        **listed("/reserved-ips", row_of("reserved_ip", instance_id="")),
        **balancer(instances=[]),
        **listed("/vfs", row_of("file_system")),
        **attachments(),
        **listed("/snapshots", snapshot_row("a", "2026-06-01"), snapshot_row("b", "2026-11-01")),
    }


def test_one_resource_is_in_at_most_one_finding_and_the_total_is_their_sum() -> None:
    """D22: 7.50 + 2.50 + 3.00 + 10.00 + 10.00 + 2.00; a year is twelve months."""
    found = report(everything_wasted())
    ids = [id_ for row in found.recommendations for id_ in row.resource_ids]
    looked_at = [id_ for row in found.investigations for id_ in row.resource_ids]
    assert len(ids) == len(set(ids)) == 6
    assert not set(ids) & set(looked_at)
    assert str(found.total_monthly_savings) == "35.00"
    assert str(found.total_annual_savings) == "420.00"


def test_no_finding_saves_more_than_its_resource_costs() -> None:
    """D22: whatever it is, of the whole account."""
    bodies = everything_wasted()
    costs = {"web-1": 7.5, "cargo": 2.5, "front address": 3, "front": 10, "logbook": 10}
    for row in report(bodies).recommendations:
        assert row.monthly_savings is not None
        assert row.monthly_savings <= costs.get(row.label, 2)


@pytest.mark.parametrize("tag", ["keep", "cost-ignore", "KEEP", " keep "])
def test_a_tag_leaves_a_resource_out_and_is_counted(tag: str) -> None:
    """D23: 7.50 exempt; its volume carries no tag and is named with that caveat."""
    found = report(stopped(tags=[tag]), volume(attached_to_instance=SERVER))
    assert [row.action for row in found.recommendations] == ["delete_volume_of_stopped_server"]
    assert found.recommendations[0].caveats == ("its server carries a tag that keeps it",)
    assert (found.exempt.count, str(found.exempt.monthly_cost)) == (1, "7.50")
    assert str(found.total_monthly_savings) == "2.50"


def test_tags_of_file_systems_and_gateways_exempt_them_too() -> None:
    """D23: whatever can carry a tag."""
    kept = listed("/vfs", row_of("file_system", tags=["keep"]))
    found = report(kept, attachments())
    assert (found.recommendations, found.exempt.count) == ((), 1)
    gateway = row_of("storage_gateway", tags=["cost-ignore"], export_config=[])
    assert report(listed("/storage-gateways", gateway)).exempt.count == 1


def test_a_tag_that_only_looks_like_it_exempts_nothing() -> None:
    """D23: the whole tag counts."""
    assert measured(stopped(tags=["keeper"])) == [("delete_stopped_server", "7.50")]


def test_savings_are_before_discounts() -> None:
    """D2: a credit on the bill takes nothing off."""
    credit = line("Credit", "Credit", "-5.00", unit_type="discount")
    assert measured(stopped(), bill(credit)) == [("delete_stopped_server", "7.50")]


def test_a_preemptible_server_saves_what_it_is_billed() -> None:
    """D8, D22: 0.00595238 an hour is 4.00 a month, not 7.50."""
    one = line("203.0.113.10 (1024 MB) [web-1]", "Vultr Cloud Compute", "2.52", "0.00595238")
    assert measured(stopped(), bill(one)) == [("delete_stopped_server", "4.00")]


def test_an_empty_account_wastes_nothing() -> None:
    """D20: no resource, no finding."""
    found = report(PLANS)
    assert (found.recommendations, found.investigations) == ((), ())
    assert found.total_monthly_savings == 0
