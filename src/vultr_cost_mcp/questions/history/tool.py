"""The tool ``get_cost_history``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.billing.mid_month import mid_month_lines_since
from vultr_cost_mcp.billing.months import invoice_lines_wanted, monthly_bills
from vultr_cost_mcp.domain.account_parts import ACCOUNT, BILL, INVOICE_LINES, INVOICES, MONTH
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import (
    DEFAULT_LIMIT,
    Draft,
    NextStep,
    Period,
)
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.money import to_cents
from vultr_cost_mcp.questions.fetching import snapshot_with_evidence
from vultr_cost_mcp.questions.history.report import (
    DEFAULT_SERVICES,
    MOST_SERVICES,
    Granularity,
    HistoryReport,
    first_day,
    history_by_day,
    history_by_month,
    months_back,
    shortened,
)
from vultr_cost_mcp.questions.history.text import headline_history, render_history
from vultr_cost_mcp.questions.stored_account import account_of, not_sure
from vultr_cost_mcp.questions.stored_readings import TO_BEGIN, stored_readings

if TYPE_CHECKING:
    from collections.abc import Callable

    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest

DEFAULT_MONTHS = 12
_MOST_ROWS = 200
_WHY = NextStep("explain_cost_change", {}, "why the last two months differ")
_UNUSUAL = NextStep("detect_anomalies", {}, "which of them are unusual")
_COLLECT = NextStep("collect_metrics", {}, "to keep a first reading")


_DAYS = BILL | {"history"}
_BY_READINGS = RestsOn(
    "average_daily",
    {
        **each(_DAYS, "rows", "omitted", "average_daily", "complete_rows"),
        **each(_DAYS, "services", "without_row"),
    },
)


def _by_invoices(snapshot: Snapshot) -> RestsOn:
    """Return the parts of monthly figures: pending lines too if last month has no invoice."""
    every = INVOICE_LINES | MONTH
    last = monthly_bills(snapshot).get(snapshot.month.previous.name)
    invoiced = last is not None and last.source == "invoices" and last.closed
    over = INVOICE_LINES if invoiced else every
    return RestsOn(
        "average_monthly",
        {
            **each(every, "rows", "omitted"),
            **each(over, "average_monthly", "trend", "trend_percent", "jump", "complete_rows"),
            "services": every,
            "without_row": over,
        },
    )


@question("Cost history", HistoryReport)
async def get_cost_history(
    call: Call,
    granularity: Annotated[Granularity, Field(description="Days need stored readings")] = "month",
    months: Annotated[
        int, Field(ge=1, le=36, description="Past months, for month")
    ] = DEFAULT_MONTHS,
    days: Annotated[int, Field(ge=1, le=366, description="Past days, for day")] = 30,
    services: Annotated[
        int, Field(ge=0, le=MOST_SERVICES, description="Services named in each row")
    ] = DEFAULT_SERVICES,
) -> Reply[HistoryReport]:
    """Totals over time: what each month or day came to, by service, the average and its trend."""
    if granularity == "day":
        return await _by_day(call, days, services)
    return await _by_month(call, months, services)


async def _by_month(call: Call, months: int, services: int) -> Reply[HistoryReport]:
    def follow_up(snapshot: Snapshot) -> list[DetailRequest]:
        first = months_back(snapshot.month, months)
        return invoice_lines_wanted(snapshot, first, snapshot.month.previous)

    snapshot = await snapshot_with_evidence(call, INVOICES | BILL, follow_up)
    snapshot.require("invoices")
    first = months_back(snapshot.month, months).start

    whole = cache(lambda: history_by_month(snapshot, months=months))
    period = Period(f"{count(months, 'month')} to date", first, snapshot.month.end, complete=False)
    rests_on = _by_invoices(snapshot)
    large = months > DEFAULT_MONTHS or services > DEFAULT_SERVICES
    return _reply(snapshot, whole, rests_on, period, services, large=large)


async def _by_day(call: Call, days: int, services: int) -> Reply[HistoryReport]:
    def follow_up(snapshot: Snapshot) -> list[DetailRequest]:
        return mid_month_lines_since(snapshot, Month.of(snapshot.now - timedelta(days=days)))

    snapshot = await snapshot_with_evidence(call, ACCOUNT | BILL | INVOICES, follow_up)
    since = datetime.combine(first_day(snapshot, days), time(), UTC)
    whose = await account_of(call.account, snapshot)
    month = Month.of(since).start
    readings = await stored_readings(call.account.history, whose.account_id, month, snapshot)

    said = not_sure(whose, since) if readings else whose.notes
    snapshot = replace(snapshot, caveats=(*snapshot.caveats, *said))

    whole = cache(lambda: history_by_day(snapshot, readings, days=days))
    end = datetime.combine(snapshot.now.date(), time(), UTC) + timedelta(days=1)
    period = Period(f"{count(days, 'day')} to date", since, end, complete=False)
    # Another process may store a reading at any time: an answer from them is not kept.
    snapshot = replace(snapshot, basis=None)
    return _reply(snapshot, whole, _BY_READINGS, period, services, large=True)


def _reply(
    snapshot: Snapshot,
    whole: Callable[[], HistoryReport],
    rests_on: RestsOn,
    period: Period,
    services: int,
    *,
    large: bool,
) -> Reply[HistoryReport]:
    limit = _MOST_ROWS if large else DEFAULT_LIMIT
    every = limit - services
    spent = None if snapshot.charges is None else to_cents(snapshot.month_to_date)

    def draft(size: int) -> Draft[HistoryReport]:
        # To save space, name fewer services in each row first, then drop the oldest rows.
        report = shortened(
            whole(), services=max(0, size - every), rows=None if size >= every else size
        )
        averages = (report.average_monthly, report.average_daily)
        # Without an average, the headline's own figure is the total of the month to date.
        own = MONTH if averages == (None, None) else None
        to_begin = [TO_BEGIN] if report.granularity == "day" and not report.rows else []
        return Draft(
            report,
            replace(rests_on, own=own),
            headline_history(whole(), snapshot.month, spent),
            [*render_history(report), *to_begin],
            next_steps=_next_steps(report),
            period=period,
            known=(spent, *averages) != (None, None, None),
        )

    return Reply(snapshot, draft, limit)


def _next_steps(report: HistoryReport) -> list[NextStep]:
    if report.granularity == "month":
        return [_WHY]
    return [_UNUSUAL] if report.rows else [_COLLECT]
