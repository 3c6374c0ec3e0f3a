"""The dated price table and a user's own prices on top of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.families.price_table import price_table


@pytest.mark.parametrize(
    ("name", "price"),
    [
        ("snapshot_gb", "0.05"),
        ("reserved_ipv4", "3"),
        ("load_balancer", "10"),
        ("ddos_protection", "10"),
        ("backup_percent", "20"),
        ("block_gb_high_perf", "0.10"),
        ("block_gb_storage_opt", "0.025"),
        ("file_system_gb", "0.10"),
        ("registry_start_up", "0"),
        ("registry_business", "5"),
        ("registry_premium", "10"),
        ("registry_enterprise", "20"),
    ],
)
def test_the_prices_that_the_api_does_not_give(name: str, price: str) -> None:
    """D8: each as Vultr's pages state it."""
    assert price_table()[name] == Decimal(price)


def test_the_table_is_dated() -> None:
    """D8: the table says on which day it was right."""
    assert date(2026, 1, 1) < price_table().as_of
    assert "as_of" not in price_table().prices


def test_a_users_own_price_replaces_the_tables() -> None:
    """D8: one price is overridden, the others stay, and the next table is unchanged."""
    table = price_table({"load_balancer": "12.50", "reserved_ipv4": 0})
    assert table["load_balancer"] == Decimal("12.50")
    assert table["reserved_ipv4"] == 0
    assert table["ddos_protection"] == 10
    assert price_table()["load_balancer"] == 10


def test_a_price_that_was_written_as_a_float_is_what_was_written() -> None:
    """D4: 0.1 in the file is a tenth."""
    assert price_table({"snapshot_gb": 0.1})["snapshot_gb"] == Decimal("0.1")


@pytest.mark.parametrize("price", ["cheap", "", None, "-1", "NaN", "Infinity", "-0.01"])
def test_what_is_no_price_is_refused(price: object) -> None:
    """A price that cannot be one is named with the reason, before any answer uses it."""
    with pytest.raises(ConfigError, match="'load_balancer'"):
        price_table({"load_balancer": price})


def test_an_unknown_price_is_refused_with_the_known_ones() -> None:
    """A name that the table does not have is a mistake to be told, not to be ignored."""
    known = "known: snapshot_gb, reserved_ipv4, load_balancer,"
    with pytest.raises(ConfigError, match=rf"'loadbalancer'.*{known}"):
        price_table({"loadbalancer": 1})
    with pytest.raises(ConfigError, match="'as_of'"):
        price_table({"as_of": 1})
