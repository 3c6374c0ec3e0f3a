"""The ledger and the hours of waste, from every engine alike (M-ledger, M-replay)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.proof.world import CUSTOMER, DAY, HOUR, kept, line_of, now_at, old, other, run_at
from tests.support.nouns import at, known
from vultr_cost_mcp.domain.history import NewRun
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.questions.savings.kept_waste import ledger_of, wasted_hours

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.history import History

pytestmark = pytest.mark.anyio

SEEN = at("2026-10-11")
OLD, WEB = old(), other()
VOLUME = old("volume", monthly="10.00", kind="block_storage", plan=None, addresses=())
NOW = at("2026-11-18T14:00")


def month_of_readings() -> list[NewRun]:
    """Make readings twice a day: two things are waste, and go one after the other."""
    runs = [run_at(SEEN - number * DAY / 2, [OLD, VOLUME, WEB]) for number in range(12)]
    gone = line_of(OLD, SEEN)
    runs.append(run_at(SEEN + DAY / 2, [VOLUME, WEB], lines=[gone]))
    runs.append(run_at(SEEN + DAY, [WEB], lines=[gone]))
    return runs


def of(run: NewRun, customer: str) -> NewRun:
    """File a reading under another account."""
    return replace(run, run=replace(run.run, customer_id=customer, run_id=f"x{run.run.run_id}"))


async def test_every_engine_has_the_same_ledger(history: History) -> None:
    runs = month_of_readings()
    expected = await ledger_of(await kept(*runs), CUSTOMER, now_at(NOW))
    await kept(*runs, history=history)
    found = known(await ledger_of(history, CUSTOMER, now_at(NOW)))
    assert found == expected
    assert [row.label for row in found.entries] == ["old", "volume"]
    month = Month.of(SEEN)
    hours = await wasted_hours(history, CUSTOMER, month)
    assert hours == await wasted_hours(await kept(*runs), CUSTOMER, month)
    assert len(hours["delete_stopped_server", "old"]) == 12


async def test_accounts_are_told_apart(history: History) -> None:
    """Another account has the same servers, and they exist: nothing of it is saved."""
    await kept(*month_of_readings(), history=history)
    others = [of(run_at(SEEN - number * HOUR, [OLD, WEB]), "other") for number in range(3)]
    await kept(*others, history=history)
    found = known(await ledger_of(history, CUSTOMER, now_at(NOW)))
    assert found.entries[0].since == SEEN
    assert await ledger_of(history, "nobody", now_at(NOW)) is None
    assert known(await ledger_of(history, "other", now_at(NOW))).entries[0].since == SEEN


async def test_two_processes_of_one_hour_count_once(history: History) -> None:
    """The reading that another process took later in the hour is the one that counts."""
    runs = month_of_readings()
    again = [replace(run, run=replace(run.run, run_id=f"{run.run.run_id}-other")) for run in runs]
    await kept(*runs, *again, history=history)
    found = known(await ledger_of(history, CUSTOMER, now_at(NOW)))
    assert len(found.entries) == 2
    expected = known(await ledger_of(await kept(*runs), CUSTOMER, now_at(NOW)))
    assert found.to_date == expected.to_date
