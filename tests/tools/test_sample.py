"""Every tool on the sample account, in both eras: whole answers are in tests/golden."""

from __future__ import annotations

from typing import Any

import anyio
import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import Client
from mcp.types import CallToolResult

from tests.support.servers import ERAS, TOOLS, sample_server, structure_of, text_of

Answers = dict[tuple[str, str], CallToolResult]
# D23: the tag beside the name is the one that exempts it.
EXEMPT = {"count": 1, "monthly_cost": "20.00", "names": ["demo-kiosk"], "tags": ["keep"]}


@pytest.fixture(scope="module")
def answers() -> Answers:
    """Ask each tool once in each era, on one reading of the sample."""

    async def ask() -> Answers:
        results: Answers = {}
        async with sample_server() as server:
            for era in ERAS:
                async with Client(server, mode=era) as client:
                    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
                    assert set(tools) == set(TOOLS)
                    for name in TOOLS:
                        result = await client.call_tool(name)
                        schema = tools[name].output_schema
                        assert schema is not None
                        jsonschema.validate(structure_of(result), schema)
                        results[era, name] = result
        return results

    return anyio.run(ask)


@pytest.mark.parametrize("name", TOOLS)
def test_both_eras_get_the_same_answer(answers: Answers, name: str) -> None:
    """The same text and the same structure, whatever the client speaks."""
    legacy, modern = (answers[era, name] for era in ERAS)
    assert text_of(legacy) == text_of(modern)
    # Every record has a number of its own.
    structures = [{**structure_of(result), "run_id": ""} for result in (legacy, modern)]
    assert structures[0] == structures[1]


@pytest.mark.parametrize("name", TOOLS)
def test_the_headline_and_the_closing_frame_the_text(answers: Answers, name: str) -> None:
    """Headline first, with a figure; the last line tells age and completeness."""
    result = answers["auto", name]
    lines = text_of(result).splitlines()
    structure = structure_of(result)
    assert lines[0] == f"**{structure['headline']}**"
    # Traffic is counted in GB; every other answer begins with its money, or with its month.
    first = {"get_bandwidth_usage": "75,022 GB sent", "explain_cost_change": "October 2026 cost $"}
    first["estimate_cost"] = "Nothing to price"
    assert structure["headline"].startswith(first.get(name, "$"))
    assert lines[-1] == "As of 18 Nov 2026, 14:05 UTC, complete."
    assert structure["currency"] == "USD"
    assert structure["as_of"] == "2026-11-18T14:05:00Z"
    assert structure["coverage"]["complete"] is True
    assert len(structure["caveats"]) <= 5
    assert "sample account" in structure["caveats"][0]
    assert len(structure["next_steps"]) <= 2
    assert {step["tool"] for step in structure["next_steps"]} <= set(TOOLS)


def fields(answers: Answers, name: str, *wanted: str) -> dict[str, Any]:
    structure = structure_of(answers["auto", name])
    return {field: structure[field] for field in wanted}


def test_waste_by_hand(answers: Answers) -> None:
    """D20, D22, D23: 1750+48+24+25+4+10+3+3+10+4+25.20+10 are 1916.20; 20 are kept.

    The gateway that serves nobody costs 25.20, the share that nobody mounts 10.00. To be looked at
    are 90+20+8+12, of a share 26.70 and 120-109.50 of a cheaper plan: 167.20.
    """
    assert fields(
        answers,
        "estimate_savings",
        "total_monthly_savings",
        "total_annual_savings",
        "investigate_monthly",
        "exempt",
    ) == {
        "total_monthly_savings": "1916.20",
        "total_annual_savings": "22994.40",
        "investigate_monthly": "167.20",
        "exempt": EXEMPT,
    }


def test_idle_by_hand(answers: Answers) -> None:
    """D17 to D19: 1750+48+24 stopped, 90+20 quiet, 10 suspended, 20 exempt."""
    assert fields(
        answers,
        "list_idle_instances",
        "stopped_monthly_cost",
        "stopped_count",
        "quiet_monthly_cost",
        "quiet_count",
        "suspended_monthly_cost",
        "exempt",
        "unpriced",
    ) == {
        "stopped_monthly_cost": "1822.00",
        "stopped_count": 3,
        "quiet_monthly_cost": "110.00",
        "quiet_count": 2,
        "suspended_monthly_cost": "10.00",
        "exempt": EXEMPT,
        "unpriced": 0,
    }


def test_tools_agree_on_what_was_spent_and_wasted(answers: Answers) -> None:
    """D1, D16, D19: one ledger: every tool states the same month to date, idle and savings."""
    overview = structure_of(answers["auto", "get_cost_overview"])
    spent = overview["month_to_date"]
    assert structure_of(answers["auto", "breakdown_by_service"])["total"] == spent
    pending = structure_of(answers["auto", "get_pending_charges"])
    assert pending["total"] == pending["account_pending_charges"] == spent
    assert pending["difference"] == pending["previous_month_unbilled"] == "0.00"
    listed = structure_of(answers["auto", "list_resource_costs"])
    assert listed["reconciliation"]["bill_month_to_date"] == spent
    assert listed["total_monthly_cost"] == overview["run_rate"]["monthly"]
    idle = structure_of(answers["auto", "list_idle_instances"])
    assert overview["idle_monthly_cost"] == idle["stopped_monthly_cost"]
    savings = structure_of(answers["auto", "estimate_savings"])
    assert overview["savings_monthly"] == savings["total_monthly_savings"] == "1916.20"
    forecast = structure_of(answers["auto", "forecast_month_end"])
    assert overview["projected_month_end"] == forecast["projected_total"] == "8176.23"
    assert overview["next_invoice"]["expected"] == forecast["expected_invoice"]


@pytest.mark.anyio
@pytest.mark.parametrize(("group_by", "told"), [("tag", True), ("region", False)])
async def test_a_cut_list_of_tags_says_why_the_rest_is_negative(
    group_by: str, *, told: bool
) -> None:
    """D13: the row that takes several tags out again is the smallest, so a list cuts it first."""
    async with sample_server() as server, Client(server) as client:
        result = await client.call_tool("breakdown_by_service", {"group_by": group_by})
    said = (
        "Several tags: counted under each; `(counted under several tags)` removes the double count."
    )
    assert (said in structure_of(result)["caveats"]) is told
    assert (said in text_of(result)) is told
