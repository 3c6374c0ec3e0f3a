"""``breakdown_by_service`` for months that are over: invoiced, or not invoiced yet (D5, D6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.double import Account, Status, VultrDouble
from tests.support.past import NOW, account, invoice, item
from tests.support.stage import clock_from, staged_client, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


def doubled(made: Account, page_size_cap: int | None = None) -> VultrDouble:
    """The API of an account whose clock agrees with ours."""
    return VultrDouble(made, page_size_cap=page_size_cap, date=NOW)


async def answer_of(double: VultrDouble, **arguments: Any) -> dict[str, Any]:
    """The structured answer, which must be none of an error."""
    async with staged_client(double, clock_from(NOW)) as client:
        given = {"limit": 200, **arguments}
        return structured(await client.call_tool("breakdown_by_service", given))


async def error_of(double: VultrDouble, **arguments: Any) -> str:
    """The text of the error that it must be."""
    async with staged_client(double, clock_from(NOW)) as client:
        result = await client.call_tool("breakdown_by_service", arguments)
    assert result.is_error
    return str(getattr(result.content[0], "text", ""))


def groups(answer: dict[str, Any]) -> dict[str, str]:
    """The groups with their totals."""
    return {row["name"]: row["total"] for row in answer["groups"]}


async def test_a_month_by_service_is_its_invoice_to_the_cent() -> None:
    answer = await answer_of(doubled(account()), period="2026-09")
    assert groups(answer) == {
        "Cloud Compute": "14.47",
        "Networking": "12.00",
        "Block Storage": "5.00",
        "Tax": "1.79",
        "Credits and Discounts": "-2.00",
    }
    assert (answer["total"], answer["charges"]) == ("31.26", "31.47")
    assert (answer["credits_and_discounts"], answer["tax"]) == ("-2.00", "1.79")
    assert answer["period"] == {
        "name": "2026-09",
        "start": "2026-09-01",
        "end": "2026-10-01",
        "complete": True,
    }
    assert answer["headline"].startswith("$31.26 spent in September 2026;")


async def test_what_exists_no_more_goes_by_the_name_in_its_line() -> None:
    answer = await answer_of(doubled(account()), period="2026-09", group_by="resource")
    assert groups(answer) == {"web": "10.00", "gone (old)": "4.47", "data": "5.00"}
    assert answer["unattributed"] == {
        "total": "11.79",
        "lines": 3,
        "reasons": {
            "destroyed": "0.00",
            "ambiguous": "0.00",
            "no_match": "0.00",
            "not_a_resource": "11.79",
        },
    }


async def test_what_exists_no_more_has_no_known_region() -> None:
    answer = await answer_of(doubled(account()), period="2026-09", group_by="region")
    assert groups(answer) == {"ewr": "10.00"}
    assert answer["unattributed"]["reasons"]["destroyed"] == "9.47"
    assert answer["unattributed"]["total"] == "21.26"


async def test_what_may_be_in_a_list_that_was_not_read_is_not_destroyed() -> None:
    """D14: the volume's 5.00 still is: the list of volumes was read."""
    double = doubled(account())
    double.fail("/instances", Status(403))
    answer = await answer_of(double, period="2026-09", group_by="region")
    assert answer["unattributed"]["reasons"]["destroyed"] == "5.00"
    assert answer["unattributed"]["reasons"]["no_match"] == "14.47"


async def test_filters_apply_to_months_that_are_over() -> None:
    answer = await answer_of(doubled(account()), period="2026-09", service="Networking")
    assert (answer["total"], answer["period_total"]) == ("12.00", "31.26")


async def test_last_month_is_the_one_before_this() -> None:
    answer = await answer_of(doubled(account()), period="last_month")
    assert (answer["total"], answer["period"]["name"]) == ("10.00", "2026-10")
    assert answer["coverage"]["complete"] is True
    assert answer["caveats"] == []


async def test_last_month_is_its_pending_lines_until_it_is_invoiced() -> None:
    made = account()
    made.invoices = made.invoices[1:]
    late = item("9.00", "192.0.2.1 (1024 MB) [web]", "2026-10-01", "2026-11-01")
    made.pending = [late, *made.pending]
    answer = await answer_of(doubled(made), period="last_month")
    assert answer["total"] == "9.00"
    assert "not invoiced yet" in answer["caveats"][0]


async def test_pending_lines_that_fail_are_not_said_to_be_none() -> None:
    """D33: last month may wait for its invoice there."""
    made = account()
    made.invoices = made.invoices[1:]
    double = doubled(made)
    double.fail("/billing/pending-charges", Status(500))
    said = await error_of(double, period="last_month")
    assert said == "Vultr's API failed (HTTP 500). Ask again in a minute."
    double.heal()
    assert "There is no bill for 2026-10" in await error_of(double, period="last_month")


async def test_an_invoice_hides_lines_that_wait_still() -> None:
    made = account()
    late = item("9.00", "192.0.2.1 (1024 MB) [web]", "2026-10-01", "2026-11-01")
    made.pending = [late, *made.pending]
    assert (await answer_of(doubled(made), period="last_month"))["total"] == "10.00"


