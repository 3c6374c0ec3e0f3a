"""Find the account of a reading among those of a store, by their marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.accounts import Alias, Whose, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from vultr_cost_mcp.domain.accounts import AliasKind, Identity
    from vultr_cost_mcp.history.engine import Engine

# The ids that version 0.1 made of addresses: they are of one user, whatever the name.
_OF_AN_ADDRESS = re.compile(r"vultr-[0-9a-f]{12}")
_DIGITS = 8


class Search:
    """The search for one reading's account; nothing is written before ``keep``."""

    def __init__(self, engine: Engine, who: Identity, at: datetime) -> None:
        self._engine = engine
        self._who = who
        self._at = at
        self._name = None if who.name is None else digest_of(who.name)
        self.claimed: list[str] = []
        self.account: str | None = None
        self._keys = engine.keys()
        self._claims = engine.aliases("rows", None)
        self._accounts_there = {alias.account for alias in engine.aliases("account", None)}
        self._find()

    def _find(self) -> None:
        found = self._by_invoices() or self._by_resources() or self._by_email() or self._by_name()
        self.claimed = self._unclaimed_rows()
        own = self._who.customer_id
        if found:
            self.account, *others = found
            # What turned out to be one account was filed under several ids.
            self.claimed += [key for other in others for key in self._rows_of(other)]
        elif self.claimed:
            self.account = own if own in self.claimed else self.claimed[0]
        elif own is not None:
            self.account = self._new_id(own)

    def _by_invoices(self) -> list[str]:
        return self._accounts("invoice", map(digest_of, self._who.invoices))

    def _by_resources(self) -> list[str]:
        who, engine = self._who, self._engine
        if who.invoices or not who.is_told or not who.resources:
            return []
        keys = [key for key in self._keys if engine.newest_resource_ids(key) & who.resources]
        return list(dict.fromkeys(account for key in keys for account in self._accounts_of(key)))

    def _by_email(self) -> list[str]:
        email = self._who.email
        found = [] if email is None else self._accounts("email", [email])
        return [account for account in found if not self._has_other_invoices(account)][:1]

    def _by_name(self) -> list[str]:
        found = [] if self._name is None else self._accounts("name", [self._name])
        return [account for account in found if not self._contradicts(account)][:1]

    def _contradicts(self, account: str) -> bool:
        """Return whether a reading contradicts the identity of the account of its name."""
        emails = {alias.digest for alias in self._engine.aliases_of(account, "email")}
        other_user = bool(emails) and self._who.email is not None and self._who.email not in emails
        return other_user or self._has_other_invoices(account)

    def _has_other_invoices(self, account: str) -> bool:
        """Return whether this reading has none of the account's known invoices."""
        return bool(self._who.invoices) and bool(self._engine.aliases_of(account, "invoice"))

    def _unclaimed_rows(self) -> list[str]:
        """The ids of rows that version 0.1 wrote, that are of nobody yet, and that are this one's.

        The rows of a name belong to the first account that is read under it, unless its invoices
        are others; those of any name to the account that has every invoice of theirs.
        """
        who, engine = self._who, self._engine
        named = {who.name, None if who.email is None else f"vultr-{who.email[:12]}"}
        mine: list[str] = []
        for key in self._keys:
            if self._accounts_of(key):
                continue
            invoices = engine.invoice_ids(key)
            shared = invoices & who.invoices
            if invoices and who.invoices and not shared:
                continue
            proven = bool(shared) and invoices <= who.invoices
            seen = not (shared or invoices or who.invoices) and who.is_told and who.resources
            if proven or key in named or (seen and engine.newest_resource_ids(key) & who.resources):
                mine.append(key)
        return mine

    def _accounts(self, kind: AliasKind, digests: Iterable[str]) -> list[str]:
        """The accounts that are known by any of these, the one that was known first in front."""
        asked = list(digests)
        aliases = self._engine.aliases(kind, asked) if asked else []
        first = sorted(aliases, key=lambda alias: (alias.first_seen, alias.account))
        return list(dict.fromkeys(alias.account for alias in first))

    def _accounts_of(self, key: str) -> list[str]:
        owners = [claim.account for claim in self._claims if claim.digest == key]
        itself = [key] if key in self._accounts_there else []
        # Rows that were given to another account are that one's.
        return sorted(owners, key=lambda owner: owner == key) or itself

    def _rows_of(self, account: str) -> list[str]:
        return [account, *(claim.digest for claim in self._claims if claim.account == account)]

    def _new_id(self, own: str) -> str:
        is_taken = own in self._keys or own in self._accounts_there
        return f"{own}-{self._who.evidence[:_DIGITS]}" if is_taken else own

    def keep(self) -> None:
        """Store the marks of the account that are not stored yet."""
        who, account = self._who, self.account
        if account is None:
            return
        wanted: dict[AliasKind, set[str]] = {
            "account": set() if account in self._accounts_there else {who.evidence},
            "invoice": {digest_of(id_) for id_ in who.invoices},
            "email": set() if who.email is None else {who.email},
            "name": set() if self._name is None else {self._name},
            "rows": set(self.claimed),
        }
        new = [
            Alias(kind, digest, account, self._at)
            for kind, digests in wanted.items()
            if digests
            for digest in sorted(digests - self._known(kind, account))
        ]
        if new:
            self._engine.add_aliases(new)

    def _known(self, kind: AliasKind, account: str) -> set[str]:
        return {alias.digest for alias in self._engine.aliases_of(account, kind)}

    def whose(self) -> Whose | None:
        """Return the account, with sentences on it for an answer."""
        account, name = self.account, self._who.name
        if account is None:
            return None
        notes: list[str] = []
        if name is not None and self._is_anothers(name, account):
            notes.append(
                f"The history has another account under the name {name}, with other invoices or "
                f"another user: readings of this one are kept apart, as {account}. Give each "
                "account a name of its own in the configuration file."
            )
        # What version 0.1 kept under a name, be it that the account was given that for its id.
        by_name = [
            claim.first_seen
            for claim in self._engine.aliases_of(account, "rows")
            if not _OF_AN_ADDRESS.fullmatch(claim.digest)
            and (claim.digest == account or claim.digest not in self._accounts_there)
        ]
        return Whose(account, tuple(notes), max(by_name, default=None))

    def _is_anothers(self, name: str, account: str) -> bool:
        """Return whether another account was read under a name before, or kept by it."""
        read = self._accounts("name", [digest_of(name)])
        if read and read[0] != account:
            return True
        return name in self._keys and account not in (self._accounts_of(name) or [name])
