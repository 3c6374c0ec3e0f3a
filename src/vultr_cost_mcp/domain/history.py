"""The readings stored of an account over time, and the questions to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from vultr_cost_mcp.domain.stored import (
    FIRST_RULES,
    RULES,
    LastFinding,
    NewRun,
    StoredFinding,
    StoredInvoice,
    StoredLine,
    StoredResource,
    StoredRun,
)
from vultr_cost_mcp.errors import StoreDisabledError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from typing import Any, Concatenate

    from vultr_cost_mcp.domain.accounts import Identity, Kept, Whose
    from vultr_cost_mcp.domain.bill import Service

    Totals = Mapping[tuple[str, Service], Decimal]

__all__ = [
    "FIRST_RULES",
    "OFF",
    "RULES",
    "DisabledHistory",
    "History",
    "LastFinding",
    "NewRun",
    "Readings",
    "Store",
    "StoredFinding",
    "StoredInvoice",
    "StoredLine",
    "StoredResource",
    "StoredRun",
]

OFF = (
    "The history is switched off. Take VULTR_COST_STORE=off out of the server's environment, or "
    "name a store there, to keep readings."
)
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Store(Protocol):
    """Readings as they are filed, for a caller that waits.

    ``customer_id`` is the id that rows are filed under. Buckets are UTC hours: of several runs of
    one customer in one hour only the one collected last is seen (of equal instants the greater
    ``run_id``), also when it has fewer lines. Every method raises StoreError, in a sentence of its
    own, when the store cannot be used.
    """

    @property
    def notes(self) -> tuple[str, ...]:
        """Return sentences for the user on the state of the store."""
        ...

    def add(self, run: NewRun) -> None:
        """Keep a reading, its run row last: that row is the commit.

        Adding a ``run_id`` again changes nothing; invoices that are kept already are left out.
        """
        ...

    def runs(self, customer_id: str, since: datetime, until: datetime) -> list[StoredRun]:
        """Return the runs collected in ``[since, until)``, one a UTC hour, oldest first."""
        ...

    def totals(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, Totals]:
        """Return dollars by run, then by (period, service); none for a run without lines."""
        ...

    def lines(self, customer_id: str, run_ids: Iterable[str]) -> Mapping[str, Sequence[StoredLine]]:
        """Return the lines by run, each run's in the order in which they came."""
        ...

    def resources(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredResource]]:
        """Return the resources by run, each run's in the order in which they came."""
        ...

    def findings(
        self, customer_id: str, run_ids: Iterable[str]
    ) -> Mapping[str, Sequence[StoredFinding]]:
        """Return the waste that was found, by run."""
        ...

    def last_findings(
        self, customer_id: str, since: datetime, until: datetime
    ) -> list[LastFinding]:
        """Return the newest measured finding of each resource, of runs in ``[since, until)``.

        Oldest first. Findings are kept when lines and resources of their runs are dropped.
        """
        ...

    def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Return every invoice that was kept, oldest first."""
        ...

    def kept(self) -> list[Kept]:
        """Return the extent of the stored readings, by account id."""
        ...

    def size(self) -> int | None:
        """Return how many bytes the store has; None where that is not known."""
        ...

    def prune(self, customer_id: str, before: datetime) -> int:
        """Drop a customer's lines and resources of runs collected before an instant.

        Returns how many runs it was; one that had neither, or lost them before, does not count.
        Metrics, findings and invoices stay for ever.
        """
        ...


class Readings(Store, Protocol):
    """Readings by account: ``customer_id`` is the id that ``account`` returns.

    Runs that are asked for by id and that nobody can see (unknown, of another customer, superseded
    in their hour) are not in the answer; the others come in the order in which they were asked for.
    """

    def account(self, who: Identity, at: datetime, *, keep: bool = False) -> Whose | None:
        """Return the account of a reading, None where nothing tells; ``keep`` writes that down.

        Its id is the ``customer_id`` of every other question. Rows of version 0.1 that turn out to
        be its own belong to it from then on, with or without ``keep``.
        """
        ...

    def named(self, name: str) -> list[str]:
        """Return the accounts that have been read under a name."""
        ...

    def forget(self, account: str) -> None:
        """Erase an account wholly: its readings, its invoices and its marks."""
        ...


def _awaited(
    question: Callable[Concatenate[Readings, Given], Answer],
) -> Callable[Concatenate[History, Given], Coroutine[Any, Any, Answer]]:
    """Make the method that asks this question of whatever readings a history has."""
    name = question.__name__

    @wraps(question)
    async def ask(self: History, /, *args: Given.args, **named: Given.kwargs) -> Answer:
        def of(readings: Readings) -> Answer:
            answer: Answer = getattr(readings, name)(*args, **named)
            return answer

        return await self.ask(of)

    return ask


class History(ABC):
    """Readings kept over time: each question to ``Readings``, awaited; ``ask`` says how."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return sentences for the user on the state of the store; none by default."""
        return ()

    @abstractmethod
    async def ask(self, question: Callable[[Readings], Answer]) -> Answer:
        """Put a question to the readings."""
        ...

    add = _awaited(Readings.add)
    runs = _awaited(Readings.runs)
    totals = _awaited(Readings.totals)
    lines = _awaited(Readings.lines)
    resources = _awaited(Readings.resources)
    findings = _awaited(Readings.findings)
    last_findings = _awaited(Readings.last_findings)
    invoices = _awaited(Readings.invoices)
    account = _awaited(Readings.account)
    kept = _awaited(Readings.kept)
    size = _awaited(Readings.size)
    named = _awaited(Readings.named)
    forget = _awaited(Readings.forget)
    prune = _awaited(Readings.prune)


class DisabledHistory(History):
    """The History of a server that keeps none: every question says how to switch it on."""

    def __init__(self, why: str = OFF) -> None:
        self._why = why

    async def ask(self, question: Callable[[Readings], Answer]) -> Answer:
        """Know nothing, and keep nothing."""
        del question
        raise StoreDisabledError(self._why)
