"""Accounts of readings: the marks of an account, and when two readings are of one account."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.domain.customer import UNNAMED

if TYPE_CHECKING:
    from datetime import datetime

    from vultr_cost_mcp.domain.snapshot import Snapshot

# ``account`` is what an id was given for; ``rows`` is an id, not its digest, that rows lie under.
AliasKind = Literal["account", "invoice", "email", "name", "rows"]


@dataclass(frozen=True, slots=True)
class Alias:
    """A mark of an account and its first day; ``digest`` hides the mark itself."""

    kind: AliasKind
    digest: str
    account: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The readings stored under one id: how many, and from when to when."""

    customer_id: str
    runs: int
    lines: int
    resources: int
    invoices: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Identity:
    """The marks of a reading's account: the API states no id of an account.

    ``name`` is the configured one, ``customer_id`` that of the metrics record, ``email`` the
    digest of the user's address. ``invoices`` and ``resources`` are ids, those of a list that was
    not read wholly as well.
    """

    name: str | None
    customer_id: str | None
    email: str | None = None
    invoices: frozenset[str] = frozenset()
    invoices_whole: bool = False
    resources: frozenset[str] = frozenset()

    @property
    def is_told(self) -> bool:
        """Return whether there is any mark besides the configured name."""
        return self.email is not None or bool(self.invoices)

    @property
    def evidence(self) -> str:
        """Return the digest of the strongest mark: first invoice, else email, else name.

        Invoices stay in their list, so that this is the same at every reading.
        """
        first = min(self.invoices, key=lambda id_: (len(id_), id_), default=None)
        if first is not None:
            return digest_of(f"invoice {first}")
        if self.email is not None:
            return digest_of(f"email {self.email}")
        return digest_of(f"name {self.name}")


@dataclass(frozen=True, slots=True)
class Whose:
    """The account that a reading is of: the id that the history knows it by.

    ``notes`` are sentences on that for an answer. Readings before ``sure_from`` were stored by a
    name alone, and may be another account's.
    """

    account_id: str
    notes: tuple[str, ...] = ()
    sure_from: datetime | None = None


def digest_of(text: str) -> str:
    """Return the digest that is stored instead of a private text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def email_digest(email: str) -> str:
    """Return the digest of an email address; capitals make no difference."""
    return digest_of(email.strip().lower())


def identity_of(snapshot: Snapshot) -> Identity:
    """Return the marks of a snapshot's account."""
    email = snapshot.balance.email if snapshot.balance else ""
    return Identity(
        name=None if snapshot.account == UNNAMED else snapshot.account,
        customer_id=snapshot.customer_id,
        email=email_digest(email) if email else None,
        invoices=frozenset(invoice.id for invoice in snapshot.invoices or ()),
        invoices_whole=snapshot.invoices is not None and not snapshot.missing("invoices"),
        resources=frozenset(resource.key for resource in snapshot.resources or ()),
    )


def is_settled(one: Identity, other: Identity) -> bool:
    """Return whether two readings need no inventory to tell if they are of one account."""
    if not (one.is_told and other.is_told):
        return True
    by_invoices = one.invoices and other.invoices and one.invoices_whole and other.invoices_whole
    return bool(by_invoices) or is_same(one, other)


def is_same(one: Identity, other: Identity) -> bool:
    """Return whether two readings are of one account.

    They are when their invoice lists share an invoice; without invoices, when their inventories
    share a resource; only then by the user's address. A name proves nothing.
    """
    if not (one.is_told and other.is_told):
        return False
    if one.invoices and other.invoices:
        if one.invoices & other.invoices:
            return True
        if one.invoices_whole and other.invoices_whole:
            return False
    if one.resources & other.resources:
        return True
    return one.email is not None and one.email == other.email


def together(account: str, one: Kept | None, other: Kept) -> Kept:
    """Return the readings stored under two ids of one account as one."""
    if one is None:
        return replace(other, customer_id=account)
    instants = [each for each in (one.first, other.first) if each is not None]
    ends = [each for each in (one.last, other.last) if each is not None]
    return Kept(
        account,
        one.runs + other.runs,
        one.lines + other.lines,
        one.resources + other.resources,
        one.invoices + other.invoices,
        min(instants, default=None),
        max(ends, default=None),
    )
