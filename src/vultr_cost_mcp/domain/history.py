"""What is kept of an account over time, and how it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vultr_cost_mcp.domain.stored import (
    FIRST_RULES,
    RULES,
    NewRun,
    StoredFinding,
    StoredInvoice,
    StoredLine,
    StoredResource,
    StoredRun,
)
from vultr_cost_mcp.errors import StoreDisabledError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.accounts import Identity, Kept, Whose
    from vultr_cost_mcp.domain.bill import Service

__all__ = [
    "FIRST_RULES",
    "OFF",
    "RULES",
    "DisabledHistory",
    "History",
    "NewRun",
    "StoredFinding",
    "StoredInvoice",
    "StoredLine",
    "StoredResource",
    "StoredRun",
]

OFF = (
    "The history is switched off. Take VULTR_COST_STORE=off out of the server's environment, or "
    "name a store there, to keep readings."
)


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

    async def account(self, who: Identity, at: datetime, *, keep: bool = False) -> Whose | None:
        """The account of a reading, None where nothing tells; ``keep`` writes down who it is.

        What it is called is the ``customer_id`` of every other question.
        """
        ...

    async def kept(self) -> list[Kept]:
        """What is kept, by account."""
        ...

    async def size(self) -> int | None:
        """How many bytes the store has; None where that is not known."""
        ...

    async def named(self, name: str) -> list[str]:
        """The accounts that have been read under a name."""
        ...

    async def forget(self, account: str) -> None:
        """Erase an account wholly: its readings, its invoices, and what it is known by."""
        ...

    async def prune(self, customer_id: str, before: datetime) -> int:
        """Drop a customer's lines and resources of runs collected before an instant.

        Returns how many runs it was. Metrics, findings and invoices stay for ever.
        """
        ...


class DisabledHistory:
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
        raise StoreDisabledError(self._why)

    async def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """Know nothing."""
        del customer_id, since, until
        raise StoreDisabledError(self._why)

    async def totals(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Mapping[tuple[str, Service], Decimal]]:
        """Know nothing."""
        del customer_id, run_ids
        raise StoreDisabledError(self._why)

    async def lines(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredLine]]:
        """Know nothing."""
        del customer_id, run_ids
        raise StoreDisabledError(self._why)

    async def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """Know nothing."""
        del customer_id, run_ids
        raise StoreDisabledError(self._why)

    async def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Know nothing."""
        del customer_id
        raise StoreDisabledError(self._why)

    async def findings(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        """Know nothing."""
        del customer_id, run_ids
        raise StoreDisabledError(self._why)

    async def account(self, who: Identity, at: datetime, *, keep: bool = False) -> Whose | None:
        """Know nobody."""
        del who, at, keep
        raise StoreDisabledError(self._why)

    async def kept(self) -> list[Kept]:
        """Know nothing."""
        raise StoreDisabledError(self._why)

    async def size(self) -> int | None:
        """Know nothing."""
        raise StoreDisabledError(self._why)

    async def named(self, name: str) -> list[str]:
        """Know nobody."""
        del name
        raise StoreDisabledError(self._why)

    async def forget(self, account: str) -> None:
        """Erase nothing."""
        del account
        raise StoreDisabledError(self._why)

    async def prune(self, customer_id: str, before: datetime) -> int:
        """Drop nothing."""
        del customer_id, before
        raise StoreDisabledError(self._why)
