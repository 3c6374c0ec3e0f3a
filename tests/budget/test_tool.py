"""``check_budget`` through the whole server: environment, file and argument (D27)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from tests.support.double import NO_BILLING_403, Status, VultrDouble
from tests.support.machines import wire_account
from tests.support.nouns import at, usd
from tests.support.simulator import Machine
from tests.support.stage import clock_from, staged_client, staged_source, structured, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.server import build_server

pytestmark = pytest.mark.anyio

NOW = at("2026-11-18T14:05")
LINES = "/billing/pending-charges"
FILE = """
[[budgets]]
monthly = 1000.10

[[budgets]]
name = "platform"
tag = "prod"
monthly = "600"

[[budgets]]
service = "Cloud GPU"
monthly = 5
"""


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
def double() -> VultrDouble:
    """One server of a dollar an hour, 423 hours of it spent, and nothing else."""
    server = Machine("web", "192.0.2.1", ((at("2025-01-01"), usd(672)),))
    account = wire_account([server], NOW)
    account.instances[0]["tags"] = ["prod"]
    account.account["pending_charges"] = usd(423)
    return VultrDouble(account, date=NOW)


async def ask(
    double: VultrDouble,
    arguments: dict[str, Any],
    tool: str = "check_budget",
    **values: object,
) -> Any:
    """The tool's result with these settings, composed with the configured budgets as in cli.py."""
    async with staged_source(double, clock_from(NOW), **values) as source:
        server = build_server({"default": source.backend(DisabledHistory())}, "0")
        async with Client(server, mode="legacy") as client:
            return await client.call_tool(tool, arguments)


async def test_without_any_budget(double: VultrDouble) -> None:
    """D27: no_budget is its own status, with what is spent and projected."""
    answer = structured(await ask(double, {}))
    assert (answer["status"], answer["spent"], answer["projected"]) == (
        "no_budget",
        "423.00",
        "672.00",
    )
    assert answer["budget"] is None


async def test_by_argument(double: VultrDouble) -> None:
    """D27: 528.75 of which 423 are exactly 80 %."""
    answer = structured(await ask(double, {"monthly_budget": 528.75}))
    assert (answer["status"], answer["percent"], answer["budget"]) == ("warn", 80.0, "528.75")
    assert answer["breach_on"] == "2026-11-23"
    again = structured(await ask(double, {"monthly_budget": 1066.68, "warn_percent": 63}))
    assert (again["status"], again["breach_on"]) == ("ok", None)
    stricter = structured(await ask(double, {"monthly_budget": 1066.68, "warn_percent": 62}))
    assert stricter["status"] == "warn"


async def test_by_environment(double: VultrDouble) -> None:
    """VULTR_COST_BUDGET, and the argument instead of it."""
    answer = structured(await ask(double, {}, COST_BUDGET="423"))
    assert (answer["status"], answer["breach_on"]) == ("over", "2026-11-18")
    assert [row["name"] for row in answer["budgets"]] == ["VULTR_COST_BUDGET"]
    argued = structured(await ask(double, {"monthly_budget": 10_000}, COST_BUDGET="423"))
    assert (argued["status"], len(argued["budgets"])) == ("ok", 1)


async def test_by_file_and_environment(double: VultrDouble, tmp_path: Path) -> None:
    """One row a configured budget, the worst first."""
    file = tmp_path / "cost.toml"
    file.write_text(FILE, "utf-8")
    answer = structured(await ask(double, {}, COST_CONFIG=file, COST_BUDGET="400"))
    rows = [(row["name"], row["status"], row["budget"]) for row in answer["budgets"]]
    assert rows == [
        ("VULTR_COST_BUDGET", "over", "400.00"),
        ("platform", "warn", "600.00"),
        ("account", "ok", "1000.10"),
        ("Cloud GPU", "ok", "5.00"),
    ]
    assert answer["status"] == "over"


@pytest.mark.parametrize(
    "text",
    ["[[budgets]]\nmonthly = 0", "[[budgets]]\nmonthly = 'x'", "[[budgets]]\ntag = 'a'", "[["],
)
async def test_a_file_that_cannot_be_used(double: VultrDouble, tmp_path: Path, text: str) -> None:
    """One sentence, no traceback, and no verdict."""
    file = tmp_path / "cost.toml"
    file.write_text(text, "utf-8")
    result = await ask(double, {}, COST_CONFIG=file)
    assert result.is_error
    assert "VULTR_COST_CONFIG" in text_of(result)
    assert "Traceback" not in text_of(result)


@pytest.mark.parametrize(
    "arguments",
    [
        {"monthly_budget": -5},
        # Less than a cent is no budget: its percentages have more digits than a number may.
        {"monthly_budget": 0.009},
        {"monthly_budget": 5e-324},
        {"monthly_budget": "lots"},
        {"warn_percent": 0},
        {"warn_percent": 101},
        {"budget": 5},
    ],
)
async def test_arguments_that_mean_nothing(double: VultrDouble, arguments: dict[str, Any]) -> None:
    """Refused."""
    assert (await ask(double, arguments)).is_error


