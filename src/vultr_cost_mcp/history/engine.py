"""What a store must be able to do: the methods behind ``Background``, for a caller that waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.accounts import Alias, AliasKind, Kept
    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import (
        NewRun,
        StoredFinding,
        StoredInvoice,
        StoredLine,
        StoredResource,
        StoredRun,
    )

    Totals = Mapping[tuple[str, Service], Decimal]


class Engine(Protocol):
    """A store for a caller that waits, never asked twice at once.

    ``customer_id`` is the id that rows are filed under. Every method raises StoreError, in a
    sentence of its own, when the store cannot be used.
    """

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how the store works here; empty when all is as it should."""
        ...

    def add(self, run: NewRun) -> None:
        """Keep a reading."""
        ...

    def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """The runs collected in ``[since, until)``, one a UTC hour, oldest first."""
        ...

    def rules(self, customer_id: str, run_ids: Sequence[str]) -> Mapping[str, tuple[int, datetime]]:
        """The version of the rules of each run that can be seen, and when it was collected."""
        ...

    def totals(self, customer_id: str, run_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Dollars by run, then by (period, service)."""
        ...

    def lines(self, customer_id: str, run_ids: Sequence[str]) -> Mapping[str, Sequence[StoredLine]]:
        """The lines by run."""
        ...

    def resources(
        self, customer_id: str, run_ids: Sequence[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """The resources by run."""
        ...

    def findings(
        self, customer_id: str, run_ids: Sequence[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        """What was wasted, by run."""
        ...

    def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Every invoice, oldest first."""
        ...

    def prune(self, customer_id: str, before: datetime) -> int:
        """Drop a customer's lines and resources of older runs; how many runs it was."""
        ...

    def aliases(self, kind: AliasKind, digests: Collection[str] | None) -> list[Alias]:
        """Whose these are; None is all of a kind."""
        ...

    def aliases_of(self, account: str, kind: AliasKind) -> list[Alias]:
        """What an account is known by."""
        ...

    def add_aliases(self, aliases: Sequence[Alias]) -> None:
        """Keep what accounts are known by."""
        ...

    def keys(self) -> list[str]:
        """Every id that something is filed under."""
        ...

    def invoice_ids(self, customer_id: str) -> set[str]:
        """The ids of the invoices that are kept."""
        ...

    def newest_resource_ids(self, customer_id: str) -> set[str]:
        """What existed at the newest reading that knows anything that exists."""
        ...

    def kept(self) -> list[Kept]:
        """What is kept, by the id that it is filed under."""
        ...

    def size(self) -> int | None:
        """How many bytes the store has; None where that is not known."""
        ...

    def forget(self, account: str, customer_ids: Sequence[str]) -> None:
        """Erase all that is filed under the ids, and all that the account is known by."""
        ...
