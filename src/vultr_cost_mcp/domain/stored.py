"""The stored parts of a reading: lines, resources, invoices and findings of waste."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import ChargeLine, Service
    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.metrics import Metrics
    from vultr_cost_mcp.domain.resource import ComputeClass, Kind, PriceSource, State

# The version of the rules by which lines get their service, month and resource (D6, D10, D11).
# Whoever changes one of those adds one to RULES: kept lines are then read by the new rules.
FIRST_RULES = 1
RULES = 2


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One committed reading of an account; ``complete`` is False when lines were not all read.

    ``customer_id`` is the account's id in the history; the record's own is in ``metrics``.
    ``rules`` is the version of the rules that its lines were read by.
    """

    run_id: str
    customer_id: str
    collected_at: datetime
    complete: bool
    metrics: Metrics
    rules: int = RULES


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line of the running month as it stood at a reading, cumulative within its month.

    ``period`` is the month as ``YYYY-MM``; ``resource_id`` and ``region`` are those of the
    resource that the line was matched with.
    """

    period: str
    line: ChargeLine
    service: Service
    resource_id: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class StoredResource:
    """A priced resource as it was at a reading; amounts in dollars, None when unknown.

    ``attached_to`` holds the ids that it serves; None if its kind serves nothing or the ids
    were not stored.
    """

    id: str
    kind: Kind
    label: str
    region: str
    state: State
    plan: str | None
    hostname: str
    addresses: tuple[str, ...]
    tags: tuple[str, ...]
    created: datetime | None
    cluster: str | None
    compute_class: ComputeClass
    monthly_cost: Decimal | None
    price_source: PriceSource | None
    month_to_date: Decimal | None
    attached_to: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """Something that cost money for nothing at a reading: ``reasons`` say why it was judged so.

    ``confidence`` is ``measured`` or ``inferred``; ``monthly_cost`` is the saving of acting on it.
    """

    action: str
    kind: str
    label: str
    resource_ids: tuple[str, ...]
    confidence: str
    monthly_cost: Decimal | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastFinding:
    """The newest measured finding of some resources, and the run that made it."""

    run_id: str
    collected_at: datetime
    finding: StoredFinding


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """An invoice with all its lines, kept once: it does not change; ``period`` is its month."""

    invoice: Invoice
    period: str
    lines: tuple[tuple[ChargeLine, Service], ...]
    rules: int = RULES


@dataclass(frozen=True, slots=True)
class NewRun:
    """A reading to be kept; nothing of it is visible before all of it is."""

    run: StoredRun
    lines: tuple[StoredLine, ...]
    resources: tuple[StoredResource, ...]
    invoices: tuple[StoredInvoice, ...] = ()
    findings: tuple[StoredFinding, ...] = ()
