"""What the rules of D20 find: one resource, one action, what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.domain.resource import Resource


@dataclass(frozen=True, slots=True)
class Finding:
    """One resource that a rule names.

    Where only a part of its cost would be saved it is ``partial`` and ``saves`` counts, None where
    that is not known.
    """

    action: Action
    resource: Resource
    evidence: str
    caveats: tuple[str, ...] = ()
    saves: Decimal | None = None
    partial: bool = False
    how_to: str | None = None

    @property
    def monthly_savings(self) -> Decimal | None:
        """Dollars a month that acting on it frees: never more than the resource costs (D22)."""
        cost = self.resource.monthly_cost
        if not self.partial:
            return cost
        if self.saves is None or cost is None:
            return None
        return min(self.saves, cost)
