"""Managed databases, a read replica among them, with their plans and their stored usage."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.bill import THIS_MONTH, Line, Period, Term, hourly_lines, owed
from vultr_cost_mcp.demo.company import PLACEHOLDER, Row, instant, sample_id, spaced_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

# id, nodes, type, vCPUs, MB of memory, GB of disk, dollars a month for all nodes
_PLANS = (
    ("vultr-dbaas-hobbyist-cc-1-25-1", 1, "vc2", 1, 1024, 25, "15"),
    ("vultr-dbaas-startup-cc-1-55-2", 1, "vc2", 1, 2048, 55, "30"),
    ("vultr-dbaas-startup-cc-2-80-4", 1, "vc2", 2, 4096, 80, "60"),
    ("vultr-dbaas-business-cc-2-80-4", 2, "vc2", 2, 4096, 80, "120"),
    ("vultr-dbaas-business-cc-4-160-8", 2, "vc2", 4, 8192, 160, "240"),
)
_STARTUP, _BUSINESS = "vultr-dbaas-startup-cc-2-80-4", "vultr-dbaas-business-cc-2-80-4"


@dataclass(frozen=True, slots=True)
class _Database:
    label: str
    engine: str
    version: str
    plan_id: str
    created: str
    tag: str
    usage: tuple[str, str, str]
    """GB of disk in use, MB of memory in use, percent of CPU of the last hour."""
    primary: str = ""
    earlier: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        return sample_id("database", self.label)


_DATABASES = (
    _Database(
        "fleet-pg",
        "pg",
        "17",
        _BUSINESS,
        "2024-09-04T09:20",
        "env:prod",
        ("51.4", "3105", "42.7"),
        earlier=((_STARTUP, "2026-01-14T06:00"),),
    ),
    _Database(
        "fleet-pg-replica",
        "pg",
        "17",
        _STARTUP,
        "2026-01-14T07:00",
        "env:prod",
        ("51.4", "2210", "18.3"),
        "fleet-pg",
    ),
    _Database(
        "staging-mysql",
        "mysql",
        "8",
        "vultr-dbaas-startup-cc-1-55-2",
        "2025-07-01T10:00",
        "env:staging",
        ("1.1", "348", "0.9"),
    ),
    _Database(
        "mission-log",
        "mysql",
        "8",
        "vultr-dbaas-business-cc-4-160-8",
        "2025-10-27T09:00",
        "env:prod",
        ("12.9", "1290", "6.2"),
    ),
)


def lines(period: Period) -> Iterator[Line]:
    """The databases' lines in a period, a replica's its own."""
    yield from hourly_lines(_terms(), period)


def _terms() -> Iterator[Term]:
    prices = {plan[0]: Decimal(plan[-1]) for plan in _PLANS}
    for database in _DATABASES:
        start = instant(database.created)
        described = f"Managed Database ({database.label})"
        for plan_id, until in database.earlier:
            end = instant(until)
            yield Term(
                "Managed Database", described, prices[plan_id], start, end, owner=database.id
            )
            start = end
        price = prices[database.plan_id]
        yield Term("Managed Database", described, price, start, owner=database.id)


def database_rows() -> list[Row]:
    """The rows of ``/databases``: a replica stands inside its primary."""
    rows: list[Row] = []
    for database in _DATABASES:
        if not database.primary:
            replicas = [_database_row(one) for one in _DATABASES if one.primary == database.label]
            rows.append(_database_row(database) | {"read_replicas": replicas})
    return rows


def _database_row(database: _Database) -> Row:
    plan = next(plan for plan in _PLANS if plan[0] == database.plan_id)
    return {
        "id": database.id,
        "date_created": spaced_stamp(database.created),
        "plan": database.plan_id,
        "plan_disk": plan[5],
        "plan_ram": plan[4],
        "plan_vcpus": plan[3],
        "plan_replicas": plan[1] - 1,
        "region": "EWR",
        "database_engine": database.engine,
        "database_engine_version": database.version,
        "vpc_id": "",
        "status": "Running",
        "label": database.label,
        "tag": database.tag,
        "pending_charges": owed(database.id, lines(THIS_MONTH)),
        "dbname": "defaultdb",
        "host": f"{database.label}.vultrdb.example",
        "user": "vultradmin",
        "password": f"{PLACEHOLDER}05",
        "access_key": f"{PLACEHOLDER}06",
        "access_cert": f"{PLACEHOLDER}07",
        "ca_certificate": f"{PLACEHOLDER}08",
        "port": "16751",
        "latest_backup": "2026-11-18 00:59:07",
        "trusted_ips": [],
        "cluster_time_zone": "UTC",
    }


def database_plan_rows() -> list[Row]:
    """The rows of ``/databases/plans``."""
    return [
        {
            "id": plan_id,
            "number_of_nodes": nodes,
            "type": kind,
            "vcpu_count": vcpus,
            "ram": ram,
            "disk": disk,
            "monthly_cost": Decimal(monthly),
            "supported_engines": {"mysql": True, "pg": True, "valkey": False, "kafka": False},
            "max_connections": {"mysql": 75 * vcpus, "pg": 22 * vcpus},
            "locations": ["EWR", "FRA", "SEA"],
        }
        for plan_id, nodes, kind, vcpus, ram, disk, monthly in _PLANS
    ]


def usage(database_id: str) -> Row | None:
    """The body of ``/databases/{id}/usage``; None for an unknown id."""
    for database in _DATABASES:
        if database.id == database_id:
            return _usage_of(database)
    return None


def _usage_of(database: _Database) -> Row:
    plan = next(plan for plan in _PLANS if plan[0] == database.plan_id)
    disk, memory, cpu = (Decimal(text) for text in database.usage)
    return {
        "disk": {"current_gb": disk, "max_gb": plan[5], "percentage": _percent(disk, plan[5])},
        "memory": {
            "current_mb": memory,
            "max_mb": plan[4],
            "percentage": _percent(memory, plan[4]),
        },
        "cpu": {"percentage": cpu},
    }


def _percent(part: Decimal, whole: int) -> Decimal:
    return (part * 100 / whole).quantize(Decimal("0.01"))
