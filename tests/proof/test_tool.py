"""``estimate_savings`` with what proves it: the ledger and a replay, in both views."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.proof.test_ledger import GONE, NOW, OLD, SEEN, WEB, both
from tests.proof.test_replay import hourly
from tests.proof.world import CUSTOMER, DAY, HOUR, kept, later, now_at, old, run_at, waste
from tests.support.memory import MemoryHistory
from tests.support.nouns import at, thing, usd
from tests.support.over_time import ask
from tests.support.servers import sizes_of, structure_of, text_of
from tests.support.world import Taking
from vultr_cost_mcp.domain.account_parts import ACCOUNT, INVOICES, Part
from vultr_cost_mcp.domain.accounts import Identity
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.history import DisabledHistory, History
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.errors import ForbiddenError, StoreError
from vultr_cost_mcp.mcp_tools.accounts import AccountsTool
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.questions.savings.tool import estimate_savings

pytestmark = pytest.mark.anyio


def stopped(id_: str = "idle", **named: Any) -> Resource:
    return thing(id_, price="67.20", state="stopped", **named)


def october(*resources: Resource, **named: Any) -> Snapshot:
    """Make an account with October's invoice: a line of ten cents an hour for ``idle``."""
    line = replace(hourly("67.20", 744), resource_id=None, description="[idle]")
    shot = now_at(NOW, *resources, invoices=(), **named)
    row = Invoice("inv", at("2026-11-01T01:00"), usd("67.20"), (line,), asked=True)
    return replace(shot, invoices=(row,))


async def answered(
    shot: Snapshot, history: History, **arguments: Any
) -> tuple[dict[str, Any], str]:
    tool = CostTool.of(estimate_savings, Backend(Taking(shot), history))
    result = await ask(tool, arguments)
    assert sizes_of(result)[1] <= 900 * 3.5
    return structure_of(result), text_of(result)


async def refused(shot: Snapshot, history: History, **arguments: Any) -> str:
    result = await ask(CostTool.of(estimate_savings, Backend(Taking(shot), history)), arguments)
    assert result.is_error
    return text_of(result)


async def test_it_says_what_was_saved_so_far() -> None:
    """M-ledger: 43.20 of October and 42.20 of November, in both views."""
    structure, text = await answered(now_at(NOW), await kept(*both()))
    assert structure["realised_savings"] == {
        "to_date": "85.40",
        "since": "2026-10-11",
        "entries": [
            {
                "label": "old",
                "kind": "instance",
                "action": "delete_stopped_server",
                "since": "2026-10-11",
                "monthly_cost": "67.20",
                "saved": "85.40",
            }
        ],
    }
    assert (
        "Saved so far: $85.40 since 11 Oct 2026, by deleting 1 resource that had been found as "
        "waste." in text
    )
    assert "- `old`, delete stopped server: $85.40 since 11 Oct 2026 ($67.20 a month)" in text


async def test_a_closed_entry_says_why_and_when() -> None:
    again = thing("new", price="67.20", label="old", plan="vc2-4c-8gb", created=SEEN + 3 * DAY)
    structure, text = await answered(now_at(at("2026-10-18"), again), await kept(*both()))
    (row,) = structure["realised_savings"]["entries"]
    assert (row["closed"], row["closed_on"], row["saved"]) == ("replaced", "2026-10-14", "7.20")
    assert "($67.20 a month, replaced 14 Oct 2026)" in text
    assert "- `old` `old`, delete stopped server: $7.20" in text
    structure, text = await answered(now_at(at("2027-11-01")), await kept(*both()))
    (row,) = structure["realised_savings"]["entries"]
    assert (row["closed"], row["closed_on"]) == ("after_12_months", "2027-10-11")
    assert "counted until 11 Oct 2027" in text


async def test_nothing_deleted_is_zero_and_nothing_known_is_left_out() -> None:
    """Waste was stored and is still there: 0.00. None was ever stored: not a word."""
    there = now_at(NOW, thing("old", price="67.20", state="stopped"))
    structure, text = await answered(there, await kept(run_at(SEEN, [OLD, WEB])))
    assert structure["realised_savings"] == {"to_date": "0.00", "since": None}
    assert "Saved so far: $0.00; nothing that was found as waste has been deleted." in text
    for history in (MemoryHistory(), DisabledHistory()):
        structure, text = await answered(now_at(NOW), history)
        assert "realised_savings" not in structure
        assert "Saved so far" not in text
        assert structure["caveats"] == []


