"""Classify plans: GPU or not, shared or dedicated, 672 or 730 hours a month (D7, D12, D21, E21)."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.monthly_cap import GPU_MONTH_HOURS, MONTH_HOURS

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
# Families with shared and with dedicated processors; others are not known.
_SHARED = frozenset({"vc2", "vhp", "vhf"})
_DEDICATED = frozenset({"voc", "voc-g", "voc-c", "voc-m", "voc-s", "vdc", "vx1", "vcg", "vdm"})
# GB of one whole card, by its maker's data sheet. An A16 board holds four GPUs of 16 GB.
_CARD_GB = {
    "A16": 16,
    "A40": 48,
    "A100": 80,
    "L40S": 48,
    "H100": 80,
    "GH200": 96,
    "B200": 180,
    "MI300X": 192,
    "MI325X": 256,
    "MI355X": 288,
}
# The card in the id of a plan, such as vbm-64c-1024gb-4-a100-gpu and vcg-a16-2c-8g-2vram.
_CARD_IN_ID = re.compile(r"-([a-z0-9]+)-gpu|^(?:vcg|vdm)-([a-z]+[0-9]+[a-z]?)-")

CpuClass = Literal["shared", "dedicated"]


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


def gpu_model(plan_id: str, gpu_type: str) -> str:
    """Return the card of a GPU plan, without its maker's name; by the id where no type is given."""
    named = gpu_type.strip().upper().rpartition("_")[2]
    if named:
        return named
    found = _CARD_IN_ID.search(plan_id.casefold())
    return "" if found is None else (found[1] or found[2]).upper()


def gpus_of(plan: ListPlan) -> Fraction | None:
    """Return how many cards a plan has, a part of one included; None if that is not known."""
    whole = _CARD_GB.get(plan.gpu_model)
    if not whole or not plan.gpu_memory_gb:
        return None
    return Fraction(plan.gpu_memory_gb) / whole


def cpu_class(plan: ListPlan) -> CpuClass | None:
    """Return whether processors are shared or dedicated; None for a family that is not known."""
    if plan.metal or plan.gpu or plan.type in _DEDICATED:
        return "dedicated"
    return "shared" if plan.type in _SHARED else None
