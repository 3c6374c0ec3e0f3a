"""A process that says which readings are there, then adds further ones until it is killed.

``python -m tests.store.clickhouse_double.adding ADDRESS LOOK ADD`` waits for a line on standard
input before it opens anything: what takes long to import is imported by then. It looks at the
readings from number LOOK on, and adds from number ADD on.
"""

from __future__ import annotations

import sys
from importlib import import_module

import anyio

from tests.store.writer import reading_of, whole_runs
from vultr_cost_mcp.history import open_history

LINES = 300


def say(*words: str) -> None:
    """Say a line at once."""
    print(*words, flush=True)  # noqa: T201  (whoever started it listens)


async def look_and_add(address: str, look: int, add: int) -> None:
    """Say which readings there are, each checked to be whole, then add more."""
    history = open_history(address)
    say("there", *await whole_runs(history, look))
    for number in range(add, add + 1000):
        run = reading_of(number, LINES)
        say("begin", run.run.run_id)
        await history.add(run)
        say("done", run.run.run_id)


if __name__ == "__main__":
    for name in ("chdb", "clickhouse_connect"):
        import_module(name)
    sys.stdin.readline()
    ADDRESS, LOOK, ADD = sys.argv[1:]
    anyio.run(look_and_add, ADDRESS, int(LOOK), int(ADD))
