"""Resources without a row: their number and sum, and the names of the next ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.report_fields import Label, Omitted, RowId, Usd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.questions.resources.report import ResourceRow


@dataclass(frozen=True, slots=True)
class NamedResource:
    """A resource by name and dollars a month alone; ``id`` where others have its name."""

    label: Label
    monthly_cost: Usd | None
    id: RowId | None = None


@dataclass(frozen=True, slots=True)
class OmittedResources(Omitted):
    """Resources that a list leaves out, the ``next`` ones in its order by name."""

    next: tuple[NamedResource, ...] = field(default=(), compare=False)

    @classmethod
    def naming(
        cls, cut: Omitted, rows: Iterable[ResourceRow], labels: Iterable[str]
    ) -> OmittedResources:
        """Return a count and sum of left out resources, and some ``rows`` of them by name.

        ``labels`` are those of all resources of the account.
        """
        often = Counter(labels)
        named = tuple(
            NamedResource(row.label, row.monthly_cost, row.id if often[row.label] > 1 else None)
            for row in rows
        )
        return cls(cut.count, cut.total, cut.shown, cut.of, cut.shown_total, named)
