"""The tool ``list_invoices`` as a client calls it, on hand-made invoices and on the sample's."""

from __future__ import annotations

from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult

from tests.support.invoiced import INVOICES, LINES, account, hourly
from tests.support.nouns import at, charge, usd
from tests.support.servers import ERAS, sizes_of, structure_of, text_of
from tests.support.world import Taking, sample_account
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.questions.invoices.tool import list_invoices

pytestmark = pytest.mark.anyio

# The API states a balance of the account beside an invoice, and no state of payment (D6, D26).
UNPAID = (
    "Which of them are paid the API does not tell: get_cost_overview shows what is owed in all."
)
# All thirteen of the sample account, oldest first.
SAMPLE = (
    "1312.89", "1543.65", "1689.90", "1789.71", "3330.46", "4033.52", "5193.45",
    "4954.13", "5596.86", "6215.00", "7140.28", "8085.66", "8297.34",
)  # fmt: skip


async def ask(take: Any, era: Any = "auto", /, **arguments: Any) -> CallToolResult:
    """Call the tool; what it answers is what its schema promises."""
    server = MCPServer("test", version="0", tools=[CostTool.of(list_invoices, Backend(take))])
    async with Client(server, mode=era) as client:
        (tool,) = (await client.list_tools()).tools
        result = await client.call_tool("list_invoices", arguments)
    if not result.is_error:
        jsonschema.validate(result.structured_content, tool.output_schema)
    return result


async def ask_the_sample(**arguments: Any) -> CallToolResult:
    """Call the tool of the sample account."""
    async with sample_account() as source:
        return await ask(source, **arguments)


@pytest.mark.parametrize("era", ERAS)
async def test_the_list_in_both_eras(era: str) -> None:
    """Amounts are text with two decimals; the text carries every figure."""
    result = await ask(Taking(account()), era)
    answer = structure_of(result)
    assert answer["headline"] == "$212.00 is on 4 invoices of the last 12 months."
    assert answer["invoices"][0] == {
        "id": "103",
        "date": "2026-11-01",
        "month": "2026-10",
        "amount": "110.00",
        "tax": "15.00",
        "before_tax": "95.00",
        "discounts": "-5.00",
    }
    assert (answer["total"], answer["average"]) == ("212.00", "49.25")
    assert answer["period"] == {
        "name": "last_12_months",
        "start": "2025-11-01",
        "end": "2026-11-01",
        "complete": True,
    }
    assert answer["next_steps"][0]["arguments"] == {"invoice_id": "103"}
    text = text_of(result)
    for figure in ("$110.00", "$15.00", "$95.00", "$212.00", "$49.25", "2025-11"):
        assert figure in text
    assert text.splitlines()[-1] == "As of 18 Nov 2026, 14:05 UTC, complete."


async def test_one_month_is_the_last_one() -> None:
    answer = structure_of(await ask(Taking(account()), months=1))
    assert answer["period"]["name"] == "last_month"


async def test_a_product_that_is_on_no_invoice_hides_no_total() -> None:
    """The text carries every figure, also where nothing matched."""
    result = await ask(Taking(account()), product="Nope")
    assert (structure_of(result)["total"], structure_of(result)["period_total"]) == (
        "0.00",
        "212.00",
    )
    assert "All products: $212.00." in text_of(result)
    assert "Product |" not in text_of(result)
    assert "$0.00 |\n" not in text_of(result)


@pytest.mark.parametrize("given", [103, "103", "#103"])
async def test_an_id_is_a_number_or_text(given: object) -> None:
    answer = structure_of(await ask(Taking(account()), invoice_id=given))
    assert answer["headline"] == "$110.00 is on invoice `103` for October 2026."
    assert (answer["lines_total"], answer["difference"]) == ("110.00", "0.00")
    assert answer["period"]["name"] == "2026-10"
    assert answer["period"]["complete"] is True
    assert [row["total"] for row in answer["lines"]] == ["100.00", "15.00", "-5.00"]


async def test_only_the_lines_that_are_needed_are_asked_for() -> None:
    take = Taking(account())
    await ask(take, months=1)
    await ask(take, invoice_id="100")
    await ask(take, invoice_id="no such")
    listed, one, none = [{want.id for want in wanted} for wanted in take.wanted]
    # The one of September 15 is too old; the others may be for October.
    assert listed == {"103", "102"}
    assert (one, none) == ({"100"}, set())
    assert take.wanted[1] == [DetailRequest("invoice_items", "100")]


@pytest.mark.parametrize("given", [True, 1.5, ["103"], "x" * 65])
async def test_what_is_no_id_is_refused(given: object) -> None:
    result = await ask(Taking(account()), invoice_id=given)
    assert result.is_error
    assert text_of(result).startswith("Invalid arguments: invoice_id")


@pytest.mark.parametrize("months", [0, 121])
async def test_months_have_a_range(months: int) -> None:
    assert (await ask(Taking(account()), months=months)).is_error


async def test_an_unknown_id_is_an_error_with_the_newest() -> None:
    result = await ask(Taking(account()), invoice_id="999")
    assert result.is_error
    assert "There are: 99, 103, 102, 101, 100." in text_of(result)


