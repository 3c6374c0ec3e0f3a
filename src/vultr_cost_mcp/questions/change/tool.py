"""The tool ``explain_cost_change``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.months import invoice_lines_wanted, monthly_bills
from vultr_cost_mcp.domain.account_parts import (
    ACCOUNT,
    BILL,
    INVENTORY,
    INVOICES,
    POOL,
)
from vultr_cost_mcp.domain.dates import month_name
from vultr_cost_mcp.domain.filters import Filters, service_called
from vultr_cost_mcp.domain.matching import is_same
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot_source import billed_gateways_wanted
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.mcp_tools.arguments import Limit, Period, Service, Tag, month_asked
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, NextStep
from vultr_cost_mcp.mcp_tools.nearest_value import CURRENT
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.bill_parts import change_rests_on
from vultr_cost_mcp.questions.change.report import ChangeReport, change, is_whole, shortened
from vultr_cost_mcp.questions.change.text import headline_change, render_change
from vultr_cost_mcp.questions.deleted_resources import add_deleted_resources
from vultr_cost_mcp.questions.periods import (
    period_of,
    require_lines,
)
from vultr_cost_mcp.worker_threads import worked_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.bill import MonthlyBill
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest

_RUNNING = BILL | INVENTORY | INVOICES | POOL | ACCOUNT
# An invoice's month is only known from its lines; the newest two are within this many months.
_NEWEST_MONTHS = 3
_SHOWN = 15
_USE_CURRENT = "to_period=current_month compares the running month with the month before it."


@question("Cost change", ChangeReport)
async def explain_cost_change(
    call: Call,
    from_period: Period | None = None,
    to_period: Period | None = None,
    service: Service | None = None,
    tag: Tag | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Reply[ChangeReport]:
    """Why two periods differ, e.g. why the bill went up: what is new, gone, resized or used
    more, by thing and service. Default: the last two invoiced months; current_month as to_period
    takes as many hours of the month before."""
    asked = _Asked(from_period, to_period, by_resource=tag is not None)
    filters = Filters(service=service_called(service), tag=tag)
    snapshot = await call.snapshot(asked.needs, asked.wanted)
    before, after = await worked_out(lambda: asked.bills(snapshot), large=snapshot.large)
    if after.running:
        if asked.needs != _RUNNING:
            snapshot = await call.snapshot(_RUNNING, asked.wanted)
        snapshot = await add_deleted_resources(call.account.history, snapshot, before.month)
        before, after = asked.bills(snapshot)
    elif "unbilled" not in {before.source, after.source}:
        # Both are invoiced: pending lines only showed that the other month is not the current
        # one.
        gaps = tuple(gap for gap in snapshot.gaps if gap.part != "pending_charges")
        snapshot = replace(snapshot, gaps=gaps)
    if tag is not None and not after.running:
        snapshot = await add_deleted_resources(call.account.history, snapshot, before.month)
        before, after = asked.bills(snapshot)
    _refuse_untaxed(filters, before, after)
    whole = cache(partial(change, snapshot, before, after, filters))
    rests_on = change_rests_on(before, after, filters)
    unread = not rests_on.is_whole(snapshot)
    in_part = [bill for bill in (before, after) if not is_whole(bill, snapshot)]

    def draft(rows: int) -> Draft[ChangeReport]:
        report = shortened(whole(), rows)
        least = _is_least(report, before, after, in_part)
        return Draft(
            report,
            rests_on,
            headline_change(report, before.month, after.month, unread=unread, least=least),
            render_change(report, before.month, after.month),
            next_steps=_next_steps(after),
            known=least and (report.matched or not filters.given),
            period=period_of(snapshot, after),
            compared_with=before.month.name,
        )

    return Reply(snapshot, draft, limit)


def _is_least(
    report: ChangeReport, before: MonthlyBill, after: MonthlyBill, in_part: Sequence[MonthlyBill]
) -> bool:
    """Return whether lines that were not read could only make the difference larger."""
    more, less = report.delta > 0, report.delta < 0
    return (more and in_part == [after]) or (less and in_part == [before])


def _refuse_untaxed(filters: Filters, *bills: MonthlyBill) -> None:
    """Raise UnknownValueError if tax is asked for of a month without its invoice (D3)."""
    bare = [bill for bill in bills if bill.source != "invoices"]
    if bare and is_same("Tax", filters.service or ""):
        msg = (
            f"Tax comes with the invoice, and {month_name(bare[-1].month.start)} has none yet: "
            "there is nothing to compare. Compare two invoiced months, or ask forecast_month_end "
            "for the next invoice with tax."
        )
        raise UnknownValueError(msg)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The two periods as given."""

    earlier: str | None
    later: str | None
    by_resource: bool = False

    @property
    def needs(self) -> frozenset[Part]:
        """Return the parts to read for both months."""
        if self.later == CURRENT:
            return _RUNNING
        if self.by_resource:
            return INVOICES | BILL | INVENTORY | ACCOUNT
        return INVOICES if self.earlier is None and self.later is None else INVOICES | BILL

    def wanted(self, snapshot: Snapshot) -> list[DetailRequest]:
        """Return requests for the lines of all invoices that may be for one of the months."""
        wanted: list[DetailRequest] = []
        # An invalid period is reported once the bills are known.
        with suppress(UnknownValueError):
            later = month_asked(self.later, snapshot) if self.later else None
            if self.earlier is not None:
                earlier = month_asked(self.earlier, snapshot)
                wanted += invoice_lines_wanted(snapshot, earlier, earlier)
            elif later is not None:
                wanted += invoice_lines_wanted(snapshot, later.previous, later.previous)
            if later is not None:
                wanted += invoice_lines_wanted(snapshot, later, later)
            else:
                wanted += _newest_wanted(snapshot)
        return [*dict.fromkeys(wanted), *billed_gateways_wanted(snapshot)]

    def bills(self, snapshot: Snapshot) -> tuple[MonthlyBill, MonthlyBill]:
        """Return the bills of the two compared months; raises VultrCostError if there is none."""
        snapshot.require("invoices")
        bills = monthly_bills(snapshot)
        earlier = month_asked(self.earlier, snapshot) if self.earlier else None
        later = month_asked(self.later, snapshot) if self.later else None
        if later is None:
            later = _default_later(snapshot, bills, earlier)
        if earlier is None:
            earlier = _default_earlier(bills, later) if self.later is None else later.previous
        if earlier == snapshot.month:
            msg = f"{earlier.name} is running, so it can only be to_period. {_USE_CURRENT}"
            raise UnknownValueError(msg)
        if earlier == later:
            msg = f"from_period and to_period are both {later.name}. Give two different months."
            raise UnknownValueError(msg)
        return _bill(earlier, snapshot, bills), _bill(later, snapshot, bills)


