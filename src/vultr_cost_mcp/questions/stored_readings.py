"""Stored readings of an account, with the one just made as the last of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.daily import Reading, first_and_last_of_days
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
    """Readings since an instant, two a day, and the live one; none when nothing is stored."""
    runs = first_and_last_of_days(await history.runs(customer, since, snapshot.now))
    totals = await history.totals(customer, [run.run_id for run in runs])
    found = [
        Reading(run.collected_at, run.complete, totals.get(run.run_id, {}))
        for run in runs
        # Lines that could not be read are kept as none, and are not a bill of nothing.
        if totals.get(run.run_id) or not run.metrics.pending_charges
    ]
    if found and snapshot.charges is not None:
        found.append(_live(snapshot))
    return found


async def stored_lines(
    history: History, customer: str, since: datetime, snapshot: Snapshot
) -> list[LineReading]:
    """The lines of the last reading of each day since an instant, of one before, and of now.

    The one before is the newest of the same month: what it holds was used before. The first reading
    of a month may be the last one that has the lines of the month before, which then are whole.
    """
    runs = await history.runs(customer, Month.of(since).start, snapshot.now)
    both = first_and_last_of_days(runs)
    last = {run.run_id for run in last_of_days(both)}
    kept = [run for run in both if run.run_id in last or run.collected_at.day == 1]
    # One that was read by half tells nothing, also not of what was used before.
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
