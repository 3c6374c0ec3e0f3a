"""Find the nearest shape of another cloud, or none (rules E22, E23)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.other_clouds.list_prices import X86

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.other_clouds.list_prices import OtherPlan, Provider, ServerClass

# A shape elsewhere has at least the asked size, and at most twice it.
_MOST = Decimal(2)
_ONE = Decimal(1)
# A card that is sold as 48 GB may be listed with its usable 45 GiB.
_GPU_MEMORY = Decimal("0.9")
EUROPE, UNITED_STATES = "eu", "us"
# Countries whose regions are compared with prices of Frankfurt or Nuremberg; all of Europe that
# Vultr has regions in.
_EUROPEAN = frozenset({"DE", "ES", "FR", "GB", "IT", "NL", "PL", "SE"})


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape to match at other clouds: GiB of memory; ``gpus`` are whole, None a part of one.

    ``gpu_memory`` is in GB, that of all cards together.
    """

    kind: ServerClass
    vcpus: Decimal
    memory: Decimal
    gpu: str = ""
    gpus: int | None = None
    gpu_memory: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest shape, and how many times the asked processors and memory it has."""

    plan: OtherPlan
    vcpus: Decimal
    memory: Decimal


def region_group(country: str | None) -> str | None:
    """Return the part of the world whose prices a country is compared with; None without any."""
    if country == "US":
        return UNITED_STATES
    return EUROPE if country in _EUROPEAN else None


def nearest_shape(
    shape: Shape, group: str, provider: Provider, plans: Iterable[OtherPlan]
) -> Match | None:
    """Return the fitting shape with the smallest excess; the cheaper of equals (E23)."""
    found = [
        match
        for plan in plans
        if plan.provider == provider
        and group in plan.groups
        and plan.kind == shape.kind
        and plan.arch == X86
        and _has_gpus(plan, shape)
        and _fits(match := _match(plan, shape))
    ]
    return min(found, key=_order, default=None)


def _match(plan: OtherPlan, shape: Shape) -> Match:
    return Match(plan, plan.vcpus / shape.vcpus, plan.memory / shape.memory)


def _fits(match: Match) -> bool:
    return _ONE <= match.vcpus <= _MOST and _ONE <= match.memory <= _MOST


def _order(match: Match) -> tuple[Decimal, Decimal, Decimal, str]:
    """Return the excess of the larger of the two, then of both, then price and name."""
    return (
        max(match.vcpus, match.memory),
        match.vcpus * match.memory,
        match.plan.month,
        match.plan.name,
    )


def _has_gpus(plan: OtherPlan, shape: Shape) -> bool:
    """Return whether it has the same GPUs, whole ones, with nearly their memory at least."""
    if shape.kind != "gpu":
        return True
    if not shape.gpus or shape.gpu_memory is None or plan.gpu_memory is None:
        return False
    return (
        plan.gpu.casefold() == shape.gpu.casefold()
        and plan.gpu_count == shape.gpus
        and plan.gpu_memory >= shape.gpu_memory * _GPU_MEMORY
    )
