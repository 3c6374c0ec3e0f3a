"""Lines as FOCUS 1.3 has them: what kind of charge, of when, of what, at which price.

Rules E-category, E-period and E-cost.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.export.sheets import OCTOBER, invoiced, line, rows_of, server, sheet
from tests.support.nouns import MONTH, NOW, at, usd
from vultr_cost_mcp.domain.bill import SERVICES
from vultr_cost_mcp.domain.catalog import ListPlan
from vultr_cost_mcp.domain.exporting import CostExport
from vultr_cost_mcp.export.focus import focus_bytes
from vultr_cost_mcp.export.focus_columns import COLUMNS, NUMBERS
from vultr_cost_mcp.export.focus_terms import SERVICE_CATEGORIES, SERVICE_SUBCATEGORIES

# The closed list of the specification.
CATEGORIES = {
    "AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases",
    "Developer Tools", "Multicloud", "Identity", "Integration", "Internet of Things",
    "Management and Governance", "Media", "Migration", "Mobile", "Networking", "Security",
    "Storage", "Web", "Other",
}  # fmt: skip


# Of the specification's list, those of the categories that are used.
SUBCATEGORIES = {
    "AI and Machine Learning": {"Generative AI", "Machine Learning"},
    "Compute": {"Containers", "Virtual Machines", "Other (Compute)"},
    "Databases": {"Relational Databases", "Other (Databases)"},
    "Management and Governance": {"Support", "Other (Management and Governance)"},
    "Networking": {"Application Networking", "Content Delivery", "Network Connectivity"},
    "Storage": {"Backup Storage", "Block Storage", "File Storage", "Object Storage"},
    "Other": {"Other (Other)"},
}
PLANS = {
    "vhp-4c-8gb-amd": ListPlan(
        "vhp-4c-8gb-amd", "vhp", usd(48), vcpus=usd(4), memory_mb=usd(8192), disk_gb=usd(180)
    )
}


def row_of(one: Any, of: CostExport | None = None) -> dict[str, str]:
    """Write one line and read it again."""
    (row,) = rows_of(focus_bytes(of or sheet(one)))
    return row


def test_an_hourly_line_of_an_invoice() -> None:
    """The costs are the line's total: of 744 hours used, the month's cap prices 672."""
    one = line(
        "48.00",
        resource=server(),
        invoice_id="41230539",
        description="203.0.113.10 (8192 MB) [web]",
        unit_price="0.0714285714285714",
        units="744",
        cap_hours=672,
        monthly="48",
        start=OCTOBER.start,
        end=OCTOBER.end,
    )
    row = row_of(one, invoiced(one, regions={"ewr": "New Jersey, US"}, plans=PLANS))
    filled = {name: value for name, value in row.items() if value}
    assert filled == {
        "BilledCost": "48.00",
        "BillingAccountId": "acme",
        "BillingAccountName": "acme",
        "BillingAccountType": "Account",
        "BillingCurrency": "USD",
        "BillingPeriodEnd": "2026-11-01T00:00:00Z",
        "BillingPeriodStart": "2026-10-01T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeDescription": "203.0.113.10 (8192 MB) [web]",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": "2026-11-01T00:00:00Z",
        "ChargePeriodStart": "2026-10-01T00:00:00Z",
        "ConsumedQuantity": "744.0",
        "ConsumedUnit": "Hours",
        "ContractedCost": "48.00",
        "ContractedUnitPrice": "0.0714285714285714",
        "EffectiveCost": "48.00",
        "HostProviderName": "Vultr",
        "InvoiceId": "41230539",
        "InvoiceIssuerName": "Vultr",
        "ListCost": "48.00",
        "ListUnitPrice": "0.0714285714285714",
        "PricingCategory": "Standard",
        "PricingCurrency": "USD",
        "PricingCurrencyContractedUnitPrice": "0.0714285714285714",
        "PricingCurrencyEffectiveCost": "48.00",
        "PricingCurrencyListUnitPrice": "0.0714285714285714",
        "PricingQuantity": "672.0",
        "PricingUnit": "Hours",
        "ProviderName": "Vultr",
        "PublisherName": "Vultr",
        "RegionId": "ewr",
        "RegionName": "New Jersey, US",
        "ResourceId": "srv-1",
        "ResourceName": "web",
        "ResourceType": "Instance",
        "ServiceCategory": "Compute",
        "ServiceName": "Cloud Compute",
        "ServiceProviderName": "Vultr",
        "ServiceSubcategory": "Virtual Machines",
        "SkuId": "vhp-4c-8gb-amd",
        "SkuMeter": "Cloud Compute Hours",
        "SkuPriceDetails": (
            '{"InstanceType": "vhp-4c-8gb-amd", "CoreCount": 4, "MemorySize": 8, "DiskSpace": 180}'
        ),
        "SkuPriceId": "vhp-4c-8gb-amd:ewr",
        "Tags": '{"prod": true, "web": true}',
        "x_CapApplied": "true",
        "x_ChargePeriodAssumed": "false",
        "x_Estimated": "false",
        "x_FetchedAt": "2026-11-18T14:05:00Z",
        "x_ListCostBasis": "billed",
        "x_MatchConfidence": "exact",
        "x_RoundingResidual": "0.000000",
        "x_SkuBasis": "plan",
        "x_SourceEndpoint": "/billing/invoices/41230539/items",
        "x_VultrProduct": "Vultr Cloud Compute",
        "x_VultrUnitType": "hours",
    }


@pytest.mark.parametrize(
    ("total", "price", "units", "priced", "residual"),
    [
        # 423 hours cost 30.214286, which Vultr rounds up; 700 of them reach the cap.
        ("30.22", "0.0714285714285714", "423", "423.0", "0.005714"),
        ("48.00", "0.0714285714285714", "700", "672.0", "0.000000"),
        # 10/672 is printed as 0.0149: 672 hours at that would be 10.01.
        ("10.00", "0.0149", "744", "671.140939597315", "0.000000"),
        # Another cap than the resource's.
        ("109.50", "0.15", "744", "730.0", "0.000000"),
        # Above the cap, and charged in full.
        ("53.15", "0.0714285714285714", "744", "744.0", "0.007143"),
    ],
)
def test_the_priced_quantity_times_the_price_is_the_cost(
    total: str, price: str, units: str, priced: str, residual: str
) -> None:
    """The format's own rule; what remains is Vultr's rounding to the cent."""
    one = line(total, units=units, unit_price=price, cap_hours=672)
    row = row_of(one)
    assert (row["PricingQuantity"], row["ConsumedQuantity"]) == (priced, f"{units}.0")
    assert row["x_RoundingResidual"] == residual


def test_a_pending_line_is_an_estimate() -> None:
    row = row_of(line(units="672", cap_hours=672))
    assert (row["x_Estimated"], row["InvoiceId"]) == ("true", "")
    assert row["x_SourceEndpoint"] == "/billing/pending-charges"
    assert row["x_CapApplied"] == "false"
    assert (row["ResourceId"], row["Tags"], row["x_RoundingResidual"]) == ("", "", "")


@pytest.mark.parametrize(
    ("total", "service", "unit_type", "category", "frequency"),
    [
        ("1", "Cloud Compute", "hours", "Usage", "Usage-Based"),
        ("12.50", "Networking", "overage", "Usage", "Usage-Based"),
        ("6.48", "Object Storage", "gb", "Usage", "Usage-Based"),
        ("1", "Other", "widgets", "Usage", "Usage-Based"),
        ("16.56", "Tax", "flat", "Tax", "One-Time"),
        ("-2", "Tax", "hours", "Tax", "One-Time"),
        ("-50", "Credits and Discounts", "discount", "Credit", "One-Time"),
        ("5", "Credits and Discounts", "flat", "Credit", "One-Time"),
        ("-5", "Cloud Compute", "hours", "Credit", "One-Time"),
        ("20", "Support and Subscriptions", "Flat ", "Purchase", "Recurring"),
        ("20", "Cloud Compute", "setup", "Purchase", "One-Time"),
        ("20", "Other", "", "Adjustment", "One-Time"),
    ],
)
def test_the_kind_of_a_charge(
    total: str, service: str, unit_type: str, category: str, frequency: str
) -> None:
    row = row_of(line(total, service, unit_type=unit_type, units="2", unit_price="0.5"))
    assert (row["ChargeCategory"], row["ChargeFrequency"]) == (category, frequency)
    used, priced = category == "Usage", category in {"Usage", "Purchase"}
    for column in ("ConsumedQuantity", "ConsumedUnit"):
        assert bool(row[column]) is used
    for column in (
        "PricingQuantity",
        "PricingUnit",
        "PricingCategory",
        "ListUnitPrice",
        "ContractedUnitPrice",
        "SkuId",
        "SkuPriceId",
    ):
        assert bool(row[column]) is priced
    for column in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"):
        assert float(row[column]) == float(total)


def test_a_unit_price_below_zero_is_no_price() -> None:
    row = row_of(line("0", unit_price="-0.5", units="0"))
    assert (row["ListUnitPrice"], row["ContractedUnitPrice"]) == ("", "")


@pytest.mark.parametrize(
    ("unit_type", "unit"),
    [
        ("hours", "Hours"),
        ("Overage", "GB"),
        ("gb months", "GB-Months"),
        ("tokens", "Tokens"),
        ("widget-days", "Widget-days"),
    ],
)
def test_units_as_the_format_writes_them(unit_type: str, unit: str) -> None:
    assert row_of(line(unit_type=unit_type, units="1"))["PricingUnit"] == unit


UNITS = ("ConsumedQuantity", "ConsumedUnit", "PricingQuantity", "PricingUnit")
START, END = "ChargePeriodStart", "ChargePeriodEnd"
TENTH = at("2026-11-10T10:00")


@pytest.mark.parametrize(
    ("start", "end", "expected", "assumed"),
    [
        (TENTH, NOW, ("2026-11-10T10:00:00Z", "2026-11-18T14:05:00Z"), "false"),
        (None, None, ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"), "true"),
        (None, TENTH, ("2026-11-01T00:00:00Z", "2026-11-10T10:00:00Z"), "true"),
        (TENTH, None, ("2026-11-10T10:00:00Z", "2026-12-01T00:00:00Z"), "true"),
        (TENTH, TENTH, ("2026-11-10T10:00:00Z", "2026-11-10T11:00:00Z"), "true"),
        (NOW, TENTH, ("2026-11-18T14:05:00Z", "2026-11-18T15:05:00Z"), "true"),
        # Less than a second apart: the same to the second.
        (
            TENTH,
            TENTH + timedelta(milliseconds=900),
            ("2026-11-10T10:00:00Z", "2026-11-10T11:00:00Z"),
            "true",
        ),
        # All of it before the month, or after it.
        (None, MONTH.start, ("2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z"), "true"),
        (None, at("2026-10-05"), ("2026-10-05T00:00:00Z", "2026-10-05T01:00:00Z"), "true"),
        (at("2026-12-05"), None, ("2026-12-05T00:00:00Z", "2026-12-05T01:00:00Z"), "true"),
    ],
)
def test_a_charge_begins_before_it_ends(
    start: datetime | None, end: datetime | None, expected: tuple[str, str], assumed: str
) -> None:
    """Missing times are the month's; a charge of no length is of its hour; both are marked."""
    row = row_of(line(start=start, end=end))
    assert (row[START], row[END]) == expected
    assert row[START] < row[END]
    assert row["x_ChargePeriodAssumed"] == assumed


