"""The lists of prices that things need, so that an estimate reads no more than those."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.questions.estimate.parts import Thing

_LISTS: dict[Thing, Part] = {
    "server": "plans",
    "kubernetes": "plans",
    "kubernetes_pool": "plans",
    "snapshot": "plans",
    "bare_metal": "plans_metal",
    "database": "database_plans",
    "database_replica": "database_plans",
    "object_storage": "storage_tiers",
    "file_system": "file_system_regions",
    "registry": "registry_plans",
}


def price_lists(things: Iterable[Thing | None]) -> frozenset[Part]:
    """Return the lists that hold the prices of some things; None is a thing nobody knows."""
    lists: set[Part] = {_LISTS[thing] for thing in things if thing is not None and thing in _LISTS}
    return frozenset(lists)
