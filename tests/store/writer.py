"""A process that adds readings to a history and says of each that it begins and that it is done.

``python -m tests.store.writer ADDRESS FIRST COUNT LINES``; a reading says in its metrics how many
lines it has and what they sum to.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import anyio

from tests.store.files import at
from tests.support.readings import CUSTOMER, invoice, line, reading, resource
from vultr_cost_mcp.domain.history import History, NewRun

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def reading_of(number: int, lines: int) -> NewRun:
    """Make the reading of an hour, with an invoice of its own."""
    totals = [Decimal(number * lines + at) / 100 for at in range(lines)]
    return reading(
        f"run-{number:06}",
        FIRST + timedelta(hours=number),
        [line(total, description=f"line {number}") for total in totals],
        [resource(f"server-{number}-{at}") for at in range(lines // 10)],
        [invoice(f"invoice-{number}")],
        instance_count=lines,
        pending_charges=sum(totals, Decimal(0)),
    )


async def whole_runs(history: History, first: int = 0) -> list[str]:
    """Ask for the ids of runs from a number on, having checked that each is all there, once."""
    since = FIRST + timedelta(hours=first)
    runs = await history.runs(CUSTOMER, since, FIRST + timedelta(days=36_500))
    ids = [run.run_id for run in runs]
    assert len(set(ids)) == len(ids)
    lines = await history.lines(CUSTOMER, ids)
    things = await history.resources(CUSTOMER, ids)
    bills = [stored.invoice.id for stored in await history.invoices(CUSTOMER)]
    assert len(set(bills)) == len(bills)
    for run in runs:
        kept = lines[run.run_id]
        number = int(run.run_id.removeprefix("run-"))
        assert len(kept) == run.metrics.instance_count
        assert sum(each.line.total for each in kept) == run.metrics.pending_charges
        assert {each.line.description for each in kept} == {f"line {number}"}
        assert len(things[run.run_id]) == len(kept) // 10
        assert f"invoice-{number}" in bills
    assert set(lines) == set(things) == set(ids)
    return ids


async def write(address: str, first: int, count: int, lines: int) -> None:
    """Add readings, one after another; wait for other writers however slow the machine is."""
    history = at(Path(address.removeprefix("sqlite:///")), patience=60)
    for number in range(first, first + count):
        run = reading_of(number, lines)
        print("begin", run.run.run_id, flush=True)  # noqa: T201  (whoever started it listens)
        await history.add(run)
        print("done", run.run.run_id, flush=True)  # noqa: T201  (whoever started it listens)


if __name__ == "__main__":
    FIRST_RUN, COUNT, LINES = map(int, sys.argv[2:])
    anyio.run(write, sys.argv[1], FIRST_RUN, COUNT, LINES)
