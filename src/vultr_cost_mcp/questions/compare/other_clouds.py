"""Prices of plans and servers at other clouds (rules E22 to E26)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import SERVER_KINDS
from vultr_cost_mcp.money import known_total, total_of
from vultr_cost_mcp.other_clouds.list_prices import other_plans
from vultr_cost_mcp.other_clouds.matching import UNITED_STATES, Match, nearest_shape, region_group
from vultr_cost_mcp.questions.compare.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.catalog import ListPlan
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.other_clouds.list_prices import OtherPlan, Provider

NO_REGIONS = "the list of regions could not be read"
NO_GROUP = "the region is in neither the United States nor Europe"
NO_SHAPE = "no shape of the class has 1 to 2 times the vCPU and memory"
NO_GPU = "no shape has the same whole GPUs and 1 to 2 times the vCPU and memory"
NO_PRICE = "the price here is unknown"


@dataclass(frozen=True, slots=True)
class Places:
    """The country of each region by its id; None where the list of regions was not read."""

    countries: Mapping[str, str] | None

    @classmethod
    def of(cls, regions: Mapping[str, str] | None) -> Places:
        """Return the places of regions by their names, such as ``Frankfurt, DE``."""
        if regions is None:
            return cls(None)
        return cls({key: name.rpartition(", ")[2] for key, name in regions.items()})

    def group(self, region: str | None) -> str | None:
        """Return the part of the world whose prices count; without a region the United States."""
        if region is None:
            return UNITED_STATES
        return region_group((self.countries or {}).get(region))


@dataclass(frozen=True, slots=True)
class Compared:
    """The matched servers at one provider: dollars a month here and there; none are None.

    ``matched`` of ``of`` running servers have a match; their cost ``here`` is part of ``cost``,
    that of all of them. ``reasons`` count the servers without one, by why.
    """

    provider: Provider
    here: Decimal | None
    there: Decimal | None
    cost: Decimal | None
    matched: int
    of: int
    reasons: tuple[tuple[str, int], ...]
    used: tuple[OtherPlan, ...]


def match_at(
    provider: Provider, plan: ListPlan | None, region: str | None, places: Places
) -> Match | str:
    """Return the nearest shape at a provider, or why there is none."""
    shape = shape_of(plan)
    if isinstance(shape, str):
        return shape
    group = places.group(region)
    if group is None:
        return NO_REGIONS if places.countries is None else NO_GROUP
    found = nearest_shape(shape, group, provider, other_plans())
    return found or (NO_GPU if shape.kind == "gpu" else NO_SHAPE)


def running_servers(resources: Iterable[Resource]) -> list[Resource]:
    """Return the servers that run, cluster nodes and bare metal among them."""
    return [
        resource
        for resource in resources
        if resource.kind in SERVER_KINDS and resource.state in {"running", "active"}
    ]


def compare_account(
    servers: Sequence[Resource], plans: Mapping[str, ListPlan], provider: Provider, places: Places
) -> Compared:
    """Match each server alone, and sum those that have a match (E25)."""
    here: list[Decimal] = []
    used: list[OtherPlan] = []
    reasons: Counter[str] = Counter()
    for server in servers:
        match = match_at(provider, plans.get(server.plan or ""), server.region, places)
        if isinstance(match, str):
            reasons[match] += 1
        elif server.price is None:
            reasons[NO_PRICE] += 1
        else:
            here.append(server.price)
            used.append(match.plan)
    return Compared(
        provider=provider,
        here=total_of(here) if here else None,
        there=total_of(plan.month for plan in used) if used else None,
        cost=known_total(server.price for server in servers),
        matched=len(used),
        of=len(servers),
        reasons=tuple(reasons.most_common()),
        used=tuple(used),
    )