def test_an_invoiced_line_of_an_earlier_month_is_a_correction() -> None:
    late = line(start=at("2026-09-29"), end=OCTOBER.start, invoice_id="7")
    assert row_of(late, invoiced(late))["ChargeClass"] == "Correction"
    assert row_of(late, sheet(late))["ChargeClass"] == ""
    usual = line(start=OCTOBER.start, end=OCTOBER.end, invoice_id="7")
    assert row_of(usual, invoiced(usual))["ChargeClass"] == ""


def test_a_plan_is_named_only_where_the_line_is_at_its_price() -> None:
    """A backup of the server, or its hours before a resize, are not of the plan that it has."""
    at_plan = row_of(line(resource=server(), unit_price="0.0714285714285714"))
    assert (at_plan["SkuId"], at_plan["x_SkuBasis"]) == ("vhp-4c-8gb-amd", "plan")
    backup = row_of(line(resource=server(), unit_price="0.0142857142857143", product="Backup"))
    assert (backup["SkuId"], backup["SkuPriceId"]) == ("Backup", "Backup:0.0142857142857143")
    assert backup["x_SkuBasis"] == "product"
    # Billed at a price of its own: by that price or the listed one it is the plan.
    contract = server(price="30", list_price=usd(48))
    for price in ("0.0446428571428571", "0.0714285714285714"):
        named = row_of(line(resource=contract, unit_price=price))
        assert named["SkuId"] == "vhp-4c-8gb-amd"
    assert row_of(line(product=""))["SkuPriceId"] == "Cloud Compute:unpriced"


