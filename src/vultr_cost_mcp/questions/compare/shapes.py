"""The shape of a plan as it is looked for at other clouds (rules E22, E23)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.families.plans.rules import cpu_class, gpus_of
from vultr_cost_mcp.other_clouds.matching import Shape

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.catalog import ListPlan

METAL = "bare metal is not compared"
NOT_KNOWN = "the processors or memory are unknown"
PART_OF_GPU = "a part of a GPU is not compared"
GPU_NOT_KNOWN = "the number of GPUs is unknown"
_GIB = Decimal(1024)


def shape_of(plan: ListPlan | None) -> Shape | str:
    """Return the shape to look for elsewhere, or the reason for none."""
    if plan is None:
        return "the plan is no longer listed"
    kind = cpu_class(plan)
    if plan.metal:
        return METAL
    if kind is None or not plan.vcpus or not plan.memory_mb:
        return NOT_KNOWN
    if plan.gpu:
        return _gpu_shape(plan, plan.vcpus, plan.memory_mb / _GIB)
    return Shape(kind, plan.vcpus, plan.memory_mb / _GIB)


def _gpu_shape(plan: ListPlan, vcpus: Decimal, memory: Decimal) -> Shape | str:
    """Return the shape of a plan with whole GPUs; shared ones are not compared."""
    cards = gpus_of(plan)
    if cards is None:
        return GPU_NOT_KNOWN
    if cards.denominator != 1:
        return PART_OF_GPU
    return Shape("gpu", vcpus, memory, plan.gpu_model, int(cards), plan.gpu_memory_gb)
