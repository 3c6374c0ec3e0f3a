"""Past differences from the definitions for finished months, as small cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.double import Account, Status, VultrDouble
from tests.support.stage import clock_from, staged_client, structured, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO

from .history_accounts import COMPUTE, GPU, Meter, Segment, hourly, row
from .history_readings import SPIKE, Life
from .history_stage import collected, staged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.double import Row

pytestmark = pytest.mark.anyio
OLD, SEPTEMBER, OCTOBER, NOVEMBER = (
    datetime(2026, month, 1, tzinfo=UTC) for month in (1, 9, 10, 11)
)
NOW = datetime(2026, 11, 11, 0, 0, 1, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


def server(text: str, begin: datetime, end: datetime, monthly: str = "67.2") -> Row:
    """A server's line at ten cents an hour."""
    made = hourly(COMPUTE, Segment(text, Decimal(monthly), 672, OLD), begin, end)
    assert made is not None
    return made


def account(months: dict[datetime, list[Row]], running: list[Row]) -> Account:
    """Invoices for these months, dated on the 1st, and what is pending."""
    made = Account(now=NOW, pending=running)
    for number, (month, rows) in enumerate(months.items()):
        date = (month + timedelta(days=32)).replace(day=1)
        total = sum((row["total"] for row in rows), Decimal(0))
        made.invoices.append({"id": number, "date": date.isoformat(), "description": "",
                              "amount": total, "balance": total})  # fmt: skip
        made.invoice_items[str(number)] = rows
    return made


