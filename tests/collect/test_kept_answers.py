"""Answers that are kept with their readings: given again while those hold, and never longer."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random  # noqa: TID251  (seeded)
from typing import Any

import anyio
import pytest

from tests.oracle import make_account
from tests.support import stage
from tests.support.double import Account, VultrDouble
from tests.support.stage import NOW, clock, clock_from, staged_client, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO

pytestmark = pytest.mark.anyio
CACHE_SECONDS = 60
QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_cost_overview", {}),
    ("get_pending_charges", {"detail": "lines"}),
    ("breakdown_by_service", {"group_by": "region"}),
    ("list_resource_costs", {"limit": 50}),
    ("estimate_savings", {}),
    ("forecast_month_end", {}),
    ("check_budget", {"monthly_budget": 500}),
    ("check_budget", {}),
    ("get_bandwidth_usage", {}),
)


@pytest.fixture
def anyio_backend() -> object:
    """Run in virtual time."""
    return VIRTUAL_ASYNCIO


def account() -> Account:
    return make_account(Random(5), NOW, 8)  # noqa: S311  (seeded)


def change(held: Account, draw: Random) -> None:
    """Change what every question shows: a line, what the account states, a server's state."""
    line = draw.choice(held.pending)
    line["total"] = Decimal(str(line["total"])) + draw.randint(1, 500)
    held.account["pending_charges"] = sum(Decimal(str(row["total"])) for row in held.pending)
    server = draw.choice(held.instances)
    server["power_status"] = draw.choice(["running", "stopped"])


async def test_same_readings_give_the_same_answer_without_a_request() -> None:
    double = VultrDouble(account())
    async with staged_client(double, clock, COST_CACHE_SECONDS=CACHE_SECONDS) as client:
        for tool, arguments in QUESTIONS:
            first = await client.call_tool(tool, arguments)
            change(double.account, Random(1))  # noqa: S311  (seeded)
            await anyio.sleep(1)
            double.forget()
            again = await client.call_tool(tool, arguments)
            assert structured(again) == structured(first)
            assert double.count() == 0


@pytest.mark.parametrize("seed", range(4))
async def test_an_answer_never_outlives_a_reading_that_changed(seed: int) -> None:
    """Whatever is asked, when and in which order, it is what a fresh program would answer."""
    draw = Random(seed)  # noqa: S311  (seeded)
    double = VultrDouble(account())
    async with staged_client(double, clock, COST_CACHE_SECONDS=CACHE_SECONDS) as client:
        for _ in range(12):
            change(double.account, draw)
            if draw.random() < 0.3:
                # A record is read afresh: the readings behind kept answers give way to it.
                await client.call_tool("collect_metrics", {"keep": False})
            else:
                await anyio.sleep(CACHE_SECONDS + 1)
            for number in draw.sample(range(len(QUESTIONS)), 4):
                tool, arguments = QUESTIONS[number]
                answer = structured(await client.call_tool(tool, arguments))
                expected = await fresh(double.account, tool, arguments)
                for name in ("month_to_date", "total", "projected_total", "stopped_monthly_cost"):
                    assert answer.get(name) == expected.get(name), (tool, name)


async def fresh(held: Account, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Ask a program that has read nothing yet, at this moment."""
    on_stage = stage._STAGE.source
    tools = await stage.built_tools()
    kept = [tool._answers for tool in tools]
    try:
        async with staged_client(VultrDouble(held), clock, COST_CACHE_SECONDS=0) as client:
            return structured(await client.call_tool(tool, arguments))
    finally:
        stage._STAGE.source = on_stage
        for row, answers in zip(tools, kept, strict=True):
            row._answers = answers


@pytest.fixture
def budget_file(tmp_path: Path) -> Path:
    """Write a configuration file with one budget."""
    file = tmp_path / "config.toml"
    file.write_text("[[budgets]]\nmonthly = 100\n")
    return file


async def test_a_budget_that_is_edited_counts_at_once(budget_file: Path) -> None:
    double = VultrDouble(account())
    values = {"COST_CACHE_SECONDS": CACHE_SECONDS, "COST_CONFIG": str(budget_file)}
    async with staged_client(double, clock, **values) as client:
        before = structured(await client.call_tool("check_budget", {}))
        await anyio.Path(budget_file).write_text("[[budgets]]\nmonthly = 7\n")
        after = structured(await client.call_tool("check_budget", {}))
    assert (before["budget"], after["budget"]) == ("100.00", "7.00")


async def test_no_answer_is_kept_across_midnight() -> None:
    """Days left, credit and traffic are of a UTC day: the next one is worked out anew."""
    late = clock_from(NOW.replace(hour=23, minute=59, second=50))
    double = VultrDouble(account())
    async with staged_client(double, late, COST_CACHE_SECONDS=3600) as client:
        before = structured(await client.call_tool("forecast_month_end", {}))
        await anyio.sleep(20)
        after = structured(await client.call_tool("forecast_month_end", {}))
    assert before["as_of"] == after["as_of"]
    assert before["straight_line_total"] != after["straight_line_total"]
