"""The report behind ``explain_cost_change``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vultr_cost_mcp.domain.reports.common import Label, Omitted, Usd

Basis = Literal["full", "same_point"]
ChangeKind = Literal[
    "new",
    "gone",
    "resized",
    "hours",
    "price",
    "usage",
    "overage",
    "discount",
    "tax",
    "rounding",
    "other",
]
BillKind = Literal["invoices", "unbilled", "running"]


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """One side of a comparison: a month, where its lines came from, and what of it is compared."""

    period: str
    total: Usd
    source: BillKind


@dataclass(frozen=True, slots=True)
class Driver:
    """What one thing that is billed did to the bill; ``delta`` is ``to_total - from_total``."""

    kind: ChangeKind
    name: Label
    service: str
    from_total: Usd
    to_total: Usd
    delta: Usd
    note: str


@dataclass(frozen=True, slots=True)
class FullMonth:
    """The whole earlier month beside the running month's projected end, before tax."""

    from_total: Usd
    projected_total: Usd
    delta: Usd


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """Why two months differ: drivers and omitted sum to ``delta`` (D29, D30).

    ``increases`` and ``decreases`` are the sums of all drivers by sign. ``elapsed_hours`` are the
    hours of each month that are compared where the basis is the same point.
    """

    basis: Basis
    from_: PeriodTotal
    to: PeriodTotal
    delta: Usd
    increases: Usd
    decreases: Usd
    drivers: tuple[Driver, ...]
    omitted: Omitted
    unchanged: int
    elapsed_hours: int | None
    full_month: FullMonth | None
