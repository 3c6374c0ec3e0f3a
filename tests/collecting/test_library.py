"""``await collect_metrics(...)``: the same record for a program."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.support.double import VultrDouble
from tests.support.nouns import at, usd
from tests.support.past import NOW, account
from tests.support.stage import KEY, settings_for
from vultr_cost_mcp import collect_metrics
from vultr_cost_mcp.domain.customer import customer_of
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.history import open_history

pytestmark = pytest.mark.anyio
CUSTOMER = customer_of("billing@double.example")


async def test_a_program_gets_the_record_the_resources_and_the_analysis(tmp_path: Path) -> None:
    double = VultrDouble(account(), date=NOW)
    address = f"sqlite:///{tmp_path}/library.db"
    with double:
        settings = settings_for(double.url, API_KEY=None)
        done = await collect_metrics(KEY, store=address, settings=settings, now=lambda: NOW)
    assert done.stored is True
    assert done.metrics.pending_charges == usd("6.27")
    assert [resource.label for resource in done.resources] == ["web"]
    assert done.analysis.overview.month_to_date == usd("6.27")
    assert done.analysis.forecast is not None
    assert done.analysis.forecast.projected_total == done.metrics.monthly_spend
    assert json.dumps(asdict(done), default=str)
    (run,) = await open_history(address).runs(CUSTOMER, at("2026-11-18"), at("2026-11-19"))
    assert run.run_id == done.run_id


@pytest.mark.parametrize("key", ["", " \n", "your-key-here", "${VULTR_API_KEY}"])
async def test_a_program_that_has_no_key_is_told_so(key: str) -> None:
    with VultrDouble(account(), date=NOW) as double:
        settings = settings_for(double.url)
        with pytest.raises(ConfigError, match=r"^api_key holds no key: .+\. Give Vultr's key\.$"):
            await collect_metrics(key, store="off", settings=settings, now=lambda: NOW)
        assert double.requests == []


async def test_a_key_may_end_as_a_line_of_a_file_does() -> None:
    with VultrDouble(account(), date=NOW) as double:
        settings = settings_for(double.url, API_KEY=None)
        done = await collect_metrics(f"{KEY}\n", store="off", settings=settings, now=lambda: NOW)
    assert done.metrics.pending_charges == usd("6.27")
