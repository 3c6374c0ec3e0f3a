"""The history behind a blocking engine: one question at a time, in a thread of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from anyio import CapacityLimiter, to_thread

from vultr_cost_mcp.errors import StoreAwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from typing import TypeVarTuple

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.history import (
        NewRun,
        StoredInvoice,
        StoredLine,
        StoredResource,
        StoredRun,
    )

    Given = TypeVarTuple("Given")

Answer = TypeVar("Answer")


class Engine(Protocol):
    """The methods of ``History`` for a caller that waits, never two at once.

    Every method raises StoreError, in a sentence of its own, when the store cannot be used.
    """

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how the store works here; empty when all is as it should."""
        ...

    def add(self, run: NewRun) -> None:
        """Keep a reading."""
        ...

    def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """The runs collected in ``[since, until)``, one a UTC hour, oldest first."""
        ...

    def totals(
        self, customer_id: str, run_ids: Sequence[str]
    ) -> Mapping[str, Mapping[tuple[str, Service], Decimal]]:
        """Dollars by run, then by (period, service)."""
        ...

    def lines(self, customer_id: str, run_ids: Sequence[str]) -> Mapping[str, Sequence[StoredLine]]:
        """The lines by run."""
        ...

    def resources(
        self, customer_id: str, run_ids: Sequence[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """The resources by run."""
        ...

    def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Every invoice, oldest first."""
        ...

    def prune(self, before: datetime) -> int:
        """Drop lines and resources of older runs; how many runs it was."""
        ...


class Background:
    """A ``History``; a caller that is cancelled waits for the end of what it began.

    Runs that are asked for by id and that nobody can see (unknown, of another customer, superseded
    in their hour) are not in the answer; the others come in the order in which they were asked for.
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
        return await self._run(self.engine.runs, customer_id, since, until)

    async def totals(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Mapping[tuple[str, Service], Decimal]]:
        """Dollars by run, then by (period, service)."""
        return await self._run(self.engine.totals, customer_id, tuple(dict.fromkeys(run_ids)))

    async def lines(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredLine]]:
        """The lines by run, each run's in the order in which they came."""
        return await self._run(self.engine.lines, customer_id, tuple(dict.fromkeys(run_ids)))

    async def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """The resources by run, each run's in the order in which they came."""
        return await self._run(self.engine.resources, customer_id, tuple(dict.fromkeys(run_ids)))

    async def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Every invoice that was kept, oldest first."""
        return await self._run(self.engine.invoices, customer_id)

    async def prune(self, before: datetime) -> int:
        """Drop lines and resources of runs collected before an instant; how many runs it was.

        A run that had neither, or lost them before, does not count.
        """
        return await self._run(self.engine.prune, before)

    async def _run(
        self, ask: Callable[[*Given], Answer], *arguments: *Given, anyway: bool = False
    ) -> Answer:
        times = self._times_away

        def in_turn() -> Answer:
            if self._times_away != times and not anyway:
                # Whoever waited for the one who was not answered would wait as long, and for each
                # of those before: an answer that many ask for would never come in time (D34).
                raise StoreAwayError(self._away)
            try:
                return ask(*arguments)
            except StoreAwayError as error:
                self._times_away, self._away = self._times_away + 1, str(error)
                raise

        return await to_thread.run_sync(in_turn, limiter=self._one_at_a_time)