async def test_without_lines(double: VultrDouble) -> None:
    """D27, D33: the account's own 423 is the least; over stays over, everything else unknown."""
    double.fail(LINES, NO_BILLING_403)
    known = structured(await ask(double, {"monthly_budget": 423}))
    assert (known["status"], known["spent"]) == ("over", "423.00")
    answer = structured(await ask(double, {"monthly_budget": 5000}))
    assert (answer["status"], answer["coverage"]["complete"]) == ("unknown", False)
    assert answer["headline"].startswith("At least $423.00")


async def test_without_lines_a_tag_is_unknown(double: VultrDouble, tmp_path: Path) -> None:
    """D33: an amount that is not known is null, and no budget of a part is over by the whole."""
    double.fail(LINES, NO_BILLING_403)
    file = tmp_path / "cost.toml"
    file.write_text("[[budgets]]\ntag = 'prod'\nmonthly = 100", "utf-8")
    answer = structured(await ask(double, {}, COST_CONFIG=file))
    assert answer["status"] == "unknown"
    assert answer["budgets"][0]["spent"] is answer["spent"] is None


async def test_without_lines_and_account(double: VultrDouble) -> None:
    """D33: an error says what happened."""
    double.fail(LINES, Status(500))
    double.fail("/account", Status(500))
    assert (await ask(double, {"monthly_budget": 5})).is_error


async def test_the_projection_is_the_forecasts(double: VultrDouble) -> None:
    """D27, D24: without credits and tax both say the same."""
    late = NOW + timedelta(days=3)
    async with staged_client(double, clock_from(late)) as client:
        budget = structured(await client.call_tool("check_budget", {}))
        forecast = structured(await client.call_tool("forecast_month_end", {}))
    assert budget["projected"] == forecast["projected_total"]
    assert budget["spent"] == forecast["month_to_date"]


async def test_credits_of_the_sample_make_no_room() -> None:
    """D27: 50 of promotion: 5,004.38 against the bill's 4,954.38, 8,226.23 against 8,176.23."""
    nothing = VultrDouble(wire_account([], NOW))
    answer = structured(await ask(nothing, {"monthly_budget": 8226.23}, COST_DEMO="1"))
    assert (answer["account"], answer["status"]) == ("sample", "warn")
    assert (answer["spent"], answer["projected"]) == ("5004.38", "8226.23")
    assert answer["breach_on"] == "2026-11-30"
    assert (answer["projected_net"], answer["discounts"]) == ("8176.23", "-50.00")
    more = {"monthly_budget": 8226.24, "warn_percent": 100}
    answer = structured(await ask(nothing, more, COST_DEMO="1"))
    assert (answer["status"], answer["breach_on"]) == ("ok", None)


def test_settings_refuse_a_budget_that_is_none() -> None:
    """A budget is a positive number; an empty variable is no budget."""
    assert Settings.model_validate({"VULTR_COST_BUDGET": " "}).budget is None
    for text in ("0", "-1", "lots", "nan", "inf"):
        with pytest.raises(ValueError, match="VULTR_COST_BUDGET"):
            Settings.model_validate({"VULTR_COST_BUDGET": text})


async def test_the_forecast_takes_a_budget_or_the_configured_one(double: VultrDouble) -> None:
    """D27: 672 are projected; the next step is to spend less where that is too much."""
    forecast = "forecast_month_end"
    answer = structured(await ask(double, {}, forecast, COST_BUDGET="500"))
    assert (answer["budget"]["budget"], answer["budget"]["status"]) == ("500.00", "warn")
    assert [step["tool"] for step in answer["next_steps"]] == ["estimate_savings"]
    answer = structured(await ask(double, {"budget": 9000}, forecast, COST_BUDGET="500"))
    assert (answer["budget"]["budget"], answer["budget"]["status"]) == ("9000.00", "ok")
    assert [step["tool"] for step in answer["next_steps"]] == ["check_budget"]
    answer = structured(await ask(double, {}, forecast))
    assert answer["budget"] is None


async def test_thirty_budgets_are_all_told(double: VultrDouble, tmp_path: Path) -> None:
    """D27: every one has a row, and with it a metric and a message; of sixty the worst fifty."""
    file = tmp_path / "cost.toml"
    for number, shown in ((30, 30), (60, 50)):
        rows = [f"[[budgets]]\nname = 'b{n}'\nmonthly = {9000 + n}" for n in range(number - 1)]
        file.write_text("\n".join([*rows, "[[budgets]]\nname = 'gone'\nmonthly = 5"]), "utf-8")
        answer = structured(await ask(double, {}, COST_CONFIG=file))
        assert len(answer["budgets"]) + answer.get("omitted_budgets", 0) == number
        assert len(answer["budgets"]) <= shown
        assert answer["budgets"][0]["name"] == "gone"
        assert f"(`gone` for everything, worst of {number})" in answer["headline"]
        if number <= 30:
            assert len(answer["budgets"]) == number
