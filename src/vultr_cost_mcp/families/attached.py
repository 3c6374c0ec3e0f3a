"""The ids that a resource serves, as an API list states them (rule D20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# An id of only zeros names nothing.
_ZEROS = frozenset("0-")


def served(stated: str | None) -> tuple[str, ...] | None:
    """Return the one stated id, none for an empty text; None if it is unknown."""
    if stated is None:
        return None
    return all_served([stated]) if stated.strip() else ()


def all_served(stated: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the stated ids; None if one or all of them are unknown."""
    if stated is None:
        return None
    ids = tuple(id_.strip() for id_ in stated)
    return None if any(_ZEROS.issuperset(id_) for id_ in ids) else ids