def _newest_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    months = {Month.of(row.date) for row in snapshot.invoices or () if row.date is not None}
    newest = sorted(months, reverse=True)[:_NEWEST_MONTHS]
    if not newest:
        return invoice_lines_wanted(snapshot, snapshot.month, snapshot.month)
    return invoice_lines_wanted(snapshot, newest[-1], newest[0])


def _invoiced(bills: Mapping[str, MonthlyBill]) -> list[Month]:
    return [bill.month for bill in bills.values() if bill.source == "invoices" and bill.closed]


def _default_later(
    snapshot: Snapshot, bills: Mapping[str, MonthlyBill], earlier: Month | None
) -> Month:
    """Return the last invoiced month; the current one unless the other month is older."""
    invoiced = [month for month in _invoiced(bills) if month < snapshot.month]
    if earlier is not None and (not invoiced or earlier >= invoiced[-1]):
        return snapshot.month
    if not invoiced:
        msg = f"No month is invoiced yet, so there are no two to compare. {_USE_CURRENT}"
        raise UnknownValueError(msg)
    return invoiced[-1]


def _default_earlier(bills: Mapping[str, MonthlyBill], later: Month) -> Month:
    """Return the previous invoiced month; months without an invoice are skipped."""
    before = [month for month in _invoiced(bills) if month < later]
    if not before:
        msg = f"{later.name} is the only invoiced month: there is none before it. {_USE_CURRENT}"
        raise UnknownValueError(msg)
    return before[-1]


def _bill(month: Month, snapshot: Snapshot, bills: Mapping[str, MonthlyBill]) -> MonthlyBill:
    """Return the bill of a month with at least some lines read."""
    bill = bills.get(month.name)
    if bill is None:
        if month in {snapshot.month, snapshot.month.previous}:
            snapshot.require("pending_charges")
        raise UnknownValueError(_no_bill(month, snapshot, bills))
    require_lines(snapshot, bill)
    return bill


def _no_bill(month: Month, snapshot: Snapshot, bills: Mapping[str, MonthlyBill]) -> str:
    """Return the error for a month without a bill, with the months that have one."""
    unread = [row.month for row in snapshot.invoices or () if not row.asked]
    dated = {month.name for month in unread if month is not None}
    names = sorted({*bills, *dated}, reverse=True)
    older = f" and {len(names) - _SHOWN} older" if len(names) > _SHOWN else ""
    known = f"There are: {', '.join(names[:_SHOWN])}{older}." if names else "There are none."
    parts = ("invoices", "invoice_items")
    reasons = [f"{gap.part}: {gap.reason}" for gap in snapshot.gaps if gap.part in parts]
    if reasons:
        return f"No bill for {month.name} was read, but not all was ({reasons[0]}). Ask again."
    return f"There is no bill for {month.name}. {known}"


def _next_steps(after: MonthlyBill) -> list[NextStep]:
    running = after.running
    period = CURRENT if running else after.month.name
    return [
        NextStep("breakdown_by_service", {"period": period}, "on what that month's money went"),
        NextStep("forecast_month_end", {}, "how the month's end comes about")
        if running
        else NextStep("list_invoices", {}, "the documents"),
    ]
