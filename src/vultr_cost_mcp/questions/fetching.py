"""Take a snapshot for a tool and report its progress to the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.mid_month import mid_month_lines_wanted
from vultr_cost_mcp.domain.parts import BILL, INVOICES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import DetailRequest, SnapshotSource
    from vultr_cost_mcp.mcp_tools.arguments import Ctx
    from vultr_cost_mcp.mcp_tools.question import Call


async def fetch_snapshot(
    take: SnapshotSource,
    needs: frozenset[Part],
    context: Ctx,
    follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
    *,
    fresh: bool = False,
) -> Snapshot:
    """Take a snapshot with progress messages to the client.

    ``take`` is the account's, ``needs`` are the parts to read, and ``context`` is the call's.
    ``follow_up`` returns details to request once the parts are read. ``fresh`` bypasses the cache.
    """
    return await take(needs, follow_up, progress_of(context), fresh=fresh)


async def fetch_with_bill(
    take: SnapshotSource,
    needs: frozenset[Part],
    context: Ctx,
    follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
) -> Snapshot:
    """Take a snapshot with the current month's whole bill: invoiced lines too (D1).

    The arguments are those of ``fetch_snapshot``.
    """

    def lines_too(snapshot: Snapshot) -> list[DetailRequest]:
        more = follow_up(snapshot) if follow_up is not None else ()
        return list(dict.fromkeys([*mid_month_lines_wanted(snapshot), *more]))

    return await fetch_snapshot(take, needs | BILL | INVOICES, context, lines_too)


async def snapshot_with_bill(
    call: Call,
    needs: frozenset[Part],
    follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
) -> Snapshot:
    """Take a snapshot with the current month's whole bill: invoiced lines too (D1).

    ``needs`` are the parts beside the bill, and ``follow_up`` returns details to request.
    """

    def lines_too(snapshot: Snapshot) -> list[DetailRequest]:
        more = follow_up(snapshot) if follow_up is not None else ()
        return list(dict.fromkeys([*mid_month_lines_wanted(snapshot), *more]))

    return await call.snapshot(needs | BILL | INVOICES, lines_too)


def progress_of(context: Ctx) -> Callable[[int, int, str], Awaitable[None]]:
    """Return a callback that reports progress to the client."""

    async def report(done: int, of: int, message: str) -> None:
        await context.report_progress(done, of, message)

    return report
