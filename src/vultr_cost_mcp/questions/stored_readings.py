"""Stored readings of an account, followed by the current one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.daily_cost import Reading, first_and_last_of_days
from vultr_cost_mcp.billing.daily_usage import LineReading
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.money import ZERO
from vultr_cost_mcp.questions.collect.record import kept_lines
from vultr_cost_mcp.questions.deleted_resources import last_of_days

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.domain.snapshot import Snapshot

TO_BEGIN = (
    "Days are told from stored readings. Run `vultr-cost-mcp collect --every 1h`, or call "
    "collect_metrics now and then: every reading from then on counts."
)


async def stored_readings(
    history: History, customer: str, since: datetime, snapshot: Snapshot
) -> list[Reading]:
    """Return up to two readings a day since an instant, then the current one.

    ``history`` is asked for the account with the id ``customer``, and ``snapshot`` is the current
    reading. Returns an empty list if nothing is stored.
    """
    runs = first_and_last_of_days(await history.runs(customer, since, snapshot.now))
    totals = await history.totals(customer, [run.run_id for run in runs])
    found = [
        Reading(run.collected_at, run.complete, totals.get(run.run_id, {}))
        for run in runs
        # Unread lines are stored as no lines; that is not an empty bill.
        if totals.get(run.run_id) or not run.metrics.pending_charges
    ]
    if found and snapshot.charges is not None:
        found.append(_live(snapshot))
    return found


async def stored_lines(
    history: History, customer: str, since: datetime, snapshot: Snapshot
) -> list[LineReading]:
    """Return the lines of each day's last reading since an instant, and of now.

    The arguments are those of ``stored_readings``. The result begins with the newest earlier
    reading of the same month, because its charges were used before. It also includes the first
    reading of a month, which may be the last one with the complete lines of the month before.
    """
    runs = await history.runs(customer, Month.of(since).start, snapshot.now)
    both = first_and_last_of_days(runs)
    last = {run.run_id for run in last_of_days(both)}
    kept = [run for run in both if run.run_id in last or run.collected_at.day == 1]
    # Skip incomplete runs; they say nothing about earlier usage either.
    kept = [run for run in kept if run.complete or run.collected_at >= since]
    before = [run for run in kept if run.collected_at < since]
    kept = [*before[-1:], *kept[len(before) :]]
    lines = await history.lines(customer, [run.run_id for run in kept])
    found = [
        LineReading(run.collected_at, run.complete, lines.get(run.run_id, ()))
        for run in kept
        if lines.get(run.run_id) or not run.metrics.pending_charges
    ]
    if found and snapshot.charges is not None:
        whole = not snapshot.missing("pending_charges")
        found.append(LineReading(snapshot.as_of, whole, kept_lines(snapshot)))
    return found


def _live(snapshot: Snapshot) -> Reading:
    sums: dict[tuple[str, Service], Decimal] = defaultdict(lambda: ZERO)
    for row in kept_lines(snapshot):
        sums[row.period, row.service] += row.line.total
    return Reading(snapshot.as_of, not snapshot.missing("pending_charges"), sums)
