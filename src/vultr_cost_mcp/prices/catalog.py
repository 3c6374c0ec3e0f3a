"""List prices of plans by region, and what a plan is: GPU or not, 672 hours or 730 (D7, D8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vultr_cost_mcp.prices.accrual import LONG_HOURS, STANDARD_HOURS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

# Families whose month counts 730 hours: Cloud GPU by Vultr's page of September 2025, VX1 by the
# reference that this project was given.
_LONG_TYPES = frozenset({"vcg", "vdm", "vx1"})
_LONG_PREFIXES = ("vcg-", "vdm-", "vx1-")
_GPU_TYPES = frozenset({"vcg", "vdm"})


@dataclass(frozen=True, slots=True)
class ListPlan:
    """A plan as it is offered: dollars a month, with the regions that cost something else."""

    id: str
    type: str
    monthly: Decimal | None
    regional: Mapping[str, Decimal] = field(default_factory=dict[str, "Decimal"])
    gpu: bool = False
    metal: bool = False
    disk_gb: Decimal | None = None

    def price_in(self, region: str) -> Decimal | None:
        """Dollars a month in a region: its own price first, else the plan's."""
        return self.regional.get(region, self.monthly)


def is_gpu_plan(plan_id: str, plan: ListPlan | None) -> bool:
    """Whether a plan is a GPU plan; by its id only when it is no longer listed (D12)."""
    if plan is not None:
        return plan.gpu
    return plan_id.startswith("vcg-") or (plan_id.startswith("vbm-") and "-gpu" in plan_id)


def is_gpu(plan_type: str, brand: str, gpu_type: str, vram_gb: Decimal | None) -> bool:
    """Whether what ``/plans`` says of a plan makes it a GPU plan; ``vhf`` is not one."""
    return (
        brand.strip().casefold() not in {"", "none"}
        or bool(gpu_type.strip())
        or (vram_gb is not None and vram_gb > 0)
        or plan_type in _GPU_TYPES
    )


def usual_hours(plan_id: str, plan: ListPlan | None) -> int:
    """The hours that a month of this plan counts when no line of the bill tells (D7)."""
    if plan is not None and plan.metal:
        return STANDARD_HOURS
    long = plan_id.startswith(_LONG_PREFIXES) or (plan is not None and plan.type in _LONG_TYPES)
    return LONG_HOURS if long else STANDARD_HOURS
