"""Months that are over when part of their papers cannot be read: never a wrong complete total."""

from __future__ import annotations

import json
from random import Random  # noqa: TID251  (seeded by the test)
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.support.double import Status, VultrDouble
from tests.support.seeds import seeds
from tests.support.stage import clock_from, staged_client, structured, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO

from . import history_compare as compare
from .history_accounts import make_world
from .history_oracle import HistoryOracle, total_of
from .reading import cents

if TYPE_CHECKING:
    from mcp import Client

    from tests.support.double import Account

    from .history_oracle import Paper

pytestmark = pytest.mark.anyio
PAGE = 3
SEEDS = seeds(3, 30, first=1000)
FAULTS = ("500", "403", "half")


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


async def answer_of(client: Client, tool: str, **arguments: Any) -> dict[str, Any] | None:
    """The structured answer; None is a refusal, which says a word or two."""
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        assert text_of(result)
        return None
    return structured(result)


def broken(double: VultrDouble, path: str, fault: str) -> None:
    """Let a path fail, or all its pages but the first."""
    double.fail(path, Status(403 if fault == "403" else 500), page=2 if fault == "half" else None)


def victim(oracle: HistoryOracle, rng: Random) -> Paper:
    """An invoice of a month that is over, of more than one page."""
    known = [one for one in oracle.papers if one.month and one.month < oracle.month]
    return rng.choice([one for one in known if len(one.lines) > PAGE])


def is_late(paper: Paper) -> bool:
    """Return whether its date suggests another month than its lines, or none at all."""
    return paper.date is None or paper.date.day > 3


def is_honest(answer: dict[str, Any] | None, true: str, total: str) -> bool:
    """Refused, said to be partial, or right."""
    if answer is None or total == true:
        return True
    return not answer["coverage"]["complete"] and answer["headline"].startswith("At least")


