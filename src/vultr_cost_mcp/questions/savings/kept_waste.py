"""Waste in stored readings: resources deleted since, and the hours of waste (M-ledger)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.realised import (
    REPLACED_WITHIN,
    DeletedWaste,
    lines_by_resource,
    replacement_of,
    shows_its_end,
)
from vultr_cost_mcp.billing.stored_rows import stored_resource
from vultr_cost_mcp.domain.backend import KEEP_DAYS
from vultr_cost_mcp.domain.history import StoredLine, StoredResource
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.families.kinds_by_list import kinds_in
from vultr_cost_mcp.families.plans.rules import usual_hours
from vultr_cost_mcp.questions.deleted_resources import last_of_days
from vultr_cost_mcp.questions.savings.ledger import Billed, RealisedSavings, realised_savings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.history import History, LastFinding, StoredFinding, StoredRun
    from vultr_cost_mcp.domain.resource import Kind
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.questions.savings.replay import Wasted

_KEPT = timedelta(days=KEEP_DAYS)
# Runs that are looked at one after the other until one of them tells.
_MOST_RUNS = 60
_CLOUD: frozenset[Kind] = frozenset({"instance", "gpu_instance", "kubernetes_node"})
_SNAPSHOTS: frozenset[Kind] = frozenset({"snapshot", "block_snapshot"})

Rows = dict[str, StoredResource]
# When lines stood so, and the month that they are of.
MonthLines = tuple[datetime, Month, list[StoredLine]]


async def ledger_of(
    history: History,
    account: str,
    snapshot: Snapshot,
    kind: Kind | None = None,
    action: Action | None = None,
) -> RealisedSavings | None:
    """Return the savings of an account by deleting waste; None where no waste was ever stored.

    ``account`` is its id in the history; ``kind`` and ``action`` filter the findings.
    Raises StoreError.
    """
    since = snapshot.now - _KEPT
    found = await history.last_findings(account, since, snapshot.now)
    if not found:
        return None
    exist = {resource.id for resource in snapshot.resources or ()}
    lost = [
        last
        for last in found
        if exist.isdisjoint(last.finding.resource_ids)
        and kind in (None, last.finding.kind)
        and action in (None, last.finding.action)
    ]
    if not lost:
        return realised_savings((), Billed(), snapshot)
    runs = await history.runs(account, since, snapshot.now)
    readings = _Readings(history, account, snapshot, runs)
    deleted = await readings.deleted(lost)
    return realised_savings(deleted, await readings.billed(deleted), snapshot)


async def wasted_hours(history: History, account: str, month: Month) -> Wasted:
    """Return the UTC hours of a month in which a stored reading shows a measured finding."""
    runs = await history.runs(account, month.start, month.end)
    found = await history.findings(account, [run.run_id for run in runs])
    wasted: dict[tuple[str, str], set[datetime]] = defaultdict(set)
    for run in runs:
        hour = run.collected_at.replace(minute=0, second=0, microsecond=0)
        for row in found.get(run.run_id, ()):
            if row.confidence == "measured":
                for id_ in row.resource_ids:
                    wasted[row.action, id_].add(hour)
    return wasted


@dataclass(slots=True)
class _Readings:
    """The stored runs of an account, oldest first, and the running reading after them."""

    history: History
    account: str
    snapshot: Snapshot
    runs: Sequence[StoredRun]
    _rows: dict[str, Rows] = field(default_factory=dict[str, Rows])

    async def deleted(self, lost: Iterable[LastFinding]) -> list[DeletedWaste]:
        """Return the resources that are gone since the run that found them as waste."""
        places = {run.run_id: place for place, run in enumerate(self.runs)}
        known = [last for last in lost if last.run_id in places]
        await self._read(last.run_id for last in known)
        found: list[DeletedWaste] = []
        for last in known:
            row = _row_of(last.finding, self._rows[last.run_id])
            if row is None:
                # Its resources were dropped.
                continue
            gone_by = await self._gone_by(row, places[last.run_id] + 1)
            if gone_by is not None:
                hours = usual_hours(row.plan or "", None)
                gone = DeletedWaste(last.finding, row, last.collected_at, gone_by, hours)
                found.append(await self._with_replacement(gone, last.run_id))
        return found

    async def billed(self, deleted: Sequence[DeletedWaste]) -> Billed:
        """Return the bill of deleted resources, from readings, and invoices where none tells."""
        months = {month for gone in deleted for month in gone.months(self.snapshot.now)}
        months |= {Month.of(gone.at).previous for gone in deleted}
        known: dict[str, dict[str, list[StoredLine]]] = defaultdict(dict)
        shown: set[str] = set()
        for at, month, lines in [
            *await self._stored_lines(months),
            *self._lines_now(),
            *await self._invoiced_lines(months),
        ]:
            own = lines_by_resource(lines, deleted)
            shown |= {id_ for id_, rows in own.items() if any(row.line.total > 0 for row in rows)}
            for gone in deleted:
                id_ = gone.resource.id
                if month.name not in known[id_] and shows_its_end(gone, month, at):
                    known[id_][month.name] = own.get(id_, [])
        return Billed(known, shown)

    async def _stored_lines(self, months: Collection[Month]) -> list[MonthLines]:
        """Return the lines of months as the last reading of each has them, those after it first.

        A reading after the end of a month has its lines until they are invoiced (D5).
        """
        runs = [run for run in self.runs if run.complete]
        last = {Month.of(run.collected_at): run for run in runs}
        first = {Month.of(run.collected_at).previous: run for run in reversed(runs)}
        asked = [
            (month, run) for of in (first, last) for month, run in of.items() if month in months
        ]
        kept = await self.history.lines(self.account, [run.run_id for _, run in asked])
        found = [
            (
                run.collected_at,
                month,
                [r for r in kept.get(run.run_id, ()) if r.period == month.name],
            )
            for month, run in asked
        ]
        return [row for row in found if row[2] or row[0] in row[1]]

    def _lines_now(self) -> list[MonthLines]:
        """Return the lines of the running month, and those of last month without an invoice."""
        shot = self.snapshot
        if shot.charges is None or shot.missing("pending_charges"):
            return []
        found = [(shot.now, shot.month, _stored(shot.month, shot.month_charges or ()))]
        if shot.uninvoiced_previous:
            before = shot.month.previous
            found.append((shot.now, before, _stored(before, shot.uninvoiced_previous)))
        return found

    async def _invoiced_lines(self, months: Collection[Month]) -> list[MonthLines]:
        """Return the lines of stored invoices of the months."""
        by_name = {month.name: month for month in months}
        found: dict[Month, list[StoredLine]] = defaultdict(list)
        for stored in await self.history.invoices(self.account):
            if stored.period in by_name:
                found[by_name[stored.period]] += [
                    StoredLine(stored.period, line, service) for line, service in stored.lines
                ]
        return [(month.end, month, lines) for month, lines in found.items()]

    async def _gone_by(self, row: StoredResource, place: int) -> datetime | None:
        """Return when a reading first shows that a resource is gone; None if it is not, or unknown.

        ``place`` is that of the first run to look at. A resource does not come back: the first run
        whose list is whole tells.
        """
        for run in self.runs[place : place + _MOST_RUNS]:
            await self._read([run.run_id])
            rows = self._rows[run.run_id]
            if row.id in rows:
                return None
            if _is_whole(run, row.kind, rows):
                return run.collected_at
        unread = kinds_in({gap.part for gap in self.snapshot.gaps})
        is_read = self.snapshot.resources is not None and row.kind not in unread
        return self.snapshot.now if is_read else None

    async def _with_replacement(self, gone: DeletedWaste, run_id: str) -> DeletedWaste:
        until = gone.at + REPLACED_WITHIN
        days = [run for run in last_of_days(self.runs) if gone.at < run.collected_at <= until]
        await self._read(run.run_id for run in days)
        before = self._rows[run_id]
        later = [
            (run.collected_at, row)
            for run in days
            for row in self._rows[run.run_id].values()
            if row.id not in before
        ]
        later += [
            (self.snapshot.now, stored_resource(row))
            for row in self.snapshot.resources or ()
            if row.key not in before
        ]
        return replace(gone, replacement=replacement_of(gone, later))

    async def _read(self, run_ids: Iterable[str]) -> None:
        new = [run_id for run_id in dict.fromkeys(run_ids) if run_id not in self._rows]
        if new:
            found = await self.history.resources(self.account, new)
            for run_id in new:
                self._rows[run_id] = {row.id: row for row in found.get(run_id, ())}


def _row_of(finding: StoredFinding, rows: Mapping[str, StoredResource]) -> StoredResource | None:
    """Return the resource of a finding; its key names its kind where another has its id."""
    id_ = next(iter(finding.resource_ids), "")
    row = rows.get(f"{finding.kind}:{id_}", rows.get(id_))
    return row if row is not None and row.kind == finding.kind else None


def _is_whole(run: StoredRun, kind: Kind, rows: Mapping[str, StoredResource]) -> bool:
    """Return whether a run shows that its list of a kind was read."""
    record = run.metrics
    if record.underutilized_resources is not None:
        return True
    if kind in _CLOUD and record.instance_count is not None:
        return True
    if kind in _SNAPSHOTS and record.snapshot_waste is not None:
        return True
    return any(row.kind == kind for row in rows.values())


def _stored(month: Month, charges: Iterable[Charge]) -> list[StoredLine]:
    return [
        StoredLine(month.name, charge.line, charge.service, charge.resource_id)
        for charge in charges
    ]
