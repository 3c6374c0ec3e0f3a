"""The record of a reading: every line in one cost, every count known or None.

Rules M-costs and M-counts.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.nouns import NOW, at, balance, charge, snapshot, thing, usd
from vultr_cost_mcp.domain.history import StoredResource
from vultr_cost_mcp.domain.metrics import Metrics
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.questions.collect.record import kept_lines, kept_resources, metrics

COSTS = "gpu_cost", "compute_cost", "storage_cost", "network_cost", "backup_cost", "other_cost"


# Where the account's line of a GPU server that is not known belongs.
GPU_OR_NOT = {"gpu_cost", "compute_cost"}


def account(**named: Any) -> Snapshot:
    """A GPU server with backups, a stopped one, metal, a node, an old snapshot; 13 lines."""
    resources = (
        thing("gpu", "gpu_instance", 500, gpu=True, region="ord"),
        thing("off", "instance", 10, state="stopped"),
        thing("kept", "instance", 10, state="stopped", tags=("keep",)),
        thing("new", "instance", 10, state="stopped", created=at("2026-11-18T13:30")),
        thing("metal", "bare_metal", 120),
        thing("gpu-metal", "gpu_bare_metal", 2000, gpu=True),
        thing("node", "kubernetes_node", 20),
        thing("old", "snapshot", "1.005", created=at("2026-08-01")),
        thing("older", "block_snapshot", "2.00", created=at("2026-01-01")),
        thing("young", "snapshot", "3.00", created=at("2026-11-01")),
    )
    charges = (
        charge("100.00", "Cloud GPU", "gpu"),
        charge("20.00", "Backups", "gpu"),
        charge("1000.00", "Bare Metal", "gpu-metal"),
        charge("5.00", "Cloud Compute", "off"),
        charge("60.00", "Bare Metal", "metal"),
        charge("7.00", "Kubernetes", "node"),
        charge("3.00", "Cloud GPU"),
        charge("0.50", "Backups", "off"),
        charge("1.50", "Snapshots", "old"),
        charge("2.25", "Object Storage"),
        charge("4.00", "Networking"),
        charge("-9.00", "Credits and Discounts"),
        charge("0.75", "Tax"),
    )
    shot = snapshot(charges=charges, resources=resources, balance=balance("-25.50"))
    return replace(shot, **named)


def record(shot: Snapshot, investigations: int | None = 4) -> Metrics:
    """The record of a snapshot."""
    return metrics(shot, customer_id="acme", investigations=investigations)


def test_every_line_is_in_exactly_one_cost() -> None:
    made = record(account())
    assert made.pending_charges == usd("1195.00")
    assert [getattr(made, name) for name in COSTS] == [
        usd("1120.00"),  # the GPU server with its backups, and the metal with GPUs
        usd("75.00"),  # 5 + 60 + 7, and the GPU line whose server is not known (D12)
        usd("3.75"),
        usd("4.00"),
        usd("0.50"),
        usd("-8.25"),
    ]
    assert sum(getattr(made, name) for name in COSTS) == made.pending_charges


def test_counts_overlap_and_exempt_servers_are_not_idle() -> None:
    made = record(account())
    assert (made.instance_count, made.gpu_instance_count, made.bare_metal_count) == (5, 2, 2)
    assert (made.idle_instances, made.underutilized_resources) == (1, 4)
    assert made.snapshot_waste == usd("3.01")
    # One more of each, so that no count is right by chance.
    more = (thing("two", "instance", 10, state="stopped"), thing("three", "instance", 10))
    shot = account()
    made = record(replace(shot, resources=(*(shot.resources or ()), *more)))
    assert (made.instance_count, made.bare_metal_count, made.idle_instances) == (7, 2, 2)
    assert (made.account_balance, made.billing_period) == (usd("-25.50"), "2026-11")
    assert (made.timestamp, made.customer_id) == (NOW, "acme")


@pytest.mark.parametrize(
    ("part", "unknown"),
    [
        ("instances", {"instance_count", "gpu_instance_count", "idle_instances", *GPU_OR_NOT}),
        (
            "kubernetes_clusters",
            {"instance_count", "gpu_instance_count", "idle_instances", *GPU_OR_NOT},
        ),
        ("bare_metals", {"gpu_instance_count", "bare_metal_count", *GPU_OR_NOT}),
        ("gpu_clusters", GPU_OR_NOT),
        ("snapshots", {"snapshot_waste"}),
        ("block_snapshots", {"snapshot_waste"}),
        ("blocks", set()),
    ],
)
def test_a_count_that_could_not_be_read_is_unknown(part: str, unknown: set[str]) -> None:
    made = record(account(gaps=(Gap(part, "could not be read (403)"),)), 0)
    apart = {"invoiced_this_month"}
    names = [
        name
        for name in Metrics.__dataclass_fields__
        if getattr(made, name) is None and name not in apart
    ]
    assert set(names) == unknown


@pytest.mark.parametrize("lists", ["some", "none"])
def test_a_gpu_server_that_was_not_read_is_no_other_compute(lists: str) -> None:
    """Its lines and its backups are GPU cost or not: nobody knows, and neither is zero."""
    lines = (
        charge("100.00", "Cloud GPU"),
        charge("20.00", "Backups"),
        charge("4.00", "Networking"),
        charge("1.50", "Snapshots"),
    )
    gaps = (Gap("instances", "could not be read (500)"),)
    shot = snapshot(charges=lines, gaps=gaps)
    made = record(shot if lists == "some" else replace(shot, resources=None))
    unknown = {name for name in COSTS if getattr(made, name) is None}
    assert unknown == {"gpu_cost", "compute_cost", "backup_cost"}
    assert (made.pending_charges, made.network_cost) == (usd("125.50"), usd("4.00"))
    # What was matched is known, whatever else was not read.
    web = thing("web", "gpu_instance", 500, gpu=True)
    known = snapshot(charges=(charge("100.00", "Cloud GPU", "web"),), resources=(web,), gaps=gaps)
    assert record(known).gpu_cost == usd("100.00")


def test_a_balance_that_was_not_read_is_not_zero() -> None:
    assert record(account(balance=None)).account_balance is None
    assert record(account(balance=balance(None))).account_balance is None


def test_without_lines_only_the_account_tells() -> None:
    made = record(account(charges=None, balance=balance(0, "77.10")), None)
    assert made.pending_charges == usd("77.10")
    assert made.monthly_spend is None
    assert {getattr(made, name) for name in COSTS} == {None}


def test_a_server_that_is_gone_keeps_its_class_where_a_reading_knew_it() -> None:
    gone = thing("dead", "gpu_instance", 500, gpu=True, label="trainer", last_seen=at("2026-11-10"))
    line = charge(
        "40.00",
        "Cloud GPU",
        reason="destroyed",
        running=False,
        description="192.0.2.77 (8192 MB) [trainer]",
        end=at("2026-11-10T01:00"),
    )
    shot = account()
    shot = replace(shot, charges=(*(shot.charges or ()), line))
    assert record(shot).gpu_cost == usd("1120.00")
    known = replace(shot, former=(gone,))
    assert record(known).gpu_cost == usd("1160.00")
    assert kept_lines(known)[-1].resource_id == "dead"
    assert kept_lines(known)[-1].region == "ewr"


def test_lines_are_kept_in_the_month_they_are_of() -> None:
    late = charge("12.00", end=at("2026-11-01"), start=at("2026-10-01"))
    kept = kept_lines(account(uninvoiced_previous=(late,)))
    assert [row.period for row in kept[:2]] == ["2026-10", "2026-11"]
    assert len(kept) == 14
    assert kept[1].resource_id == "gpu"
    assert kept[1].region == "ord"


def test_resources_are_kept_with_what_they_cost() -> None:
    kept = {row.id: row for row in kept_resources(account())}
    assert kept["gpu"].month_to_date == Decimal("120.00")
    assert kept["gpu"].monthly_cost == Decimal(500)
    assert kept["gpu"].compute_class == "gpu"
    assert kept["kept"].month_to_date is None
    node = thing(
        "node",
        "kubernetes_node",
        20,
        plan="vc2-1c-1gb",
        hostname="node.example",
        addresses=("192.0.2.9",),
        cluster="prod",
        own_pending=usd("1.25"),
    )
    (row,) = kept_resources(snapshot(resources=(node,)))
    told = {name: getattr(row, name) for name in StoredResource.__dataclass_fields__}
    assert told == {
        "id": "node",
        "kind": "kubernetes_node",
        "label": "node",
        "region": "ewr",
        "state": "active",
        "plan": "vc2-1c-1gb",
        "hostname": "node.example",
        "addresses": ("192.0.2.9",),
        "tags": (),
        "created": at("2026-01-01"),
        "cluster": "prod",
        "compute_class": "cpu",
        "monthly_cost": usd(20),
        "price_source": "list",
        # It has no line: what it states of itself.
        "month_to_date": usd("1.25"),
        "attached_to": None,
    }
    assert kept["kept"].tags == ("keep",)
