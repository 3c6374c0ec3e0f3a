"""Take a snapshot for a question, with the current month's whole bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.mid_month import mid_month_lines_wanted
from vultr_cost_mcp.domain.parts import BILL, INVOICES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.source import DetailRequest
    from vultr_cost_mcp.mcp_tools.question import Call


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
