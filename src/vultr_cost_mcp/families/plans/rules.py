"""Classify plans: GPU or not, and 672 or 730 hours a month (D7, D12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.month_hours import GPU_MONTH_HOURS, MONTH_HOURS

if TYPE_CHECKING:
    from decimal import Decimal

    from vultr_cost_mcp.domain.catalog import ListPlan

# Plan families with 730 hours a month: Cloud GPU by Vultr's page of September 2025, VX1 by the
# reference that this project was given.
_LONG_TYPES = frozenset({"vcg", "vdm", "vx1"})
_LONG_PREFIXES = ("vcg-", "vdm-", "vx1-")
_GPU_TYPES = frozenset({"vcg", "vdm"})
# /plans has no field for these. Only the plan's id tells, as in vc2-1c-0.5gb-v6 and -free.
_IPV6_ONLY = frozenset({"v6", "ipv6"})
_FREE = frozenset({"free"})


def is_gpu_plan(plan_id: str, plan: ListPlan | None) -> bool:
    """Return whether a plan is a GPU plan; a plan no longer listed is judged by its id (D12)."""
    if plan is not None:
        return plan.gpu
    return plan_id.startswith("vcg-") or (plan_id.startswith("vbm-") and "-gpu" in plan_id)


def is_gpu(plan_type: str, brand: str, gpu_type: str, vram_gb: Decimal | None) -> bool:
    """Return whether the fields of ``/plans`` make a plan a GPU plan; ``vhf`` is not one."""
    return (
        brand.strip().casefold() not in {"", "none"}
        or bool(gpu_type.strip())
        or (vram_gb is not None and vram_gb > 0)
        or plan_type in _GPU_TYPES
    )


def is_ipv6_only(plan_id: str) -> bool:
    """Return whether servers of a plan get no IPv4 address (D21)."""
    return not _IPV6_ONLY.isdisjoint(plan_id.casefold().split("-"))


def is_one_an_account(plan_id: str, monthly: Decimal | None) -> bool:
    """Return whether an account may have one server of a plan: Vultr's free plan (D21)."""
    return monthly == 0 or not _FREE.isdisjoint(plan_id.casefold().split("-"))


def usual_hours(plan_id: str, plan: ListPlan | None) -> int:
    """Return the hours in a month of this plan if no line of the bill tells: 672 or 730 (D7)."""
    if plan is not None and plan.metal:
        return MONTH_HOURS
    if plan is not None and _is_by_672_hours(plan):
        return MONTH_HOURS
    long = plan_id.startswith(_LONG_PREFIXES) or (plan is not None and plan.type in _LONG_TYPES)
    return GPU_MONTH_HOURS if long else MONTH_HOURS


def _is_by_672_hours(plan: ListPlan) -> bool:
    """Return whether the monthly price is exactly 672 times the hourly price (D7)."""
    return (
        bool(plan.monthly)
        and plan.hourly is not None
        and (plan.hourly * MONTH_HOURS == plan.monthly)
    )
