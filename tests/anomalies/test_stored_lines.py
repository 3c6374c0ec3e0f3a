"""The choice of stored readings for daily usage (rule D31)."""

from __future__ import annotations

import pytest

from tests.support.memory import MemoryHistory
from tests.support.nouns import at, charge, snapshot
from tests.support.over_time import CUSTOMER, run
from vultr_cost_mcp.questions.collect.record import kept_lines
from vultr_cost_mcp.questions.stored_readings import stored_lines

pytestmark = pytest.mark.anyio


async def test_what_was_used_before_is_told_by_a_reading_of_all_lines() -> None:
    """A reading of half the lines, though it is newer, would hide what the one before it knew."""
    shot = snapshot([charge(5)])
    lines = kept_lines(shot)
    history = MemoryHistory()
    times = [("2026-11-08", True), ("2026-11-09", False), ("2026-11-12", True)]
    for when, complete in times:
        await history.add(run(at(when), lines, complete=complete))
    found = await stored_lines(history, CUSTOMER, at("2026-11-10"), shot)
    assert [reading.at for reading in found] == [at("2026-11-08"), at("2026-11-12"), shot.as_of]
