"""Resources: what a whole month costs, their class and their name (D8, D12, D15)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.nouns import thing, usd
from vultr_cost_mcp.domain.resource import KINDS, AddOn


def test_the_kinds_are_the_closed_list_of_21() -> None:
    """D15: closed, each once."""
    assert len(KINDS) == len(set(KINDS)) == 21


@pytest.mark.parametrize(
    ("kind", "gpu", "compute_class"),
    [
        ("instance", False, "cpu"),
        ("gpu_instance", True, "gpu"),
        ("bare_metal", False, "bare_metal"),
        ("gpu_bare_metal", True, "gpu"),  # D12: GPU bare metal is gpu
        ("kubernetes_node", False, "cpu"),
        ("kubernetes_node", True, "gpu"),
        ("gpu_cluster", True, "gpu"),
        ("kubernetes_control_plane", False, "not_compute"),
        ("database", False, "not_compute"),
        ("block_storage", False, "not_compute"),
    ],
)
def test_the_class_of_compute(kind: str, compute_class: str, *, gpu: bool) -> None:
    """D12: gpu before bare metal before cpu; what is no server is not compute."""
    assert thing(kind=kind, gpu=gpu).compute_class == compute_class


def test_a_month_is_the_price_with_its_add_ons() -> None:
    """D8: 40 + 20 % of 40 + 10."""
    server = thing(
        price=40,
        list_price=usd(40),
        add_ons=(AddOn("backups", percent=usd(20)), AddOn("ddos_protection", monthly=usd(10))),
    )
    assert server.add_on_costs == {"backups": 8, "ddos_protection": 10}
    assert server.monthly_cost == 58


def test_a_share_is_of_the_list_price_where_there_is_one() -> None:
    """D8: 20 % of the plan's 40, not of the 10 that are billed."""
    backups = (AddOn("backups", percent=usd(20)),)
    assert thing(price=10, list_price=usd(40), add_ons=backups).monthly_cost == 18
    assert thing(price=10, add_ons=backups).monthly_cost == 12
    assert thing(price=10, list_price=Decimal(0), add_ons=backups).monthly_cost == 10


def test_an_unknown_price_stays_unknown_with_add_ons() -> None:
    """D8: null, never the add-on alone."""
    server = thing(add_ons=(AddOn("ddos_protection", monthly=usd(10)),))
    assert server.monthly_cost is None
    assert server.add_on_costs == {}


def test_names_first() -> None:
    """Label, hostname, address or id, the first that there is."""
    address = ("203.0.113.7",)
    assert thing(label="l", hostname="h", addresses=address).name == "l"
    assert thing(label="", hostname="h", addresses=address).name == "h"
    assert thing(label="", addresses=address).name == "203.0.113.7"
    assert thing("id", label="").name == "id"


def test_an_alias_is_the_key_where_ids_repeat() -> None:
    """D15: an id that two kinds carry names neither of them."""
    assert thing("7").key == "7"
    assert thing("7", alias="snapshot:7").key == "snapshot:7"
