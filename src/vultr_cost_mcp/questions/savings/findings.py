"""A finding of the waste rules (D20): one resource, one action, the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.money import known_total

if TYPE_CHECKING:
    from decimal import Decimal

    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.domain.resource import Resource


@dataclass(frozen=True, slots=True)
class Finding:
    """A resource that a waste rule names.

    ``together`` are resources that go with it, at their cost too. If only part of its cost would be
    saved, it is ``partial`` and ``saves`` is that part, None if unknown.
    """

    action: Action
    resource: Resource
    evidence: str
    caveats: tuple[str, ...] = ()
    saves: Decimal | None = None
    partial: bool = False
    how_to: str | None = None
    together: tuple[Resource, ...] = ()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Return the resource and those that go with it."""
        return (self.resource, *self.together)

    @property
    def monthly_savings(self) -> Decimal | None:
        """Return the dollars a month that acting on it saves, at most the resource's cost (D22)."""
        cost = self.resource.monthly_cost
        if not self.partial:
            return known_total(resource.monthly_cost for resource in self.resources)
        if self.saves is None or cost is None:
            return None
        return min(self.saves, cost)
