"""A month that is partly on an invoice already: 68.58 on the 11th, 30.86 pending (rule D1)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.double import Account, Status, VultrDouble
from tests.support.mid_month import (
    FIRST_TEN,
    OCTOBER,
    SINCE,
    account,
    ask,
    ask_double,
    flat,
    hourly,
    mid_month,
    server,
)
from tests.support.nouns import at
from tests.support.stage import clock_from, staged_client, structured, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO

pytestmark = pytest.mark.anyio
NOW = at("2026-11-15T12:00")


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL_ASYNCIO


async def test_budget_forecast_and_overview_use_the_sum() -> None:
    """D1, D27: 99.44 are spent and 205.73 projected: each line has a cap of its own."""
    budget = await ask(mid_month(), NOW, "check_budget", monthly_budget=150)
    assert (budget["status"], budget["spent"], budget["projected"]) == ("warn", "99.44", "205.73")
    assert budget["state"] == "open"
    assert any("own monthly cap" in caveat for caveat in budget["caveats"])
    forecast = await ask(mid_month(), NOW, "forecast_month_end")
    assert (forecast["month_to_date"], forecast["invoiced_this_month"]) == ("99.44", "68.58")
    assert forecast["projected_total"] == "205.73"
    # What is invoiced is not invoiced again.
    assert forecast["expected_invoice"] == "137.15"
    page = await ask(mid_month(), NOW, "get_cost_overview")
    assert (page["month_to_date"], page["projected_month_end"]) == ("99.44", "205.73")
    assert page["next_invoice"] == {"date": "2026-12-01", "month": "2026-11", "expected": "137.15"}
    assert [row["month_to_date"] for row in page["top_resources"]] == ["99.44"]
    # The rate of what runs does not change.
    assert page["run_rate"] == {"hourly": "0.29", "daily": "6.86", "monthly": "192.00"}


async def test_breakdown_and_resources_use_the_sum() -> None:
    """D1, D16: the same server on both is one row with both lines."""
    breakdown = await ask(mid_month(), NOW, "breakdown_by_service", group_by="resource")
    assert [(row["total"], row["line_count"]) for row in breakdown["groups"]] == [("99.44", 2)]
    assert breakdown["unattributed"]["total"] == "0.00"
    rows = await ask(mid_month(), NOW, "list_resource_costs")
    assert [row["month_to_date"] for row in rows["resources"]] == ["99.44"]
    assert rows["reconciliation"] == {
        "bill_month_to_date": "99.44",
        "shown_month_to_date": "99.44",
        "destroyed_this_month": "0.00",
        "not_resources": "0.00",
        "unattributed": "0.00",
    }
    named = await ask(mid_month(), NOW, "breakdown_by_service", period="2026-11")
    assert named["total"] == "99.44"


async def test_the_change_is_of_the_sum() -> None:
    """D1, D29: 348 hours of October were 99.43, and its month 192.00."""
    answer = await ask(mid_month(), NOW, "explain_cost_change", to_period="current_month")
    assert (answer["from"]["total"], answer["to"]["total"]) == ("99.43", "99.44")
    assert answer["full_month"]["projected_total"] == "205.73"


async def test_pending_charges_and_the_record_stay_pending_lines() -> None:
    """D1: the record says beside them what is invoiced."""
    pending = await ask(mid_month(), NOW, "get_pending_charges")
    assert (pending["total"], pending["period_total"]) == ("30.86", "30.86")
    record = (await ask(mid_month(), NOW, "collect_metrics"))["metrics"]
    assert (record["pending_charges"], record["invoiced_this_month"]) == ("30.86", "68.58")
    assert (record["compute_cost"], record["monthly_spend"]) == ("30.86", "205.73")


async def test_an_invoice_is_in_the_balance_already() -> None:
    """D26: 200.00 of credit, 68.58 invoiced: 131.42 less 30.86 pending."""
    forecast = await ask(mid_month(balance="-131.42"), NOW, "forecast_month_end")
    assert forecast["credit"] == {
        "credit": "131.42",
        "used": "30.86",
        "left_now": "100.56",
        "left_at_month_end": "0.00",
        "runs_out_on": "2026-11-30",
        "state": "open",
        "uninvoiced": "0.00",
    }
    page = await ask(mid_month(balance="-131.42"), NOW, "get_cost_overview")
    assert (page["credit_left"], page["owed"]) == ("100.56", "0.00")


CREDIT_NOTE = ("2026-11-10T00:00", [flat("-20.00")])


@pytest.mark.parametrize(
    ("invoices", "invoiced"),
    [
        # None at all, or of October alone.
        ({"77": OCTOBER}, "0.00"),
        # A credit note has no hourly line.
        ({"77": OCTOBER, "79": CREDIT_NOTE}, "0.00"),
        # Of a threshold invoice the lines that begin in November: it is October's by its dollars.
        (
            {
                "78": (
                    "2026-11-05T00:00",
                    [
                        hourly("500.00", "2026-10-01T00:00", "2026-11-01T00:00", units=744),
                        hourly("60.00", "2026-11-01T00:00", "2026-11-05T00:00", units=96),
                    ],
                )
            },
            "60.00",
        ),
        # Dated on the first three days it is last month's, on the fourth it counts.
        *(
            ({"78": (f"2026-11-0{day}T00:00", [FIRST_TEN])}, "68.58" if day == 4 else "0.00")
            for day in (1, 2, 3, 4)
        ),
        ({"78": ("2026-11-03T23:59", [FIRST_TEN])}, "0.00"),
        # Two of them add up, before tax and with what they take off.
        (
            {
                "78": ("2026-11-06T00:00", [FIRST_TEN, flat("5.66", "VAT", "VAT")]),
                "79": (
                    "2026-11-11T00:00",
                    [
                        hourly(
                            "2.00", "2026-11-06T00:00", "2026-11-11T00:00", label="old", units=7
                        ),
                        flat("-0.50"),
                    ],
                ),
            },
            "70.08",
        ),
        # A line without dates follows its invoice.
        ({"78": ("2026-11-11T00:00", [FIRST_TEN, flat("3.00", "Licence", "Licence")])}, "71.58"),
        (
            {
                "78": (
                    "2026-11-11T00:00",
                    [
                        hourly("70.00", "2026-10-01T00:00", "2026-11-01T00:00", units=744),
                        FIRST_TEN,
                        flat("3.00", "Licence", "Licence"),
                    ],
                )
            },
            "68.58",
        ),
    ],
)
async def test_what_of_the_month_is_invoiced(
    invoices: dict[str, tuple[str, list[Any]]], invoiced: str
) -> None:
    """D1: lines of invoices dated after day 3 whose own span begins in the month."""
    made = account([SINCE], invoices)
    forecast = await ask(made, NOW, "forecast_month_end")
    assert forecast["invoiced_this_month"] == invoiced
    assert Decimal(forecast["month_to_date"]) == Decimal("30.86") + Decimal(invoiced)
    breakdown = await ask(made, NOW, "breakdown_by_service")
    assert breakdown["total"] == forecast["month_to_date"]
    assert breakdown["tax"] == "0.00"
    record = (await ask(made, NOW, "collect_metrics"))["metrics"]
    assert record["invoiced_this_month"] == invoiced


async def test_only_mid_month_invoices_are_read_for_it() -> None:
    """D1: one list; the lines of the 11th's invoice, none of October's."""
    double = VultrDouble(mid_month(), date=NOW)
    await ask_double(double, NOW, "breakdown_by_service")
    assert double.count("/billing/invoices") == 1
    assert double.count("/billing/invoices/78/items") == 1
    assert double.count("/billing/invoices/77/items") == 0
    without = VultrDouble(account([SINCE], {"77": OCTOBER}), date=NOW)
    await ask_double(without, NOW, "breakdown_by_service")
    assert without.count("/billing/invoices/77/items") == 0


async def test_a_list_that_was_not_read_is_a_gap_of_what_is_invoiced_alone() -> None:
    """D1, D33: what is pending stays known, and the answer says what may be missing.

    The server is as new as its line, so nothing tells that a part of the month is missing.
    """
    created = server(date_created="2026-11-10T23:10:00+00:00")
    double = VultrDouble(account([SINCE], {"77": OCTOBER}, created), date=NOW)
    double.fail("/billing/invoices", Status(500))
    forecast = await ask_double(double, NOW, "forecast_month_end")
    assert forecast["invoiced_this_month"] is None
    assert forecast["month_to_date"] == "30.86"
    assert [gap["part"] for gap in forecast["coverage"]["gaps"]] == ["invoices"]
    assert any("month's invoices could not be read" in text for text in forecast["caveats"])
    budget = await ask_double(double, NOW, "check_budget", monthly_budget=1000)
    assert (budget["status"], budget["invoiced_this_month"]) == ("ok", None)
    record = (await ask_double(double, NOW, "collect_metrics"))["metrics"]
    assert (record["pending_charges"], record["invoiced_this_month"]) == ("30.86", None)


async def test_an_invoice_of_which_no_line_was_read_makes_the_spend_unknown() -> None:
    """D1, D27: there is one, so what is known is the least."""
    double = VultrDouble(mid_month(), date=NOW)
    double.fail("/billing/invoices/78/items", Status(500))
    budget = await ask_double(double, NOW, "check_budget", monthly_budget=1000)
    assert (budget["status"], budget["spent"], budget["invoiced_this_month"]) == (
        "unknown",
        "30.86",
        None,
    )


async def test_of_two_invoices_the_one_that_was_read_counts() -> None:
    """D1, D33: 68.58 on the 11th are known, what is on the invoice of the 13th is not: at least."""
    made = mid_month()
    gone = hourly("13.72", "2026-11-11T00:00", "2026-11-13T00:00", label="old", units=48)
    second = account([], {"79": ("2026-11-13T00:05", [gone])})
    made.invoices += second.invoices
    made.invoice_items |= second.invoice_items
    whole = await ask(made, NOW, "forecast_month_end")
    assert (whole["month_to_date"], whole["invoiced_this_month"]) == ("113.16", "82.30")
    double = VultrDouble(made, date=NOW)
    double.fail("/billing/invoices/79/items", Status(500))
    forecast = await ask_double(double, NOW, "forecast_month_end")
    assert (forecast["month_to_date"], forecast["invoiced_this_month"]) == ("99.44", "68.58")
    assert "at least" in forecast["headline"].lower()
    assert {"month_to_date", "invoiced_this_month"} <= {*forecast["partial"]}
    assert {gap["part"] for gap in forecast["coverage"]["gaps"]} >= {"mid_month_invoices"}
    budget = await ask_double(double, NOW, "check_budget", monthly_budget=1000)
    assert (budget["status"], budget["spent"]) == ("unknown", "99.44")
    assert (await ask_double(double, NOW, "check_budget", monthly_budget=99))["status"] == "over"


async def test_a_credit_note_beside_an_unread_invoice_is_no_month_to_date() -> None:
    """D1, D33: it never counts, so nothing of the month is known from invoices."""
    made = mid_month()
    note = account([], {"79": ("2026-11-13T00:05", [flat("-5.00")])})
    made.invoices += note.invoices
    made.invoice_items |= note.invoice_items
    double = VultrDouble(made, date=NOW)
    double.fail("/billing/invoices/78/items", Status(500))
    forecast = await ask_double(double, NOW, "forecast_month_end")
    assert (forecast["month_to_date"], forecast["invoiced_this_month"]) == ("30.86", None)


async def test_what_is_destroyed_since_is_on_the_invoice_alone() -> None:
    """D16: 10.00 of a server that is gone, invoiced on the 11th."""
    gone = hourly("10.00", "2026-11-01T00:00", "2026-11-04T00:00", label="old", units=72)
    rows = await ask(mid_month(gone), NOW, "list_resource_costs")
    assert rows["reconciliation"]["destroyed_this_month"] == "10.00"
    assert rows["reconciliation"]["bill_month_to_date"] == "109.44"
    forecast = await ask(mid_month(gone), NOW, "forecast_month_end")
    assert forecast["projected_total"] == "215.73"


async def test_what_goes_on_without_a_new_line_yet_is_projected_from_the_invoice_on() -> None:
    """D1, D24: minutes after the invoice; 20 days of 480 hours are 137.15, and not 192.00."""
    made = account([], {"77": OCTOBER, "78": ("2026-11-11T00:05", [FIRST_TEN])})
    forecast = await ask(made, at("2026-11-11T00:10"), "forecast_month_end")
    assert (forecast["month_to_date"], forecast["projected_total"]) == ("68.58", "205.73")
    assert [row["projected"] for row in forecast["without_line"]] == ["137.15"]


async def test_a_line_that_reached_its_cap_stays_and_the_next_has_its_own() -> None:
    """D1, D7: 192.00 by the 28th on the invoice, then two days at the price of an hour."""
    capped = hourly("192.00", "2026-11-01T00:00", "2026-11-29T00:00", units=672)
    since = hourly("6.86", "2026-11-29T00:00", "2026-11-30T00:00", units=24)
    made = account([since], {"78": ("2026-11-29T00:05", [capped])})
    forecast = await ask(made, at("2026-11-30T00:00"), "forecast_month_end")
    assert (forecast["month_to_date"], forecast["projected_total"]) == ("198.86", "205.72")


@pytest.mark.parametrize("first", ["2026-12-01", "2028-02-01", "2027-02-01"])
async def test_other_months_are_alike(first: str) -> None:
    """D1, D5: December into January, a leap February and one of 28 days."""
    begin = at(first)
    fifth, now = begin + timedelta(days=5), begin + timedelta(days=10)
    made = account(
        [hourly("34.29", f"{fifth:%FT%R}", f"{now:%FT%R}", units=120)],
        {
            "78": (
                f"{fifth:%FT%R}",
                [hourly("34.29", f"{first}T00:00", f"{fifth:%FT%R}", units=120)],
            )
        },
    )
    forecast = await ask(made, now, "forecast_month_end")
    assert (forecast["month_to_date"], forecast["invoiced_this_month"]) == ("68.58", "34.29")


async def test_a_tag_counts_what_its_servers_have_on_the_invoice() -> None:
    """D13: both lines of the server that carries it, and not those of another."""
    other = hourly("10.00", "2026-11-01T00:00", "2026-11-11T00:00", label="api", units=240)
    made: Account = account(
        [SINCE],
        {"78": ("2026-11-11T00:05", [FIRST_TEN, other])},
        server(),
        server("api", tags=[]),
    )
    rows = await ask(made, NOW, "breakdown_by_service", tag="team")
    assert rows["total"] == "99.44"


async def test_the_invoiced_part_is_not_a_finished_month_where_pending_lines_fail() -> None:
    """D1, D33: 68.58 of November are on an invoice; without the pending lines it has no bill."""
    double = VultrDouble(mid_month(), date=NOW)
    double.fail("/billing/pending-charges", Status(403))
    async with staged_client(double, clock_from(NOW)) as client:
        for tool, arguments in (
            ("explain_cost_change", {"to_period": "current_month"}),
            ("export_costs", {"format": "csv"}),
        ):
            result = await client.call_tool(tool, arguments)
            assert result.is_error, tool
            assert "lacks a permission" in text_of(result)
        history = structured(await client.call_tool("get_cost_history", {"granularity": "month"}))
        assert [row["period"] for row in history["rows"]] == ["2026-10"]
        assert "pending_charges" in {gap["part"] for gap in history["coverage"]["gaps"]}
        anomalies = structured(await client.call_tool("detect_anomalies", {}))
        assert (anomalies["anomalies"], anomalies["judged"]) == ([], 1)
