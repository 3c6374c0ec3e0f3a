"""The report behind ``get_cost_overview``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from vultr_cost_mcp.domain.bill import Service
from vultr_cost_mcp.domain.reports.common import Label, Usd
from vultr_cost_mcp.domain.resource import Kind


@dataclass(frozen=True, slots=True)
class RunRate:
    """What is burnt now: an hour and a day by lines under their cap, a month by prices (D28)."""

    hourly: Usd | None
    daily: Usd | None
    monthly: Usd | None


@dataclass(frozen=True, slots=True)
class InvoiceRef:
    """The newest invoice."""

    id: str
    month: str
    amount: Usd


@dataclass(frozen=True, slots=True)
class NextInvoice:
    """The invoice to come: its day, the month that it is for, and what it is expected to be."""

    date: date
    month: str
    expected: Usd | None


@dataclass(frozen=True, slots=True)
class LastPayment:
    """The newest payment, as a positive amount."""

    date: datetime | None
    amount: Usd


@dataclass(frozen=True, slots=True)
class TopService:
    """A service and its dollars of the month to date."""

    service: Service
    total: Usd
    share_percent: float | None


@dataclass(frozen=True, slots=True)
class TopResource:
    """A resource, its dollars of the month to date and of a whole month."""

    id: str
    label: Label
    kind: Kind
    month_to_date: Usd
    monthly_cost: Usd | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are now; None where the list could not be read."""

    servers: int | None
    stopped_servers: int | None
    gpu_servers: int | None
    bare_metal: int | None
    kubernetes_nodes: int | None
    volumes: int | None
    snapshots: int | None
    load_balancers: int | None
    reserved_ips: int | None
    unpriced: int | None


@dataclass(frozen=True, slots=True)
class OverviewReport:
    """One page on the account; a field that is not known is None.

    ``month_to_date`` holds ``invoiced_this_month`` (D1). ``uninvoiced`` is what last month's
    invoice will bring beside what is ``owed``, and is taken off ``credit_left`` already (D26).
    """

    month_to_date: Usd
    invoiced_this_month: Usd | None
    projected_month_end: Usd | None
    run_rate: RunRate
    last_invoice: InvoiceRef | None
    next_invoice: NextInvoice | None
    last_payment: LastPayment | None
    credit_left: Usd | None
    owed: Usd | None
    uninvoiced: Usd | None
    top_services: tuple[TopService, ...]
    top_resources: tuple[TopResource, ...]
    idle_monthly_cost: Usd | None
    savings_monthly: Usd | None
    counts: Counts