async def test_the_running_month_by_its_name_is_the_running_month() -> None:
    named = await answer_of(doubled(account()), period="2026-11")
    assert named["total"] == "6.27"
    assert named["period"]["complete"] is False


async def test_two_invoices_of_one_month_add_up() -> None:
    made = account()
    made.invoices.append({**made.invoices[0], "id": 3, "amount": Decimal("1.00")})
    made.invoice_items["3"] = [
        item("1.00", "192.0.2.1 (1024 MB) [web]", "2026-09-20", "2026-09-22", units=48)
    ]
    assert (await answer_of(doubled(made), period="2026-09"))["total"] == "32.26"


async def test_many_small_pages_are_one_month() -> None:
    double = doubled(account(), page_size_cap=2)
    answer = await answer_of(double, period="2026-09")
    assert (answer["total"], answer["coverage"]["complete"]) == ("31.26", True)


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2026-12", "has not begun"),
        ("2025-01", "There is no bill for 2025-01. Invoices are dated from 1 Oct 2026"),
        ("0000-01", "There is no bill for 0000-01"),
    ],
)
async def test_a_month_without_a_bill_is_refused(period: str, said: str) -> None:
    assert said in await error_of(doubled(account()), period=period)


async def test_lines_that_cannot_be_read_are_no_zero() -> None:
    double = doubled(account())
    double.fail("/billing/invoices/1/items", Status(403))
    said = await error_of(double, period="2026-09")
    assert "The lines of the invoice for September 2026 could not be read" in said
    assert "403" in said


async def test_half_an_invoice_is_partial() -> None:
    double = doubled(account(), page_size_cap=3)
    double.fail("/billing/invoices/1/items", Status(500), page=2)
    answer = await answer_of(double, period="2026-09")
    assert answer["headline"].startswith("At least $19.47 spent in September 2026")
    assert answer["coverage"]["complete"] is False
    assert answer["period"]["complete"] is False


async def test_pending_lines_that_fail_do_not_spoil_an_invoiced_month() -> None:
    double = doubled(account())
    double.fail("/billing/pending-charges", Status(500))
    answer = await answer_of(double, period="2026-09")
    assert (answer["total"], answer["coverage"]["complete"]) == ("31.26", True)


async def test_invoices_that_fail_are_an_error_where_nothing_else_tells() -> None:
    double = doubled(account())
    double.fail("/billing/invoices", Status(403))
    assert "permission" in await error_of(double, period="2026-09")


def in_part() -> Account:
    """Return October with 33.00 invoiced on the 12th and 9.00 not invoiced yet."""
    made = account()
    made.invoices = [invoice(2, "2026-10-12", "33.00"), *made.invoices[1:]]
    once = item("33.00", "Setup", "2026-10-11", "2026-10-11", product="Support", unit_type="flat")
    made.invoice_items["2"] = [once]
    late = item("9.00", "192.0.2.1 (1024 MB) [web]", "2026-10-01", "2026-11-01")
    made.pending = [late, *made.pending]
    return made


async def test_an_invoice_from_the_middle_of_a_month_hides_no_lines_that_wait() -> None:
    """D5, D6: both are of October."""
    answer = await answer_of(doubled(in_part()), period="last_month")
    assert groups(answer) == {"Support and Subscriptions": "33.00", "Cloud Compute": "9.00"}
    assert answer["total"] == "42.00"
    assert answer["coverage"]["complete"] is True
    assert answer["caveats"] == [
        "October 2026 is partly invoiced; its pending lines are counted with that."
    ]


async def test_a_month_invoiced_in_part_is_partial_while_its_other_lines_are_unread() -> None:
    """D5, D33: what waits is not known, so 33.00 is not all."""
    double = doubled(in_part())
    double.fail("/billing/pending-charges", Status(500))
    answer = await answer_of(double, period="last_month")
    assert answer["total"] == "33.00"
    assert answer["headline"].startswith("At least $33.00")
    assert answer["period"]["complete"] is False
    assert [gap["part"] for gap in answer["coverage"]["gaps"]] == ["pending_charges"]


async def test_an_invoice_that_states_more_than_its_lines_is_said() -> None:
    """D1: the lines count."""
    made = account()
    made.invoices[0]["amount"] = Decimal("31.00")
    answer = await answer_of(doubled(made), period="2026-10")
    assert answer["total"] == "10.00"
    assert answer["caveats"] == [
        "The invoices of October 2026 state $31.00, their lines come to $10.00: lines count."
    ]


async def test_a_month_invoiced_in_part_is_not_the_last_invoiced_one() -> None:
    """D29: without its pending lines October would have lost a server that runs."""
    async with staged_client(doubled(in_part()), clock_from(NOW)) as client:
        result = await client.call_tool("explain_cost_change", {})
        asked = await client.call_tool("explain_cost_change", {"to_period": "last_month"})
    assert "2026-09 is the only invoiced month" in str(getattr(result.content[0], "text", ""))
    compared = structured(asked)
    assert compared["to"] == {"period": "2026-10", "total": "42.00", "source": "unbilled"}
    assert "web" not in {row["name"] for row in compared["drivers"] if row["kind"] == "gone"}
