"""The further methods of a store: they tell the accounts of its readings apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vultr_cost_mcp.domain.history import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from vultr_cost_mcp.domain.accounts import Alias, AliasKind


class Engine(Store, Protocol):
    """A store that is never asked twice at once; ``notes`` may be known after its first use."""

    def rules(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, tuple[int, datetime]]:
        """Return the version of the rules of each run that can be seen, and its instant."""
        ...

    def aliases(self, kind: AliasKind, digests: Collection[str] | None) -> list[Alias]:
        """Return the aliases with these digests; None asks for all of a kind."""
        ...

    def aliases_of(self, account: str, kind: AliasKind) -> list[Alias]:
        """Return the names and digests that identify an account."""
        ...

    def add_aliases(self, aliases: Sequence[Alias]) -> None:
        """Store aliases of accounts."""
        ...

    def keys(self) -> list[str]:
        """Every id that something is filed under."""
        ...

    def invoice_ids(self, customer_id: str) -> set[str]:
        """The ids of the invoices that are kept."""
        ...

    def newest_resource_ids(self, customer_id: str) -> set[str]:
        """Return the resources of the newest reading that has any."""
        ...

    def forget(self, account: str, customer_ids: Sequence[str]) -> None:
        """Erase all that is filed under the ids, and all that the account is known by."""
        ...
