"""``get_cost_history`` as it is asked and answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.support.memory import MemoryHistory
from tests.support.nouns import NOW, at, balance, charge, snapshot, usd
from tests.support.over_time import (
    CUSTOMER,
    DAY,
    Server,
    ask,
    flat,
    fleet,
    invoiced,
    live,
    run,
)
from tests.support.servers import sizes_of, structure_of, text_of
from tests.support.world import Taking, sample_account
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.bill import SERVICES
from vultr_cost_mcp.domain.history import DisabledHistory, History, StoredLine
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Gap, Snapshot
from vultr_cost_mcp.errors import ForbiddenError, StoreError
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.questions.history.tool import get_cost_history

pytestmark = pytest.mark.anyio

NAMES = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
DAYS = {"granularity": "day"}
WEB = fleet([Server("web", 672)])


async def answered(
    shot: Snapshot, arguments: dict[str, Any] | None = None, history: History | None = None
) -> tuple[dict[str, Any], str]:
    """Give the structure and the text of an answer, which fit the promised schema."""
    tool = CostTool.of(get_cost_history, Backend(Taking(shot), history or DisabledHistory()))
    result = await ask(tool, arguments)
    assert tool.output_schema is not None
    jsonschema.validate(structure_of(result), tool.output_schema)
    return structure_of(result), text_of(result)


async def refused(shot: Snapshot, arguments: dict[str, Any], history: History | None = None) -> str:
    """Give the text of an error."""
    result = await ask(
        CostTool.of(get_cost_history, Backend(Taking(shot), history or DisabledHistory())),
        arguments,
    )
    assert result.is_error
    return text_of(result)


async def kept(lines: Callable[[Any], Iterable[StoredLine]], days: int) -> MemoryHistory:
    """Keep a reading at 03:00 of so many nights up to NOW's."""
    history = MemoryHistory()
    for number in range(days):
        when = NOW.replace(hour=3, minute=0) - number * DAY
        await history.add(run(when, lines(when)))
    return history


async def test_months_need_no_store() -> None:
    """D31: from invoices alone, and the sentence has the average and the trend."""
    shot = invoiced({n: [flat(x)] for n, x in zip(NAMES, (90, 100, 110, 120, 130), strict=True)})
    history = MemoryHistory(StoreError("broken"))
    structure, text = await answered(shot, history=history)
    assert history.asked == []
    assert structure["headline"] == (
        "$110.00 a month on average over 5 full months, increasing by 9.1 % a month; "
        "October 2026 came to $130.00."
    )
    assert structure["trend_percent"] == 9.1
    assert structure["rows"][0] == {
        "period": "2026-06",
        "total": "90.00",
        "charges": "90.00",
        "by_service": {"Cloud Compute": "90.00"},
    }
    assert structure["period"] == {
        "name": "12 months to date",
        "start": "2025-11-01",
        "end": "2026-12-01",
        "complete": False,
    }
    assert "| 2026-10 | $130.00 | $130.00 | $130.00 |" in text


async def test_one_month_is_one_month() -> None:
    structure, text = await answered(invoiced({n: [flat(100)] for n in NAMES}), {"months": 1})
    assert structure["period"]["name"] == "1 month to date"
    assert "over 1 full month," in text


async def test_only_the_lines_of_the_months_asked_for_are_read() -> None:
    shot = invoiced({n: [flat(100)] for n in NAMES})
    structure, _ = await answered(shot, {"months": 2})
    assert [row["period"] for row in structure["rows"]] == ["2026-09", "2026-10"]
    assert structure["trend"] == "unknown"


async def test_a_month_that_was_not_read_is_named() -> None:
    """D31, D33: partial, in no average, and the caveat says which."""
    shot = invoiced(
        {n: [flat(100)] for n in NAMES},
        failed=["2026-08"],
        gaps=(Gap("invoice_items", "1 of 5 not read (500)"),),
    )
    structure, text = await answered(shot)
    assert structure["headline"].startswith("At least $100.00 a month on average over 4 full")
    assert structure["caveats"] == [
        "Not all lines of August 2026 could be read: excluded from average and trend."
    ]
    assert "| 2026-08 partly read | $100.00 | unknown |" in text


async def test_months_without_an_invoice_are_named() -> None:
    shot = invoiced({"2026-06": [flat(100)], "2026-10": [flat(100)]})
    structure, _ = await answered(shot)
    assert structure["without_row"] == ["2026-07", "2026-08", "2026-09"]
    assert structure["caveats"][0].startswith(
        "There is no invoice for July 2026, August 2026, September 2026"
    )


async def test_an_invoice_that_says_nothing_of_its_month_is_named() -> None:
    """D6: neither a date nor hours."""
    shot = invoiced({"2026-10": [flat(100)]})
    lost = Invoice("lost", None, usd(5), (flat(5),), asked=True)
    shot = snapshot(None, None, invoices=(*(shot.invoices or ()), lost))
    structure, _ = await answered(shot)
    assert "1 of the invoices state neither" in structure["caveats"][0]