async def asked(double: VultrDouble, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a tool."""
    double.date = NOW
    async with staged_client(double, clock_from(NOW)) as client:
        return structured(await client.call_tool(tool, arguments))


async def explained(made: Account, **arguments: Any) -> dict[str, Any]:
    """Why the months differ."""
    return await asked(VultrDouble(made), "explain_cost_change", **arguments)


def spiked(begin: datetime) -> Life:
    """A small server for ever, and a large GPU server from 01:00 to 23:00 of one day."""
    small = Segment("192.0.2.1 (1024 MB) [web]", Decimal(5), 672, OLD)
    large = Segment(f"192.0.2.2 (122880 MB) [{SPIKE}]", Decimal(1750), 730,
                    begin + timedelta(hours=1), begin + timedelta(hours=23))  # fmt: skip
    return Life(SEPTEMBER, [Meter(COMPUTE, (small,)), Meter(GPU, (large,))])


async def anomalies(life: Life, folder: Path) -> list[dict[str, Any]]:
    """Return the anomalies after 36 days that were read at 20:00 each."""
    days = [SEPTEMBER + timedelta(days=day, hours=20) for day in range(36)]
    async with staged(life, folder) as stage:
        await collected(stage, life, days)
        answer = await stage.ask("detect_anomalies", days=40)
    found: list[dict[str, Any]] = answer["anomalies"]
    return found


async def test_only_the_overlap_with_the_compared_hours_counts() -> None:
    """D29, D5: stamped US Eastern, a line begins four hours early; 241 hours are 24.10 all over."""
    text = "192.0.2.1 (1024 MB) [web]"
    october = server(text, OCTOBER, NOVEMBER)
    for key in ("start_date", "end_date"):
        at = datetime.fromisoformat(october[key]) - timedelta(hours=4)
        october[key] = at.strftime("%Y-%m-%d %H:%M:%S")
    made = account({OCTOBER: [october]}, [server(text, NOVEMBER, NOW)])
    answer = await explained(made, to_period="current_month")
    assert (answer["from"]["total"], answer["to"]["total"]) == ("24.10", "24.10")


async def test_what_ended_before_the_month_has_no_overlap_with_its_hours() -> None:
    """D29: a late line of September on October's invoice is no part of October's first ten days."""
    text = "192.0.2.1 (1024 MB) [web]"
    late = server("192.0.2.2 (1024 MB) [late]", SEPTEMBER, SEPTEMBER + timedelta(hours=48))
    made = account({OCTOBER: [server(text, OCTOBER, NOVEMBER), late]},
                   [server(text, NOVEMBER, NOW)])  # fmt: skip
    answer = await explained(made, to_period="current_month")
    assert answer["from"]["total"] == "24.10"


async def test_a_size_within_a_label_is_the_label_s() -> None:
    """D30: two servers whose labels differ in a size alone are two things."""
    made = account(
        {
            SEPTEMBER: [server("192.0.2.1 (1024 MB) [web (1024 MB)]", SEPTEMBER, OCTOBER)],
            OCTOBER: [server("192.0.2.2 (2048 MB) [web (2048 MB)]", OCTOBER, NOVEMBER, "134.4")],
        },
        [],
    )
    answer = await explained(made)
    assert sorted(row["kind"] for row in answer["drivers"]) == ["gone", "new"]


async def test_months_are_averaged_before_they_are_rounded() -> None:
    """D4: (1.005 + 1.00) / 2 is 1.0025."""
    months = {
        month: [row("x", "Inference", Decimal(total), "tokens", start=month, end=end)]
        for month, end, total in ((SEPTEMBER, OCTOBER, "1.005"), (OCTOBER, NOVEMBER, "1.00"))
    }
    answer = await asked(VultrDouble(account(months, [])), "get_cost_history")
    assert answer["average_monthly"] == "1.00"


def of_two_invoices() -> VultrDouble:
    """October has two invoices, of which the second is on the page that fails."""
    first = server("192.0.2.1 (1024 MB) [web]", OCTOBER, NOVEMBER)
    second = server("192.0.2.2 (1024 MB) [db]", OCTOBER, NOVEMBER)
    made = account({OCTOBER: [first]}, [])
    made.invoices.append({**made.invoices[0], "id": 7})
    made.invoice_items["7"] = [second]
    double = VultrDouble(made, page_size_cap=1)
    double.fail("/billing/invoices", Status(500), page=2)
    return double


async def test_no_month_is_whole_where_the_list_of_invoices_was_half_read() -> None:
    """D31, D33: 134.40 were spent; 67.20 is no whole month, and no average."""
    answer = await asked(of_two_invoices(), "get_cost_history")
    (october, *_) = answer["rows"]
    assert (october["partial"], answer["average_monthly"]) == (True, None)


async def test_a_month_whose_invoice_may_be_unread_is_not_said_to_have_no_bill() -> None:
    """D33: a read that failed is a gap, never nothing."""
    double = of_two_invoices()
    double.account.invoice_items["7"] = [server("[db]", SEPTEMBER, OCTOBER)]
    double.date = NOW
    async with staged_client(double, clock_from(NOW)) as client:
        result = await client.call_tool("breakdown_by_service", {"period": "2026-09"})
    assert result.is_error
    assert "There is no bill for 2026-09" not in text_of(result)


async def test_no_month_is_whole_that_an_unread_invoice_may_be_for() -> None:
    """D6, D31, D33: 77.20 were spent in October; 10.00 is no whole month, and no average."""
    fee = row("Setup", "License", Decimal(10), "flat", start=OCTOBER, end=OCTOBER)
    made = account({OCTOBER: [server("192.0.2.1 (1024 MB) [web]", OCTOBER, NOVEMBER)]}, [])
    early = datetime(2026, 10, 9, tzinfo=UTC).isoformat()
    made.invoices[0]["date"] = datetime(2026, 11, 10, tzinfo=UTC).isoformat()
    made.invoices.append({**made.invoices[0], "id": 7, "date": early, "amount": Decimal(10)})
    made.invoice_items["7"] = [fee]
    double = VultrDouble(made)
    double.fail("/billing/invoices/0/items", Status(500))
    answer = await asked(double, "get_cost_history")
    assert answer["average_monthly"] is None
    assert all(one["partial"] for one in answer["rows"] if one["period"] == "2026-10")


async def test_a_server_that_is_gone_is_found_with_its_label(tmp_path: Path) -> None:
    """Names first; D32: the GPU server of 20 September."""
    (found,) = await anomalies(spiked(SEPTEMBER + timedelta(days=19)), tmp_path)
    assert (found["date"], found["resources"]) == ("2026-09-20", [SPIKE])
