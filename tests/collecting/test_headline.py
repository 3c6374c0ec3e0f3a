"""The headline of ``collect_metrics``: pending charges are all of a month that has no invoice."""

from __future__ import annotations

import pytest

from tests.support.double import Status, VultrDouble
from tests.support.mid_month import OCTOBER, account, ask_double, hourly, mid_month
from tests.support.nouns import at
from tests.support.virtual_time import VIRTUAL_ASYNCIO

pytestmark = pytest.mark.anyio
NOW = at("2026-11-15T12:00")


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


async def headline(double: VultrDouble) -> str:
    answer = await ask_double(double, NOW, "collect_metrics")
    return str(answer["headline"])


async def test_what_is_invoiced_stands_beside_what_is_pending() -> None:
    """30.86 since the 11th, and 68.58 before, which is 99.44 of the month to date."""
    said = await headline(VultrDouble(mid_month(), date=NOW))
    assert said.startswith("$30.86 pending and $68.58 invoiced in November 2026 to date, ")


@pytest.mark.parametrize("path", ["/billing/invoices", "/billing/invoices/78/items"])
async def test_without_its_invoices_a_months_charges_are_pending_ones(path: str) -> None:
    double = VultrDouble(mid_month(), date=NOW)
    double.fail(path, Status(500))
    assert (await headline(double)).startswith("$30.86 pending in November 2026 to date, at least ")


async def test_of_a_month_without_an_invoice_pending_is_all_that_is_spent() -> None:
    since_first = hourly("99.43", "2026-11-01T00:00", "2026-11-15T12:00", units=348)
    said = await headline(VultrDouble(account([since_first], {"77": OCTOBER}), date=NOW))
    assert said.startswith("$99.43 spent in November 2026 to date, ")
