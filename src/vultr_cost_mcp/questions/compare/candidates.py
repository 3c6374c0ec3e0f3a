"""Choose the plans that meet every minimum, the cheapest first (rules D21, E21)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.families.plans.rules import CpuClass, cpu_class
from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vultr_cost_mcp.domain.catalog import ListPlan

Deployable = Literal["yes", "no", "unknown"]
GIB = Decimal(1024)
ANY_GPU = "any"
# Shared processors rank below dedicated ones.
_RANK: Mapping[CpuClass | None, int] = {None: 0, "shared": 1, "dedicated": 2}


@dataclass(frozen=True, slots=True)
class Present:
    """The plan that others are compared with, at its price here in dollars a month.

    ``server`` is the id of the server that has it, None for a plan alone. ``needs_ipv4`` is whether
    that server has an IPv4 address, ``has_add_ons`` whether it pays for more than its plan.
    """

    label: str
    plan: ListPlan
    region: str | None
    monthly: Decimal | None
    server: str | None = None
    needs_ipv4: bool = False
    has_add_ons: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """The least that a plan has to have; memory and disk are in GB, the ceiling in dollars."""

    vcpu: Decimal | None = None
    memory_gb: Decimal | None = None
    disk_gb: Decimal | None = None
    gpu: str | None = None
    gpu_memory_gb: Decimal | None = None
    cpu: CpuClass | None = None
    max_monthly: Decimal | None = None

    @property
    def given(self) -> dict[str, str]:
        """Return the minima that are set, as texts."""
        named: dict[str, object | None] = {
            "vcpu": self.vcpu,
            "memory_gb": self.memory_gb,
            "disk_gb": self.disk_gb,
            "gpu": self.gpu,
            "gpu_memory_gb": self.gpu_memory_gb,
            "cpu": self.cpu,
            "max_monthly": self.max_monthly,
        }
        return {name: _text(value) for name, value in named.items() if value is not None}


def candidates(
    plans: Iterable[ListPlan], wanted: Wanted, region: str | None, present: Present | None
) -> list[ListPlan]:
    """Return the plans on offer that meet every minimum, by their price in the region."""
    fitting = [
        plan
        for plan in plans
        if _on_offer(plan)
        and _has(plan, wanted)
        and _is_within(plan.price_in(region or ""), wanted.max_monthly)
        and (present is None or _replaces(plan, present, region))
    ]
    return sorted(fitting, key=_by_price(region or ""))


def deployable(
    plan: ListPlan, region: str | None, offered: frozenset[str] | None = None
) -> Deployable:
    """Return whether a plan can be ordered in a region, or in any (E18).

    ``offered`` are the plans of the region's availability, None if it was not read. One that lists
    no bare metal at all tells nothing about bare metal.
    """
    if region is None or region in plan.locations:
        return "yes"
    if offered is None:
        return "unknown"
    if plan.id in offered:
        return "yes"
    return "unknown" if plan.metal and not any(map(_is_metal, offered)) else "no"


def is_choice(plan: ListPlan, region: str | None, present: Present) -> bool:
    """Return whether a plan is another one, or the server's own in another region (E21)."""
    moves = present.server is not None and region not in {None, present.region}
    return moves or plan.id != present.plan.id


def _is_metal(plan_id: str) -> bool:
    return plan_id.startswith("vbm")


def _on_offer(plan: ListPlan) -> bool:
    """Return whether anybody may order a plan: no free, sold-out or preemptible one."""
    return bool(plan.locations) and plan.on_demand and not plan.one_an_account


def _is_within(price: Decimal | None, most: Decimal | None) -> bool:
    return price is not None and (most is None or price <= most)


def _has(plan: ListPlan, wanted: Wanted) -> bool:
    """Return whether a plan meets every minimum; a size that it does not state fails."""
    return (
        _is_at_least(plan.vcpus, wanted.vcpu)
        and _is_at_least(plan.memory_mb, _in_mb(wanted.memory_gb))
        and _is_at_least(plan.disk_gb, wanted.disk_gb)
        and _is_at_least(plan.gpu_memory_gb, wanted.gpu_memory_gb)
        and (wanted.cpu is None or cpu_class(plan) == wanted.cpu)
        and _has_gpu(plan, wanted.gpu)
    )


def _has_gpu(plan: ListPlan, model: str | None) -> bool:
    if model is None:
        return True
    return plan.gpu and model.casefold() in {ANY_GPU, plan.gpu_model.casefold()}


def _replaces(plan: ListPlan, present: Present, region: str | None) -> bool:
    """Return whether a plan would do instead of the present one (D21); itself is among them."""
    old = present.plan
    if plan.id == old.id:
        return True
    return (
        (region is None or region in plan.locations)
        and not (plan.ipv6_only and (present.needs_ipv4 or not old.ipv6_only))
        and _is_class(plan, old)
        and all(_is_at_least(new, before) for new, before in _sizes(plan, old))
    )


def _is_class(plan: ListPlan, old: ListPlan) -> bool:
    """Return whether a plan is of at least the class: GPUs of one model, metal apart."""
    if plan.metal != old.metal or plan.gpu != old.gpu:
        return False
    if plan.gpu:
        return plan.gpu_model == old.gpu_model
    least = _RANK[cpu_class(old)]
    return bool(least) and _RANK[cpu_class(plan)] >= least


def _sizes(plan: ListPlan, old: ListPlan) -> list[tuple[Decimal | None, Decimal | None]]:
    return [
        (plan.vcpus, old.vcpus),
        (plan.memory_mb, old.memory_mb),
        (plan.disk_gb, old.disk_gb),
        (plan.bandwidth_gb, old.bandwidth_gb),
        (plan.gpu_memory_gb, old.gpu_memory_gb),
    ]


def _is_at_least(value: Decimal | None, least: Decimal | None) -> bool:
    return least is None or (value is not None and value >= least)


def _in_mb(gigabytes: Decimal | None) -> Decimal | None:
    return None if gigabytes is None else gigabytes * GIB


def _by_price(region: str) -> Callable[[ListPlan], tuple[Decimal | str, ...]]:
    """Return the order: the cheapest there, of equals the one with more, then by name."""

    def key(plan: ListPlan) -> tuple[Decimal | str, ...]:
        sizes = (plan.memory_mb, plan.vcpus, plan.disk_gb, plan.bandwidth_gb)
        return (plan.price_in(region) or ZERO, *(-(size or ZERO) for size in sizes), plan.id)

    return key


def _text(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
