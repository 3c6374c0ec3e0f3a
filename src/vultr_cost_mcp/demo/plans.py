"""The server plans for sale to the sample account, with their prices by region."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from vultr_cost_mcp.demo.data import Row, sample, table
from vultr_cost_mcp.domain.monthly_cap import GPU_MONTH_HOURS, MONTH_HOURS

# The families whose month has 730 hours (D7); the type decides, never the id: a vdm plan's id
# starts with vcg.
_LONG_TYPES = {"vcg", "vdm", "vx1"}
# Sao Paulo is half as dear again for shared plans, as plans' location_cost says.
_DEAR_REGION, _DEAR_FACTOR, _DEAR_TYPES = "sao", Decimal("1.5"), {"vc2"}
# The share of the price at which preemptible servers are offered, where they are.
_PREEMPTIBLE, _PREEMPTIBLE_TYPES = Decimal("0.6"), {"vhp"}
_MAIN_REGIONS, _GPU_REGIONS = ("ewr", "sjc", "fra", "ams", "sgp"), ("ewr", "sjc")


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

    def price(self, region: str, *, preemptible: bool = False) -> Decimal:
        """Dollars a month in a region."""
        if preemptible:
            return self.monthly * _PREEMPTIBLE
        dear = region == _DEAR_REGION and self.type in _DEAR_TYPES
        return self.monthly * (_DEAR_FACTOR if dear else 1)


@cache
def plans() -> dict[str, Plan]:
    """Return every cloud server plan by its id."""
    rows = table(sample("plans"))
    for row in rows:
        row |= {"monthly": Decimal(row["monthly"]), "hourly": Decimal(row["hourly"])}
    return {row["id"]: Plan(**row) for row in rows}


def plan_rows(wanted: str = "all") -> list[Row]:
    """Return the rows of ``/plans``, of one ``type`` or of all."""
    return [_plan_row(plan) for plan in plans().values() if wanted in {"", "all", plan.type}]


def _plan_row(plan: Plan) -> Row:
    dear = {_DEAR_REGION: _costs(plan, _DEAR_FACTOR)} if plan.type in _DEAR_TYPES else {}
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
        "locations": list(_GPU_REGIONS if plan.gpu else (*_MAIN_REGIONS, *dear)),
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
