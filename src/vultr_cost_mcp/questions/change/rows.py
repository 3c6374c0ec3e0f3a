"""The rows of a comparison: months, drivers and services (rules D29, D30)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vultr_cost_mcp.domain.report_fields import Label, Usd

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
    "calendar",
    "rounding",
    "other",
]
BillKind = Literal["invoices", "unbilled", "running"]


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """One of the compared months: its name, compared total, and the source of its lines."""

    period: str
    total: Usd
    source: BillKind


@dataclass(frozen=True, slots=True)
class Driver:
    """The effect of one billed thing; ``delta`` is ``to_total - from_total``."""

    kind: ChangeKind
    name: Label
    service: str
    from_total: Usd
    to_total: Usd
    delta: Usd
    note: str = ""


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """The totals of a service in both months, also where they are equal."""

    service: str
    from_total: Usd
    to_total: Usd
    delta: Usd


@dataclass(frozen=True, slots=True)
class FullMonth:
    """The whole earlier month and the current month's projected end, before tax."""

    from_total: Usd
    projected_total: Usd
    delta: Usd