def test_tags_are_keys_without_a_value() -> None:
    row = row_of(line(resource=server(tags=('a"b', "env:prod", "a\u202e", "a", "\u202e"))))
    assert json.loads(row["Tags"]) == {'a"b': True, "env:prod": True, "a": True}
    assert json.loads(row_of(line(resource=server(tags=())))["Tags"]) == {}


def test_an_account_without_a_name_has_an_id() -> None:
    one = line()
    unnamed = sheet(one, account="default", account_id="vultr-0123456789ab")
    row = row_of(one, unnamed)
    assert (row["BillingAccountId"], row["BillingAccountName"]) == ("vultr-0123456789ab", "")


def test_every_service_is_in_a_category_of_the_closed_list() -> None:
    assert set(SERVICE_CATEGORIES) == set(SERVICES)
    assert set(SERVICE_CATEGORIES.values()) <= CATEGORIES


def test_every_service_is_in_a_subcategory_of_its_category() -> None:
    """The public validator does not judge closed lists."""
    assert set(SERVICE_SUBCATEGORIES) == set(SERVICES)
    for service, subcategory in SERVICE_SUBCATEGORIES.items():
        assert subcategory in SUBCATEGORIES[SERVICE_CATEGORIES[service]]


def test_a_unit_is_that_of_a_quantity() -> None:
    """Without a quantity there is no unit, and a quantity of a unit that is not told has one."""
    row = row_of(line(units=None, unit_price="0.5"))
    assert [row[name] for name in UNITS] == ["", "", "", ""]
    row = row_of(line("1", unit_type="widgets", units="2"))
    assert [row[name] for name in UNITS] == ["2.0", "Widgets", "2.0", "Widgets"]


