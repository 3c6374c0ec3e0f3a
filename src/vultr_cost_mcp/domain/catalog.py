"""Plans as Vultr lists them: their price by region and their shape (D8, D21)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ListPlan:
    """A plan as it is offered: dollars a month, with the regions that cost something else.

    ``on_demand`` is false for a plan that is sold preemptible only, ``ipv6_only`` true for one
    whose servers get no IPv4 address, ``one_an_account`` for one that an account may have once.
    ``hourly`` is a rounded price for display: it is in no sum. ``gpu_model`` is the card without
    its maker's name, such as ``A100``; ``gpu_memory_gb`` that of all its cards, or of its share.
    """

    id: str
    type: str
    monthly: Decimal | None
    regional: Mapping[str, Decimal | None] = field(default_factory=dict[str, "Decimal | None"])
    gpu: bool = False
    metal: bool = False
    vcpus: Decimal | None = None
    memory_mb: Decimal | None = None
    disk_gb: Decimal | None = None
    bandwidth_gb: Decimal | None = None
    locations: frozenset[str] = frozenset()
    on_demand: bool = True
    ipv6_only: bool = False
    one_an_account: bool = False
    hourly: Decimal | None = None
    gpu_model: str = ""
    gpu_memory_gb: Decimal | None = None

    def price_in(self, region: str) -> Decimal | None:
        """Dollars a month in a region: its own price first, else the plan's."""
        return self.regional.get(region, self.monthly)
