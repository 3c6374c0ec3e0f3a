"""What Vultr would sell to the sample account: server plans, their prices and the regions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.month_hours import GPU_MONTH_HOURS, MONTH_HOURS

if TYPE_CHECKING:
    from vultr_cost_mcp.demo.company import Row

# The families whose month has 730 hours (D7); the type decides, never the id: a vdm plan's id
# starts with vcg.
_LONG_TYPES = {"vcg", "vdm", "vx1"}

# Sao Paulo is half as dear again for shared plans, as plans' location_cost says.
_DEAR_REGION = "sao"
_DEAR_FACTOR = Decimal("1.5")
_DEAR_TYPES = {"vc2"}
# The share of the price at which preemptible servers are offered, where they are.
_PREEMPTIBLE = Decimal("0.6")
_PREEMPTIBLE_TYPES = {"vhp"}

_MAIN_REGIONS = ("ewr", "sjc", "fra", "ams", "sgp")


@dataclass(frozen=True, slots=True)
class Plan:
    """A cloud server plan: memory in MB, disk and bandwidth in GB, dollars a month."""

    id: str
    type: str
    vcpus: int
    ram: int
    disk: int
    bandwidth: int
    monthly: Decimal
    hourly: Decimal
    gpu: str = ""
    vram: int = 0

    @property
    def cap_hours(self) -> int:
        """The hours of a billed month."""
        return GPU_MONTH_HOURS if self.type in _LONG_TYPES else MONTH_HOURS

    @property
    def is_gpu(self) -> bool:
        """Whether the plan comes with a GPU."""
        return bool(self.gpu)

    def price(self, region: str, *, preemptible: bool = False) -> Decimal:
        """Dollars a month in a region."""
        if preemptible:
            return self.monthly * _PREEMPTIBLE
        dear = region == _DEAR_REGION and self.type in _DEAR_TYPES
        return self.monthly * (_DEAR_FACTOR if dear else 1)


# id, type, vCPUs, MB of memory, GB of disk, GB of bandwidth, dollars a month, dollars an hour as
# displayed (a rounded price that no bill uses)
_CPU_PLANS = (
    ("vc2-1c-1gb", "vc2", 1, 1024, 25, 1024, "5", "0.007"),
    ("vc2-1c-2gb", "vc2", 1, 2048, 55, 2048, "10", "0.015"),
    ("vc2-2c-4gb", "vc2", 2, 4096, 80, 3072, "20", "0.03"),
    ("vc2-4c-8gb", "vc2", 4, 8192, 160, 4096, "40", "0.06"),
    ("vc2-6c-16gb", "vc2", 6, 16384, 320, 5120, "80", "0.119"),
    ("vc2-8c-32gb", "vc2", 8, 32768, 640, 6144, "160", "0.238"),
    ("vhf-1c-2gb", "vhf", 1, 2048, 64, 2048, "12", "0.018"),
    ("vhf-2c-4gb", "vhf", 2, 4096, 128, 3072, "24", "0.036"),
    ("vhf-3c-8gb", "vhf", 3, 8192, 256, 4096, "48", "0.071"),
    ("vhf-4c-16gb", "vhf", 4, 16384, 384, 5120, "96", "0.143"),
    ("vhf-8c-32gb", "vhf", 8, 32768, 512, 6144, "192", "0.26"),
    ("vhp-2c-4gb-amd", "vhp", 2, 4096, 100, 5120, "24", "0.036"),
    ("vhp-4c-8gb-amd", "vhp", 4, 8192, 180, 6144, "48", "0.071"),
    ("vhp-4c-12gb-amd", "vhp", 4, 12288, 260, 7168, "72", "0.107"),
    ("vhp-8c-16gb-amd", "vhp", 8, 16384, 350, 8192, "96", "0.143"),
    ("voc-c-4c-8gb-75s-amd", "voc", 4, 8192, 75, 5120, "80", "0.119"),
    ("voc-g-2c-8gb-50s-amd", "voc", 2, 8192, 50, 5120, "60", "0.089"),
    ("voc-g-4c-16gb-80s-amd", "voc", 4, 16384, 80, 6144, "120", "0.179"),
    ("voc-m-4c-32gb-200s-amd", "voc", 4, 32768, 200, 7168, "160", "0.238"),
    ("vx1-g-2c-8g-120s", "vx1", 2, 8192, 120, 5120, "54.75", "0.075"),
    ("vx1-g-4c-16g-240s", "vx1", 4, 16384, 240, 6144, "109.5", "0.15"),
)
_A100 = "vcg-a100-12c-120g-80vram"
# the same, and the GPU with its GB of memory; a vdm plan comes without bandwidth of its own
_GPU_PLANS = (
    ("vcg-a100-1c-6g-4vram", "vcg", 1, 6144, 70, 1024, "90", "0.123", "NVIDIA_A100", 4),
    ("vcg-a16-6c-64g-16vram", "vcg", 6, 65536, 350, 6144, "350.4", "0.48", "NVIDIA_A16", 16),
    (_A100, "vcg", 12, 122880, 1400, 10240, "1750", "2.397", "NVIDIA_A100", 80),
    ("vcg-a40-24c-120g-48vram", "vdm", 24, 122880, 1400, 0, "1250", "1.712", "NVIDIA_A40", 48),
)

# id, city, country, continent
_REGIONS = (
    ("ewr", "New Jersey", "US", "North America"),
    ("sjc", "Silicon Valley", "US", "North America"),
    ("fra", "Frankfurt", "DE", "Europe"),
    ("ams", "Amsterdam", "NL", "Europe"),
    ("sgp", "Singapore", "SG", "Asia"),
    ("sao", "São Paulo", "BR", "South America"),
)


@cache
def plans() -> dict[str, Plan]:
    """Every cloud server plan by its id."""
    found: dict[str, Plan] = {}
    for plan_id, kind, vcpus, ram, disk, bandwidth, monthly, hourly in _CPU_PLANS:
        prices = Decimal(monthly), Decimal(hourly)
        found[plan_id] = Plan(plan_id, kind, vcpus, ram, disk, bandwidth, *prices)
    for plan_id, kind, vcpus, ram, disk, bandwidth, monthly, hourly, gpu, vram in _GPU_PLANS:
        prices = Decimal(monthly), Decimal(hourly)
        found[plan_id] = Plan(plan_id, kind, vcpus, ram, disk, bandwidth, *prices, gpu, vram)
    return found


def plan_rows(wanted: str = "all") -> list[Row]:
    """The rows of ``/plans``, of one ``type`` or of all."""
    return [_plan_row(plan) for plan in plans().values() if wanted in {"", "all", plan.type}]


def _plan_row(plan: Plan) -> Row:
    dear = {_DEAR_REGION: _costs(plan, _DEAR_FACTOR)} if plan.type in _DEAR_TYPES else {}
    regions = (*_MAIN_REGIONS, *dear) if not plan.is_gpu else ("ewr", "sjc")
    row: Row = {
        "id": plan.id,
        "vcpu_count": plan.vcpus,
        "ram": plan.ram,
        "disk": plan.disk,
        "disk_count": 1,
        "bandwidth": plan.bandwidth,
        "invoice_type": "monthly",
        **_costs(plan, Decimal(1)),
        "type": plan.type,
        "locations": list(regions),
        "location_cost": dear,
        "gpu_brand": plan.gpu.partition("_")[0] or "none",
    }
    if plan.type == "vcg":
        row |= {"gpu_type": plan.gpu, "gpu_vram_gb": plan.vram}
    if plan.type == "vdm":
        row |= {"disk_type": "DEDICATEDMETAL", "deploy_ondemand": True, "deploy_preemptible": False}
        # As the public list writes these plans: no bandwidth, and of the GPU only the brand.
        del row["bandwidth"], row["disk_count"]
    return row


def _costs(plan: Plan, factor: Decimal) -> Row:
    less = _PREEMPTIBLE if plan.type in _PREEMPTIBLE_TYPES else Decimal(1)
    return {
        "monthly_cost": plan.monthly * factor,
        "hourly_cost": plan.hourly * factor,
        "monthly_cost_preemptible": plan.monthly * factor * less,
        "hourly_cost_preemptible": plan.hourly * factor * less,
    }


def region_rows() -> list[Row]:
    """The rows of ``/regions``."""
    options = ["ddos_protection", "block_storage_high_perf", "kubernetes", "load_balancers"]
    return [
        {
            "id": region_id,
            "city": city,
            "country": country,
            "continent": continent,
            "options": options,
            "connectivity": ["public_ip", "nat_gateway"],
        }
        for region_id, city, country, continent in _REGIONS
    ]
