"""A product that costs money, and how far it is covered (D8, D15, D20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.account_parts import Detail, Part
    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.domain.resource import Kind, PriceSource


@dataclass(frozen=True, slots=True)
class Product:
    """One product that costs money.

    ``kind`` is None for a product that is never a resource of its own. ``sources`` are those of its
    monthly price, the first one first; ``billed`` alone means that only a bill tells it.
    ``waste`` names the rules that judge it, ``unknown`` the facts that only Vultr knows.
    """

    name: str
    kind: Kind | None
    read_from: tuple[Part | Detail, ...]
    sources: tuple[PriceSource, ...]
    price: str
    waste: tuple[Action, ...] = ()
    unknown: str = ""