async def test_an_average_says_that_it_is_without_tax_and_credits() -> None:
    """D3, D31: 100 of charges a month; the invoice has 19 of tax and 5 of discount too."""
    beside = (("19.00", "Tax"), ("-5.00", "Credits and Discounts"))
    lines = [flat(100), *(flat(total, name) for total, name in beside)]
    structure, _ = await answered(invoiced({"2026-10": lines}))
    assert structure["headline"] == (
        "$100.00 a month on average over 1 full month before tax and credits, trend unknown; "
        "October 2026 came to $114.00 in all."
    )


async def test_without_invoices_it_says_what_is_spent() -> None:
    shot = snapshot([charge("7.50")], None, invoices=())
    structure, text = await answered(shot)
    assert structure["headline"] == (
        "$7.50 spent in November 2026 to date; no earlier month is fully known yet."
    )
    assert "A trend needs four full months." in text
    structure, _ = await answered(snapshot(None, None, invoices=()))
    assert structure["headline"] == "0 months before this one are fully known."


async def test_unreadable_invoices_are_an_error() -> None:
    """D33: they are the essential part; pending lines are not."""
    failure = ForbiddenError("Vultr refused it.", 403)
    shot = snapshot((), None, failures={"invoices": failure})
    assert await refused(shot, {}) == "Vultr refused it."
    shot = invoiced({"2026-10": [flat(100)]}, gaps=(Gap("pending_charges", "500"),))
    structure, _ = await answered(shot)
    assert [row["period"] for row in structure["rows"]] == ["2026-10"]


async def test_days_of_nightly_readings() -> None:
    """24 dollars a day of a server of one dollar an hour; the running day is partial."""
    structure, text = await answered(live(WEB, NOW), {**DAYS, "days": 3}, await kept(WEB, 10))
    assert structure["headline"] == (
        "$24.00 a day on average over 3 full days; the most expensive was 15 Nov 2026 with $24.00."
    )
    assert [(r["period"], r["total"], r.get("partial", False)) for r in structure["rows"]] == [
        ("2026-11-15", "24.00", False),
        ("2026-11-16", "24.00", False),
        ("2026-11-17", "24.00", False),
        ("2026-11-18", "15.00", True),
    ]
    assert structure["average_daily"] == "24.00"
    assert structure["trend"] == "unknown"
    assert "| 2026-11-18 in part | $15.00 | $15.00 | $15.00 |" in text


async def test_days_without_a_reading_are_said_to_be_spread() -> None:
    history = MemoryHistory()
    await history.add(run(at("2026-11-18T03:00"), WEB(at("2026-11-18T03:00"))))
    structure, _ = await answered(live(WEB, NOW), {**DAYS, "days": 3}, history)
    assert {row["source"] for row in structure["rows"][:3]} == {"interpolated"}
    assert structure["caveats"][0].startswith("Days without a reading")
    assert structure["headline"] == (
        "$423.00 spent in November 2026 to date; no earlier day is fully known yet."
    )


async def test_without_readings_it_says_how_to_begin() -> None:
    structure, text = await answered(live(WEB, NOW), DAYS, MemoryHistory())
    assert structure["rows"] == []
    assert "vultr-cost-mcp collect --every 1h" in text
    assert [step["tool"] for step in structure["next_steps"]] == ["collect_metrics"]


async def test_days_need_the_store() -> None:
    """The error says what is wrong, or that the history is off."""
    shot = live(WEB, NOW)
    assert await refused(shot, DAYS, MemoryHistory(StoreError("The disk is full."))) == (
        "The disk is full."
    )
    assert "switched off" in await refused(shot, DAYS)


async def test_days_need_to_know_whose_account_it_is() -> None:
    failure = ForbiddenError("Vultr refused the account.", 403)
    shot = live(WEB, NOW, account="default", balance=None, failures={"account": failure})
    assert await refused(shot, DAYS, MemoryHistory()) == "Vultr refused the account."
    nobody = live(WEB, NOW, account="default", balance=None)
    assert "whose key this is" in await refused(nobody, DAYS, MemoryHistory())


async def test_readings_are_found_by_the_accounts_address() -> None:
    """The id that they are kept under, without a name, is of the e-mail address."""
    shot = live(WEB, NOW, account="default", balance=balance())
    history = MemoryHistory()
    structure, _ = await answered(shot, DAYS, history)
    assert (structure["rows"], history.asked[0]) == ([], "runs")
    assert shot.customer_id != CUSTOMER


async def test_lines_that_could_not_be_read_are_no_bill_of_nothing() -> None:
    """A reading without lines whose account states 400 dollars says nothing of a day."""
    history = await kept(WEB, 5)
    await history.add(run(at("2026-11-16T23:00"), (), complete=False, spent=usd(400)))
    structure, _ = await answered(live(WEB, NOW), {**DAYS, "days": 3}, history)
    assert [row["total"] for row in structure["rows"][:2]] == ["24.00", "24.00"]


