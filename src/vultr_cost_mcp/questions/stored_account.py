"""Find the account that stored readings belong to."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.account_parts import ACCOUNT, INVENTORY, INVOICES
from vultr_cost_mcp.domain.accounts import identity_of
from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.errors import StoreError, VultrError

if TYPE_CHECKING:
    from datetime import datetime

    from vultr_cost_mcp.domain.accounts import Identity, Whose
    from vultr_cost_mcp.domain.backend import Backend
    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import SnapshotSource

_NOBODY = (
    "Readings are kept by account, and Vultr did not say whose key this is (the account states no "
    "e-mail address), so none can be found. Months are told from invoices and need no readings."
)


async def identified(take: SnapshotSource) -> Identity:
    """Return the account's identity; its inventory is read only if it has no invoices.

    Raises VultrCostError if nothing can be read.
    """
    snapshot = await take(ACCOUNT | INVOICES)
    if snapshot.invoices:
        return identity_of(snapshot)
    return identity_of(await take(ACCOUNT | INVOICES | INVENTORY))


async def account_of(account: Backend, snapshot: Snapshot) -> Whose:
    """Return the stored account that a snapshot belongs to.

    Raises the VultrError of the account, or a StoreError if nothing identifies it.
    """
    who = identity_of(snapshot)
    if not isinstance(account.history, DisabledHistory):
        with suppress(VultrError):
            who = await identified(account.take)
    return await known_account(account.history, who, snapshot)


async def known_account(history: History, who: Identity, snapshot: Snapshot) -> Whose:
    """Return the stored account; raises StoreError or VultrError if nothing identifies it."""
    whose = await history.account(who, snapshot.now)
    if whose is None:
        snapshot.require("account")
        raise StoreError(_NOBODY)
    return whose


def not_sure(whose: Whose, since: datetime) -> list[str]:
    """Return caveats on whose readings an answer shows, from ``since`` on."""
    if whose.sure_from is None or whose.sure_from <= since:
        return list(whose.notes)
    sure = f"{day_name(whose.sure_from)}, {whose.sure_from:%H:%M} UTC"
    before = (
        f"Readings before {sure} were stored under the account's name alone: if two accounts had "
        "that name, they may be of both."
    )
    return [*whose.notes, before]
