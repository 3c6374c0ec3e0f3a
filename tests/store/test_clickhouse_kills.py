"""A process with an embedded engine that is killed while it adds leaves whole readings only.

Twenty are killed, with ``-m soak`` a hundred.
"""

from __future__ import annotations

import select
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("chdb", reason="chdb-core is not installed: the ClickHouse engine is an extra")

from tests.store.clickhouse_double.double import ROOT

KILLS, SOAK_KILLS = 20, 100
READINGS = 1000


def started(folder: Path, attempt: int) -> subprocess.Popen[str]:
    """Start a process that waits for a line before it opens the folder."""
    look, add = max(attempt - 1, 0) * READINGS, attempt * READINGS
    return subprocess.Popen(  # noqa: S603  (our own module)
        [
            *(sys.executable, "-m", "tests.store.clickhouse_double.adding"),
            *(f"chdb://{folder}", str(look), str(add)),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def killed(process: subprocess.Popen[str], attempt: int, kills: int) -> list[list[str]]:
    """Return the output of a process that is killed in the middle of a reading."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    words: list[list[str]] = []
    while sum(word[0] == "begin" for word in words) < 1 + attempt % 3:
        said = process.stdout.readline()
        assert said, "a process ended by itself"
        words.append(said.split())
    # Sooner or later within the few dozen milliseconds that a reading takes.
    select.select([], [], [], 0.04 * attempt / kills)
    process.kill()
    rest, _ = process.communicate(timeout=60)
    return words + [line.split() for line in rest.splitlines(keepends=True) if line[-1] == "\n"]


def test_a_killed_process_leaves_whole_readings_and_all_that_it_acknowledged(
    tmp_path: Path, *, soak: bool
) -> None:
    kills = SOAK_KILLS if soak else KILLS
    begun: list[str] = []
    done: list[str] = []
    in_the_middle = 0
    process = started(tmp_path, 0)
    for attempt in range(kills + 1):
        # The next one imports what it needs while this one works; the last is for looking only.
        following = started(tmp_path, attempt + 1) if attempt < kills else None
        try:
            words = killed(process, attempt, kills)
        finally:
            process.kill()
            process.wait()
            if following is not None:
                process = following
        # What was cut off is there or not; what was acknowledged is, and nothing else.
        assert words[0][0] == "there"
        assert words[0][1:] in (done, begun)
        begun = [word[1] for word in words if word[0] == "begin"]
        done = [word[1] for word in words if word[0] == "done"]
        in_the_middle += len(begun) > len(done)
    assert in_the_middle > 0