async def test_a_first_reading_without_lines_is_no_beginning() -> None:
    """Fifteen days of 24 dollars, also where the lines could not be read on the 10th."""
    history = await kept(WEB, 3)
    await history.add(run(at("2026-11-10T03:00"), (), complete=False, spent=usd(219)))
    structure, _ = await answered(live(WEB, NOW), {**DAYS, "days": 10}, history)
    assert {row["total"] for row in structure["rows"][:-1]} == {"24.00"}


async def test_what_was_spent_before_the_days_asked_for_is_not_theirs() -> None:
    """The readings of the month before the span count: a server of the 5th is not of the 15th."""
    lines = fleet([Server("web", 672), Server("x", 6720, at("2026-11-05"), at("2026-11-06"))])
    structure, _ = await answered(live(lines, NOW), {**DAYS, "days": 3}, await kept(lines, 15))
    assert [row["total"] for row in structure["rows"][:3]] == ["24.00"] * 3


async def test_days_after_the_28th_cost_less_and_it_is_said() -> None:
    now = at("2026-10-31T20:00")
    history = MemoryHistory()
    for number in range(10):
        when = now - number * DAY
        await history.add(run(when, WEB(when)))
    structure, _ = await answered(live(WEB, now), {**DAYS, "days": 4}, history)
    assert [row["total"] for row in structure["rows"][-2:]] == ["0.00", "0.00"]
    assert "28th" in structure["caveats"][-1]


async def test_arguments_are_checked() -> None:
    shot = invoiced({})
    assert "months" in await refused(shot, {"months": 37})
    assert "days" in await refused(shot, {"days": 0})
    assert "did you mean day?" in await refused(shot, {"granularity": "days"})


async def test_an_answer_stays_small() -> None:
    """12 months of every service in 1,500 tokens, a year of days in 6,000."""
    every = [flat("1234567.89", service) for service in SERVICES]
    names = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)]
    shot = invoiced({n: every for n in names if n < "2026-11"}, charges=every)
    tool = CostTool.of(get_cost_history, Backend(Taking(shot), DisabledHistory()))
    result = await ask(tool)
    assert max(sizes_of(result)) <= 5250
    structure = structure_of(result)
    assert len(structure["rows"]) == 13
    assert structure["omitted"]["count"] == 0
    for row in structure["rows"]:
        assert sum(Decimal(part) for part in row["by_service"].values()) == Decimal(row["total"])
    large = await ask(tool, {"months": 36})
    assert max(sizes_of(large)) <= 21_000
    assert len(structure_of(large)["rows"]) == 35


async def test_a_year_of_days_leaves_out_the_oldest() -> None:
    servers = [Server(f"s{n}", 672, service=service) for n, service in enumerate(SERVICES)]
    lines = fleet(servers)
    result = await ask(
        CostTool.of(get_cost_history, Backend(Taking(live(lines, NOW)), await kept(lines, 400))),
        {**DAYS, "days": 366},
    )
    assert max(sizes_of(result)) <= 21_000
    structure = structure_of(result)
    shown = len(structure["rows"])
    assert shown + structure["omitted"]["count"] == 367
    assert structure["rows"][-1]["period"] == "2026-11-18"
    assert text_of(result).count("\n| 2026") == shown > 60


INVOICED = (
    *("1312.89", "1543.65", "1689.90", "1789.71", "3330.46", "4033.52", "5193.45"),
    *("4954.13", "5596.86", "6215.00", "7140.28", "8085.66", "8297.34"),
)


async def test_the_sample_account() -> None:
    """Thirteen invoices, to the cent; charges are without 50 of discount and 16.56 of tax."""
    async with sample_account() as take:
        result = await ask(
            CostTool.of(get_cost_history, Backend(take, DisabledHistory())), {"months": 36}
        )
    rows = structure_of(result)["rows"]
    assert tuple(row["total"] for row in rows[:-1]) == INVOICED
    assert rows[-2]["charges"] == "8330.78"
    assert rows[-1]["source"] == "running"
    for row in rows:
        assert sum(Decimal(part) for part in row["by_service"].values()) == Decimal(row["total"])
    assert structure_of(result)["trend"] == "increasing"


async def test_what_is_invoiced_for_the_running_month_is_named() -> None:
    """D1, D6: an invoice without an hourly line is no use of the month."""
    shot = invoiced({"2026-10": [flat(100)], "2026-11": [flat(33)]}, charges=[charge(7)])
    structure, text = await answered(shot)
    assert structure["rows"][-1]["total"] == "7.00"
    why = "is for something else (credits, or hours of another month) and is not in its row."
    assert structure["caveats"] == [f"$33.00 on invoices of November 2026 {why}"]
    assert structure["caveats"][0] in text


async def test_invoices_that_state_more_than_their_lines_are_named() -> None:
    """D1: the row is what the lines come to."""
    shot = invoiced({n: [flat(100)] for n in NAMES}, amounts={"2026-08": "101"})
    structure, _ = await answered(shot)
    assert structure["rows"][2]["total"] == "100.00"
    assert structure["caveats"] == [
        "Invoices of August 2026 state another amount than their lines: lines count."
    ]
