"""What single things cost, computed by hand (E1 to E7, E13, E15, E16)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.estimate.book import PRICES, clock
from vultr_cost_mcp.domain.catalog import ListPlan
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.questions.estimate.attributes import Attributes
from vultr_cost_mcp.questions.estimate.items import Item, price_item
from vultr_cost_mcp.questions.estimate.parts import price_thing

FEBRUARY = "2027-02-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("item", "now", "monthly", "this_month"),
    [
        pytest.param(
            Item("server", "vc2-2c-4gb", "fra", 3, backups=True),
            None,
            "72.00",
            "47.94",
            id="three servers with backups, E5: 3 x (13.31 + 2.67)",
        ),
        pytest.param(
            Item("server", "vx1-g-4c-16g-240s", "ewr", backups=True),
            None,
            "134.03",
            "82.08",
            id="VX1 by 730 hours with backups, E3 and E4",
        ),
        pytest.param(
            Item("server", "vcg-a100-12c-120g-80vram"),
            FEBRUARY,
            "1750",
            "1610.96",
            id="a GPU in February: 672 of 730 hours, E4 and E7",
        ),
        pytest.param(Item("load_balancer", quantity=3), None, "30", "19.98", id="three nodes, E16"),
        pytest.param(
            Item("server", "vc2-1c-1gb", "SAO", backups=True),
            None,
            "9.00",
            "5.99",
            id="a region of another price, in capitals, E2",
        ),
        pytest.param(
            Item("kubernetes_pool", "vhf-2c-4gb", "fra", 3), None, "72", "47.91", id="a pool, E13"
        ),
        pytest.param(
            Item("snapshot", size_gb=Decimal(80)), None, "4.00", "2.67", id="a snapshot, E15"
        ),
        pytest.param(
            Item("block_storage", size_gb=Decimal(1000), block_type="storage_opt"),
            None,
            "25.00",
            "16.63",
            id="a volume of HDD, E15",
        ),
        pytest.param(
            Item("file_system", region="ewr", size_gb=Decimal(500)),
            None,
            "50.00",
            "33.26",
            id="P-file_system_gb",
        ),
        pytest.param(Item("nat_gateway"), None, "20", "13.31", id="a NAT gateway, E16"),
        pytest.param(Item("reserved_ip"), None, "3", "2.00", id="an address, E16"),
        pytest.param(Item("object_storage", tier="2"), None, "18", "11.98", id="a tier, E15"),
        pytest.param(
            Item("database", "vultr-dbaas-startup-cc-2-80-4"), None, "60", "39.92", id="E14"
        ),
        pytest.param(Item("registry", "start_up"), None, "0", "0", id="P-registry_start_up"),
        pytest.param(Item("registry", "business"), None, "5", "3.33", id="P-registry_business"),
        pytest.param(Item("registry", "premium"), None, "10", "6.66", id="P-registry_premium"),
        pytest.param(
            Item("registry", "enterprise"), None, "20", "13.31", id="P-registry_enterprise"
        ),
        pytest.param(Item("bare_metal", "vbm-4c-32gb"), None, "300", "199.56", id="bare metal, E2"),
    ],
)
def test_an_item_costs_what_a_person_computes(
    item: Item, now: str | None, monthly: str, this_month: str
) -> None:
    change = price_item(item, PRICES, clock(now) if now else clock()).change
    assert (change.after, change.this_month) == (Decimal(monthly), Decimal(this_month))
    assert (change.before, change.unpriced) == (0, ())


@pytest.mark.parametrize(
    ("plan", "cost"), [("vc2-2c-4gb", "2.98"), ("vcg-a100-12c-120g-80vram", "239.73")]
)
def test_a_hundred_hours_cost_their_share_and_the_month_stays_whole(plan: str, cost: str) -> None:
    """E6."""
    priced = price_item(Item("server", plan, hours=100), PRICES, clock())
    assert priced.for_hours == Decimal(cost)
    assert priced.change.after == PRICES.plans[plan].monthly
    assert price_item(Item("server", plan), PRICES, clock()).for_hours is None


def test_hours_beyond_the_cap_cost_the_month_and_each_unit_its_own() -> None:
    """E6, E5."""
    item = Item("server", "vc2-2c-4gb", quantity=2, backups=True, hours=744)
    assert price_item(item, PRICES, clock()).for_hours == Decimal(48)
    assert price_item(replace(item, hours=1), PRICES, clock()).for_hours == Decimal("0.08")


def test_a_volume_without_a_type_is_a_range_and_in_no_total() -> None:
    """E12."""
    item = Item("block_storage", size_gb=Decimal(50), quantity=2)
    change = price_item(item, PRICES, clock()).change
    assert change.after == 0
    assert [(row.low, row.high) for row in change.unpriced] == [(Decimal("2.50"), Decimal(10))]


def test_a_gpu_plan_whose_hour_tells_672_has_672() -> None:
    """E4: 23.92 x 672 is 16,074.24 exactly."""
    plan = ListPlan("vdm-h100", "vdm", Decimal("16074.24"), hourly=Decimal("23.92"))
    prices = replace(PRICES, plans={plan.id: plan})
    (part,) = price_thing("server", Attributes({"plan": plan.id}), prices).parts
    assert part.cap_hours == 672
    assert price_thing("server", Attributes({"plan": "vx1-g-4c-16g-240s"}), PRICES).parts[
        0
    ].cap_hours == (730)


def test_a_vx1_plan_without_a_disk_adds_its_boot_volume() -> None:
    """E3."""
    bare = Attributes({"plan": "vx1-g-4c-16g", "region": "ewr"})
    assert [row.what for row in price_thing("server", bare, PRICES).unpriced] == ["boot volume"]
    block = Attributes({"disk_size": Decimal(240)})
    sized = replace(bare, nested={"block_devices": (block,)})
    priced = price_thing("server", sized, PRICES)
    assert [part.monthly for part in priced.parts] == [Decimal("87.60"), Decimal("24.00")]
    assert priced.unpriced == []


def test_the_region_decides_nothing_where_every_region_has_one_price() -> None:
    """E12."""
    one = Attributes({"plan": "vc2-2c-4gb"}, unknown=frozenset({"region"}))
    assert price_thing("server", one, PRICES).monthly == Decimal(20)
    several = Attributes({"plan": "vc2-1c-1gb"}, unknown=frozenset({"region"}))
    priced = price_thing("server", several, PRICES)
    assert priced.parts == []
    (row,) = priced.unpriced
    assert (row.why, row.low, row.high) == (
        "region is not known until apply",
        Decimal(5),
        Decimal("7.5"),
    )


@pytest.mark.parametrize(
    ("unknown", "high"), [("backups", Decimal("4.00")), ("ddos_protection", Decimal(10))]
)
def test_an_add_on_that_is_not_known_yet_is_a_range(unknown: str, high: Decimal) -> None:
    """E12."""
    given = Attributes({"plan": "vc2-2c-4gb"}, unknown=frozenset({unknown}))
    priced = price_thing("server", given, PRICES)
    assert priced.monthly == Decimal(20)
    assert [(row.low, row.high) for row in priced.unpriced] == [(Decimal(0), high)]


def test_the_autoscaler_makes_a_range_beside_the_total() -> None:
    """E13."""
    pool = {"plan": "vhf-2c-4gb", "node_quantity": 3, "auto_scaler": True}
    given = Attributes({**pool, "min_nodes": 1, "max_nodes": 6})
    priced = price_thing("kubernetes_pool", given, PRICES)
    assert (priced.monthly, priced.low, priced.high) == (Decimal(72), Decimal(24), Decimal(144))
    fixed = price_thing("kubernetes_pool", Attributes({**pool, "auto_scaler": False}), PRICES)
    assert (fixed.monthly, fixed.low, fixed.high) == (Decimal(72), None, None)


def test_a_snapshot_costs_at_most_the_disk_of_its_server() -> None:
    """E15."""
    server = Attributes({"plan": "vc2-2c-4gb"})
    priced = price_thing("snapshot", Attributes({}, linked={"instance_id": server}), PRICES)
    assert priced.parts == []
    assert [(row.low, row.high) for row in priced.unpriced] == [(Decimal(0), Decimal("4.00"))]


def test_a_plan_that_is_not_listed_has_no_price_and_its_backups_neither() -> None:
    """E2."""
    given = Attributes({"plan": "vc2-9c-9gb", "backups": "enabled"})
    priced = price_thing("server", given, PRICES)
    assert priced.parts == []
    assert [row.what for row in priced.unpriced] == ["plan", "backups"]
    assert "vc2-9c-9gb" in priced.unpriced[0].why


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Item("server", "vc2-2c-4gbb"), "no plan 'vc2-2c-4gbb'. Did you mean vc2-2c-4gb"),
        (Item("server"), "needs a plan"),
        (
            Item("bare_metal", "vc2-2c-4gb"),
            "vc2-2c-4gb is a plan of kind server, not of bare_metal",
        ),
        (Item("server", "vbm-4c-32gb"), "vbm-4c-32gb is a plan of kind bare_metal, not of server"),
        (Item("server", "four processors"), "compare_plans lists plans by vCPU"),
        (Item("object_storage"), "needs a tier. Known: 2, 3."),
        (Item("block_storage"), "needs size_gb"),
        (Item("object_storage"), "needs a tier"),
        (Item("object_storage", tier="9"), "There is no tier '9'"),
        (Item("registry", "busines"), "Did you mean business"),
        (
            Item("block_storage", size_gb=Decimal(1), block_type="high_pref"),
            "Did you mean high_perf",
        ),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest(item: Item, words: str) -> None:
    """E2."""
    with pytest.raises(UnknownValueError, match=words.replace("(", "[(]")):
        price_item(item, PRICES, clock())


def test_databases_and_tiers_have_no_price_without_a_key() -> None:
    """E14, E15."""
    public = replace(PRICES, databases={}, tiers={}, public=True)
    database = price_item(Item("database", "vultr-dbaas-startup-cc-2-80-4"), public, clock())
    storage = price_item(Item("object_storage", tier="2"), public, clock())
    for priced in (database, storage):
        assert priced.change.after == 0
        assert "need an API key" in priced.change.unpriced[0].why


def test_a_plan_that_the_list_does_not_name_there_is_priced_and_noted() -> None:
    """E18: it may be there all the same; the price does not change."""
    plan = replace(PRICES.plans["vc2-2c-4gb"], locations=frozenset({"fra"}))
    prices = replace(PRICES, plans={plan.id: plan})
    there, elsewhere = (
        price_item(Item("server", plan=plan.id, region=region), prices, clock()).change
        for region in ("fra", "ewr")
    )
    assert there.after == elsewhere.after == 20
    assert there.notes == ()
    assert elsewhere.notes == ("the list of plans does not name this region for it",)


@pytest.mark.parametrize(
    ("monthly", "hourly", "notes"),
    [("2009.28", "1.99", 1), ("16074.24", "23.92", 0), ("20", "0.027", 0)],
)
def test_a_far_lower_price_an_hour_is_noted_and_not_used(
    monthly: str, hourly: str, notes: int
) -> None:
    base = PRICES.plans["vc2-2c-4gb"]
    plan = replace(base, monthly=Decimal(monthly), hourly=Decimal(hourly), regional={})
    prices = replace(PRICES, plans={plan.id: plan})
    change = price_item(Item("server", plan=plan.id, region="ewr"), prices, clock()).change
    assert change.after == Decimal(monthly)
    assert len(change.notes) == notes


def test_bare_metal_with_gpus_may_have_no_cap_and_says_so() -> None:
    plan = replace(PRICES.plans["vbm-4c-32gb"], gpu=True)
    prices = replace(PRICES, plans={plan.id: plan})
    item = Item("bare_metal", plan=plan.id, region="ewr")
    assert "without a cap" in price_item(item, prices, clock()).change.notes[0]
