"""The report behind ``forecast_month_end``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from vultr_cost_mcp.domain.bill import Service
from vultr_cost_mcp.domain.reports.common import Label, Omitted, Usd
from vultr_cost_mcp.domain.resource import Kind


@dataclass(frozen=True, slots=True)
class ServiceForecast:
    """A service's dollars so far and at month end."""

    service: Service
    month_to_date: Usd
    projected: Usd
    metered: bool


@dataclass(frozen=True, slots=True)
class Components:
    """Where the projection comes from; the parts sum to ``projected_total`` (D25).

    ``bandwidth_overage`` is None, and in no sum, where Vultr's projection could not be read.
    """

    accrued: Usd
    remaining_hourly: Usd
    usage_based: Usd
    bandwidth_overage: Usd | None


@dataclass(frozen=True, slots=True)
class Capped:
    """Lines that have reached their month's price: they cost nothing more this month."""

    count: int
    total: Usd


@dataclass(frozen=True, slots=True)
class AddedResource:
    """A resource that the bill has no line for yet."""

    id: str
    label: Label
    kind: Kind
    projected: Usd


@dataclass(frozen=True, slots=True)
class CreditForecast:
    """Prepaid credit, from which last month's ``uninvoiced`` lines are taken off already (D26).

    ``runs_out_on`` may be a day that is over: then ``state`` is used_up; None without credit.
    """

    left_now: Usd
    left_at_month_end: Usd
    runs_out_on: date | None
    state: Literal["open", "used_up"] | None
    uninvoiced: Usd | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A range that past forecasts of the same day of the month would have stayed within."""

    low: Usd
    high: Usd


@dataclass(frozen=True, slots=True)
class ForecastReport:
    """What the running month will have cost, before tax, if nothing changes (D24, D25).

    ``invoiced_this_month`` is in ``month_to_date`` and ``projected_total``, not in the invoice
    that is expected (D1). ``overage_to_date`` is bandwidth overage so far as Vultr states it: it
    is in no sum, and None where it could not be read.
    """

    month_to_date: Usd
    invoiced_this_month: Usd | None
    projected_total: Usd
    expected_invoice_with_tax: Usd | None
    by_service: tuple[ServiceForecast, ...]
    omitted: Omitted
    components: Components
    overage_to_date: Usd | None
    capped: Capped
    without_line: tuple[AddedResource, ...]
    without_line_omitted: Omitted
    straight_line_total: Usd | None
    credit: CreditForecast | None
    method: str
    interval: Interval | None
