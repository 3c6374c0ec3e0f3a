"""Find resources that serve those of a search, and that the search itself does not find (D8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.report_fields import Label, Usd, top
from vultr_cost_mcp.domain.resource import Kind
from vultr_cost_mcp.money import allocate_known, known_total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vultr_cost_mcp.domain.resource import Resource


@dataclass(frozen=True, slots=True)
class AttachedRow:
    """A volume, address or the like, and the names of the resources that it serves."""

    label: Label
    kind: Kind
    monthly_cost: Usd | None
    attached_to: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """The count and dollars a month of attached resources, the most expensive by name.

    The answer's totals leave them out. ``unpriced`` of them have no known price, and the dollars
    leave those out.
    """

    count: int
    monthly_cost: Usd | None
    rows: tuple[AttachedRow, ...]
    unpriced: int = 0

    def shortened(self, limit: int) -> Attached:
        """Return the same with the most expensive rows, at most ``limit``."""
        return replace(self, rows=top(self.rows, limit, lambda row: row.monthly_cost)[0])


def attached(every: Sequence[Resource], chosen: Sequence[Resource]) -> Attached | None:
    """Return what serves ``chosen`` resources alone and is none of them; None without any.

    ``every`` are all resources.
    """
    names = {resource.id: resource.name for resource in chosen}
    own = {resource.key for resource in chosen}
    found = [
        resource
        for resource in every
        if resource.attached_to
        and resource.key not in own
        and all(id_ in names for id_ in resource.attached_to)
    ]
    if not found:
        return None
    costs = allocate_known({resource.key: resource.monthly_cost for resource in found})
    rows = [
        AttachedRow(
            label=resource.name,
            kind=resource.kind,
            monthly_cost=costs.get(resource.key),
            attached_to=tuple(names[id_] for id_ in resource.attached_to or ()),
        )
        for resource in found
    ]
    total = known_total(row.monthly_cost for row in rows)
    return Attached(len(found), total, tuple(rows), unpriced=len(found) - len(costs))
