"""What is kept of an account over time, and how it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from vultr_cost_mcp.errors import StoreOffError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import ChargeLine, Service
    from vultr_cost_mcp.domain.invoice import Invoice
    from vultr_cost_mcp.domain.reports.metrics import Metrics
    from vultr_cost_mcp.domain.resource import ComputeClass, Kind, PriceSource, State


# ``rows`` is an id that rows are filed under, ``account`` what the id was given for.
AliasKind = Literal["account", "invoice", "resource", "email", "name", "rows"]
# The version of the rules by which lines get their service, month and resource (D6, D10, D11).
# Whoever changes one of those adds one to RULES: kept lines are then read by the new rules.
FIRST_RULES = 1
RULES = 2
OFF = (
    "The history is switched off. Take VULTR_COST_STORE=off out of the server's environment, or "
    "name a store there, to keep readings."
)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One committed reading of an account; ``complete`` is False when lines were not all read.

    ``customer_id`` is what it is filed under, the account's id of the history; the record's own
    is in ``metrics``. ``rules`` is the version of the rules that its lines were read by.
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

    ``attached_to`` holds the ids of what it serves; None where it serves nothing by its kind, and
    where that was not kept.
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

    ``confidence`` is ``measured`` or ``inferred``; ``monthly_cost`` what acting on it saves.
    """

    action: str
    kind: str
    label: str
    resource_ids: tuple[str, ...]
    confidence: str
    monthly_cost: Decimal | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """An invoice with all its lines, kept once: it does not change; ``period`` is its month."""

    invoice: Invoice
    period: str
    lines: tuple[tuple[ChargeLine, Service], ...]
    rules: int = RULES


@dataclass(frozen=True, slots=True)
class Alias:
    """Something that an account was known by, and since when; ``digest`` hides what it is."""

    kind: AliasKind
    digest: str
    account: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept under one id: how much, and from when to when."""

    customer_id: str
    runs: int
    lines: int
    resources: int
    invoices: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class NewRun:
    """A reading to be kept; nothing of it is visible before all of it is."""

    run: StoredRun
    lines: tuple[StoredLine, ...]
    resources: tuple[StoredResource, ...]
    invoices: tuple[StoredInvoice, ...] = ()
    findings: tuple[StoredFinding, ...] = ()


class History(Protocol):
    """Readings kept over time; every method raises StoreError when the store cannot be used.

    Buckets are UTC hours: of several runs of one customer in one hour only the one collected last
    is seen (of equal instants the greater ``run_id``), also when it has fewer lines.
    """

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of the store as it was found, a sentence each."""
        ...

    async def add(self, run: NewRun) -> None:
        """Keep a reading, its run row last: that row is the commit.

        Adding a ``run_id`` again changes nothing; invoices that are kept already are left out.
        """
        ...

    async def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """The runs collected in ``[since, until)``, one a UTC hour, oldest first."""
        ...

    async def totals(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Mapping[tuple[str, Service], Decimal]]:
        """Dollars by run, then by (period, service); a run without lines has an empty mapping."""
        ...

    async def lines(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredLine]]:
        """The lines by run, each run's in the order in which they came."""
        ...

    async def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """The resources by run."""
        ...

    async def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Every invoice that was kept, oldest first."""
        ...

    async def findings(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        """What was wasted, by run."""
        ...

    async def prune(self, customer_id: str, before: datetime) -> int:
        """Drop a customer's lines and resources of runs collected before an instant.

        Returns how many runs it was. Metrics, findings and invoices stay for ever.
        """
        ...


class NoHistory:
    """The History of a server that keeps none: every question says how to switch it on."""

    def __init__(self, why: str = OFF) -> None:
        self._why = why

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing to know."""
        return ()

    async def add(self, run: NewRun) -> None:
        """Keep nothing."""
        del run
        raise StoreOffError(self._why)

    async def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """Know nothing."""
        del customer_id, since, until
        raise StoreOffError(self._why)

    async def totals(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Mapping[tuple[str, Service], Decimal]]:
        """Know nothing."""
        del customer_id, run_ids
        raise StoreOffError(self._why)

    async def lines(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredLine]]:
        """Know nothing."""
        del customer_id, run_ids
        raise StoreOffError(self._why)

    async def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """Know nothing."""
        del customer_id, run_ids
        raise StoreOffError(self._why)

    async def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Know nothing."""
        del customer_id
        raise StoreOffError(self._why)

    async def findings(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        """Know nothing."""
        del customer_id, run_ids
        raise StoreOffError(self._why)

    async def prune(self, customer_id: str, before: datetime) -> int:
        """Drop nothing."""
        del customer_id, before
        raise StoreOffError(self._why)
