"""Tell apart resources whose shown labels are the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.text import as_shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot


def id_where_shared(snapshot: Snapshot) -> Callable[[Resource], str | None]:
    """Return a function that gives a resource's id, None where its label is the only one."""
    often = Counter(as_shown(resource.name) for resource in snapshot.resources or ())

    def id_of(resource: Resource) -> str | None:
        return resource.id if often[as_shown(resource.name)] != 1 else None

    return id_of