async def test_a_filter_covers_the_ledger() -> None:
    structure, _ = await answered(now_at(NOW), await kept(*both()), kind="block_storage")
    assert structure["realised_savings"]["to_date"] == "0.00"
    structure, _ = await answered(
        now_at(NOW), await kept(*both()), kind="instance", action="delete_stopped_server"
    )
    assert structure["realised_savings"]["to_date"] == "85.40"


async def test_a_store_that_fails_is_a_caveat() -> None:
    history = MemoryHistory(StoreError("The history is locked."))
    structure, text = await answered(now_at(NOW, stopped()), history)
    assert structure["total_monthly_savings"] == "67.20"
    assert structure["caveats"] == ["Savings so far: The history is locked."]
    assert "The history is locked." in text


async def test_a_list_that_was_not_read_touches_it() -> None:
    """D33: what went since the last stored run is not known."""
    gap = (Gap("instances", "could not be read (500)"),)
    structure, _ = await answered(now_at(NOW, gaps=gap), await kept(*both()))
    assert "realised_savings" in structure["coverage"]["gaps"][0]["touches"]
    assert structure["realised_savings"]["to_date"] == "85.40"
    # A list of what can be no measured waste touches nothing of it.
    gap = (Gap("inference", "could not be read (403)"),)
    structure, _ = await answered(now_at(NOW, gaps=gap), await kept(*both()))
    assert "realised_savings" not in structure["coverage"]["gaps"][0]["touches"]


async def test_the_largest_entries_stay_where_space_is_short() -> None:
    """Forty findings and three that are gone: two of these are shown, with the sum of all."""
    rows = [old(f"gone-{n}", monthly=str(67 + n)) for n in range(3)]
    history = await kept(
        run_at(SEEN, [*rows, WEB], findings=[waste(row) for row in rows]),
        run_at(GONE, [WEB], lines=[]),
    )
    many = [stopped(f"idle-{n}-{'x' * 40}") for n in range(40)]
    structure, _ = await answered(now_at(NOW, *many), history)
    found = structure["realised_savings"]
    assert [row["label"] for row in found["entries"]] == ["gone-2", "gone-1"]
    assert found["omitted"]["count"] == 1


async def test_savings_are_replayed_on_an_invoice() -> None:
    """M-replay: readings show it stopped on 372 of October's 744 hours; 30.00 were for nothing."""
    row = later(old("idle"), id="idle")
    runs = [run_at(at("2026-10-01") + n * HOUR, [row], lines=[]) for n in range(372)]
    history = await kept(*runs)
    structure, text = await answered(october(stopped()), history, replay="last_month")
    assert structure["replay"] == {
        "month": "2026-10",
        "cost": "67.20",
        "saved": "30.00",
        "rows": [
            {
                "label": "idle",
                "cost": "67.20",
                "hours": 744,
                "wasted_hours": 372,
                "saved": "30.00",
            }
        ],
    }
    assert (
        "Replayed on October 2026: these cost $67.20; had they been gone in the hours in which "
        "stored readings show them as waste, $30.00 less. Hours without a reading are not "
        "known." in text
    )
    assert (
        "- `idle` cost $67.20 in October 2026: waste in 372 of its 744 hours by readings, which "
        "saves $30.00\n" in text
    )
    structure, text = await answered(october(stopped()), await kept(*runs[:72]), replay="2026-10")
    assert structure["replay"]["saved"] == "0.00"
    assert (
        "waste in 72 of its 744 hours by readings, which saves $0.00: without them the month costs "
        "as much, it is at its cap" in text
    )


@pytest.mark.parametrize("history", [MemoryHistory(), DisabledHistory()])
async def test_a_state_that_nothing_shows_is_not_known(history: History) -> None:
    structure, text = await answered(october(stopped()), history, replay="2026-10")
    assert (structure["replay"]["cost"], structure["replay"]["saved"]) == ("67.20", "0.00")
    assert "- `idle` cost $67.20 in October 2026; its state then is not known" in text
    said = "No state of the past is known. The history is switched off."
    assert any(row.startswith(said) for row in structure["caveats"]) == isinstance(
        history, DisabledHistory
    )


