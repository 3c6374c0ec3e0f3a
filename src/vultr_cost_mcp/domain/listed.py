"""Which lists of an account may hold which kinds of resource (rules D14, D15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.coverage import PRODUCTS
from vultr_cost_mcp.domain.parts import EXISTING

if TYPE_CHECKING:
    from collections.abc import Collection

    from vultr_cost_mcp.domain.resource import Kind

_LISTS = EXISTING | {"nat_gateways"}


def kinds_in(parts: Collection[str]) -> frozenset[Kind]:
    """The kinds of resource that one of these lists may hold."""
    asked = _LISTS.intersection(parts)
    return frozenset(
        product.kind
        for product in PRODUCTS
        if product.kind is not None and not asked.isdisjoint(product.read_from)
    )
