"""The bundled table: complete rows, named sources, months by rule (E24), no share-alike licence."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from vultr_cost_mcp.money import CENT, to_cents
from vultr_cost_mcp.other_clouds.list_prices import (
    HOURLY,
    PROVIDERS,
    oldest_day,
    other_plans,
    read_rows,
    read_sources,
)

_HOURS = Decimal(730)
_MOST_BYTES = 50_000


def test_every_row_has_a_price_a_source_and_a_day_of_its_own() -> None:
    plans = other_plans()
    assert len(plans) == len({(plan.provider, plan.name, plan.region) for plan in plans})
    assert {plan.provider for plan in plans} == set(PROVIDERS)
    for plan in plans:
        assert plan.month > 0
        assert plan.vcpus > 0
        assert plan.memory > 0
        assert plan.groups <= {"us", "eu"}
        assert plan.source.text
        assert date(2024, 1, 1) < plan.day
        assert (plan.kind == "gpu") == bool(plan.gpu) == bool(plan.gpu_count)


def test_a_month_is_730_hours_where_the_hour_is_the_price() -> None:
    """E24. An hour is stated with six digits, so that a month may be a cent apart."""
    for plan in other_plans():
        if plan.provider in HOURLY:
            assert plan.hour is not None
            assert abs(to_cents(plan.hour * _HOURS) - plan.month) <= CENT


def test_another_currency_is_taken_at_the_dated_rate() -> None:
    euros = [plan for plan in other_plans() if plan.source.currency == "EUR"]
    assert {plan.provider for plan in euros} == {"hetzner"}
    for plan in euros:
        assert plan.source.usd == Decimal("1.1133")
        assert plan.source.usd_day == date(2026, 10, 28)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_tells_its_oldest_day(provider: str) -> None:
    day = oldest_day(plan for plan in other_plans() if plan.provider == provider)
    assert day is not None
    assert oldest_day(()) is None


def test_no_row_is_from_a_source_that_must_be_shared_alike() -> None:
    for plan in other_plans():
        licence = plan.source.licence.casefold()
        assert "sharealike" not in licence.replace("-", "").replace(" ", "")
        assert "by-sa" not in licence.replace(" ", "-")
        assert "odbl" not in licence


def test_a_row_names_a_source_that_exists() -> None:
    folder = files("vultr_cost_mcp.other_clouds")
    sources = read_sources(folder.joinpath("sources.toml").read_text("utf-8"))
    used = Counter(plan.source.key for plan in other_plans())
    assert set(used) == set(sources)
    text = folder.joinpath("prices.csv").read_text("utf-8").replace(",aws-karpenter,", ",none,")
    with pytest.raises(KeyError):
        read_rows(text, sources)


def test_the_bundled_data_is_small() -> None:
    folder = files("vultr_cost_mcp.other_clouds")
    sizes = [len(folder.joinpath(name).read_bytes()) for name in ("prices.csv", "sources.toml")]
    assert sum(sizes) < _MOST_BYTES
