"""Whose the sample account is, the instant at which it is frozen, and how its ids are made."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid5

SAMPLE_NOW = datetime(2026, 11, 18, 14, 5, tzinfo=UTC)
"""The frozen instant: mid-month, so that no 672-hour cap is reached yet."""

COMPANY = "Northwind Robotics"
EMAIL = "billing@northwind-robotics.example"

# Everything that the fields of Vultr's answers call a secret starts like this, so that a test can
# look for the text in whatever the program says or stores.
PLACEHOLDER = "sample-secret-"

_NAMESPACE = UUID("7b0f1d52-51c4-4a53-9d0b-3f6f5f0a2e11")

Row = dict[str, object]
"""One JSON object of an answer; money in it is ``Decimal``."""


def sample_id(kind: str, name: str) -> str:
    """The id of a resource: a UUID that depends on nothing but its kind and its name."""
    return str(uuid5(_NAMESPACE, f"{kind}/{name}"))


def instant(text: str) -> datetime:
    """A UTC instant from ``2026-11-09`` or ``2026-11-09T10:20``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stamp(text: str) -> str:
    """The same as ``2026-11-09T10:20:00+00:00``, as most of the API writes a time."""
    return instant(text).isoformat()


def spaced_stamp(text: str) -> str:
    """The same as ``2026-11-09 10:20:00``, as databases, registries, CDN and gateways write it."""
    return f"{instant(text):%Y-%m-%d %H:%M:%S}"


def meta(total: int) -> Row:
    """The meta block of an answer that holds all its rows."""
    return {"total": total, "links": {"next": "", "prev": ""}}
