"""Taxes by their names, credits, and overage that is not the pool's (D2, D3, D11, D25)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.bodies import (
    Bodies,
    Row,
    account,
    answer_of,
    answers_of,
    flat,
    invoice,
    item,
    server,
)
from tests.support.nouns import MONTH, NOW, line
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.export.focus_terms import category_of, unit_of

OCTOBER = {"start": "2026-10-01T00:00:00+00:00", "end": "2026-11-01T00:00:00+00:00"}
SEPTEMBER = {"start": "2026-09-01T00:00:00+00:00", "end": "2026-10-01T00:00:00+00:00"}
WEB = item(2.59, unit_price=0.00744047619047619)
HST = [("HST (Ontario 13%)", 13.0)]
QUEBEC = [("GST", 5.0), ("QST", 9.98)]


@pytest.fixture
def anyio_backend() -> object:
    """The one backend."""
    return "asyncio"


def taxed(*taxes: tuple[str, float]) -> Bodies:
    """A server of 5.00 a month whose October was invoiced at 100.00 before these taxes."""

    def month(number: int, date: str, **span: Any) -> Bodies:
        whole = item(100, units=744, unit_price=0.1488, **span)
        return invoice(number, date, [whole, *(flat(tax, name, **span) for name, tax in taxes)])

    september = [item(60, units=720, unit_price=0.0833, **SEPTEMBER)]
    invoices = [month(77, "2026-11-01", **OCTOBER), invoice(76, "2026-10-01", september)]
    return account([WEB], servers=[server()], invoices=invoices)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("taxes", "tax", "expected"),
    [
        (HST, "13.00", "5.65"),
        (QUEBEC, "14.98", "5.75"),
        ([("SGST", 9), ("CGST", 9)], "18.00", "5.90"),
    ],
)
async def test_taxes_by_any_name_are_apart(
    taxes: list[tuple[str, float]], tax: str, expected: str
) -> None:
    """D3, D11: in the list of invoices, the next invoice, and why two months differ."""
    listed, forecast, overview, change = await answers_of(
        taxed(*taxes),
        "list_invoices",
        "forecast_month_end",
        "get_cost_overview",
        "explain_cost_change",
    )
    row = listed["invoices"][0]
    assert (row["tax"], row["before_tax"]) == (tax, "100.00")
    assert listed["average"] == "80.00"
    assert forecast["expected_invoice"] == expected
    assert overview["next_invoice"]["expected"] == expected
    drivers = {row["name"]: (row["kind"], row["delta"]) for row in change["drivers"]}
    assert drivers["Tax"] == ("tax", tax)


@pytest.mark.parametrize(
    ("product", "category"),
    [
        ("HST (Ontario 13%)", "Tax"),
        ("QST", "Tax"),
        ("Refund", "Credit"),
        ("Coupon", "Credit"),
        ("Vultr Cloud Compute", "Usage"),
    ],
)
def test_categories_of_focus(product: str, category: str) -> None:
    """D11: ChargeCategory is Tax and Credit for what is tax and credit."""
    one = line("5.00", "[pst-db] [gift-shop]", product, unit_type="hrs", units=1)
    (charge,), _ = price([one], (), MONTH, NOW)
    assert category_of(charge) == category
    assert unit_of(" H r s") == "Hours"


@pytest.mark.anyio
async def test_labels_with_words_of_tax_stay_resources() -> None:
    """D11: "pst-db" and "gift-shop" are servers."""
    lines = [
        item(2.59, "192.0.2.1 (1024 MB) [pst-db]", unit_price=0.0074),
        item(2.59, "192.0.2.2 (1024 MB) [gift-shop]", "", unit_price=0.0074, unit_type="hrs"),
    ]
    servers = [server("pst-db"), server("gift-shop", "192.0.2.2")]
    found = await answer_of(account(lines, servers=servers), "get_pending_charges")
    assert (found["charges"], found["tax"], found["credits_and_discounts"]) == (
        "5.18",
        "0.00",
        "0.00",
    )


POOL: Row = {"instance_bandwidth_credits": 4000, "gb_out": 6000}


def store(**more: Any) -> Bodies:
    """An object store with 9.00 of overage, and 20.00 of bandwidth overage projected."""
    lines = [
        item(9.33, "Object Storage (assets)", "Object Storage", unit_price=0.0268),
        item(
            9,
            "Object Storage (assets) 500 GB over quota",
            "Object Storage",
            units=500,
            unit_type="overage",
            unit_price=0.018,
        ),
    ]
    row = {
        "id": "id-assets",
        "label": "assets",
        "region": "ewr",
        "status": "active",
        "date_created": "2026-01-01T00:00:00+00:00",
        "tier": {"price": 18, "sales_name": "Standard"},
    }
    bandwidth = {
        "previous_month": {**POOL, "overage": 0, "overage_cost": 0},
        "current_month_to_date": {**POOL, "overage": 150, "overage_cost": 1.5},
        "current_month_projected": {**POOL, "overage": 2000, "overage_cost": 20.0},
    }
    return {
        **account([*lines, *more.pop("lines", [])], **more),
        "/object-storage": {"object_storages": [row]},
        "/account/bandwidth": {"bandwidth": bandwidth},
    }


@pytest.mark.anyio
async def test_overage_of_a_store_is_not_taken_off_the_pools() -> None:
    """D11, D25: 18.00 for the store, 9.00 beyond its quota, 20.00 of bandwidth."""
    forecast, by_service, by_resource, resources = await answers_of(
        store(),
        "forecast_month_end",
        "breakdown_by_service",
        ("breakdown_by_service", {"group_by": "resource"}),
        "list_resource_costs",
    )
    assert forecast["projected_total"] == "47.00"
    assert forecast["components"]["bandwidth_overage"] == "20.00"
    assert forecast["overage_to_date"] == "1.50"
    assert [(row["name"], row["total"]) for row in by_service["groups"]] == [
        ("Object Storage", "18.33")
    ]
    assert [row["total"] for row in by_resource["groups"]] == ["18.33"]
    assert [row["month_to_date"] for row in resources["resources"]] == ["18.33"]


@pytest.mark.anyio
async def test_overage_of_the_pool_on_a_line_is_taken_off() -> None:
    """D25: 5.00 of the 20.00 are on the bill."""
    line = item(5, "Bandwidth", "Bandwidth Overage", units=500, unit_type="overage")
    found = await answer_of(store(lines=[line]), "forecast_month_end")
    assert found["projected_total"] == "47.00"
    assert found["components"]["bandwidth_overage"] == "15.00"


@pytest.mark.anyio
async def test_overage_is_no_price_of_its_resource() -> None:
    """D24: a store that has only a line of overage is not on the bill yet."""
    bodies = store()
    bodies["/billing/pending-charges"]["pending_charges"].pop(0)
    found = await answer_of(bodies, "forecast_month_end")
    assert found["projected_total"] == "47.00"
    assert [row["label"] for row in found["without_line"]] == ["assets"]


@pytest.mark.anyio
async def test_overage_to_date_stands_beside_the_projection() -> None:
    """D25: as Vultr states it; null where it does not."""
    found = await answer_of(store(), "get_bandwidth_usage")
    assert (found["overage_cost_to_date"], found["projected_overage_cost"]) == ("1.50", "20.00")
    assert "$1.50" in found["text"]
    silent = await answer_of(account([WEB]), "forecast_month_end")
    assert silent["overage_to_date"] is None
