"""Every kind of waste is in the sample, beside a case that looks alike and is none (D17 to D23)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from vultr_cost_mcp.demo import SAMPLE_NOW

pytestmark = pytest.mark.anyio

QUIET_BYTES = 5 * 10**6
QUIET_DAYS = 14


async def servers(ask: Any) -> dict[str, dict[str, Any]]:
    """Read the servers by their label."""
    return {row["label"]: row for row in (await ask("/instances"))["instances"]}


async def lines_of(ask: Any, text: str) -> list[dict[str, Any]]:
    """Read this month's lines that say the text."""
    lines = (await ask("/billing/pending-charges"))["pending_charges"]
    return [line for line in lines if text in line["description"]]


async def test_stopped_servers_one_of_them_kept(ask: Any) -> None:
    """Four are stopped, and one of those is tagged to be left alone."""
    stopped = [row for row in (await servers(ask)).values() if row["power_status"] == "stopped"]
    active = {row["label"]: row for row in stopped if row["status"] == "active"}
    assert set(active) == {"grasp-trainer", "staging-api", "demo-kiosk", "loadgen-old"}
    assert "keep" in active["demo-kiosk"]["tags"]
    assert "auto_backups" in active["staging-api"]["features"]


async def test_one_suspended_server(ask: Any) -> None:
    """A suspended server is not a stopped one."""
    states = {label: row["status"] for label, row in (await servers(ask)).items()}
    assert [label for label, status in states.items() if status == "suspended"] == ["partner-sftp"]


async def test_two_quiet_servers_one_with_a_gpu(ask: Any) -> None:
    """Two running servers send less than five megabytes on each of fourteen days."""
    quiet = []
    for label, row in (await servers(ask)).items():
        days = (await ask(f"/instances/{row['id']}/bandwidth", date_range=QUIET_DAYS + 1))[
            "bandwidth"
        ]
        whole = [day for name, day in days.items() if name < f"{SAMPLE_NOW:%Y-%m-%d}"]
        if row["power_status"] == "running" and len(whole) == QUIET_DAYS:
            assert all(day["incoming_bytes"] > QUIET_BYTES for day in whole)
            if all(day["outgoing_bytes"] < QUIET_BYTES for day in whole):
                quiet.append(label)
    assert quiet == ["annotation-preview", "old-dashboard"]


async def test_volumes_attached_to_nothing_and_to_a_stopped_server(ask: Any) -> None:
    """Two volumes are loose, one is on a stopped server, one on a node belongs to the cluster."""
    volumes = {row["label"]: row for row in (await ask("/blocks"))["blocks"]}
    loose = {
        label: row["cost"] for label, row in volumes.items() if not row["attached_to_instance"]
    }
    assert loose == {"lidar-2025-copy": 25, "pvc-9e2f7c40": 4}
    assert volumes["staging-api-data"]["attached_to_instance_label"] == "staging-api"
    cluster = (await ask("/kubernetes/clusters"))["vke_clusters"][0]["id"]
    owned = (await ask(f"/kubernetes/clusters/{cluster}/resources"))["resources"]["block_storage"]
    assert [row["id"] for row in owned] == [volumes["pvc-fleet-queue"]["id"]]


async def test_snapshots_old_and_superseded(ask: Any) -> None:
    """Two are over 90 days old; one has a newer one of the same description."""
    rows = (await ask("/snapshots"))["snapshots"]
    limit = (SAMPLE_NOW - timedelta(days=90)).isoformat()
    old = {row["description"] for row in rows if row["date_created"] < limit}
    assert old == {"staging before migration", "grasp-trainer v1 image"}
    names = [row["description"] for row in rows]
    assert {name for name in names if names.count(name) > 1} == {"map-builder golden"}


