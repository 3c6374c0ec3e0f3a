"""The program against the reference for months that are over: random accounts, to the cent."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from random import Random  # noqa: TID251  (seeded by the test)
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.double import VultrDouble
from tests.support.seeds import seeds
from tests.support.stage import clock_from, staged_client, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO

from . import history_compare as compare
from .history_accounts import make_world
from .history_oracle import HistoryOracle

if TYPE_CHECKING:
    from mcp import Client

    from .history_accounts import World

pytestmark = pytest.mark.anyio
FORMATS = ("csv", "json", "focus")


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


async def asked(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer; a refusal is a failure."""
    return structured(await client.call_tool(tool, arguments))


async def compared(
    world: World, rng: Random, *, most_pairs: int, most_exports: int, cap: int | None
) -> tuple[list[str], Counter[str]]:
    """Everything that differs, and how much was compared."""
    oracle, counts = HistoryOracle(world.account, world.now), Counter[str]()
    found: list[str] = []
    double = VultrDouble(world.account, page_size_cap=cap, date=world.now)
    async with staged_client(double, clock_from(world.now)) as client:
        for name in oracle.bills:
            for by in ("service", "product"):
                arguments = {"period": name, "group_by": by, "limit": 200}
                answer = await asked(client, "breakdown_by_service", **arguments)
                found += compare.breakdown(oracle, name, by, answer)
            counts["months"] += 1
        answer = await asked(client, "list_invoices", months=120, limit=200)
        found += compare.invoices(oracle, answer)
        for paper in oracle.papers:
            answer = await asked(client, "list_invoices", invoice_id=paper.id, limit=200)
            found += compare.invoice(oracle, paper.id, answer)
            counts["invoices"] += 1
        for months in (36, rng.randint(2, 8)):
            answer = await asked(client, "get_cost_history", months=months)
            found += compare.history(oracle, answer, months)
        for base, then in chosen(rng, list(combinations(oracle.bills, 2)), most_pairs):
            arguments = {"from_period": base, "to_period": then, "limit": 200}
            answer = await asked(client, "explain_cost_change", **arguments)
            found += compare.change(oracle, base, then, answer)
            counts["pairs"] += 1
        files = [(name, one) for name in oracle.bills for one in FORMATS]
        for name, one in chosen(rng, files, most_exports):
            answer = await asked(client, "export_costs", format=one, period=name)
            found += compare.export(oracle, name, answer)
            counts["files"] += 1
    return found, counts


def chosen(rng: Random, options: list[Any], most: int) -> list[Any]:
    """So many of them, the last always (that of the running month)."""
    if len(options) <= most:
        return options
    return [*rng.sample(options[:-1], most - 1), options[-1]]


@pytest.mark.parametrize("seed", seeds(10, 150))
async def test_every_month_is_the_reference_s_to_the_cent(
    seed: int, request: pytest.FixtureRequest
) -> None:
    """D1 to D6, D11, D29 to D31, on an account that is not in the repository."""
    rng = Random(seed)  # noqa: S311  (seeded)
    most = 1000 if request.node.get_closest_marker("soak") else 12
    cap = rng.choice((None, 3, 7))
    found, _ = await compared(make_world(rng), rng, most_pairs=most, most_exports=most, cap=cap)
    assert not found, found
