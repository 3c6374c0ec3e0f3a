"""Find configured names of the same account, so that its money is counted once."""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.domain.account_parts import ACCOUNT, INVENTORY, INVOICES
from vultr_cost_mcp.domain.accounts import identity_of, is_same, is_settled
from vultr_cost_mcp.errors import VultrCostError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.accounts import Identity
    from vultr_cost_mcp.domain.snapshot_source import SnapshotSource

# The answers are read at the same time, and may take longer.
_SECONDS = 12.0


async def same_accounts(takes: Mapping[str, SnapshotSource]) -> list[list[str]]:
    """Return the names of each account that has several, in the order of configuration.

    An account whose identity cannot be read in time counts as an account of its own.
    """
    found: dict[str, Identity] = {}
    with anyio.move_on_after(_SECONDS):
        await _read(takes, takes, ACCOUNT | INVOICES, found)
        open_ = {
            name
            for one, other in combinations(found, 2)
            if not is_settled(found[one], found[other])
            for name in (one, other)
        }
        # Accounts without invoices are identified by their resources; few need that.
        await _read(takes, open_, ACCOUNT | INVOICES | INVENTORY, found)
    return _groups([name for name in takes if name in found], found)


async def _read(
    takes: Mapping[str, SnapshotSource],
    names: Iterable[str],
    needs: frozenset[Part],
    found: dict[str, Identity],
) -> None:
    async def read(name: str) -> None:
        try:
            found[name] = identity_of(await takes[name](needs))
        except VultrCostError:
            return

    async with anyio.create_task_group() as tasks:
        for name in names:
            tasks.start_soon(read, name)


def _groups(names: Sequence[str], found: Mapping[str, Identity]) -> list[list[str]]:
    groups: list[list[str]] = []
    for name in names:
        mine = [group for group in groups if any(is_same(found[name], found[x]) for x in group)]
        groups = [group for group in groups if group not in mine]
        groups.append(sorted({*chain.from_iterable(mine), name}, key=names.index))
    return [group for group in groups if len(group) > 1]