async def test_reserved_addresses_attached_and_not(ask: Any) -> None:
    """Two addresses are attached to nothing; the others are in use."""
    rows = (await ask("/reserved-ips"))["reserved_ips"]
    assert [row["label"] for row in rows if not row["instance_id"]] == [
        "old-vpn",
        "trade-fair-2025",
    ]
    assert {row["ip_type"] for row in rows if row["instance_id"]} == {"v4", "v6"}


async def test_load_balancers_without_backends(ask: Any) -> None:
    """Two have no backends, and one of those belongs to the Kubernetes cluster."""
    rows = (await ask("/load-balancers"))["load_balancers"]
    bare = {row["id"]: row["label"] for row in rows if not row["instances"]}
    cluster = (await ask("/kubernetes/clusters"))["vke_clusters"][0]["id"]
    owned = (await ask(f"/kubernetes/clusters/{cluster}/resources"))["resources"]["load_balancer"]
    assert len(bare) == 2
    assert [label for key, label in bare.items() if key not in {row["id"] for row in owned}] == [
        "old-portal-lb"
    ]


async def test_shared_storage_loose_and_underused(ask: Any) -> None:
    """One file system and one gateway serve nobody, one file system is used under a fifth."""
    loose, underused = [], []
    for share in (await ask("/vfs"))["vfs"]:
        if not (await ask(f"/vfs/{share['id']}/attachments"))["attachments"]:
            loose.append(share["label"])
        elif share["storage_used"]["gb"] * 5 < share["storage_size"]["gb"]:
            underused.append(share["label"])
    assert (loose, underused) == (["old-shared-home"], ["build-scratch"])
    gateways = (await ask("/storage-gateways"))["storage_gateways"]
    assert [row["label"] for row in gateways if not row["export_config"]] == ["legacy-nfs"]


async def test_databases_idle_and_too_large(ask: Any) -> None:
    """One database idles, one is far too large, and the primary and its replica are busy."""
    cpu = {}
    for row in (await ask("/databases"))["databases"]:
        for one in (row, *row["read_replicas"]):
            usage = (await ask(f"/databases/{one['id']}/usage"))["usage"]
            cpu[one["label"]] = (usage["cpu"]["percentage"], usage["memory"]["percentage"])
    assert cpu["staging-mysql"][0] < 1
    assert cpu["mission-log"] == (Decimal("6.2"), Decimal("15.75"))
    assert cpu["fleet-pg"][1] > 70 > cpu["fleet-pg-replica"][1] > 50


async def test_a_registry_too_large_and_a_zone_without_traffic(ask: Any) -> None:
    """One registry holds 6 of 1024 GB; one CDN zone has null where traffic would stand."""
    sizes = {row["name"]: row["storage"] for row in (await ask("/registries"))["registries"]}
    assert (
        sizes["northwind-legacy"]["used"]["gb"] * 100 < sizes["northwind-legacy"]["allowed"]["gb"]
    )
    assert (await ask("/cdns/push-zones"))["push_zones"][0]["out_bytes"] is None
    assert (await ask("/cdns/pull-zones"))["pull_zones"][0]["out_bytes"] > 0


async def test_a_cheaper_plan_exists_outside_the_legal_upgrades(ask: Any) -> None:
    """The map builder's shape is sold for less in another family, which needs a rebuild."""
    server = (await servers(ask))["map-builder"]
    plans = {row["id"]: row for row in (await ask("/plans"))["plans"]}
    present, other = plans[server["plan"]], plans["vx1-g-4c-16g-240s"]
    assert other["monthly_cost"] < present["monthly_cost"]
    for size in ("vcpu_count", "ram", "disk", "bandwidth"):
        assert other[size] >= present[size]
    assert server["region"] in other["locations"]
    legal = (await ask(f"/instances/{server['id']}/upgrades", type="plans"))["upgrades"]
    assert list(legal) == ["plans"]
    assert other["id"] not in legal["plans"]


