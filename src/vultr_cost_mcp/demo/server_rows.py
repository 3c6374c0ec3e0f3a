"""What the API says about the cloud servers: the list, one of them, its upgrades and backups."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.bill import THIS_MONTH, owed
from vultr_cost_mcp.demo.catalog import plans
from vultr_cost_mcp.demo.company import PLACEHOLDER, SAMPLE_NOW, Row, sample_id, stamp
from vultr_cost_mcp.demo.fleet import listed_servers
from vultr_cost_mcp.demo.network import PROD_VPC, vpc_address
from vultr_cost_mcp.demo.servers import BACKUPS, Server, server_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILTERS = ("label", "main_ip", "region", "hostname")
_GIB = 1 << 30
_SAME_FOR_ALL: Row = {
    "os": "Ubuntu 24.04 LTS x64",
    "os_id": 2284,
    "app_id": 0,
    "image_id": "",
    "snapshot_id": "",
    "firewall_group_id": "",
    "user_scheme": "root",
    "default_password": f"{PLACEHOLDER}01",
    "kvm": f"https://my.vultr.com/subs/vps/novnc/api.php?data={PLACEHOLDER}02",
}


def instance_rows(query: Mapping[str, str]) -> list[Row]:
    """The rows of ``/instances``, with what each has cost this month if the query asks for it."""
    rows: list[Row] = []
    for server in listed_servers():
        row = instance_row(server)
        if query.get("show_pending_charges", "").lower() in {"true", "1"}:
            row["pending_charges"] = owed(server.id, server_lines(server, THIS_MONTH))
        if _is_wanted(row, server, query):
            rows.append(row)
    return rows


def _is_wanted(row: Row, server: Server, query: Mapping[str, str]) -> bool:
    tag = query.get("tag", "")
    if tag and tag not in server.tags.split():
        return False
    return all(row[name] == query[name] for name in _FILTERS if query.get(name))


def instance_row(server: Server) -> Row:
    """One server, as ``/instances/{id}`` writes it: nothing in it is money."""
    plan = server.plan
    return {
        "id": server.id,
        "ram": plan.ram,
        "disk": plan.disk,
        "main_ip": server.ip,
        "vcpu_count": plan.vcpus,
        "region": server.region,
        "plan": server.plan_id,
        "date_created": stamp(server.created),
        "status": "suspended" if server.suspended else "active",
        "allowed_bandwidth": plan.bandwidth,
        "netmask_v4": "255.255.254.0",
        "gateway_v4": server.ip.rpartition(".")[0] + ".1",
        "power_status": "stopped" if server.stopped or server.suspended else "running",
        "server_status": "locked" if server.suspended else "ok",
        "v6_network": "2001:db8:5001::",
        "v6_main_ip": "2001:db8:5001::" + server.ip.rpartition(".")[2],
        "v6_network_size": 64,
        "label": server.label,
        "internal_ip": vpc_address(server),
        "vpc_only": False,
        "vpcs": _vpcs(server),
        "hostname": server.label,
        "features": server.features.split(),
        "tags": server.tags.split(),
        **_SAME_FOR_ALL,
    }


def _vpcs(server: Server) -> list[Row]:
    address = vpc_address(server)
    return [{"id": PROD_VPC, "version": 1, "subnet": address}] if address else []


def upgrades(server: Server, wanted: str) -> Row:
    """The legal upgrades: plans of the same type whose disk holds the present one."""
    present = server.plan
    larger = [
        plan.id
        for plan in plans().values()
        if plan.type == present.type and plan.id != present.id and plan.disk >= present.disk
    ]
    parts: Row = {
        "os": [{"id": 2284, "name": "Ubuntu 24.04 LTS x64", "arch": "x64", "family": "ubuntu"}],
        "applications": [],
        "plans": larger,
    }
    return {name: part for name, part in parts.items() if wanted in {"", "all", name}}


def backup_rows(instance_id: str) -> list[Row]:
    """The rows of ``/backups``: the two latest of every server that has automatic backups."""
    backed_up = [server for server in listed_servers() if BACKUPS in server.features]
    return [
        {
            "id": sample_id("backup", f"{server.label}/{days_ago}"),
            "date_created": (SAMPLE_NOW - timedelta(days=days_ago, hours=9)).isoformat(),
            "description": f"{server.label} automatic backup",
            "size": server.plan.disk * _GIB // 3,
            "status": "complete",
            "os_id": 2284,
            "app_id": 0,
        }
        for server in backed_up
        for days_ago in (1, 8)
        if instance_id in {"", server.id}
    ]
