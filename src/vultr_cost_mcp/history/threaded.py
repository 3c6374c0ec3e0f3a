"""The history behind a blocking engine: one question at a time, in a thread of its own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from vultr_cost_mcp.billing.stored_rows import (
    invoice_by_todays_rules,
    lines_by_todays_rules,
    period_and_service,
)
from vultr_cost_mcp.domain.accounts import digest_of, together
from vultr_cost_mcp.domain.history import RULES, History
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.errors import StoreError, StoreTimeoutError
from vultr_cost_mcp.history.account_matching import Search
from vultr_cost_mcp.history.rows import oldest_first
from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.accounts import Identity, Kept, Whose
    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import (
        LastFinding,
        NewRun,
        Readings,
        StoredFinding,
        StoredInvoice,
        StoredLine,
        StoredResource,
        StoredRun,
        Totals,
    )
    from vultr_cost_mcp.history.engine import Engine

Answer = TypeVar("Answer")
_DAMAGED = (
    "The history holds something that cannot be read ({error}): it is damaged, or a newer version "
    "of vultr-cost-mcp wrote it. Put a copy of it back, or begin a new history."
)


class ThreadedHistory(History):
    """A ``History``; a caller that is cancelled waits for the end of its own request."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._readings = FiledReadings(engine)
        self._one_at_a_time = CapacityLimiter(1)
        self._times_away = 0
        self._away = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return sentences for the user on the state of the store, after its first use."""
        return self.engine.notes

    async def add(self, run: NewRun) -> None:
        """Keep a reading, its run row last."""
        # A reading is tried to be kept, however often a question was asked in vain.
        await self._in_turn(lambda readings: readings.add(run), anyway=True)

    async def ask(self, question: Callable[[Readings], Answer]) -> Answer:
        """Put a question to the engine, when the one before has been answered."""
        return await self._in_turn(question)

    async def _in_turn(
        self, question: Callable[[Readings], Answer], *, anyway: bool = False
    ) -> Answer:
        times = self._times_away

        def in_turn() -> Answer:
            if self._times_away != times and not anyway:
                # Whoever waited for the one who was not answered would wait as long, and for each
                # of those before: an answer that many ask for would never come in time (D34).
                raise StoreTimeoutError(self._away)
            try:
                return question(self._readings)
            except StoreTimeoutError as error:
                self._times_away, self._away = self._times_away + 1, str(error)
                raise
            except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
                # No question that needs no history may end with what is damaged there.
                raise StoreError(_DAMAGED.format(error=type(error).__name__)) from error

        return await to_thread.run_sync(in_turn, limiter=self._one_at_a_time)


class FiledReadings:
    """``Readings`` of an engine, whose rows of one account may lie under several ids."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def notes(self) -> tuple[str, ...]:
        """Return sentences for the user on the state of the store."""
        return self._engine.notes

    def add(self, run: NewRun) -> None:
        """Keep a reading under the id that it names."""
        self._engine.add(run)

    def size(self) -> int | None:
        """Return how many bytes the store has."""
        return self._engine.size()

    def account(self, who: Identity, at: datetime, *, keep: bool = False) -> Whose | None:
        """Return the account of a reading, by the marks of the store's accounts."""
        search = Search(self._engine, who, at)
        if keep:
            search.keep()
        elif search.claimed:
            # A store that may only be read tells the same at the next question.
            with suppress(StoreError):
                search.keep()
        return search.whose()

    def kept(self) -> list[Kept]:
        """Return the extent of the stored readings, by account."""
        owners = {claim.digest: claim.account for claim in self._engine.aliases("rows", None)}
        found: dict[str, Kept] = {}
        for row in self._engine.kept():
            account = owners.get(row.customer_id, row.customer_id)
            found[account] = together(account, found.get(account), row)
        return list(found.values())

    def forget(self, account: str) -> None:
        """Erase the readings under any of an account's ids."""
        self._engine.forget(account, self._keys(account))

    def named(self, name: str) -> list[str]:
        """Return the accounts that have been read under a name."""
        return sorted({each.account for each in self._engine.aliases("name", [digest_of(name)])})

    def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """Return one run a UTC hour, whatever id it is filed under."""
        keys = self._keys(customer_id)
        if len(keys) == 1:
            return self._engine.runs(customer_id, since, until)
        found = [run for key in keys for run in self._engine.runs(key, since, until)]
        found.sort(key=lambda run: (run.collected_at, run.run_id))
        hours = {run.collected_at.replace(minute=0, second=0, microsecond=0): run for run in found}
        return list(hours.values())

    def totals(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, Totals]:
        """Return dollars by run, those of older rules added up by today's."""

        def of(key: str, asked: Sequence[str]) -> Mapping[str, Totals]:
            totals, older = self._engine.totals(key, asked), self._older(key, asked)
            if not older:
                return totals
            lines = self._engine.lines(key, list(older))
            return {**totals, **{each: _sums(lines[each], Month.of(older[each])) for each in lines}}

        return self._by_run(of, customer_id, run_ids)

    def lines(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, Sequence[StoredLine]]:
        """Return the lines by run, those of older rules as today's see them."""

        def of(key: str, asked: Sequence[str]) -> Mapping[str, Sequence[StoredLine]]:
            lines, older = self._engine.lines(key, asked), self._older(key, asked)
            if not older:
                return lines
            resources = self._engine.resources(key, list(older))
            renewed = {
                each: lines_by_todays_rules(lines[each], resources[each], at)
                for each, at in older.items()
            }
            return {**lines, **renewed}

        return self._by_run(of, customer_id, run_ids)

    def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """Return the resources by run."""
        return self._by_run(self._engine.resources, customer_id, run_ids)

    def findings(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        """Return the waste that was found, by run."""
        return self._by_run(self._engine.findings, customer_id, run_ids)

    def last_findings(
        self, customer_id: str, since: datetime, until: datetime
    ) -> list[LastFinding]:
        """Return the newest measured finding of each resource, whatever id it is filed under."""
        found: dict[tuple[str, ...], LastFinding] = {}
        for key in self._keys(customer_id):
            for last in self._engine.last_findings(key, since, until):
                known = found.get(last.finding.resource_ids)
                if known is None or known.collected_at < last.collected_at:
                    found[last.finding.resource_ids] = last
        return sorted(found.values(), key=lambda last: last.collected_at)

    def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Return every invoice once, by today's rules."""
        found: dict[str, StoredInvoice] = {}
        for key in self._keys(customer_id):
            for stored in self._engine.invoices(key):
                found.setdefault(stored.invoice.id, invoice_by_todays_rules(stored))
        return oldest_first(found.values())

    def prune(self, customer_id: str, before: datetime) -> int:
        """Drop lines and resources under each of a customer's ids."""
        return sum(self._engine.prune(key, before) for key in self._keys(customer_id))

    def _keys(self, customer_id: str) -> list[str]:
        """Return the ids that an account's rows are filed under."""
        others = (alias.digest for alias in self._engine.aliases_of(customer_id, "rows"))
        return list(dict.fromkeys((customer_id, *others)))

    def _older(self, key: str, run_ids: Sequence[str]) -> dict[str, datetime]:
        """Return the runs that were kept by other rules than today's, and when."""
        rules = self._engine.rules(key, run_ids)
        return {run_id: at for run_id, (version, at) in rules.items() if version != RULES}

    def _by_run(
        self,
        of: Callable[[str, Sequence[str]], Mapping[str, Answer]],
        customer_id: str,
        run_ids: Iterable[str],
    ) -> dict[str, Answer]:
        asked = tuple(dict.fromkeys(run_ids))
        found: dict[str, Answer] = {}
        for key in self._keys(customer_id):
            found |= of(key, asked)
        return {run_id: found[run_id] for run_id in asked if run_id in found}


def _sums(lines: Iterable[StoredLine], month: Month) -> Totals:
    sums: dict[tuple[str, Service], Decimal] = {}
    for row in lines:
        key = period_and_service(row.line, month)
        sums[key] = sums.get(key, ZERO) + row.line.total
    return sums
