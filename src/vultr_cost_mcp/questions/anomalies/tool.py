"""The tool ``detect_anomalies``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.billing.daily_usage import DailyUsage, daily_use
from vultr_cost_mcp.billing.mid_month import invoiced_at, mid_month_lines_since
from vultr_cost_mcp.billing.months import invoice_lines_wanted
from vultr_cost_mcp.domain.account_parts import (
    ACCOUNT,
    BILL,
    INVENTORY,
    INVOICE_LINES,
    INVOICES,
    PRICED,
)
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.errors import StoreDisabledError, StoreError, VultrError
from vultr_cost_mcp.mcp_tools.coverage import RestsOn, each
from vultr_cost_mcp.mcp_tools.envelope import (
    Draft,
    NextStep,
    Period,
)
from vultr_cost_mcp.mcp_tools.question import Call, Reply, question
from vultr_cost_mcp.questions.anomalies.first_use import (
    UNSEEN_DAYS,
    candidates,
    days_of,
    first_uses,
    pairs_of,
)
from vultr_cost_mcp.questions.anomalies.report import (
    FEWEST_DAYS,
    USUAL_DAYS,
    USUAL_MONTHS,
    AnomaliesReport,
    days_judged,
    unjudged_months,
    unusual_days,
    unusual_month,
)
from vultr_cost_mcp.questions.anomalies.text import headline_anomalies, render_anomalies
from vultr_cost_mcp.questions.deleted_resources import last_of_days
from vultr_cost_mcp.questions.history.report import months_back
from vultr_cost_mcp.questions.stored_account import account_of, not_sure
from vultr_cost_mcp.questions.stored_readings import TO_BEGIN, stored_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from vultr_cost_mcp.domain.backend import Backend
    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest
    from vultr_cost_mcp.questions.anomalies.first_use import FirstUse
    from vultr_cost_mcp.questions.anomalies.report import Basis

NEEDS = ACCOUNT | BILL | INVENTORY
_DAYS_AROUND = NextStep("get_cost_history", {"granularity": "day"}, "the days around them")
_WHY = NextStep("explain_cost_change", {}, "why the last two months differ")
_COLLECT = NextStep("collect_metrics", {}, "to keep a reading")
_DAYS = BILL | {"history"}
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Remembered:
    """Results from stored readings; ``problem`` is the reason if there are none."""

    use: DailyUsage
    first_uses: tuple[FirstUse, ...] = ()
    problem: str | None = None
    off: bool = False
    notes: tuple[str, ...] = ()

    def noted(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with the caveats and the gap of the stored readings."""
        said = self.notes if self.problem is None else (self.problem, *self.notes)
        snapshot = replace(snapshot, caveats=(*snapshot.caveats, *said))
        if self.off:
            return snapshot
        gaps = [Gap("history", "could not be read")] if self.problem is not None else []
        # Another process may store a reading at any time: an answer from them is not kept.
        return replace(snapshot, gaps=(*snapshot.gaps, *gaps), basis=None)


@question("Anomalies", AnomaliesReport)
async def detect_anomalies(
    call: Call,
    days: Annotated[int, Field(ge=1, le=90, description="How many days to look back")] = USUAL_DAYS,
) -> Reply[AnomaliesReport]:
    """Unusual days: use of a service far from its usual day, first use of a service in a
    region, and the cause; without daily readings, an unusual newest invoice."""
    first = await call.snapshot(NEEDS | INVOICES, _mid_month(days))
    told = await _remembered(call.account, first, days)
    daily = len(days_judged(first, told.use, days)) >= FEWEST_DAYS
    snapshot = told.noted(first if daily else await _with_invoices(call, first))
    unjudged = () if daily else unjudged_months(snapshot)
    to_begin = [] if daily or told.problem else [TO_BEGIN]

    def draft(rows: int) -> Draft[AnomaliesReport]:
        report = (
            unusual_days(snapshot, told.use, told.first_uses, days=days, limit=rows)
            if daily
            else unusual_month(snapshot, told.first_uses, limit=rows)
        )
        return Draft(
            report,
            _rests_on(report.basis),
            headline_anomalies(report, unjudged),
            [*render_anomalies(report), *to_begin],
            next_steps=_next_steps(report, told),
            period=_period(report, snapshot, days),
        )

    return Reply(snapshot, draft)


