"""Price sheets for other tools: rows worked out by hand, and no sheet of half the prices (E27)."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.estimate.book import HERE, PRICES
from tests.export.readers import OpenCost, openinfraquote
from tests.other_clouds.shapes import vultr_plans
from vultr_cost_mcp.cli import main
from vultr_cost_mcp.export.price_sheets import (
    SheetFormat,
    an_hour,
    openinfraquote_usage,
    price_sheet,
)
from vultr_cost_mcp.families.price_table import price_table
from vultr_cost_mcp.other_clouds.list_prices import PROVIDERS, other_plans

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
    # The program skips the first row.
    assert rows[0] == "service,product_family,match_set,pricing_match_set,price,price_type,ccy"
    assert rows[1] == server
    assert all(len(row) == 7 for row in csv.reader(rows))


def test_openinfraquote_takes_a_month_for_each_node_and_gb() -> None:
    rows = "\n".join(_rows("oiq", PLAN))
    for words in (
        "type=vultr_kubernetes_node_pools&values.plan=vc2-1c-1gb,region=ewr,5.00,a=values.node_quantity",
        "type=vultr_kubernetes&values.node_pools.plan=vc2-1c-1gb,region=ewr,5.00,a=values.node_pools.",
        "values.block_type=high_perf,region=ewr,0.10,a=values.size_gb,USD",
        "type=vultr_load_balancer,region=ewr,10.00,a=values.nodes,USD",
    ):
        assert words in rows


def test_bare_metal_is_a_resource_of_its_own_and_no_node_of_a_pool() -> None:
    rows = "\n".join(_rows("oiq", replace(PLAN, metal=True)))
    assert "type=vultr_bare_metal_server&values.plan=vc2-1c-1gb" in rows
    assert "node_pools" not in rows


def _book(*regions: str) -> list[ListPlan]:
    return [replace(plan, locations=frozenset(regions)) for plan in PRICES.plans.values()]


def test_openinfraquote_prices_a_plan_of_terraform_to_the_cent() -> None:
    """By its own rules; backups, DDoS protection and databases are not in the sheet."""
    regions = ("ewr", "fra", "sao", "sjc")
    sheet = price_sheet(_book(*regions), TABLE.prices, regions, "oiq")
    plan = json.loads((HERE / "whole_with_secrets.json").read_text("utf-8"))
    found = openinfraquote(sheet, openinfraquote_usage(), plan, "fra")
    lines = json.loads((HERE / "expected.json").read_text("utf-8"))["create.json"]["lines"]
    costs = {address: after for address, (_, after, _) in lines.items() if address in found}
    assert len(found) == 18
    # Without backups and DDoS protection, and of a server in Sao Paulo the price in Frankfurt.
    costs |= {"vultr_instance.web": "20.00", "vultr_instance.legacy": "5.00"}
    assert {address: f"{low:.2f}" for address, (low, _) in found.items()} == costs
    assert all(low == high for low, high in found.values())
    anywhere = openinfraquote(sheet, openinfraquote_usage(), plan)
    low, high = anywhere["vultr_instance.legacy"]
    assert (f"{low:.2f}", f"{high:.2f}") == ("5.00", "7.50")


def test_openinfraquote_prices_nothing_without_the_usage_file() -> None:
    sheet = price_sheet(_book("fra"), TABLE.prices, ["fra"], "oiq")
    plan = json.loads((HERE / "whole_with_secrets.json").read_text("utf-8"))
    assert openinfraquote(sheet, "[]", plan) == {}
    named = openinfraquote_usage()
    for kind in {row.split("&")[0].partition("type=")[2] for row in sheet.splitlines()[1:]}:
        assert f"type = {kind.split(',')[0]}" in named


def test_opencost_prices_a_node_of_its_region_and_a_volume_of_its_class() -> None:
    sheet = price_sheet(_book("fra", "sao"), TABLE.prices, ["fra", "sao"], "opencost")
    prices = OpenCost.of(sheet)

    def month(plan: str, region: str) -> str | None:
        labels = {"topology.kubernetes.io/region": region, "node.kubernetes.io/instance-type": plan}
        hour = prices.node(labels)
        return None if hour is None else f"{hour * 730:.2f}"

    assert [month("vc2-1c-1gb", region) for region in ("fra", "sao", "ewr")] == [
        "5.00",
        "7.50",
        None,
    ]
    assert month("vc2-2c-4gb", "fra") == "20.00"
    gigabytes = {name: prices.volume(name) for name in ("vultr-block-storage", "own")}
    hour = gigabytes["vultr-block-storage"]
    assert hour is not None
    assert f"{hour * 730:.2f}" == "0.10"
    assert gigabytes["own"] is None


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


def test_the_command_prints_the_usage_file_that_openinfraquote_needs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--demo", "prices", "--format", "oiq-usage"]) == 0
    by_hour, by_size = json.loads(capsys.readouterr().out)
    assert by_hour["usage"] == {"time": 730}
    assert "usage" not in by_size


def test_a_region_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--demo", "prices", "--region", "nowhere"]) == 1
    out, errors = capsys.readouterr()
    assert not out
    assert "no such region" in errors


def test_the_age_of_other_clouds_prices_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "--age"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["provider"] for row in rows] == list(PROVIDERS)
    assert sum(int(row["rows"]) for row in rows) == len(other_plans())
    assert all(row["oldest"] <= row["newest"] for row in rows)
