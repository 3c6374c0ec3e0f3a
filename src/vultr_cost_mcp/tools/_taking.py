"""Taking a snapshot for a tool: progress told, and the account asked where the lines failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.parts import BILL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from vultr_cost_mcp.domain.parts import Part, Take, Wanted
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.tools.arguments import Ctx


async def taken(
    take: Take,
    needs: frozenset[Part],
    context: Ctx,
    follow_up: Callable[[Snapshot], Sequence[Wanted]] | None = None,
) -> Snapshot:
    """A snapshot of what a tool needs, its progress told to the client."""
    return await take(needs, follow_up, _progress_of(context))


async def taken_with_money(
    take: Take,
    needs: frozenset[Part],
    context: Ctx,
    follow_up: Callable[[Snapshot], Sequence[Wanted]] | None = None,
) -> Snapshot:
    """A snapshot that knows the month to date: failing the lines, from the account (D33).

    Raises the VultrError of the lines when the account cannot be read either.
    """
    snapshot = await taken(take, needs | BILL, context, follow_up)
    if snapshot.charges is None and "account" not in needs:
        snapshot = await taken(take, needs | BILL | {"account"}, context, follow_up)
    if snapshot.charges is None and (
        snapshot.balance is None or snapshot.balance.pending_charges is None
    ):
        snapshot.require("pending_charges")
    return snapshot


def _progress_of(context: Ctx) -> Callable[[int, int, str], Awaitable[None]]:
    async def report(done: int, of: int, message: str) -> None:
        await context.report_progress(done, of, message)

    return report
