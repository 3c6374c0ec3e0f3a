"""Texts about months, unknown prices, lines without a resource and features (D8, D11)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.support.bodies import account, answer_of, answers_of, flat, item, server
from vultr_cost_mcp.errors import FeatureOffError
from vultr_cost_mcp.mcp_tools.accounts_report import AccountsReport
from vultr_cost_mcp.mcp_tools.figure_names import WORDS, figures_in_words
from vultr_cost_mcp.questions.catalog import QUESTIONS
from vultr_cost_mcp.vultr._features import is_feature_off

WEB = item(2.59, unit_price=0.0074)
OCTOBER = {"start": "2026-10-01T00:00:00+00:00", "end": "2026-10-31T23:00:00+00:00"}


@pytest.mark.anyio
@pytest.mark.parametrize("product", ["Refund", "REFUND", "Vultr coupon", "Coupons", ""])
async def test_refunds_and_coupons_are_credits_everywhere(product: str) -> None:
    """D11: in any case of the letters; by the description where there is no product."""
    bodies = account([WEB, flat(-1, product, product or "Refund of November")], servers=[server()])
    found = await answers_of(bodies, "get_pending_charges", "breakdown_by_service")
    for answer in found:
        assert answer["credits_and_discounts"] == "-1.00"
        assert "is in the rows" not in answer["text"]
    assert {r["service"]: r["total"] for r in found[0]["by_product"]} == {
        "Cloud Compute": "2.59",
        "Credits and Discounts": "-1.00",
    }
    assert {r["name"]: r["total"] for r in found[1]["groups"]} == {
        "Cloud Compute": "2.59",
        "Credits and Discounts": "-1.00",
    }


@pytest.mark.anyio
async def test_credits_inside_other_rows_are_told() -> None:
    """D2: a negative line of a service lowers that service's row."""
    bodies = account([WEB, item(-1.3, "192.0.2.1 [web] credit", unit_price=-0.0037)])
    for answer in await answers_of(bodies, "get_pending_charges", "breakdown_by_service"):
        assert "-$1.30 of credits and discounts is in the rows" in answer["text"]
        assert "`Cloud Compute` -$1.30." in answer["text"]


@pytest.mark.anyio
async def test_both_months_of_what_is_unbilled_are_in_the_headline() -> None:
    """D5: last month's lines wait for their invoice."""
    bodies = account([WEB, item(90, units=743, unit_price=0.13, **OCTOBER)], servers=[server()])
    assert (await answer_of(bodies, "get_pending_charges"))["headline"] == (
        "$92.59 is unbilled: $2.59 of November 2026 so far and $90.00 of October 2026, which is "
        "not invoiced yet."
    )


@pytest.mark.anyio
async def test_a_server_of_unknown_price_is_named() -> None:
    """D8: what nobody can project is named, with the right number of the noun."""
    bodies = account([WEB], servers=[server(), server("old", "192.0.2.2", plan="gone")])
    asked = "forecast_month_end", ("check_budget", {"monthly_budget": 100}), "get_cost_overview"
    forecast, budget, overview = await answers_of(bodies, *asked)
    for answer in (forecast, budget):
        assert "1 resource has no known price and no line on the bill" in answer["text"]
        assert "higher: `old`." in answer["text"]
    assert (
        "1 resource has no known price and is left out of the monthly sums." in overview["caveats"]
    )


@pytest.mark.anyio
async def test_a_running_line_without_a_resource_is_told() -> None:
    """D7: it is in the hourly rate and in no monthly sum."""
    without = await answer_of(account([WEB]), "get_cost_overview")
    assert without["run_rate"]["monthly"] == "0.00"
    said = "1 running line has no resource and is in the hourly and daily rate"
    assert said in without["text"]
    held = await answer_of(account([WEB], servers=[server()]), "get_cost_overview")
    assert "has no resource" not in held["text"]
    assert "\n1 cloud server " in held["text"]


@pytest.mark.anyio
async def test_no_traffic_data_is_unknown() -> None:
    """D33: a server without a single day did not send zero; a day of zero bytes is zero."""
    days = {"2026-11-02": {"incoming_bytes": 0, "outgoing_bytes": 0}}
    bodies = account(servers=[server("a"), server("b", "192.0.2.2")])
    bodies["/instances/id-a/bandwidth"] = {"bandwidth": {}}
    bodies["/instances/id-b/bandwidth"] = {"bandwidth": days}
    answer = await answer_of(bodies, "get_bandwidth_usage")
    sent = [(row["label"], row["gb_out"]) for row in answer["top_servers"]]
    assert sent == [("b", "0.00"), ("a", None)]
    assert "| `a` | unknown | unknown |" in answer["text"]


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("Cluster access is not enabled for this account", True),
        ("Inference is not available for your account", True),
        ("API access is not enabled", False),
        ("This user is not enabled", False),
        ("Your account is not activated", False),
        ("Not found", False),
        ("Forbidden", False),
    ],
)
def test_a_feature_that_is_off_is_no_missing_permission(text: str, off: bool) -> None:  # noqa: FBT001
    """Refusals are told apart by their words, which are never shown."""
    assert is_feature_off(text) is off
    assert FeatureOffError("x", 403).short == "403, not enabled for this account"


def test_every_figure_has_words() -> None:
    """D33: sentences name figures in words, those that mean the same once."""
    apart = {"account_id", "filters", "format", "granularity", "group_by", "interval", "method"}
    apart |= {"omitted_budgets", "path", "run_id", "source", "store_error", "stored", "uri"}
    apart |= {"accounts_omitted"}
    apart |= {"caveats"}
    reports: list[Any] = [AccountsReport, *(question.report for question in QUESTIONS)]
    fields = {
        row.name.removesuffix("_") for report in reports for row in dataclasses.fields(report)
    }
    assert fields - apart <= WORDS.keys()
    assert figures_in_words(["investigate_monthly", "investigations_omitted"]) == "investigations"
