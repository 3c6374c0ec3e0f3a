"""Numbers and monthly costs of resources by kind (D8, D15)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.report_fields import Usd
from vultr_cost_mcp.domain.resource import Kind
from vultr_cost_mcp.money import known_total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from vultr_cost_mcp.domain.resource import Resource


@dataclass(frozen=True, slots=True)
class KindRow:
    """The number of resources of a kind, and their monthly cost."""

    kind: Kind
    count: int
    total: Usd | None


def by_kind(resources: Iterable[Resource], costs: Mapping[str, Decimal]) -> list[KindRow]:
    """Count and sum resources by kind; none for a single kind."""
    groups: dict[Kind, list[Decimal | None]] = defaultdict(list)
    for resource in resources:
        groups[resource.kind].append(costs.get(resource.key))
    rows = [KindRow(kind, len(group), known_total(group)) for kind, group in groups.items()]
    return rows if len(rows) > 1 else []