def is_hedged(answer: dict[str, Any], figure: str) -> bool:
    """Return whether the headline's own figure is incomplete, or this one is partial (D33)."""
    return not answer["coverage"]["complete"] or figure in answer["partial"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seed", SEEDS)
async def test_one_invoice_that_fails_makes_its_month_partial_and_no_other(
    seed: int, fault: str
) -> None:
    """D33: what was read is told as such; the other months are to the cent."""
    rng = Random(seed)  # noqa: S311  (seeded)
    world = make_world(rng)
    oracle = HistoryOracle(world.account, world.now)
    paper = victim(oracle, rng)
    assert paper.month
    double = VultrDouble(world.account, page_size_cap=PAGE, date=world.now)
    broken(double, f"/billing/invoices/{paper.id}/items", fault)
    async with staged_client(double, clock_from(world.now)) as client:
        await _breakdowns(client, oracle, paper)
        await _lists(client, oracle, paper)
        await _history(client, oracle, paper)
        await _changes(client, oracle, paper)
        await _files(client, oracle, paper)


async def _breakdowns(client: Client, oracle: HistoryOracle, paper: Paper) -> None:
    month = f"{paper.month:%Y-%m}"
    for name in oracle.bills:
        answer = await answer_of(client, "breakdown_by_service", period=name, limit=200)
        if name == month:
            assert answer is None or not answer["coverage"]["complete"]
            if not is_late(paper) or "late_unread" not in compare.OPEN:
                assert answer is None or answer["period"]["complete"] is False
            assert answer is None or answer["headline"].startswith("At least"), answer["headline"]
        else:
            assert answer is not None, name
            assert not compare.breakdown(oracle, name, "service", answer), (name, month)


async def _lists(client: Client, oracle: HistoryOracle, paper: Paper) -> None:
    answer = await answer_of(client, "list_invoices", months=120, limit=200)
    assert answer is not None
    # Amounts are on the list of invoices: unread lines leave the total, and touch the average.
    assert "average" in answer["partial"]
    rows = {row["id"]: row for row in answer["invoices"]}
    for one in oracle.papers:
        if one.id == paper.id or one.id not in rows:
            continue
        assert rows[one.id]["tax"] == cents(one.tax)
        wanted = None if one.month is None else f"{one.month:%Y-%m}"
        assert rows[one.id]["month"] == wanted
    if paper.id in rows:
        row = rows[paper.id]
        assert row["amount"] == cents(paper.amount)
        assert row["tax"] is row["before_tax"] is None
    answer = await answer_of(client, "list_invoices", invoice_id=paper.id, limit=200)
    if answer is not None:
        assert {"lines", "lines_total", "difference"} < set(answer["partial"])
        assert answer["difference"] is None


async def _history(client: Client, oracle: HistoryOracle, paper: Paper) -> None:
    month = f"{paper.month:%Y-%m}"
    answer = await answer_of(client, "get_cost_history", months=36)
    assert answer is not None
    assert is_hedged(answer, "rows")
    rows = {row["period"]: row for row in answer["rows"]}
    if is_late(paper) and "late_unread" in compare.OPEN:
        return
    others = [name for name in oracle.over if name != month]
    for name in others:
        # Unread, a late invoice may be of its date's month: that one is partial then.
        assert is_late(paper) or rows[name]["partial"] is False, name
        assert rows[name]["partial"] or rows[name]["total"] == oracle.sums(name)["total"]
    assert month not in rows or rows[month]["partial"]
    said = " ".join([*answer["caveats"], *(gap["reason"] for gap in answer["coverage"]["gaps"])])
    assert month in answer["without_row"] or month in said or month in rows
    whole = [name for name in others if not rows[name]["partial"]]
    assert not compare.averages(oracle, whole, answer)


async def _changes(client: Client, oracle: HistoryOracle, paper: Paper) -> None:
    names, month = oracle.over, f"{paper.month:%Y-%m}"
    for name in names:
        if name == month:
            continue
        base, then = sorted((name, month))
        answer = await answer_of(
            client, "explain_cost_change", from_period=base, to_period=then, limit=200
        )
        assert answer is None or not answer["coverage"]["complete"]
        assert answer is None or answer["headline"].startswith("At least"), answer["headline"]
    others = [name for name in names if name != month][-2:]
    if len(others) == 2:
        answer = await answer_of(
            client, "explain_cost_change", from_period=others[0], to_period=others[1], limit=200
        )
        assert answer is not None
        # Unread, a late invoice may be of any month: nothing is new or gone for sure then.
        hedged = is_late(paper) and answer["headline"].startswith("At least")
        assert hedged or not compare.change(oracle, others[0], others[1], answer)


async def _files(client: Client, oracle: HistoryOracle, paper: Paper) -> None:
    month = f"{paper.month:%Y-%m}"
    answer = await answer_of(client, "export_costs", format="json", period=month)
    if answer is not None:
        assert answer["coverage"]["complete"] is False
        assert answer["headline"].startswith("At least"), answer["headline"]
        written = await anyio.Path(answer["path"]).read_bytes()
        known = is_late(paper) and "late_unread" in compare.OPEN
        assert json.loads(written)["complete"] is False or known
    for name in oracle.over[:2]:
        if name != month:
            answer = await answer_of(client, "export_costs", format="focus", period=name)
            assert answer is not None
            assert not compare.export(oracle, name, answer)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_list_of_invoices_that_fails_is_no_complete_answer(seed: int, fault: str) -> None:
    """D33: of some pages, months may lack an invoice: no total is given as whole that is not."""
    world = make_world(Random(seed))  # noqa: S311  (seeded)
    oracle = HistoryOracle(world.account, world.now)
    if len(oracle.papers) <= PAGE:
        return
    double = VultrDouble(world.account, page_size_cap=PAGE, date=world.now)
    broken(double, "/billing/invoices", fault)
    async with staged_client(double, clock_from(world.now)) as client:
        for name in oracle.over:
            true = oracle.sums(name)["total"]
            answer = await answer_of(client, "breakdown_by_service", period=name)
            assert is_honest(answer, true, answer["total"] if answer else ""), (name, answer)
            answer = await answer_of(client, "export_costs", format="csv", period=name)
            assert is_honest(answer, true, answer["total"] if answer else ""), (name, answer)
        answer = await answer_of(client, "list_invoices", months=120, limit=200)
        assert answer is None or answer["coverage"]["complete"] is False
        answer = await answer_of(client, "get_cost_history", months=36)
        assert answer is None or is_hedged(answer, "rows")
        shown = answer["rows"] if answer and "half_a_list" not in compare.OPEN else ()
        for row in shown:
            true = oracle.sums(row["period"])["total"]
            assert row["partial"] or row["total"] == true, (row, true)
        answer = await answer_of(client, "explain_cost_change")
        assert answer is None or answer["coverage"]["complete"] is False


@pytest.mark.parametrize("fault", FAULTS)
async def test_lines_that_wait_for_an_invoice_are_not_whole_when_the_reading_fails(
    fault: str,
) -> None:
    """D5, D33: without the pending lines last month is unknown, not nothing."""
    world, oracle = _unbilled()
    double = VultrDouble(world, date=oracle.now)
    broken(double, "/billing/pending-charges", "500" if fault == "half" else fault)
    async with staged_client(double, clock_from(oracle.now)) as client:
        answer = await answer_of(client, "breakdown_by_service", period="last_month")
        assert answer is None or not answer["coverage"]["complete"]
        answer = await answer_of(client, "get_cost_history")
        assert answer is not None
        assert answer["coverage"]["complete"] is False
        known = {row["period"] for row in answer["rows"] if not row["partial"]}
        assert known == {name for name in oracle.over if oracle.bills[name].source == "invoices"}


def _unbilled() -> tuple[Account, HistoryOracle]:
    """The first account whose last month waits for its invoice."""
    for seed in range(100):
        world = make_world(Random(seed), most_months=6)  # noqa: S311  (seeded)
        oracle = HistoryOracle(world.account, world.now)
        if any(bill.source == "unbilled" for bill in oracle.bills.values()):
            assert total_of(oracle.earlier) > 0
            return world.account, oracle
    raise AssertionError
