"""The month of a question: the current one, or a past one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.mid_month import mid_month_lines_wanted
from vultr_cost_mcp.billing.months import invoice_lines_wanted, monthly_bills, running_bill
from vultr_cost_mcp.domain.account_parts import ACCOUNT, BILL, INVOICES, NOTHING
from vultr_cost_mcp.domain.dates import day_name, month_name
from vultr_cost_mcp.errors import TransportError, UnknownValueError
from vultr_cost_mcp.mcp_tools.arguments import month_asked
from vultr_cost_mcp.mcp_tools.envelope import Period as PeriodRow
from vultr_cost_mcp.mcp_tools.envelope import current_month
from vultr_cost_mcp.mcp_tools.nearest_value import CURRENT
from vultr_cost_mcp.questions.deleted_resources import add_deleted_resources
from vultr_cost_mcp.questions.fetching import snapshot_with_bill, snapshot_with_evidence
from vultr_cost_mcp.worker_threads import worked_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.bill import MonthlyBill
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest
    from vultr_cost_mcp.mcp_tools.question import Call


async def taken_for(
    call: Call,
    period: str,
    needs: frozenset[Part],
    follow_up: Callable[[Snapshot], Sequence[DetailRequest]],
) -> tuple[Snapshot, MonthlyBill]:
    """Return a snapshot and the bill of a period's month.

    ``period`` is the argument, ``needs`` are the parts beside the bill, and ``follow_up`` returns
    details to request. Raises UnknownValueError for a month without a bill, VultrError if its
    invoices could not be read.
    """
    if period == CURRENT:
        snapshot = await snapshot_with_bill(call, needs, follow_up)
        return snapshot, await worked_out(lambda: running_bill(snapshot), large=snapshot.large)

    def lines_too(snapshot: Snapshot) -> list[DetailRequest]:
        month = month_asked(period, snapshot)
        if month == snapshot.month:
            return [*mid_month_lines_wanted(snapshot), *follow_up(snapshot)]
        return [*invoice_lines_wanted(snapshot, month, month), *follow_up(snapshot)]

    # Last month's lines are pending until they are invoiced (D5).
    remembered = ACCOUNT if needs else NOTHING
    needs_all = BILL | INVOICES | needs | remembered
    snapshot = await call.snapshot(needs_all, lines_too)
    month = month_asked(period, snapshot)
    if month == snapshot.month:
        snapshot = await snapshot_with_evidence(call, needs_all, lines_too)
        return snapshot, await worked_out(lambda: running_bill(snapshot), large=snapshot.large)
    if needs:
        snapshot = await add_deleted_resources(call.account.history, snapshot, month)
    bills = await worked_out(lambda: monthly_bills(snapshot), large=snapshot.large)
    bill = bills.get(month.name)
    if bill is None:
        snapshot.require("invoices")
        if month == snapshot.month.previous:
            # Its lines may still be pending. If those were not read, the bill may exist.
            snapshot.require("pending_charges")
        raise UnknownValueError(no_bill(snapshot, month))
    require_lines(snapshot, bill)
    if bill.source == "invoices" and bill.closed:
        snapshot = _without_gaps(snapshot, "pending_charges")
    return snapshot, bill


def period_of(snapshot: Snapshot, bill: MonthlyBill) -> PeriodRow:
    """Return the time span of a bill as answers state it."""
    if bill.running:
        return current_month(snapshot)
    return PeriodRow(bill.month.name, bill.month.start, bill.month.end, complete=bill.complete)


def require_lines(snapshot: Snapshot, bill: MonthlyBill) -> None:
    """Raise TransportError if a month is invoiced but no line of its invoices was read."""
    if bill.source != "invoices" or any(row.lines is not None for row in bill.invoices):
        return
    reasons = [gap.reason for gap in snapshot.gaps if gap.part == "invoice_items"]
    why = reasons[0] if reasons else "no answer"
    month = month_name(bill.month.start)
    msg = f"The lines of the invoice for {month} could not be read: {why}. Ask again."
    raise TransportError(msg)


def _without_gaps(snapshot: Snapshot, part: Part) -> Snapshot:
    """Return the snapshot without the gaps of a part that the answer does not rest on."""
    return replace(snapshot, gaps=tuple(gap for gap in snapshot.gaps if gap.part != part))


def no_bill(snapshot: Snapshot, month: Month) -> str:
    """Return a sentence on a month without a bill: why, or which there are."""
    dates = sorted(row.date for row in snapshot.invoices or () if row.date is not None)
    parts = ("invoices", "invoice_items")
    reasons = [f"{gap.part}: {gap.reason}" for gap in snapshot.gaps if gap.part in parts]
    if reasons:
        return f"No bill for {month.name} was read, but not all was ({reasons[0]}). Ask again."
    if not dates:
        return f"There is no bill for {month.name}: this account has no invoice yet."
    return (
        f"There is no bill for {month.name}. Invoices are dated from {day_name(dates[0])} to "
        f"{day_name(dates[-1])}; each is usually for the month before it."
    )
