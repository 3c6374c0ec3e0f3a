"""Take a snapshot for a question, with the current month's whole bill."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.billing.mid_month import mid_month_lines_wanted
from vultr_cost_mcp.domain.account_parts import BILL, EXISTING, INVOICES
from vultr_cost_mcp.domain.invoice import is_early
from vultr_cost_mcp.domain.snapshot_source import gateways_wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest
    from vultr_cost_mcp.mcp_tools.question import Call

_SECONDS = 20.0


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

    return await snapshot_with_evidence(call, needs | BILL | INVOICES, lines_too)


async def snapshot_with_evidence(
    call: Call,
    needs: frozenset[Part],
    follow_up: Callable[[Snapshot], Sequence[DetailRequest]],
) -> Snapshot:
    """Take a snapshot; without this month's invoices, also what the age of resources tells (D1)."""
    snapshot = await call.snapshot(needs, follow_up)
    if not snapshot.missing("invoices") or needs >= EXISTING or is_early(snapshot.now):
        return snapshot

    def gateways_too(snapshot: Snapshot) -> list[DetailRequest]:
        return list(dict.fromkeys([*follow_up(snapshot), *gateways_wanted(snapshot)]))

    # All readings of a call share its time (D34).
    with anyio.move_on_at(call.begun + _SECONDS):
        wider = await call.snapshot(needs | EXISTING, gateways_too)
        shown = [gap for gap in wider.gaps if gap.part == "mid_month_invoices"]
        others = [gap for gap in snapshot.gaps if gap.part != "mid_month_invoices"]
        # The answer may be kept only while the wider one would be.
        return replace(
            snapshot,
            unread_invoice=wider.unread_invoice,
            gaps=(*others, *shown),
            basis=wider.basis,
        )
    return snapshot
