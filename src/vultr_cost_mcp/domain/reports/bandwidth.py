"""The report behind ``get_bandwidth_usage``."""

from __future__ import annotations

from dataclasses import dataclass

from vultr_cost_mcp.domain.reports.common import CheckedCount, Label, UnitPrice, Usd


@dataclass(frozen=True, slots=True)
class PreviousMonth:
    """Last month's use, pool and overage."""

    used_gb: UnitPrice | None
    pool_gb: UnitPrice | None
    overage_gb: UnitPrice | None
    overage_cost: Usd | None


@dataclass(frozen=True, slots=True)
class TopServer:
    """A server and what it sent this month, in GB of 10^9 bytes; None where no day is known."""

    id: str
    label: Label
    gb_out: UnitPrice | None
    share_percent: float | None


@dataclass(frozen=True, slots=True)
class BandwidthReport:
    """Outbound traffic against the account's pool, as Vultr counts and projects it, in GB."""

    used_gb: UnitPrice | None
    pool_gb: UnitPrice | None
    pool_now_gb: UnitPrice | None
    overage_cost_to_date: Usd | None
    projected_gb: UnitPrice | None
    projected_overage_gb: UnitPrice | None
    projected_overage_cost: Usd | None
    previous_month: PreviousMonth
    top_servers: tuple[TopServer, ...]
    checked: CheckedCount