async def _with_invoices(call: Call, first: Snapshot) -> Snapshot:
    """Take a snapshot with the lines of invoices, and the gaps of the first one.

    First uses are found in the first snapshot.
    """
    snapshot = await call.snapshot(NEEDS | INVOICES, _invoices_wanted)
    snapshot.require("invoices")
    earlier = tuple(gap for gap in first.gaps if not snapshot.missing(gap.part))
    return replace(snapshot, gaps=(*snapshot.gaps, *earlier))


def _rests_on(basis: Basis) -> RestsOn:
    """Return the parts of each figure; first uses rest on existing resources and readings."""
    lines = _DAYS if basis == "daily_history" else INVOICE_LINES
    # Days are compared if there are enough readings, invoices otherwise.
    judged_by = lines | ACCOUNT | {"history"}
    return RestsOn(
        "usual",
        {
            **each(judged_by | PRICED | _DAYS, "anomalies", "omitted"),
            **each(judged_by, "basis", "judged", "usual", "usual_of"),
        },
    )


async def _remembered(account: Backend, snapshot: Snapshot, days: int) -> _Remembered:
    since = snapshot.now.date() - max(days, USUAL_DAYS) * _A_DAY
    try:
        whose = await account_of(account, snapshot)
        customer = whose.account_id
        invoiced = invoiced_at(snapshot, Month.of(_midnight(since)))
        kept = await stored_lines(account.history, customer, _midnight(since), snapshot)
        use = daily_use(kept, invoiced)
        new = await _first_uses(
            account.history, customer, snapshot, snapshot.now.date() - days * _A_DAY
        )
    except StoreError as error:
        return _Remembered(
            DailyUsage(), problem=str(error), off=isinstance(error, StoreDisabledError)
        )
    except VultrError as error:
        problem = f"Readings are kept by account, and that could not be read ({error.short})."
        return _Remembered(DailyUsage(), problem=problem)
    return _Remembered(use, tuple(new), notes=tuple(not_sure(whose, _midnight(since))))


async def _first_uses(
    history: History, customer: str, snapshot: Snapshot, since: date
) -> list[FirstUse]:
    """Find first uses in 90 days of readings; read them only if there are candidates."""
    found = candidates(snapshot.resources or (), since)
    if not found:
        return []
    start = _midnight(since - UNSEEN_DAYS * _A_DAY)
    every = await history.runs(customer, start, snapshot.now)
    runs = last_of_days(every)
    rows = await history.resources(customer, [run.run_id for run in runs])
    seen = {run.collected_at.date(): pairs_of(rows.get(run.run_id, ())) for run in runs}
    # Lines are cumulative: a month's last reading has all its lines.
    months = {Month.of(run.collected_at): run.run_id for run in every if run.complete}
    lines = await history.lines(customer, months.values())
    billed = days_of(chain.from_iterable(lines.values()))
    return first_uses(found, seen, billed, since, snapshot.now.date())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _mid_month(days: int) -> Callable[[Snapshot], list[DetailRequest]]:
    """Return a follow-up for the invoices across which no day is differenced (D1, D32)."""

    def wanted(snapshot: Snapshot) -> list[DetailRequest]:
        since = snapshot.now.date() - max(days, USUAL_DAYS) * _A_DAY
        return mid_month_lines_since(snapshot, Month.of(_midnight(since)))

    return wanted


def _invoices_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    first = months_back(snapshot.month, USUAL_MONTHS + 1)
    return invoice_lines_wanted(snapshot, first, snapshot.month.previous)


def _next_steps(report: AnomaliesReport, told: _Remembered) -> list[NextStep]:
    if report.basis == "daily_history":
        return [_DAYS_AROUND]
    collect = [] if told.problem else [_COLLECT]
    return [_WHY, *collect] if report.basis == "invoices" else collect


def _period(report: AnomaliesReport, snapshot: Snapshot, days: int) -> Period:
    if report.basis == "daily_history":
        today = snapshot.now.date()
        start, end = _midnight(today - days * _A_DAY), _midnight(today)
        return Period(f"{days} days before today", start, end, complete=True)
    first = months_back(snapshot.month, max(1, report.judged))
    return Period("invoiced months", first.start, snapshot.month.start, complete=True)
