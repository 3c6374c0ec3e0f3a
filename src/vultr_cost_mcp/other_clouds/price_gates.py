"""Two gates that a list of hourly prices has to pass before it is bundled.

A list may hold a wrong price that no look at one row tells: a Windows price among Linux ones, an
old price, a more expensive operating system. It stands out beside the other sizes of its family, or
beside the same size in another part of the world.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING

from vultr_cost_mcp.other_clouds.list_prices import HOURLY
from vultr_cost_mcp.other_clouds.matching import EUROPE, UNITED_STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vultr_cost_mcp.other_clouds.list_prices import OtherPlan

# The most that a size may cost above the cheapest of its family, a processor; and a GiB where the
# list is known to mix prices.
_OF_FAMILY = Decimal("1.02")
_OF_MIXED = Decimal("1.005")
_MIXED = "aws-libcloud"
# The most that Europe over the United States may differ from the median of its letter.
_OF_LETTER = Decimal("0.06")
_AZURE = re.compile(r"Standard_([A-Z]+)\d+(?:-\d+)?(.*)")


def refused(plans: Iterable[OtherPlan]) -> dict[OtherPlan, str]:
    """Return the rows that a gate refuses, each with the reason; only hourly prices are judged."""
    hourly = [plan for plan in plans if plan.provider in HOURLY and plan.hour is not None]
    return {**_beside_family(hourly), **_beside_letter(hourly)}


def _beside_family(plans: Sequence[OtherPlan]) -> dict[OtherPlan, str]:
    """Return the sizes that cost more a processor or GiB than the cheapest of their family."""
    # The processors of a GPU's sizes are not what they are priced by.
    families = _grouped((plan for plan in plans if plan.kind != "gpu"), _family)
    found: dict[OtherPlan, str] = {}
    for sizes in families:
        cheapest = min(sizes, key=_a_processor)
        least, a_gib = _a_processor(cheapest), min(map(_a_gib, sizes))
        for plan in sizes:
            if _a_processor(plan) > least * _OF_FAMILY:
                found[plan] = f"costs more a vCPU than {cheapest.name} of the same family"
            elif plan.source.key == _MIXED and _a_gib(plan) > a_gib * _OF_MIXED:
                found[plan] = "costs more a GiB than the others of its family"
    return found


def _beside_letter(plans: Sequence[OtherPlan]) -> dict[OtherPlan, str]:
    """Return the sizes whose price in Europe is out of line with the others of their letter."""
    here = {(p.provider, p.name): p for p in plans if UNITED_STATES in p.groups}
    both = [p for p in plans if EUROPE in p.groups and (p.provider, p.name) in here]

    def ratio(plan: OtherPlan) -> Decimal:
        return _hour(plan) / _hour(here[plan.provider, plan.name])

    found: dict[OtherPlan, str] = {}
    for sizes in _grouped(both, _letter):
        usual = median(map(ratio, sizes))
        for plan in sizes:
            if abs(ratio(plan) / usual - 1) > _OF_LETTER:
                found[plan] = "Europe over the United States is not that of its letter"
    return found


def _grouped(
    plans: Iterable[OtherPlan], key: Callable[[OtherPlan], object]
) -> Iterable[list[OtherPlan]]:
    groups: dict[object, list[OtherPlan]] = defaultdict(list)
    for plan in plans:
        groups[key(plan)].append(plan)
    return groups.values()


def _family(plan: OtherPlan) -> tuple[object, ...]:
    """Return the values that plans of one family share: they differ in size alone."""
    return plan.provider, plan.region, _series(plan), plan.memory / plan.vcpus


def _series(plan: OtherPlan) -> str:
    if plan.provider == "aws":
        return plan.name.partition(".")[0]
    if plan.provider == "gcp":
        return plan.name.rpartition("-")[0]
    named = _AZURE.fullmatch(plan.name)
    return f"{named[1]}*{named[2]}" if named else plan.name


def _letter(plan: OtherPlan) -> tuple[str, str]:
    """Return the letter of a size; Google prices each generation of a letter apart."""
    name = plan.name.removeprefix("Standard_").casefold()
    return plan.provider, name.partition("-")[0] if plan.provider == "gcp" else name[:1]


def _hour(plan: OtherPlan) -> Decimal:
    return plan.hour or Decimal(0)


def _a_processor(plan: OtherPlan) -> Decimal:
    return _hour(plan) / plan.vcpus


def _a_gib(plan: OtherPlan) -> Decimal:
    return _hour(plan) / plan.memory
