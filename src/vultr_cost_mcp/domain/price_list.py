"""Every price that something which does not exist yet can be given (rules E1, E2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from vultr_cost_mcp.domain.catalog import ListPlan


@dataclass(frozen=True, slots=True)
class PriceList:
    """Vultr's prices in dollars a month; one that is absent or None is not known.

    ``plans`` are those of cloud servers and of bare metal, ``databases`` managed databases by
    plan, ``tiers`` object storage by the tier's id, ``file_system_gb`` a GB of a file system by
    region. ``table`` holds the prices that the API does not give, by their names. ``public`` says
    that only the lists were read that need no key.
    """

    plans: Mapping[str, ListPlan]
    table: Mapping[str, Decimal]
    databases: Mapping[str, Decimal | None] = field(default_factory=dict[str, "Decimal | None"])
    tiers: Mapping[str, Decimal | None] = field(default_factory=dict[str, "Decimal | None"])
    registries: Mapping[str, Decimal | None] = field(default_factory=dict[str, "Decimal | None"])
    file_system_gb: Mapping[str, Decimal] = field(default_factory=dict[str, "Decimal"])
    public: bool = False

    def why_empty(self, of: str) -> str:
        """Return why a list of prices is empty, as the end of a sentence."""
        return f": prices of {of} {'need an API key' if self.public else 'could not be read'}"
