"""Several processes at one SQLite file, and processes that end in the middle of adding.

Twenty are killed, with ``-m soak`` a hundred.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.store.writer import whole_runs
from tests.support.double.pipes import readable
from vultr_cost_mcp.history import open_history

if TYPE_CHECKING:
    from typing import Self

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind"),
]

ROOT = Path(__file__).parents[2]
PATIENCE = 60
KILLS, SOAK_KILLS = 20, 100
LINES = 2000


@dataclass
class Writer:
    """A process that adds readings to a history, and what it has said so far."""

    address: str
    first: int
    count: int
    lines: int
    begun: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        arguments = [self.address, *map(str, (self.first, self.count, self.lines))]
        self._process = subprocess.Popen(  # noqa: S603  (this very program)
            [sys.executable, "-m", "tests.store.writer", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._rest = b""
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def heard(self, patience: float) -> bool:
        """Return whether it prints a line within some seconds, and read that line."""
        pipe = self._process.stdout
        assert pipe is not None
        said = os.read(pipe.fileno(), 65536) if readable(pipe, patience) else b""
        self._listen(said)
        return bool(said)

    def kill(self) -> None:
        """End it at once, and listen to what it said before."""
        self._process.kill()
        out, errors = self._process.communicate(timeout=PATIENCE)
        assert errors == b""
        self._listen(out)

    def _listen(self, said: bytes) -> None:
        *whole, self._rest = (self._rest + said).split(b"\n")
        for each in whole:
            word, run_id = each.decode().split()
            (self.begun if word == "begin" else self.done).append(run_id)

    def finish(self) -> None:
        """Listen to it until it has ended by itself."""
        while len(self.done) < self.count:
            assert self.heard(PATIENCE), "the writer says nothing"
        assert self._process.wait(PATIENCE) == 0


def seconds_to_add(address: str) -> float:
    """How long a reading takes here, about."""
    with Writer(address, 0, 3, LINES) as writer:
        while len(writer.begun) < 3:
            assert writer.heard(PATIENCE)
        began = monotonic()
        writer.finish()
        return monotonic() - began


async def test_a_killed_process_leaves_whole_readings_and_all_that_it_acknowledged(
    tmp_path: Path, *, soak: bool
) -> None:
    kills = SOAK_KILLS if soak else KILLS
    address = f"sqlite:///{tmp_path / 'history.db'}"
    length = seconds_to_add(address)
    history = open_history(address)
    kept = await whole_runs(history)
    in_the_middle = 0
    for attempt in range(kills):
        first = 1000 * (attempt + 1)
        with Writer(address, first, 1000, LINES) as writer:
            # The first readings pass, a later one is cut off: sooner or later within it.
            while len(writer.begun) < 1 + attempt % 3:
                assert writer.heard(PATIENCE)
            writer.heard(length * attempt / kills)
            writer.kill()
        in_the_middle += len(writer.begun) > len(writer.done)
        seen = await whole_runs(history, first)
        # What was cut off is there or not; what was acknowledged is, what was never begun is not.
        assert seen in (writer.done, writer.begun)
        kept += seen
    assert in_the_middle > 0
    assert await whole_runs(history) == kept


async def test_two_processes_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'folder' / 'history.db'}"
    # They make the file together, and half of their readings are the same.
    with Writer(address, 0, 60, 50) as one, Writer(address, 30, 60, 50) as other:
        history = open_history(address)
        while len(one.done) + len(other.done) < 60:
            for writer in (one, other):
                writer.heard(0.01)
            assert len(await whole_runs(history)) <= 90
        one.finish()
        other.finish()
    assert await whole_runs(history) == [f"run-{number:06}" for number in range(90)]
