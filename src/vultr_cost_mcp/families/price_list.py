"""Vultr's offer, as one list of prices for things that do not exist yet (rule E2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.price_list import PriceList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vultr_cost_mcp.families.family_wire import Sources
    from vultr_cost_mcp.families.registries.wire import RegistryPlan

_DISK = "nvme"


def price_list_of(sources: Sources) -> PriceList:
    """Return the prices that were read, and those of the table."""
    regions = sources.rows("file_system_regions")
    plans: Mapping[str, RegistryPlan] = sources.rows("registry_plans") or {}
    return PriceList(
        plans=sources.plans,
        table=sources.table.prices,
        databases={plan.id: plan.monthly_cost for plan in sources.rows("database_plans")},
        tiers={tier.id: tier.price for tier in sources.rows("storage_tiers") if tier.id},
        registries={name: plan.monthly_price for name, plan in plans.items()},
        file_system_gb={
            row.id: price for row in regions if (price := row.price_per_gb.get(_DISK)) is not None
        },
    )
