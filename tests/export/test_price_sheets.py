"""Price sheets for other tools: rows worked out by hand, and no sheet of half the prices (E27)."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.elsewhere.shapes import vultr_plans
from vultr_cost_mcp.cli import main
from vultr_cost_mcp.export.price_sheets import SheetFormat, an_hour, price_sheet
from vultr_cost_mcp.families.price_table import price_table

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.catalog import ListPlan

PLAN = vultr_plans()["vc2-1c-1gb"]
TABLE = price_table()


def _rows(
    as_format: SheetFormat, *plans: ListPlan, regions: tuple[str, ...] = ("ewr",)
) -> list[str]:
    return price_sheet(plans, TABLE.prices, regions, as_format).splitlines()


@pytest.mark.parametrize(
    ("month", "hour"),
    [("5", "0.006849"), ("20", "0.027397"), ("0.10", "0.000137"), ("16074.24", "22.019507")],
)
def test_730_hours_are_a_month_to_the_cent(month: str, hour: str) -> None:
    """With the month / 672 a server of 20.00 would be 21.73 in both tools."""
    assert an_hour(Decimal(month)) == hour
    assert abs(Decimal(hour) * 730 - Decimal(month)) < Decimal("0.0005")


def test_openinfraquote_matches_a_server_by_plan_and_region() -> None:
    rows = _rows("oiq", PLAN)
    server = "Vultr,Compute,type=vultr_instance&values.plan=vc2-1c-1gb,region=ewr,0.006849,t,USD"
    assert rows[0] == server
    assert all(len(row) == 7 for row in csv.reader(rows))


def test_openinfraquote_takes_a_month_for_each_node_and_gb() -> None:
    rows = "\n".join(_rows("oiq", PLAN))
    for words in (
        "type=vultr_kubernetes_node_pools&values.plan=vc2-1c-1gb,region=ewr,5.00,a=values.node_quantity",
        "values.block_type=high_perf,region=ewr,0.10,a=values.size_gb,USD",
        "type=vultr_load_balancer,region=ewr,10.00,a=values.nodes,USD",
    ):
        assert words in rows


def test_bare_metal_is_a_resource_of_its_own_and_no_node_of_a_pool() -> None:
    rows = "\n".join(_rows("oiq", replace(PLAN, metal=True)))
    assert "type=vultr_bare_metal_server&values.plan=vc2-1c-1gb" in rows
    assert "node_pools" not in rows


def test_opencost_matches_nodes_by_label_and_volumes_by_class() -> None:
    rows = _rows("opencost", PLAN)
    assert rows[0] == (
        "EndTimestamp,InstanceID,Region,AssetClass,InstanceIDField,InstanceType,MarketPriceHourly,"
        "Version"
    )
    label = "metadata.labels.node.kubernetes.io/instance-type"
    assert rows[1] == f",vc2-1c-1gb,ewr,node,{label},vc2-1c-1gb,0.006849,v1"
    assert ",vultr-block-storage,,pv,spec.storageClassName,,0.000137,v1" in rows


def test_a_plain_sheet_has_the_shape_and_the_cap() -> None:
    head, row = _rows("csv", PLAN)
    found = dict(zip(head.split(","), row.split(","), strict=True))
    assert (found["month_usd"], found["capped_at_hours"]) == ("5.00", "672")
    assert (found["vcpu"], found["memory_gb"], found["class"]) == ("1", "1", "shared")


def test_a_region_has_its_own_price_and_only_what_it_offers() -> None:
    plan = replace(PLAN, regional={"sao": Decimal("7.50")}, locations=frozenset({"ewr", "sao"}))
    rows = _rows("csv", plan, regions=("ewr", "fra", "sao"))[1:]
    assert [row.split(",")[2:5:2] for row in rows] == [["ewr", "5.00"], ["sao", "7.50"]]


def test_what_nobody_can_order_is_in_no_sheet() -> None:
    for plan in (
        replace(PLAN, one_an_account=True),
        replace(PLAN, on_demand=False),
        replace(PLAN, monthly=None),
        replace(PLAN, monthly=Decimal(0)),
        replace(PLAN, locations=frozenset()),
    ):
        assert len(_rows("csv", plan)) == 1


@pytest.mark.parametrize("form", ["oiq", "opencost", "csv"])
def test_the_command_prints_a_sheet_and_says_what_an_hour_is(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--demo", "prices", "--format", form, "--region", "EWR"]) == 0
    out, errors = capsys.readouterr()
    assert "vc2-1c-1gb" in out
    assert "fra" not in {cell for row in csv.reader(out.splitlines()) for cell in row}
    assert "month / 730" in errors
    assert "672" in errors


def test_a_region_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--demo", "prices", "--region", "nowhere"]) == 1
    out, errors = capsys.readouterr()
    assert not out
    assert "no such region" in errors
