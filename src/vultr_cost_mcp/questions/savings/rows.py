"""Rows of savings: a whole one for a finding, and its name where there is no room for that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.action import Action
from vultr_cost_mcp.domain.report_fields import (
    Confidence,
    Label,
    Omitted,
    RowId,
    RowIds,
    Usd,
)
from vultr_cost_mcp.domain.resource import Kind, PriceSource

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A way to reduce the bill: amount, loss, and how to undo it (D22).

    An answer leaves out fields that ``by_action`` has for the row's action: the loss, how to undo
    it, and evidence and kind that are the same for each.
    """

    action: Action
    label: Label
    resource_ids: RowIds
    monthly_savings: Usd | None
    saves_this_month: Usd | None
    how_to: str
    kind: Kind | None = None
    evidence: tuple[str, ...] = ()
    lost: str = ""
    undo: str = ""
    risk: Literal["low", "medium", "high"] = "high"
    effort: Literal["low", "medium", "high"] = "low"
    reversible: bool = False
    confidence: Confidence = "measured"
    price_source: PriceSource | None = "list"
    caveats: tuple[str, ...] = ()
    keep_as_snapshot: Usd | None = None


@dataclass(frozen=True, slots=True)
class NamedFinding:
    """A finding by name and dollars a month alone; ``id`` where others have its name."""

    label: Label
    monthly_savings: Usd | None
    id: RowId | None = None
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedLook:
    """An investigation by action, name and dollars a month, with what to check first."""

    action: Action
    label: Label
    monthly_savings: Usd | None
    id: RowId | None = None
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionSum:
    """Measured waste by action: number, savings a month, loss by a mistake, how to undo it.

    ``others`` are its largest findings that have no row of their own.
    """

    action: Action
    count: int
    total: Usd | None
    lost: str
    undo: str
    others: tuple[NamedFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class OmittedLooks(Omitted):
    """Investigations that have no row of their own, the largest by name."""

    largest: tuple[NamedLook, ...] = field(default=(), compare=False)

    @classmethod
    def naming(cls, cut: Omitted, largest: tuple[NamedLook, ...] = ()) -> OmittedLooks:
        """Return a count and sum of left out investigations with the names of some."""
        every = cut.of if cut.shown else 0
        return cls(cut.count, cut.total, cut.shown, every, cut.shown_total, largest)


def saves(row: Recommendation) -> Decimal | None:
    """Return the dollars a month of a row, by which lists are sorted; None if not known."""
    return row.monthly_savings
