"""Add deleted resources from stored readings to a snapshot."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.stored_rows import resource_of
from vultr_cost_mcp.domain.accounts import identity_of
from vultr_cost_mcp.errors import StoreDisabledError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.history import History, StoredRun
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

# Most hourly readings to look at in addition to the last one of each day.
_MOST_HOURS = 100


def last_of_days(runs: Iterable[StoredRun]) -> list[StoredRun]:
    """Return the last run of every UTC day, oldest first."""
    return list({run.collected_at.date(): run for run in runs}.values())


async def add_deleted_resources(history: History, snapshot: Snapshot, *months: Month) -> Snapshot:
    """Add resources that existed in some months and are deleted now, if stored.

    They only give lines a name. If the store cannot be read, the snapshot gets a caveat and every
    sum stays the same.
    """
    if snapshot.resources is None or not months:
        return snapshot
    since, until = min(months).start, max(months).end
    try:
        whose = await history.account(identity_of(snapshot), snapshot.now)
        if whose is None:
            return snapshot
        kept = await history.runs(whose.account_id, since, until)
        runs = _relevant_runs(kept, _lines_without_resource(snapshot))
        rows = await history.resources(whose.account_id, [run.run_id for run in runs])
    except StoreDisabledError:
        return snapshot
    except StoreError as error:
        return replace(
            snapshot, caveats=(*snapshot.caveats, f"Deleted resources: {error}"), basis=None
        )
    seen: dict[str, Resource] = {}
    for run in runs:
        for row in rows.get(run.run_id, ()):
            seen[row.id] = resource_of(row, run.collected_at)
    exist = {resource.key for resource in snapshot.resources}
    former = tuple(row for row in seen.values() if row.id not in exist)
    caveats = (*snapshot.caveats, *whose.notes)
    # The store may hold more the next time.
    return replace(snapshot, former=former, caveats=caveats, basis=None)


def _lines_without_resource(snapshot: Snapshot) -> list[Charge]:
    """Return the hourly lines without an existing resource, the most expensive first."""
    invoiced = (invoice.lines or () for invoice in snapshot.invoices or ())
    every = chain(snapshot.charges or (), snapshot.uninvoiced_previous, *invoiced)
    lost = [charge for charge in every if charge.resource_id is None and charge.hourly]
    return sorted(lost, key=lambda charge: -charge.total)


def _relevant_runs(runs: Sequence[StoredRun], lost: Iterable[Charge]) -> list[StoredRun]:
    """Return the last run of every UTC day, and runs that saw short-lived resources.

    ``runs`` and the result are oldest first. For each line in ``lost`` that no last run of a day
    covers, the result includes the last run within its hours.
    """
    found = last_of_days(runs)
    days, hours = [run.collected_at for run in found], [run.collected_at for run in runs]
    more: dict[str, StoredRun] = {}
    for line in lost:
        if line.start is None or line.end is None or len(more) >= _MOST_HOURS:
            continue
        if bisect_left(days, line.start) < bisect_right(days, line.end):
            continue
        place = bisect_right(hours, line.end)
        if bisect_left(hours, line.start) < place:
            more[runs[place - 1].run_id] = runs[place - 1]
    return sorted([*found, *more.values()], key=lambda run: run.collected_at)