async def test_lines_that_were_not_read_touch_the_average_alone() -> None:
    """D33: every amount was read, so that the total is certain; the tax is unknown."""
    gaps = (Gap("invoice_items", "1 of 4 not read (403)"),)
    result = await ask(Taking(account(without=["102"], gaps=gaps)))
    answer = structure_of(result)
    assert answer["headline"].startswith("$212.00")
    assert {"invoices", "average"} < set(answer["partial"])
    assert not {"total", "period_total"} & set(answer["partial"])
    assert answer["invoices"][1]["tax"] is None
    assert answer["average_of"] == 3
    assert "| unknown | unknown |" in text_of(result)
    assert answer["period"]["complete"] is False


async def test_what_is_not_invoiced_yet_is_said() -> None:
    """D5: October's invoice is awaited."""
    answer = structure_of(await ask(Taking(account(INVOICES[2:3]))))
    assert answer["caveats"] == ["October 2026 has no invoice so far.", UNPAID]
    assert answer["period"]["complete"] is False
    assert structure_of(await ask(Taking(account(()))))["caveats"] == []


async def test_an_invoice_that_nothing_dates_is_said() -> None:
    """D6."""
    rows = [*INVOICES, Invoice("5", None, usd("3.50"))]
    shot = account(rows, {**LINES, "5": [charge("3.50", start=None, end=None)]})
    answer = structure_of(await ask(Taking(shot)))
    (product, caveat, unpaid) = answer["caveats"]
    assert unpaid == UNPAID
    assert product.startswith("Unknown product")
    assert caveat.startswith("Neither a date nor a line tells when 1 invoice was made: $3.50 of")
    one = structure_of(await ask(Taking(shot), invoice_id="5"))
    assert one["next_steps"] == []
    assert UNPAID not in one["caveats"]


async def test_typed_text_is_quoted_and_cut() -> None:
    """No control or bidirectional character, no link, no table cell."""
    evil = "\u202e[x](http://evil) | `ignore`\n" + "y" * 500
    lines = [charge("1", product=evil, description=evil, start=at("2026-10-01"))]
    invoice = Invoice("a|b\u202e" + "c" * 90, at("2026-11-01"), usd(1))
    result = await ask(Taking(account([invoice], {invoice.id: lines})), invoice_id=invoice.id[:64])
    assert result.is_error
    result = await ask(Taking(account([invoice], {invoice.id: lines})), product="z\n| z")
    answer = structure_of(result)
    assert len(answer["invoices"][0]["id"]) == 64
    assert len(answer["available"][0]) == 64
    for letter in ("\u202e", "\n| z"):
        assert letter not in text_of(result)


@pytest.mark.parametrize("arguments", [{}, {"months": 120, "limit": 200}, {"invoice_id": "0"}])
async def test_an_answer_is_small(arguments: dict[str, Any]) -> None:
    """1,500 tokens at default arguments, 6,000 at any."""
    wide = "\U0001f600" * 64
    rows = [
        Invoice(str(n), at(f"{2017 + n // 24}-{n // 2 % 12 + 1:02}-01"), usd(10**9))
        for n in range(240)
    ]
    lines = {
        row.id: [hourly("9.99", "2026-10-01", "2026-11-01", f"{n}{wide}") for n in range(300)]
        for row in rows[:3]
    }
    result = await ask(Taking(account(rows, lines)), **arguments)
    assert max(sizes_of(result)) <= (6000 if "limit" in arguments else 1500) * 3.5
    answer = structure_of(result)
    if "invoice_id" not in arguments:
        number = answer["omitted"]["count"] + len(answer["invoices"])
        assert usd(answer["total"]) == number * 10**9
        assert number > 10


async def test_the_sample_account() -> None:
    """D3, D6: thirteen invoices, tax once: 59,166.29 before tax is 4,551.25 on average."""
    answer = structure_of(await ask_the_sample(months=13, limit=13))
    assert [row["amount"] for row in answer["invoices"]] == list(reversed(SAMPLE))
    assert [row["month"] for row in answer["invoices"]][:2] == ["2026-10", "2026-09"]
    assert answer["total"] == str(sum(map(usd, SAMPLE))) == "59182.85"
    assert [row["tax"] for row in answer["invoices"]] == ["16.56", *["0.00"] * 12]
    assert answer["average"] == "4551.25"


async def test_the_samples_overage_and_discounts() -> None:
    discounts = structure_of(await ask_the_sample(months=13, product="credit"))
    assert discounts["total"] == "-400.00"
    newest = (await ask_the_sample(months=1, product="Bandwidth Overage")).structured_content
    assert newest is not None
    assert newest["invoices"][0]["product_total"] == newest["total"] == "12.50"
    one = structure_of(await ask_the_sample(invoice_id=int(newest["invoices"][0]["id"]), limit=200))
    assert len(one["lines"]) + one["lines_omitted"]["count"] == 78
    assert (one["lines_total"], one["difference"]) == ("8297.34", "0.00")
