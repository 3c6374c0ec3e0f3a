"""The bare metal servers, the GPU cluster that one of them forms, and their plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.bill import Line, Period, Term, hourly_lines
from vultr_cost_mcp.demo.company import PLACEHOLDER, SAMPLE_NOW, Row, instant, sample_id, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

CLUSTER = "foundation-cluster"

_PLAN_FIELDS = (
    "id", "cpu_count", "cpu_threads", "cpu_model", "ram", "disk", "disk_count", "bandwidth", "type",
    "gpu_brand",
)  # fmt: skip
_GPU_PLAN = "vbm-24c-384gb-2-l40s-gpu"
# the fields above (the type is the disk's), then dollars a month and dollars an hour as displayed
_PLANS = (
    (("vbm-4c-32gb", 4, 8, "E3-1270v6", 32768, 240, 2, 5120, "SSD", "none"), "300", "0.41"),
    (("vbm-8c-132gb", 8, 16, "E-2388G", 131072, 1920, 2, 10240, "NVMe", "none"), "350", "0.48"),
    ((_GPU_PLAN, 24, 48, "EPYC 9254", 393216, 1920, 2, 10240, "NVMe", "NVIDIA"), "2016", "3"),
)


@dataclass(frozen=True, slots=True)
class Metal:
    """One bare metal server; ``out_mb`` is what it sends on a usual day."""

    label: str
    plan_id: str
    region: str
    ip: str
    created: str
    tags: str
    ram: int
    disk: str
    cpus: int
    monthly: Decimal
    out_mb: int

    @property
    def id(self) -> str:
        """The server's id; the GPU cluster lists its node under the same one."""
        return sample_id("metal", self.label)


BUILD_FARM = Metal(
    "ros-build-farm",
    "vbm-4c-32gb",
    "ewr",
    "203.0.113.120",
    "2025-01-14T09:00",
    "env:dev team:platform",
    32768,
    "2x 240GB SSD",
    4,
    Decimal(300),
    47_000,
)
FOUNDATION = Metal(
    "foundation-node-1",
    _GPU_PLAN,
    "sjc",
    "192.0.2.120",
    "2026-06-09T08:00",
    "env:dev team:perception project:foundation",
    393216,
    "2x 1920GB NVMe",
    24,
    Decimal(2016),
    64_000,
)
METALS = (BUILD_FARM, FOUNDATION)


def lines(period: Period) -> Iterator[Line]:
    """The bare metal servers' lines in a period."""
    for metal in METALS:
        name = f"{metal.ip} ({metal.ram} MB) [{metal.label}]"
        term = Term("Vultr Bare Metal", name, metal.monthly, instant(metal.created), owner=metal.id)
        yield from hourly_lines([term], period)


def metal_rows() -> list[Row]:
    """The rows of ``/bare-metals``."""
    return [_metal_row(metal) for metal in METALS]


def _metal_row(metal: Metal) -> Row:
    return {
        "id": metal.id,
        "os": "Ubuntu 24.04 LTS x64",
        "ram": f"{metal.ram} MB",
        "disk": metal.disk,
        "main_ip": metal.ip,
        "cpu_count": metal.cpus,
        "region": metal.region,
        "default_password": f"{PLACEHOLDER}13",
        "date_created": stamp(metal.created),
        "status": "active",
        "netmask_v4": "255.255.254.0",
        "gateway_v4": metal.ip.rpartition(".")[0] + ".1",
        "plan": metal.plan_id,
        "label": metal.label,
        "internal_ip": "",
        "vpcs": [],
        "mac_address": 2199756823533,
        "os_id": 2284,
        "app_id": 0,
        "image_id": "",
        "snapshot_id": "",
        "features": ["ipv6"],
        "tags": metal.tags.split(),
        "user_scheme": "root",
        "mdisk_mode": "raid1",
    }


def plan_rows() -> list[Row]:
    """The rows of ``/plans-metal``."""
    return [
        {
            **dict[str, object](zip(_PLAN_FIELDS, fields, strict=True)),
            "invoice_type": "monthly",
            "monthly_cost": Decimal(monthly),
            "hourly_cost": Decimal(hourly),
            "monthly_cost_preemptible": Decimal(monthly),
            "hourly_cost_preemptible": Decimal(hourly),
            "locations": ["ewr", "sjc"],
        }
        for fields, monthly, hourly in _PLANS
    ]


def cluster_rows() -> list[Row]:
    """The rows of ``/clusters``: one GPU cluster, whose node is in ``/bare-metals`` as well."""
    node = FOUNDATION
    return [
        {
            "id": sample_id("cluster", CLUSTER),
            "region": node.region,
            "label": CLUSTER,
            "plan": node.plan_id,
            "min_pool_count": 1,
            "desired_pool_count": 1,
            "hostname": CLUSTER,
            "status": "active",
            "state": "running",
            "date_created": stamp(node.created),
            "cluster_type": "fabric",
            "type": "cluster",
            "head_node_instance_template_id": sample_id("template", CLUSTER),
            "instances": [
                {
                    "id": node.id,
                    "label": node.label,
                    "date_created": stamp(node.created),
                    "status": "active",
                }
            ],
            "vpc_networks": [],
        }
    ]


def cluster_metrics() -> Row:
    """The metrics of the GPU cluster: two GPUs, the last four hours, one point an hour."""
    gpu: Row = {
        "temperature": {"gpu": _series("61.5", "58")},
        "utilization": {
            "gpu": _series("74.2", "69.8"),
            "memory": {"total": _series("49140", "49140"), "used": _series("38120", "37604")},
        },
        "power": {"used": _series("268.4", "251"), "max": _series("350", "350")},
    }
    fabric = {"raw_throughput": {"tx": _series("125829120"), "rx": _series("130023424")}}
    return {"instances": {FOUNDATION.id: {"gpu": gpu, "fabric": fabric}}}


def _series(*levels: str) -> list[Row]:
    times = [int((SAMPLE_NOW - timedelta(hours=back)).timestamp()) for back in (4, 3, 2, 1)]
    return [
        {
            "target": str(number),
            "datapoints": [[Decimal(level), time] for time in times],
            "tags": {"name": str(number)},
        }
        for number, level in enumerate(levels)
    ]