async def test_what_was_not_on_the_bill_is_no_row() -> None:
    structure, text = await answered(october(stopped("new")), MemoryHistory(), replay="2026-10")
    assert structure["replay"] == {"month": "2026-10", "cost": "0.00", "saved": "0.00"}
    assert "Replayed on October 2026: none of these was on that bill." in text


async def test_only_an_invoiced_month_is_replayed() -> None:
    """The running month, one without its invoice, one without any, and one not begun."""
    history, shot = MemoryHistory(), october(stopped())
    said = await refused(shot, history, replay="2026-11")
    assert said.startswith("2026-11 is not invoiced yet")
    waiting = replace(shot, invoices=(), uninvoiced_previous=(hourly("67.20", 744),))
    assert (await refused(waiting, history, replay="last_month")).startswith(
        "2026-10 is not invoiced yet"
    )
    assert (await refused(shot, history, replay="2026-05")).startswith("There is no bill")
    assert (await refused(shot, history, replay="2026-12")).startswith("2026-12 has not begun")
    assert "replay" in await refused(shot, history, replay="current_month")


async def test_no_month_is_no_replay() -> None:
    for given in ("", None):
        structure, text = await answered(october(stopped()), MemoryHistory(), replay=given)
        assert "replay" not in structure
        assert "Replayed" not in text


async def test_lists_are_cut_with_their_sums() -> None:
    """Forty servers went: the answer is small, and says what it leaves out."""
    rows = [old(f"gone-{n}", monthly=str(67 + n)) for n in range(40)]
    history = await kept(
        run_at(SEEN, [*rows, WEB], findings=[waste(row) for row in rows]),
        run_at(GONE, [WEB], lines=[]),
    )
    structure, text = await answered(now_at(NOW), history)
    found = structure["realised_savings"]
    shown = sum(usd(row["saved"]) for row in found["entries"])
    assert 0 < len(found["entries"]) < 40
    assert len(found["entries"]) + found["omitted"]["count"] == 40
    assert shown + usd(found["omitted"]["total"]) == usd(found["to_date"])
    assert f"{found['omitted']['count']} more, ${usd(found['omitted']['total']):,}." in text


async def test_accounts_add_up_what_they_saved() -> None:
    """The second account knows of no saving: the sum over both is not known, nor called zero."""
    one = CostTool.of(estimate_savings, Backend(Taking(now_at(NOW)), await kept(*both())))
    two = CostTool.of(
        estimate_savings, Backend(Taking(replace(now_at(NOW), account="b")), DisabledHistory())
    )
    found = structure_of(await ask(AccountsTool.over({CUSTOMER: one, "b": two})))
    figures = {row["account"]: row["figures"] for row in found["accounts"]}
    assert figures[CUSTOMER]["realised_savings"] == "85.40"
    assert "realised_savings" not in figures["b"]
    assert found["totals"]["realised_savings"] is None
    same = CostTool.of(estimate_savings, Backend(Taking(now_at(NOW)), await kept(*both())))
    found = structure_of(await ask(AccountsTool.over({CUSTOMER: one, "c": same})))
    assert found["totals"]["realised_savings"] == "170.80"


REFUSED = ForbiddenError("Vultr refused it.", 403)


class Nobody(MemoryHistory):
    """A history that knows no account."""

    async def account(self, who: Identity, at: datetime, *, keep: bool = False) -> None:
        del who, at, keep


async def test_without_an_account_nothing_is_said() -> None:
    """Nothing tells whose readings are the account's: no ledger, and no caveat on each answer."""
    structure, _ = await answered(now_at(NOW), Nobody())
    assert "realised_savings" not in structure
    assert structure["caveats"] == []


async def test_an_account_that_cannot_be_read_is_known_by_its_name() -> None:
    """Its inventory was read, and `/account` fails: what the reading says has to do."""
    shot = now_at(NOW)
    source = Taking(shot)

    async def take(needs: frozenset[Part], *given: Any, **named: Any) -> Snapshot:
        if needs <= ACCOUNT | INVOICES:
            raise REFUSED
        return await source(needs, *given, **named)

    tool = CostTool.of(estimate_savings, Backend(take, await kept(*both())))
    structure = structure_of(await ask(tool))
    assert structure["realised_savings"]["to_date"] == "85.40"
