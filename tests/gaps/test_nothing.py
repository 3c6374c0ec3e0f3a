"""No match, or no data, is never an amount of zero dollars."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gaps.stage import SampleDouble
from tests.support.stage import staged_client, structured, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.demo.data import SAMPLE_NOW
from vultr_cost_mcp.domain.account_parts import EXISTING

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


async def ask(tool: str, *refused: str, **arguments: Any) -> tuple[dict[str, Any], str]:
    """Ask the sample account; the structure and the text."""
    double: Any = SampleDouble(refused)
    async with staged_client(double, lambda: SAMPLE_NOW) as client:
        result = await client.call_tool(tool, arguments)
    return structured(result), text_of(result)


@pytest.mark.parametrize(
    ("tool", "arguments", "nearest"),
    [
        ("breakdown_by_service", {"service": "GPU"}, ("service", "Cloud GPU", "1993.57")),
        ("breakdown_by_service", {"tag": "prod"}, ("tag", "env:prod", "982.01")),
        ("list_resource_costs", {"tag": "prod"}, ("tag", "env:prod", "1596.46")),
        ("list_invoices", {"product": "GPU"}, ("product", "Vultr Cloud GPU", "21268.17")),
        ("get_pending_charges", {"product": "GPU"}, ("product", "Vultr Cloud GPU", "1993.57")),
    ],
)
async def test_a_filter_that_matches_nothing_names_the_nearest(
    tool: str, arguments: dict[str, str], nearest: tuple[str, str, str]
) -> None:
    """S-nearest: the total stays 0.00; headline and structure name the value and its amount."""
    answer, text = await ask(tool, **arguments)
    name, value, total = nearest
    assert answer["nearest"] == [{"filter": name, "value": value, "total": total}]
    figure = "total_monthly_cost" if tool == "list_resource_costs" else "total"
    assert answer[figure] == "0.00"
    asked = next(iter(arguments.values()))
    assert answer["headline"].startswith(f"Nothing matched {name} `{asked}` ")
    assert answer["headline"].endswith(
        f"the nearest {name} is `{value}` with ${float(total):,.2f}."
    )
    assert text.startswith(f"**{answer['headline']}**")
    assert answer["coverage"]["complete"] is True


async def test_a_value_that_is_like_none_gets_the_three_with_the_most_money() -> None:
    """S-nearest: amounts are of the month that was asked for."""
    for period in ("current_month", "last_month"):
        answer, _ = await ask("breakdown_by_service", tag="zzzz", period=period)
        assert len(answer["nearest"]) == 3
        whole, _ = await ask(
            "breakdown_by_service", tag=answer["nearest"][0]["value"], period=period
        )
        assert answer["nearest"][0]["total"] == whole["total"]


async def test_filters_that_match_alone_and_not_together_say_so() -> None:
    """S-nearest: neither is wrong; the nearest value is under the other filter."""
    answer, _ = await ask("breakdown_by_service", service="Cloud GPU", tag="team:web")
    assert answer["matched_alone"] == ["service", "tag"]
    assert "together in November 2026 to date, though each matches alone" in answer["headline"]
    (near,) = answer["nearest"]
    under, _ = await ask("breakdown_by_service", service=near["value"], tag="team:web")
    assert near["total"] == under["total"] != "0.00"
    answer, _ = await ask("list_resource_costs", kind="cdn", tag="zzzz")
    assert answer["matched_alone"] == ["kind"]
    assert "though kind `cdn` matches alone" in answer["headline"]
    assert {near["filter"] for near in answer["nearest"]} == {"tag"}


async def test_two_unknown_prices_are_no_price_of_zero() -> None:
    """D8, D33: zones exist, and what they cost a month is not known."""
    answer, _ = await ask("list_resource_costs", kind="cdn")
    assert (answer["count"], answer["unpriced"]) == (2, 2)
    assert answer["total_monthly_cost"] is None
    assert answer["headline"] == "2 resources with kind `cdn` of unknown cost a month."
    assert answer["coverage"]["complete"] is True


async def test_lists_that_fail_make_sums_unknown() -> None:
    """D33: a figure none of whose parts was read is null and never 0.00."""
    failing = sorted(EXISTING - {"vpcs", "custom_subscriptions"})
    assert len(failing) == 17
    answer, text = await ask("get_cost_overview", *failing)
    assert answer["month_to_date"] == "4954.38"
    assert answer["headline"].startswith("$4,954.38 spent so far in November 2026")
    assert answer["headline"].endswith("; savings are unknown.")
    assert (answer["savings_monthly"], answer["idle_monthly_cost"]) == (None, None)
    assert "all measured waste: unknown a month" in text
    answer, text = await ask("estimate_savings", *failing)
    assert answer["headline"] == "What can be saved is unknown."
    assert answer["total_monthly_savings"] is answer["total_annual_savings"] is None
    assert answer["investigate_monthly"] is None
    assert "$0.00" not in text
    answer, _ = await ask("list_resource_costs", *failing, kind="instance")
    assert answer["total_monthly_cost"] is answer["count"] is None
    assert answer["headline"].startswith("Unknown: nothing of what could be read matched kind")
    answer, _ = await ask("get_cost_overview", *EXISTING)
    assert answer["run_rate"]["monthly"] is None


async def test_a_tag_that_may_be_on_what_was_not_read_is_unknown() -> None:
    """D33, S-nearest: that nothing of what was read carries it is no amount."""
    answer, _ = await ask("breakdown_by_service", "blocks", tag="zzzz")
    assert answer["total"] is answer["charges"] is None
    assert answer["headline"].startswith(
        "Unknown: nothing of what could be read matched tag `zzzz`"
    )
    # A service is on the line itself: no list of resources can hold more of it.
    answer, _ = await ask("breakdown_by_service", "blocks", service="GPU")
    assert answer["total"] == "0.00"
    assert answer["headline"].startswith("Nothing matched service `GPU`")


async def test_a_gap_that_does_not_touch_the_headline_hedges_nothing() -> None:
    """D33: the gap is named with what it touches, or that it touches nothing."""
    answer, text = await ask("get_cost_overview", "subaccounts")
    assert (answer["coverage"]["complete"], answer["partial"]) == (True, [])
    assert [gap["touches"] for gap in answer["coverage"]["gaps"]] == [[]]
    assert "It affects no figure of this answer." in text
    answer, text = await ask("get_cost_overview", "snapshots")
    assert answer["headline"].startswith("$4,954.38 spent so far in November 2026, at least $")
    assert {"projected_month_end", "savings_monthly"} <= set(answer["partial"])
    answer, _ = await ask("estimate_savings", "instance_upgrades")
    assert answer["headline"].startswith("$1,916.20 a month can be saved")
    assert "total_monthly_savings" not in answer["partial"]
    assert "investigate_monthly" in answer["partial"]


@pytest.mark.parametrize(
    ("arguments", "headline"),
    [
        (
            {"service": "Tax"},
            "No tax in November 2026 to date: it comes with the invoice.",
        ),
        ({"service": "tax", "period": "2026-09"}, "No tax in September 2026."),
        ({"service": "other"}, "No charges for service `other` in November 2026 to date."),
    ],
)
async def test_a_service_without_charges_is_not_taken_for_another(
    arguments: dict[str, str], headline: str
) -> None:
    """S-nearest: a service that exists is meant as it stands."""
    answer, text = await ask("breakdown_by_service", **arguments)
    assert (answer["headline"], answer["nearest"], answer["total"]) == (headline, [], "0.00")
    assert "Charges $0.00" not in text


@pytest.mark.parametrize("word", ["Credits", "discount"])
async def test_credits_are_found_by_the_words_of_people(word: str) -> None:
    """Vultr's lines of credits and of discounts are one service."""
    answer, _ = await ask("breakdown_by_service", service=word)
    assert answer["filters"] == {"service": "Credits and Discounts"}
    assert answer["headline"] == (
        "-$50.00 for service `Credits and Discounts` in November 2026 to date."
    )


async def test_sums_of_nothing_are_not_told() -> None:
    """S-nearest: an unknown tag has no charges, tax or untagged amount of zero dollars."""
    _, text = await ask("breakdown_by_service", tag="team:percepton")
    assert "$0.00" not in text
    assert "The whole month: $4,954.38." in text
