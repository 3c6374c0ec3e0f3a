"""Taking a snapshot for a tool, its progress told to the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import Take, Wanted
    from vultr_cost_mcp.tools.arguments import Ctx


async def taken(
    take: Take,
    needs: frozenset[Part],
    context: Ctx,
    follow_up: Callable[[Snapshot], Sequence[Wanted]] | None = None,
    *,
    fresh: bool = False,
) -> Snapshot:
    """A snapshot of what a tool needs, its progress told to the client."""
    return await take(needs, follow_up, progress_of(context), fresh=fresh)


def progress_of(context: Ctx) -> Callable[[int, int, str], Awaitable[None]]:
    """What tells a client how far a reading is."""

    async def report(done: int, of: int, message: str) -> None:
        await context.report_progress(done, of, message)

    return report
