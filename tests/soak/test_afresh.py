"""Many who want an account read afresh at once: one reading is fresh enough for all of them."""

from __future__ import annotations

import anyio
import pytest

from tests.support.double import VultrDouble, account_of
from tests.support.stage import FIXTURES, staged_source
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.domain.account_parts import ACCOUNT, BILL, INVENTORY, INVOICES

pytestmark = pytest.mark.anyio

NEEDS = ACCOUNT | BILL | INVENTORY | INVOICES
CALLERS = 20


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


async def _requests(callers: int) -> tuple[int, list[bool]]:
    """How many requests so many callers take at the default limit, and who was told all."""
    double = VultrDouble(account_of(FIXTURES))
    told: list[bool] = []
    async with staged_source(double, COST_RATE_LIMIT=20) as source:

        async def one(number: int) -> None:
            await anyio.sleep(number * 0.01)
            told.append((await source(NEEDS, fresh=True)).complete)

        async with anyio.create_task_group() as tasks:
            for number in range(callers):
                tasks.start_soon(one, number)
    return double.count(), told


async def test_readings_made_afresh_at_once_are_few() -> None:
    """D36: what has not been asked for yet is as fresh for one caller as for the other.

    Without that each of them waits for the requests of all, until there is no time left (D34).
    """
    alone, whole = await _requests(1)
    assert whole == [True]
    together, told = await _requests(CALLERS)
    assert told == [True] * CALLERS
    assert together <= 2 * alone
