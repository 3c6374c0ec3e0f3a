"""The ids that something serves, as a list of the API states them (rule D20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# An id of zeros alone names nothing.
_ZEROS = frozenset("0-")


def served(stated: str | None) -> tuple[str, ...] | None:
    """Return the one id that is stated, none for an empty text; None where it is not known."""
    if stated is None:
        return None
    return all_served([stated]) if stated.strip() else ()


def all_served(stated: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the ids that are stated; None where they, or one of them, are not known."""
    if stated is None:
        return None
    ids = tuple(id_.strip() for id_ in stated)
    return None if any(_ZEROS.issuperset(id_) for id_ in ids) else ids
