"""The lists of an account, with the kinds of resource in each (rules D14, D15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.account_parts import EXISTING
from vultr_cost_mcp.families.catalog import CATALOG

if TYPE_CHECKING:
    from collections.abc import Collection

    from vultr_cost_mcp.domain.resource import Kind

# A server of a cluster is a node only where the list of clusters says so.
_MAY_BE_NODES: frozenset[Kind] = frozenset({"instance", "gpu_instance", "kubernetes_node"})
_NODES = frozenset({"kubernetes_clusters", "kubernetes_nodes"})
_LISTS = EXISTING | {"nat_gateways"}


def kinds_in(parts: Collection[str]) -> frozenset[Kind]:
    """The kinds of resource that one of these lists may hold."""
    asked = _LISTS.intersection(parts)
    return frozenset(
        product.kind
        for product in CATALOG.products
        if product.kind is not None and not asked.isdisjoint(product.read_from)
    )


def parts_of(kind: Kind | None, parts: frozenset[str]) -> frozenset[str]:
    """Return those of ``parts`` that tell of a kind of resource; all of them for None."""
    if kind is None:
        return parts
    read = {
        part for product in CATALOG.products if product.kind == kind for part in product.read_from
    }
    return parts & (read | _NODES if kind in _MAY_BE_NODES else read)
