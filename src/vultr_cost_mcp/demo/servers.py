"""The cloud servers of the sample company, past ones too: prices and rows of the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.bill import THIS_MONTH, Term, hourly_lines, owed
from vultr_cost_mcp.demo.data import PLACEHOLDER, SAMPLE_NOW, Row, id_of, instant, sample, table
from vultr_cost_mcp.demo.plans import Plan, plans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_BACKUPS, _BACKUP_SHARE = "auto_backups", Decimal("0.2")
_DDOS, _DDOS_MONTHLY = "ddos_protection", Decimal(10)
_FILTERS = ("label", "main_ip", "region", "hostname")
_GIB = 1 << 30
_VPC = "@vpc/prod-ewr"
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


@dataclass(frozen=True, slots=True)
class Server:
    """One cloud server over its whole life; ``out_mb`` are the MB sent on a usual day."""

    label: str
    plan_id: str
    region: str
    ip: str
    created: str
    out_mb: int
    tags: str
    features: str = "ipv6"
    stopped: bool = False
    suspended: bool = False
    preemptible: bool = False
    gone: str = ""
    unlisted: bool = False
    earlier: tuple[tuple[str, str], ...] = ()
    """Plans that it had before, each with the instant until which it had it."""

    @property
    def id(self) -> str:
        """The server's id; a Kubernetes node has the same one in its pool."""
        return id_of(f"@server/{self.label}")

    @property
    def plan(self) -> Plan:
        """The plan that it has now, or had at its end."""
        return plans()[self.plan_id]

    @property
    def start(self) -> datetime:
        """The instant of its creation."""
        return instant(self.created)

    @property
    def end(self) -> datetime | None:
        """The instant of its end, if it was destroyed."""
        return instant(self.gone) if self.gone else None

    @property
    def vpc_address(self) -> str:
        """Its address in the production network, empty if it is not in it."""
        inside = self.region == "ewr" and "env:prod" in self.tags.split()
        return "10.20.0." + self.ip.rpartition(".")[2] if inside else ""

    def terms(self) -> Iterator[Term]:
        """Yield a term for each plan that it had, then its add-ons."""
        for plan, start, end in self._stretches():
            product = "Vultr Cloud GPU" if plan.gpu else "Vultr Cloud Compute"
            name = f"{self.ip} ({plan.ram} MB) [{self.label}]"
            price = plan.price(self.region, preemptible=self.preemptible)
            yield Term(product, name, price, start, end, plan.cap_hours, owner=self.id)
            if _BACKUPS in self.features:
                share, described = price * _BACKUP_SHARE, f"{name} Automatic Backups"
                yield Term("Automatic Backup", described, share, start, end, owner=self.id)
        if _DDOS in self.features:
            described = f"{self.ip} ({self.plan.ram} MB) [{self.label}] DDoS Protection"
            whole = (self.start, self.end)
            yield Term("DDoS Protection", described, _DDOS_MONTHLY, *whole, owner=self.id)

    def _stretches(self) -> Iterator[tuple[Plan, datetime, datetime | None]]:
        start = self.start
        for plan_id, until in self.earlier:
            yield plans()[plan_id], start, instant(until)
            start = instant(until)
        yield self.plan, start, self.end


@cache
def servers() -> tuple[Server, ...]:
    """Return all servers that the company has and had."""
    return tuple(Server(**row.pop("more"), **row) for row in table(sample("servers")))


def listed_servers() -> list[Server]:
    """Return the servers that ``/instances`` shows."""
    return [server for server in servers() if not server.gone and not server.unlisted]


def instance_rows(query: Mapping[str, str]) -> list[Row]:
    """Return the rows of ``/instances``, each with its charges if the query asks for them."""
    rows: list[Row] = []
    for server in listed_servers():
        row = instance_row(server)
        if query.get("show_pending_charges", "").lower() in {"true", "1"}:
            row["pending_charges"] = owed(server.id, hourly_lines(server.terms(), THIS_MONTH))
        if _is_wanted(row, server, query):
            rows.append(row)
    return rows


def _is_wanted(row: Row, server: Server, query: Mapping[str, str]) -> bool:
    tag = query.get("tag", "")
    if tag and tag not in server.tags.split():
        return False
    return all(row[name] == query[name] for name in _FILTERS if query.get(name))


def instance_row(server: Server) -> Row:
    """Return one server as ``/instances/{id}`` writes it: nothing in it is money."""
    plan, address = server.plan, server.vpc_address
    return {
        "id": server.id,
        "ram": plan.ram,
        "disk": plan.disk,
        "main_ip": server.ip,
        "vcpu_count": plan.vcpus,
        "region": server.region,
        "plan": server.plan_id,
        "date_created": server.start.isoformat(),
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
        "internal_ip": address,
        "vpc_only": False,
        "vpcs": [{"id": id_of(_VPC), "version": 1, "subnet": address}] if address else [],
        "hostname": server.label,
        "features": server.features.split(),
        "tags": server.tags.split(),
        **_SAME_FOR_ALL,
    }


def vpc_nodes(vpc: str) -> list[Row]:
    """Return the servers in a private network; only the production network has some."""
    return [
        {"id": server.id, "type": "Instance", "subnet": server.vpc_address}
        for server in listed_servers()
        if server.vpc_address and vpc == id_of(_VPC)
    ]


def upgrades(server: Server, wanted: str) -> Row:
    """Return the legal upgrades: plans of the same type whose disk holds the present one."""
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
    """Return the rows of ``/backups``: the two latest of every server with automatic backups."""
    return [
        {
            "id": id_of(f"@backup/{server.label}/{days_ago}"),
            "date_created": (SAMPLE_NOW - timedelta(days=days_ago, hours=9)).isoformat(),
            "description": f"{server.label} automatic backup",
            "size": server.plan.disk * _GIB // 3,
            "status": "complete",
            "os_id": 2284,
            "app_id": 0,
        }
        for server in listed_servers()
        for days_ago in (1, 8)
        if _BACKUPS in server.features and instance_id in {"", server.id}
    ]
