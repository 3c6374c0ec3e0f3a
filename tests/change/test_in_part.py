"""A difference of months that were read in part: the most, the least, or neither (D29, D33)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.double import Status, VultrDouble
from tests.support.mid_month import ask_double, mid_month
from tests.support.months import OCT, SEP, account, explain, server
from tests.support.nouns import at
from tests.support.servers import structure_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.domain.snapshot import Gap

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Snapshot

pytestmark = pytest.mark.anyio
NOW = at("2026-11-15T12:00")
EARLIER, LATER = "i-2026-10-01", "i-2026-11-01"


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


def two_months(september: str, october: str, *partial: str) -> Snapshot:
    """Two invoiced months of one server; of ``partial`` invoices not every line was read."""
    invoiced = [
        ("2026-11-01", [server("web", october, OCT, "100")]),
        ("2026-10-01", [server("web", september, SEP, "100")]),
    ]
    gaps = (Gap("invoice_items", "500 of 900 read"),) if partial else ()
    return account(invoiced, partial_invoices=frozenset(partial), gaps=gaps)


@pytest.mark.parametrize(
    ("september", "october", "partial", "start"),
    [
        ("20", "30", [LATER], "At least October 2026 cost $10.00 more than September"),
        ("30", "20", [EARLIER], "At least October 2026 cost $10.00 less than September"),
        (
            "30",
            "20",
            [LATER],
            "At least one part was not read; by the rest, October 2026 cost $10.00 less than",
        ),
        (
            "20",
            "30",
            [EARLIER],
            "At least one part was not read; by the rest, October 2026 cost $10.00 more than",
        ),
        (
            "20",
            "30",
            [EARLIER, LATER],
            "At least one part was not read; by the rest, October 2026 cost $10.00 more",
        ),
        (
            "30",
            "20",
            [EARLIER, LATER],
            "At least one part was not read; by the rest, October 2026 cost $10.00 less",
        ),
        (
            "20",
            "20",
            [LATER],
            "At least one part was not read; by the rest, October 2026 cost as much as September",
        ),
        ("20", "30", [], "October 2026 cost $10.00 more than September"),
    ],
)
async def test_only_a_difference_that_can_but_grow_is_the_least(
    september: str, october: str, partial: list[str], start: str
) -> None:
    """A line more of the later month adds to it, one of the earlier month takes away."""
    answer = structure_of(await explain(two_months(september, october, *partial)))
    assert answer["headline"].startswith(start)
    assert answer["coverage"]["complete"] is not bool(partial)


async def test_an_invoice_of_the_running_month_is_not_one_of_the_month_before() -> None:
    """68.58 of November are on an invoice whose lines are refused; October was read wholly."""
    double = VultrDouble(mid_month(), date=NOW)
    double.fail("/billing/invoices/78/items", Status(500))
    answer = await ask_double(double, NOW, "explain_cost_change", to_period="current_month")
    assert answer["headline"].startswith(
        "At least one part was not read; by the rest, "
        "November 2026 so far cost $68.57 less than October 2026"
    )
    assert not any("2026-10 was read in part" in caveat for caveat in answer["caveats"])
    assert (
        "An invoice that was not read may be for October 2026: that part would be a change."
        in (answer["caveats"])
    )
