"""Whose readings are whose: what an account is known by, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

# ``rows`` is an id that rows are filed under, ``account`` what the id was given for.
AliasKind = Literal["account", "invoice", "resource", "email", "name", "rows"]


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
