"""One thing of every kind as the API sends it, with the price that a person computes (D8, D15)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from tests.support.api import BODIES, assembled, bodies_of, part_at, the
from vultr_cost_mcp import families
from vultr_cost_mcp.domain.account_parts import INVENTORY, Detail
from vultr_cost_mcp.domain.action import Action
from vultr_cost_mcp.domain.coverage import Product
from vultr_cost_mcp.domain.resource import KINDS, Kind, PriceSource
from vultr_cost_mcp.families import catalog, reading
from vultr_cost_mcp.families.catalog import CATALOG


class Expected(NamedTuple):
    """The expected resource of a body: ``monthly`` and ``own`` in dollars, None if unknown."""

    number: int
    label: str
    region: str
    tags: tuple[str, ...]
    monthly: str | None
    source: PriceSource | None
    own: str | None


# An id is the number of the row, padded: see tests/kinds/bodies.
EXPECTED: dict[Kind, Expected] = {
    # 7.50 in its region, 20 % of that for backups, 10.00 for DDoS protection.
    "instance": Expected(1, "web-1", "sao", ("prod", "web"), "19.00", "list", "4.73"),
    # 423 hours of 90 / 730 are 52.1506.
    "gpu_instance": Expected(2, "trainer", "ewr", ("ml",), "90.00", "list", "52.16"),
    "bare_metal": Expected(3, "build-farm", "sea", ("ci",), "132.00", "list", None),
    "gpu_bare_metal": Expected(4, "foundation", "ewr", ("ml",), "16074.24", "list", None),
    # Two servers of 11773.44 that are in no list of bare metal.
    "gpu_cluster": Expected(5, "fabric", "ewr", (), "23546.88", "list", None),
    "kubernetes_node": Expected(62, "shop-node-1", "ams", ("shop",), "20.00", "list", None),
    "kubernetes_control_plane": Expected(7, "payments", "fra", (), None, None, None),
    "database": Expected(8, "orders", "ewr", ("prod",), "30.00", "list", "18.89"),
    "block_storage": Expected(9, "cargo", "ewr", (), "2.50", "api", "1.58"),
    "block_snapshot": Expected(10, "cargo before refit", "", (), "5.00", "api", None),
    "object_storage": Expected(11, "manifests", "ams", (), "18.00", "api", "11.34"),
    "file_system": Expected(12, "logbook", "ewr", ("prod",), "10.00", "api", "6.30"),
    "storage_gateway": Expected(13, "lock-gate", "", ("prod",), None, None, "15.87"),
    # 423 hours of 10 GiB compressed at 0.05 are 0.3147: its own 0.32 says compressed.
    "snapshot": Expected(14, "web-1 golden", "", (), "0.50", "table", "0.32"),
    "load_balancer": Expected(15, "front", "ewr", (), "10.00", "table", "6.30"),
    "reserved_ip": Expected(16, "front address", "ewr", (), "3.00", "table", None),
    "nat_gateway": Expected(171, "inner-nat", "ewr", ("prod",), "20.16", "api", "12.69"),
    "registry": Expected(18, "shipyard", "ams", (), "5.00", "api", "3.15"),
    "cdn": Expected(19, "posters", "", (), None, None, None),
    # Cents a million: 2 x 120 + 1 x 30, and 1.234567 x 275 + 0.5 x 55.
    "inference": Expected(20, "lookout", "", (), None, None, "6.37005925"),
    "subscription": Expected(21, "pilot support", "ams", (), "60.50", "api", "38.09"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_makes_one_thing_of_its_kind(kind: Kind) -> None:
    """D8, D15: id, label, region, tags, price by hand and its source, its own month to date."""
    expected, thing = EXPECTED[kind], the(bodies_of(kind))
    assert thing.kind == kind
    assert thing.id == f"{expected.number:08d}-0000-4000-8000-000000000000"
    assert (thing.label, thing.region, thing.tags) == expected[1:4]
    assert thing.monthly_cost == (expected.monthly and Decimal(expected.monthly))
    assert thing.price_source == expected.source
    assert thing.own_pending == (expected.own and Decimal(expected.own))
    assert thing.created is None or thing.created.tzinfo is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_is_understood_wholly_and_leaves_its_secrets_behind(kind: Kind) -> None:
    """D33: no row is lost; and no field that is not declared comes in."""
    snapshot = assembled(bodies_of(kind))
    assert snapshot.gaps == ()
    assert "SECRET" not in repr(snapshot)


def test_every_kind_has_a_body_a_row_of_expected_values_and_one_product() -> None:
    """D15: the kinds are a closed list, and each is covered."""
    assert set(EXPECTED) == {file.stem for file in BODIES.glob("*.json")} == set(KINDS)
    kinds = [product.kind for product in CATALOG.products if product.kind is not None]
    assert sorted(kinds) == sorted(KINDS)


@pytest.mark.parametrize("product", [p for p in CATALOG.products if p.kind], ids=lambda p: p.kind)
def test_a_product_has_the_price_that_its_row_promises(product: Product) -> None:
    """D8: a price from where the row says; none where only a bill tells."""
    assert product.kind is not None
    thing = the(bodies_of(product.kind))
    assert thing.price_source in {*product.sources, None}
    assert (thing.price is None) == (product.sources == ("billed",))
    assert product.unknown or thing.price is not None


@pytest.mark.parametrize("product", [p for p in CATALOG.products if p.kind], ids=lambda p: p.kind)
def test_a_product_is_read_from_where_its_row_says(product: Product) -> None:
    """D15: each path of a body is among the row's, one list of them is its own."""
    assert product.kind is not None
    used = {part_at(path)[0] for path in bodies_of(product.kind)}
    assert used <= set(product.read_from)


def test_the_registry_reads_all_that_there_is_of_an_inventory() -> None:
    """D15: a list that is read for nothing, or a product without a list, would show here."""
    named = {part for product in CATALOG.products for part in product.read_from}
    details = set(get_args(Detail)) - {"invoice_items", "region_availability"}
    assert named == INVENTORY | details | {"account_bandwidth"}


def test_every_waste_rule_judges_some_product() -> None:
    """D20: and every rule is one that there is."""
    assert {action for p in CATALOG.products for action in p.waste} == set(get_args(Action))


def test_products_have_names_of_their_own() -> None:
    """D15: what is no kind is part of another's cost or on the bill only."""
    assert len({product.name for product in CATALOG.products}) == len(CATALOG.products)
    assert all(product.price and product.sources for product in CATALOG.products)


def test_every_family_is_in_both_registries() -> None:
    """D15: what is read of a family is billed by its rules, and the other way round."""
    folders = {path.parent.name for path in Path(families.__file__).parent.glob("*/rules.py")}
    sold = folders - {"plans"}
    assert set(vars(catalog)) & folders == sold
    assert set(vars(reading)) & folders == sold
    assert len(reading.FAMILIES) == len(sold)
