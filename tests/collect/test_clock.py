"""This machine's clock against Vultr's: what a wrong one does to answers (rule D5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.gaps.stage import CALLS, SampleDouble
from tests.support.double import VultrDouble, account_of
from tests.support.nouns import at
from tests.support.stage import (
    FIXTURES,
    KEY,
    NOW,
    clock_from,
    staged_client,
    structured,
    text_of,
)
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.collect.clock import duration, unusable_clock

# What looks before or after the running month.
_BY_MONTHS = ("forecast", "change", "invoices", "history", "anomalies", "collect")


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
def double() -> VultrDouble:
    """Hold the recorded account, without a socket."""
    return VultrDouble(account_of(FIXTURES), key=KEY, date=NOW)


@pytest.mark.parametrize(
    ("skew", "words"),
    [
        (timedelta(minutes=3, seconds=59), "3 minutes"),
        (timedelta(minutes=-119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=-47, minutes=-59), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=-20775, hours=-14), "20,775 days"),
    ],
)
def test_the_difference_of_clocks_is_told_in_a_unit_that_fits(skew: timedelta, words: str) -> None:
    assert duration(skew) == words


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("9999-12-31T23:59", "9999-12-31, 2,912,120 days ahead of Vultr's"),
        ("9001-01-01", "9001-01-01, 2,547,243 days ahead of Vultr's"),
        ("1099-12-31T23:59", "1099-12-31, 338,537 days behind Vultr's"),
        ("0001-01-01", "0001-01-01, 739,938 days behind Vultr's"),
    ],
)
async def test_a_clock_without_months_around_it_is_an_error_that_says_so(
    double: VultrDouble, shown: str, told: str
) -> None:
    """D5: how far it is off Vultr's, and what to do."""
    said = (
        f"This machine's clock shows {told}, so that no month and no hours can be told. Set this "
        "machine's clock, or let it set itself (NTP), and ask again."
    )
    assert double.date == NOW
    async with staged_client(double, clock_from(at(shown))) as client:
        for tool in ("get_cost_overview", "list_invoices", "compare_plans", "collect_metrics"):
            result = await client.call_tool(tool, {})
            assert (result.is_error, text_of(result)) == (True, said)


def test_a_clock_without_months_is_told_where_vultr_tells_no_time() -> None:
    """D5: there is nothing to hold it against."""
    said = unusable_clock(at("9999-12-31"), None)
    assert said.startswith("This machine's clock shows 9999-12-31, so that no month")


@pytest.mark.anyio
@pytest.mark.parametrize("shown", ["9000-12-31", "1970-01-01", "1100-01-01"])
async def test_a_clock_that_is_wrong_by_years_still_answers(shown: str) -> None:
    """D5: with the caveat; a record has Vultr's time."""
    sample: Any = SampleDouble()
    async with staged_client(sample, clock_from(at(shown))) as client:
        for name in _BY_MONTHS:
            result = await client.call_tool(*CALLS[name])
            assert "clock and Vultr's differ by" in text_of(result)
            assert "did not expect" not in text_of(result)
        record = structured(await client.call_tool("collect_metrics", {"keep": False}))
    assert record["metrics"]["billing_period"] == "2026-11"


@pytest.mark.anyio
@pytest.mark.parametrize("period", ["2026-10", "last_month"])
async def test_an_error_on_a_month_names_the_clock_that_is_in_another(
    double: VultrDouble, period: str
) -> None:
    """D5: a machine that starts in 1970 knows no month of the bill."""
    arguments = {"period": period}
    async with staged_client(double, clock_from(at("1970-01-01"))) as client:
        result = await client.call_tool("breakdown_by_service", arguments)
    assert result.is_error
    assert text_of(result).endswith(
        "This machine's clock and Vultr's differ by 20,776 days: the month and the hours may be "
        "wrong. Set this machine's clock."
    )
    async with staged_client(double, clock_from(at("2026-11-20"))) as client:
        result = await client.call_tool("breakdown_by_service", {"period": "2026-12"})
    assert text_of(result) == "2026-12 has not begun. The running month is 2026-11."