async def test_prices_that_are_not_the_list_price(ask: Any) -> None:
    """One server stands in a dearer region, one is preemptible and billed below the list."""
    plans = {row["id"]: row for row in (await ask("/plans"))["plans"]}
    found = await servers(ask)
    dear, cheap = found["gateway-sao"], found["sim-worker"]
    costs = plans[dear["plan"]]
    assert costs["location_cost"]["sao"]["monthly_cost"] == 30 > costs["monthly_cost"]
    line = (await lines_of(ask, "[sim-worker]"))[0]
    assert plans[cheap["plan"]]["monthly_cost"] == 96
    assert (line["unit_price"] * 672).quantize(Decimal("0.01")) == Decimal("57.60")


async def test_an_address_went_from_a_destroyed_server_to_a_new_one(ask: Any) -> None:
    """The line of a server that is gone names the address of one created days ago."""
    new = (await servers(ask))["hotfix-bench"]
    assert SAMPLE_NOW.isoformat() > new["date_created"] > "2026-11-14"
    lines = await lines_of(ask, new["main_ip"])
    assert [line["description"].split("[")[1] for line in lines] == [
        "hotfix-bench]",
        "load-test-runner]",
    ]
    assert "load-test-runner" not in await servers(ask)


async def test_a_server_resized_this_month_has_two_lines(ask: Any) -> None:
    """The lines meet at the instant of the resize and tell the sizes apart."""
    first, second = await lines_of(ask, "[staging-web]")
    assert first["end_date"] == second["start_date"]
    assert "(4096 MB)" in first["description"]
    assert "(8192 MB)" in second["description"]


async def test_one_pool_is_listed_as_servers_and_the_other_is_not(ask: Any) -> None:
    """Nodes of pool core are in both lists under one id, those of pool edge only in the cluster."""
    listed = {row["id"] for row in (await ask("/instances"))["instances"]}
    pools = (await ask("/kubernetes/clusters"))["vke_clusters"][0]["node_pools"]
    nodes = {pool["label"]: {node["id"] for node in pool["nodes"]} for pool in pools}
    assert nodes["core"] <= listed
    assert not nodes["edge"] & listed
    assert len(await lines_of(ask, "[edge-")) == len(nodes["edge"]) == 2


async def test_families_and_gpu_kinds(ask: Any) -> None:
    """Every family that the rules tell apart is in use, stopped or running."""
    types = {row["id"]: row["type"] for row in (await ask("/plans"))["plans"]}
    used = {types[row["plan"]] for row in (await servers(ask)).values()}
    assert used == {"vc2", "vhf", "vhp", "voc", "vx1", "vcg", "vdm"}
    metal = {row["plan"] for row in (await ask("/bare-metals"))["bare_metals"]}
    assert metal == {"vbm-4c-32gb", "vbm-24c-384gb-2-l40s-gpu"}


async def test_inference_s_lines_follow_its_usage(ask: Any) -> None:
    """Cents for a million tokens make the dollars of the four lines."""
    subscription = (await ask("/inference"))["subscriptions"][0]
    usage = (await ask(f"/inference/{subscription['id']}/usage"))["usage"]["chat_by_model"]
    dollars = Decimal(0)
    for model in usage["current_month"]:
        cents = (
            model["tokens"] * model["output_price"] + model["input_tokens"] * model["input_price"]
        )
        dollars += Decimal(cents) / 10**8
    lines = await lines_of(ask, "(field-assistant)")
    assert len(lines) == 4
    assert 0 <= sum(Decimal(line["total"]) for line in lines) - dollars < Decimal("0.04")


async def test_secrets_are_there_to_be_dropped(client: Any) -> None:
    """Wherever the API sends a secret, the sample sends an obviously fake one."""
    for path in (
        "/instances", "/bare-metals", "/object-storage", "/databases", "/inference", "/registries",
        "/load-balancers", "/kubernetes/clusters",
    ):  # fmt: skip
        assert "sample-secret-" in (await client.get(path)).text
