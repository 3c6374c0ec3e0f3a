"""A history that is kept in memory, with the promises of the interface."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from vultr_cost_mcp.domain.accounts import Identity, Kept, Whose
from vultr_cost_mcp.domain.bill import Service
from vultr_cost_mcp.domain.history import (
    History,
    LastFinding,
    NewRun,
    Readings,
    StoredFinding,
    StoredInvoice,
    StoredLine,
    StoredResource,
    StoredRun,
)
from vultr_cost_mcp.errors import StoreError

Answer = TypeVar("Answer")


class MemoryHistory(History):
    """Implements ``domain.history.History``; ``error`` is what every question fails with."""

    def __init__(self, error: StoreError | None = None) -> None:
        self._error = error
        self._runs: dict[str, NewRun] = {}
        self._invoices: dict[tuple[str, str], StoredInvoice] = {}
        self.asked: list[str] = []

    def _check(self, question: str) -> None:
        self.asked.append(question)
        if self._error is not None:
            raise self._error

    async def ask(self, question: Callable[[Readings], Answer]) -> Answer:
        """Fail: every question has a method of its own here."""
        raise AssertionError(question)

    async def add(self, run: NewRun) -> None:
        """Keep a reading once."""
        self._check("add")
        self._runs.setdefault(run.run.run_id, run)
        for row in run.invoices:
            self._invoices.setdefault((run.run.customer_id, row.invoice.id), row)

    async def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """Give the last run of each hour, oldest first."""
        self._check("runs")
        found: dict[datetime, StoredRun] = {}
        rows = sorted(
            (new.run for new in self._runs.values()), key=lambda r: (r.collected_at, r.run_id)
        )
        for run in rows:
            if run.customer_id == customer_id and since <= run.collected_at < until:
                found[run.collected_at.replace(minute=0, second=0, microsecond=0)] = run
        return list(found.values())

    def _of(self, customer_id: str, run_ids: Iterable[str]) -> dict[str, NewRun]:
        return {
            id_: self._runs[id_]
            for id_ in run_ids
            if id_ in self._runs and self._runs[id_].run.customer_id == customer_id
        }

    async def totals(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Mapping[tuple[str, Service], Decimal]]:
        """Add the lines of runs up."""
        self._check("totals")
        found: dict[str, Mapping[tuple[str, Service], Decimal]] = {}
        for id_, new in self._of(customer_id, run_ids).items():
            sums: dict[tuple[str, Service], Decimal] = defaultdict(Decimal)
            for row in new.lines:
                sums[row.period, row.service] += row.line.total
            found[id_] = dict(sums)
        return found

    async def lines(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredLine]]:
        """Give the lines of runs."""
        self._check("lines")
        return {id_: new.lines for id_, new in self._of(customer_id, run_ids).items()}

    async def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """Give the resources of runs."""
        self._check("resources")
        return {id_: new.resources for id_, new in self._of(customer_id, run_ids).items()}

    async def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Give the invoices, oldest first."""
        self._check("invoices")
        rows = [row for (owner, _), row in self._invoices.items() if owner == customer_id]
        return sorted(rows, key=lambda row: (row.period, row.invoice.id))

    async def findings(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        """Give the findings of runs."""
        self._check("findings")
        return {id_: new.findings for id_, new in self._of(customer_id, run_ids).items()}

    async def last_findings(
        self, customer_id: str, since: datetime, until: datetime
    ) -> list[LastFinding]:
        """Give the newest measured finding of each resource, oldest first."""
        found: dict[tuple[str, ...], LastFinding] = {}
        for run in await self.runs(customer_id, since, until):
            for row in self._runs[run.run_id].findings:
                if row.confidence == "measured":
                    found[row.resource_ids] = LastFinding(run.run_id, run.collected_at, row)
        return sorted(found.values(), key=lambda last: last.collected_at)

    async def account(self, who: Identity, at: datetime, *, keep: bool = False) -> Whose | None:
        """Take every account for what its record calls it."""
        del at, keep
        if self._error is not None:
            raise self._error
        return None if who.customer_id is None else Whose(who.customer_id)

    async def kept(self) -> list[Kept]:
        """Tell nothing: nobody asks."""
        return []

    async def size(self) -> int | None:
        """Know no size."""
        return None

    async def named(self, name: str) -> list[str]:
        """Know no names."""
        del name
        return []

    async def forget(self, account: str) -> None:
        """Erase an account."""
        self._runs = {k: v for k, v in self._runs.items() if v.run.customer_id != account}

    async def prune(self, customer_id: str, before: datetime) -> int:
        """Drop the lines and resources of a customer's old runs."""
        self._check("prune")
        old = [
            new
            for new in self._runs.values()
            if new.run.customer_id == customer_id and new.run.collected_at < before
        ]
        for new in old:
            self._runs[new.run.run_id] = NewRun(new.run, (), (), findings=new.findings)
        return len(old)
