"""Vultr's offer: plans as a catalog of prices, regions by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.catalog import ListPlan
from vultr_cost_mcp.families.plans.rules import (
    gpu_model,
    is_gpu,
    is_gpu_plan,
    is_ipv6_only,
    is_one_an_account,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vultr_cost_mcp.vultr.models.plans import Availability, Plan, RegionInfo

Catalog = dict[str, ListPlan]


def catalog_of(plans: Iterable[Plan], metal_plans: Iterable[Plan]) -> Catalog:
    """Return every listed plan by its id."""
    catalog = {plan.id: _list_plan(plan, metal=False) for plan in plans}
    return catalog | {plan.id: _list_plan(plan, metal=True) for plan in metal_plans}


def region_names(regions: Iterable[RegionInfo]) -> dict[str, str]:
    """Return every region's name by its id: city and country, or the id if neither is known."""
    return {
        row.id: ", ".join(filter(None, (row.city.strip(), row.country.strip()))) or row.id
        for row in regions
        if row.id
    }


def offered_by_region(regions: Mapping[str, Availability]) -> dict[str, frozenset[str]]:
    """Return the ids of the plans that each region has, those for a VPC alone included (E18)."""
    return {
        region: frozenset((*row.available_plans, *row.available_vpc_only_plans))
        for region, row in regions.items()
    }


def _list_plan(plan: Plan, *, metal: bool) -> ListPlan:
    regional = {
        region.strip().lower(): cost.monthly_cost
        for region, cost in plan.location_cost.items()
        if region.strip()
    }
    # The type of a metal plan is its disk's type and says nothing about GPUs.
    plan_type = "" if metal else plan.type.strip().lower()
    gpu = is_gpu(plan_type, plan.gpu_brand, plan.gpu_type, plan.gpu_vram_gb)
    if metal and not gpu:
        gpu = is_gpu_plan(plan.id, None)
    return ListPlan(
        id=plan.id,
        type=plan_type,
        monthly=plan.monthly_cost,
        regional=regional,
        gpu=gpu,
        metal=metal,
        vcpus=plan.vcpu_count if plan.vcpu_count is not None else plan.cpu_count,
        memory_mb=plan.ram,
        disk_gb=None if plan.disk is None else plan.disk * (plan.disk_count or 1),
        bandwidth_gb=plan.bandwidth,
        locations=frozenset(region.strip().lower() for region in plan.locations if region.strip()),
        on_demand=_on_demand(plan),
        ipv6_only=is_ipv6_only(plan.id),
        one_an_account=is_one_an_account(plan.id, plan.monthly_cost),
        hourly=plan.hourly_cost,
        gpu_model=gpu_model(plan.id, plan.gpu_type) if gpu else "",
        gpu_memory_gb=plan.gpu_vram_gb if gpu else None,
    )


def _on_demand(plan: Plan) -> bool:
    """Return whether a plan is sold on demand; only a preemptible one is not (D21)."""
    if plan.deploy_ondemand is None:
        return plan.deploy_preemptible is not True
    return plan.deploy_ondemand
