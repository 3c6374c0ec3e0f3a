"""The history behind a blocking engine: one question at a time, in a thread of its own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from vultr_cost_mcp.billing.kept import (
    invoice_by_todays_rules,
    lines_by_todays_rules,
    period_and_service,
)
from vultr_cost_mcp.domain.accounts import digest_of, together
from vultr_cost_mcp.domain.history import RULES
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.errors import StoreError, StoreTimeoutError
from vultr_cost_mcp.history.rows import oldest_first
from vultr_cost_mcp.history.whose import Search
from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from typing import TypeVarTuple

    from vultr_cost_mcp.domain.accounts import Identity, Kept, Whose
    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import (
        NewRun,
        StoredFinding,
        StoredInvoice,
        StoredLine,
        StoredResource,
        StoredRun,
    )
    from vultr_cost_mcp.history.engine import Engine, Totals

    Given = TypeVarTuple("Given")

Answer = TypeVar("Answer")
_DAMAGED = (
    "The history holds something that cannot be read ({error}): it is damaged, or a newer version "
    "of vultr-cost-mcp wrote it. Put a copy of it back, or begin a new history."
)


class ThreadedHistory:
    """A ``History``; a caller that is cancelled waits for the end of what it began.

    Runs that are asked for by id and that nobody can see (unknown, of another customer, superseded
    in their hour) are not in the answer; the others come in the order in which they were asked for.
    An account's rows may lie under several ids: all of them are looked through.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._one_at_a_time = CapacityLimiter(1)
        self._times_away = 0
        self._away = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how the store works here, after its first use."""
        return self.engine.notes

    async def add(self, run: NewRun) -> None:
        """Keep a reading, its run row last."""
        # A reading is tried to be kept, however often a question was asked in vain.
        await self._run(self.engine.add, run, anyway=True)

    async def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """The runs collected in ``[since, until)``, one a UTC hour, oldest first."""
        return await self._run(self._runs, customer_id, since, until)

    async def totals(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, Totals]:
        """Dollars by run, then by (period, service)."""
        return await self._run(self._totals, customer_id, tuple(dict.fromkeys(run_ids)))

    async def lines(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredLine]]:
        """The lines by run, each run's in the order in which they came."""
        return await self._run(self._lines, customer_id, tuple(dict.fromkeys(run_ids)))

    async def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """The resources by run, each run's in the order in which they came."""
        return await self._run(self._resources, customer_id, tuple(dict.fromkeys(run_ids)))

    async def findings(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        """What was wasted, by run."""
        return await self._run(self._findings, customer_id, tuple(dict.fromkeys(run_ids)))

    async def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Every invoice that was kept, oldest first."""
        return await self._run(self._invoices, customer_id)

    async def prune(self, customer_id: str, before: datetime) -> int:
        """Drop a customer's lines and resources of runs collected before an instant.

        Returns how many runs it was; one that had neither, or lost them before, does not count.
        """
        return await self._run(self._prune, customer_id, before)

    async def account(self, who: Identity, at: datetime, *, keep: bool = False) -> Whose | None:
        """The account of a reading, None where nothing tells; ``keep`` writes down who it is.

        Rows of version 0.1 that turn out to be its own are its own from then on, kept or not.
        """
        return await self._run(self._account, who, at, keep)

    async def kept(self) -> list[Kept]:
        """What is kept, by account."""
        return await self._run(self._kept)

    async def size(self) -> int | None:
        """How many bytes the store has; None where that is not known."""
        return await self._run(self.engine.size)

    async def forget(self, account: str) -> None:
        """Erase an account wholly: its readings, its invoices, and what it is known by."""
        await self._run(self._forget, account)

    async def named(self, name: str) -> list[str]:
        """The accounts that have been read under a name."""
        return await self._run(self._named, name)

    def _account(self, who: Identity, at: datetime, keep: bool) -> Whose | None:  # noqa: FBT001
        search = Search(self.engine, who, at)
        if keep:
            search.keep()
        elif search.claimed:
            # A store that may only be read tells the same at the next question.
            with suppress(StoreError):
                search.keep()
        return search.whose()

    def _kept(self) -> list[Kept]:
        owners = {claim.digest: claim.account for claim in self.engine.aliases("rows", None)}
        found: dict[str, Kept] = {}
        for row in self.engine.kept():
            account = owners.get(row.customer_id, row.customer_id)
            found[account] = together(account, found.get(account), row)
        return list(found.values())

    def _forget(self, account: str) -> None:
        self.engine.forget(account, self._keys(account))

    def _named(self, name: str) -> list[str]:
        return sorted({each.account for each in self.engine.aliases("name", [digest_of(name)])})

    def _keys(self, customer_id: str) -> list[str]:
        """The ids that an account's rows are filed under."""
        others = (alias.digest for alias in self.engine.aliases_of(customer_id, "rows"))
        return list(dict.fromkeys((customer_id, *others)))

    def _runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        keys = self._keys(customer_id)
        if len(keys) == 1:
            return self.engine.runs(customer_id, since, until)
        found = [run for key in keys for run in self.engine.runs(key, since, until)]
        found.sort(key=lambda run: (run.collected_at, run.run_id))
        hours = {run.collected_at.replace(minute=0, second=0, microsecond=0): run for run in found}
        return list(hours.values())

    def _totals(self, customer_id: str, run_ids: Sequence[str]) -> Mapping[str, Totals]:
        found: dict[str, Totals] = {}
        for key in self._keys(customer_id):
            found |= self.engine.totals(key, run_ids)
            older = self._older(key, run_ids)
            if not older:
                continue
            for run_id, lines in self.engine.lines(key, list(older)).items():
                found[run_id] = _sums(lines, Month.of(older[run_id]))
        return _in_order(run_ids, found)

    def _lines(
        self, customer_id: str, run_ids: Sequence[str]
    ) -> Mapping[str, Sequence[StoredLine]]:
        found: dict[str, Sequence[StoredLine]] = {}
        for key in self._keys(customer_id):
            lines = self.engine.lines(key, run_ids)
            older = self._older(key, run_ids)
            found |= lines
            if not older:
                continue
            resources = self.engine.resources(key, list(older))
            for run_id, at in older.items():
                found[run_id] = lines_by_todays_rules(lines[run_id], resources[run_id], at)
        return _in_order(run_ids, found)

    def _older(self, key: str, run_ids: Sequence[str]) -> dict[str, datetime]:
        """The runs that were kept by other rules than today's, and when."""
        rules = self.engine.rules(key, run_ids)
        return {run_id: at for run_id, (version, at) in rules.items() if version != RULES}

    def _resources(
        self, customer_id: str, run_ids: Sequence[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        found: dict[str, Sequence[StoredResource]] = {}
        for key in self._keys(customer_id):
            found |= self.engine.resources(key, run_ids)
        return _in_order(run_ids, found)

    def _findings(
        self, customer_id: str, run_ids: Sequence[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        found: dict[str, Sequence[StoredFinding]] = {}
        for key in self._keys(customer_id):
            found |= self.engine.findings(key, run_ids)
        return _in_order(run_ids, found)

    def _invoices(self, customer_id: str) -> list[StoredInvoice]:
        found: dict[str, StoredInvoice] = {}
        for key in self._keys(customer_id):
            for stored in self.engine.invoices(key):
                found.setdefault(stored.invoice.id, invoice_by_todays_rules(stored))
        return oldest_first(found.values())

    def _prune(self, customer_id: str, before: datetime) -> int:
        return sum(self.engine.prune(key, before) for key in self._keys(customer_id))

    async def _run(
        self, ask: Callable[[*Given], Answer], *arguments: *Given, anyway: bool = False
    ) -> Answer:
        times = self._times_away

        def in_turn() -> Answer:
            if self._times_away != times and not anyway:
                # Whoever waited for the one who was not answered would wait as long, and for each
                # of those before: an answer that many ask for would never come in time (D34).
                raise StoreTimeoutError(self._away)
            try:
                return ask(*arguments)
            except StoreTimeoutError as error:
                self._times_away, self._away = self._times_away + 1, str(error)
                raise
            except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
                # No question that needs no history may end with what is damaged there.
                raise StoreError(_DAMAGED.format(error=type(error).__name__)) from error

        return await to_thread.run_sync(in_turn, limiter=self._one_at_a_time)


def _sums(lines: Iterable[StoredLine], month: Month) -> Totals:
    sums: dict[tuple[str, Service], Decimal] = {}
    for row in lines:
        key = period_and_service(row.line, month)
        sums[key] = sums.get(key, ZERO) + row.line.total
    return sums


def _in_order(run_ids: Iterable[str], found: Mapping[str, Answer]) -> dict[str, Answer]:
    return {run_id: found[run_id] for run_id in run_ids if run_id in found}