def test_a_line_without_a_description_is_called_by_its_product() -> None:
    assert row_of(line(description="", product="Load Balancer"))["ChargeDescription"] == (
        "Load Balancer"
    )
    assert row_of(line(description="", product=""))["ChargeDescription"] == "Cloud Compute"


def test_a_region_without_a_name_has_its_id() -> None:
    row = row_of(line(resource=server()))
    assert (row["RegionId"], row["RegionName"]) == ("ewr", "ewr")


@pytest.mark.parametrize(
    ("plan", "details"),
    [
        ({}, {}),
        ({"vcpus": usd("0.5"), "memory_mb": usd(512)}, {"CoreCount": 0.5, "MemorySize": 0.5}),
        ({"disk_gb": usd(0), "memory_mb": usd(1024)}, {"MemorySize": 1}),
    ],
)
def test_the_shape_of_a_plan_is_what_is_listed_of_it(
    plan: dict[str, Any], details: dict[str, Any]
) -> None:
    one = line(resource=server(), unit_price="0.0714285714285714")
    plans = {"vhp-4c-8gb-amd": ListPlan("vhp-4c-8gb-amd", "vhp", usd(48), **plan)}
    row = row_of(one, sheet(one, plans=plans))
    assert json.loads(row["SkuPriceDetails"]) == {"InstanceType": "vhp-4c-8gb-amd", **details}
    # A plan that is no longer listed, and a line at another price.
    assert row_of(one)["SkuPriceDetails"] == ""
    other = line(resource=server(), unit_price="0.01")
    assert row_of(other, sheet(other, plans=plans))["SkuPriceDetails"] == ""


def test_columns_of_the_format_come_first_and_ours_are_marked() -> None:
    ours = [name for name in COLUMNS if name.startswith("x_")]
    assert list(COLUMNS) == [*sorted(set(COLUMNS) - set(ours)), *sorted(ours)]
    # Version 1.2 has 57; 1.3 adds the two providers.
    assert len(COLUMNS) - len(ours) == 59
    assert set(COLUMNS) >= NUMBERS


def test_a_decimal_shows_that_it_is_one() -> None:
    """A reader that guesses types takes a column of whole numbers for integers."""
    row = row_of(line("48", unit_price="1", units="3"))
    assert [row[name] for name in ("BilledCost", "PricingQuantity", "ListUnitPrice")] == [
        "48.0",
        "3.0",
        "1.0",
    ]
