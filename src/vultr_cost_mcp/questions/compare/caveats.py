"""Caveats of a comparison of plans: omissions and sources of prices (rule E26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.other_clouds.list_prices import other_plans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from vultr_cost_mcp.domain.catalog import ListPlan
    from vultr_cost_mcp.other_clouds.list_prices import Provider

LEFT_OUT = (
    "Left out here and elsewhere: transfer (Vultr includes some; AWS, Azure and Google Cloud "
    "charge it), disk (Vultr includes it), discounts and commitments, tax, public IPv4, support."
)
NO_REGION = "Without a region prices are those of most regions; some cost more."
NOT_READ = (
    "The region's availability could not be read: whether it has plans that do not name it is "
    "unknown. Ask again in a minute."
)
NO_METAL = (
    "The region's availability lists no bare metal: whether it has such plans that do not name it "
    "is unknown."
)
BACKUPS = "Prices are those of plans: backups cost 20 percent of the plan on top."
BOOT_VOLUME = "VX1 plans without a local disk need a boot volume, which costs extra."
ONLY_IPV6 = "Plans whose id ends in -v6 have no IPv4 address."


def elsewhere_caveats(providers: Collection[Provider], oldest: date | None) -> list[str]:
    """Return the omissions of a comparison with other clouds, and its exchange rates."""
    if not providers:
        return []
    rates = {
        f"{plan.source.usd} dollars a euro ({day_name(plan.source.usd_day)})"
        for plan in other_plans()
        if plan.provider in providers and plan.source.usd is not None and plan.source.usd_day
    }
    dated = "" if oldest is None else f" List prices, the oldest of {day_name(oldest)}."
    named = [f"Prices of Hetzner are in euros, at {rate}." for rate in sorted(rates)]
    return [f"{LEFT_OUT}{dated}", *named]


def plan_caveats(
    plans: Iterable[ListPlan], region: str | None, *, unread: bool, unlisted: bool, add_ons: bool
) -> list[str]:
    """Return the caveats of the shown plans and of their prices in the region.

    One of the plans may not be there if ``unread`` (the availability is) or ``unlisted`` (bare
    metal is, in it). ``add_ons`` is whether the server that they are compared with pays for more
    than its plan.
    """
    shown = list(plans)
    notes = {
        NO_REGION: region is None,
        NOT_READ: unread,
        NO_METAL: unlisted,
        BACKUPS: add_ons,
        BOOT_VOLUME: any(plan.type == "vx1" and (plan.disk_gb or 0) <= 1 for plan in shown),
        ONLY_IPV6: any(plan.ipv6_only for plan in shown),
    }
    return [note for note, holds in notes.items() if holds]
