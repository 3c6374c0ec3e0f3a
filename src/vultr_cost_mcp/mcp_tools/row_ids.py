"""Leave ids out of the rows of an answer where the label alone tells which resource it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from vultr_cost_mcp.domain.untrusted_text import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vultr_cost_mcp.domain.snapshot import Snapshot

_IDS = frozenset({"id", "resource_ids"})


def shared_labels(snapshot: Snapshot) -> frozenset[str]:
    """Return the labels, as answers show them, that several resources of the account carry."""
    return snapshot.once("shared_labels", _shared_labels)


def _shared_labels(snapshot: Snapshot) -> frozenset[str]:
    often = Counter(clean(resource.name) for resource in snapshot.known)
    return frozenset(label for label, number in often.items() if number > 1)


def without_ids(content: dict[str, Any], shared: Collection[str]) -> dict[str, Any]:
    """Return an answer whose rows have an id only where their label is shared, or empty."""
    return {name: _rows(value, shared) for name, value in content.items()}


def _rows(value: Any, shared: Collection[str]) -> Any:
    if type(value) is not list:
        return value
    return [_row(row, shared) for row in cast("Sequence[Any]", value)]


def _row(row: Any, shared: Collection[str]) -> Any:
    if not isinstance(row, dict):
        return row
    fields = cast("dict[str, Any]", row)
    if not fields.get("label") or fields["label"] in shared:
        return fields
    return {name: part for name, part in fields.items() if name not in _IDS}
