"""The report behind ``get_cost_history``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vultr_cost_mcp.domain.reports.common import Omitted, Usd

Granularity = Literal["month", "day"]
Trend = Literal["increasing", "decreasing", "stable", "unknown"]
RowSource = Literal["invoices", "unbilled", "running", "readings", "interpolated"]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What one month (``YYYY-MM``) or day came to; ``by_service`` sums to ``total``.

    ``total`` is with tax and credits; ``charges`` is without them, and None when lines of the
    month were not read. ``source`` says where it comes from: ``unbilled`` is last month's lines
    without an invoice, ``interpolated`` a day without a reading of its own.
    """

    period: str
    total: Usd
    charges: Usd | None
    by_service: dict[str, Usd]
    partial: bool
    source: RowSource


@dataclass(frozen=True, slots=True)
class Jump:
    """The month that came to most more, or most less, than the one before it."""

    period: str
    delta: Usd


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """Totals over time, oldest first; averages and the trend are of ``charges`` (D3, D31).

    Where months went up or down at once and not little by little there is a ``jump`` and no trend.
    ``without_row`` are the months or spans of days in between of which nothing is known.
    ``services`` are those that rows name, the dearest first. ``omitted`` are the oldest rows,
    where all would be too long.
    """

    granularity: Granularity
    rows: tuple[HistoryRow, ...]
    omitted: Omitted
    average_monthly: Usd | None
    average_daily: Usd | None
    trend: Trend
    trend_percent: float | None
    jump: Jump | None
    complete_rows: int
    services: tuple[str, ...]
    without_row: tuple[str, ...]
