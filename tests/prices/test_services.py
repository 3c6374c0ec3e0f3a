"""The service of a line: the table of D11, its order and its traps."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.support.nouns import line
from vultr_cost_mcp.billing.services import service_of
from vultr_cost_mcp.domain.bill import SERVICES, Service


def of_product(product: str, description: str = "", unit_type: str = "hours") -> Service:
    return service_of(line(product=product, description=description, unit_type=unit_type))


TABLE = [
    ("Tax", "Tax"),
    ("VAT 19 %", "Tax"),
    ("GST", "Tax"),
    ("Sales Taxes", "Tax"),
    ("Discount", "Credits and Discounts"),
    ("Account Credit", "Credits and Discounts"),
    ("Promo", "Credits and Discounts"),
    ("HST (Ontario 13%)", "Tax"),
    ("GST/HST", "Tax"),
    ("QST", "Tax"),
    ("PST 7 %", "Tax"),
    ("TVQ", "Tax"),
    ("TPS", "Tax"),
    ("IVA 21%", "Tax"),
    ("MwSt.", "Tax"),
    ("TVA", "Tax"),
    ("BTW", "Tax"),
    ("Moms", "Tax"),
    ("SST", "Tax"),
    ("JCT 10%", "Tax"),
    ("KDV", "Tax"),
    ("Excise", "Tax"),
    ("CGST", "Tax"),
    ("SGST 9%", "Tax"),
    ("IGST", "Tax"),
    ("eVAT", "Tax"),
    ("Refund", "Credits and Discounts"),
    ("Coupon", "Credits and Discounts"),
    ("Coupons", "Credits and Discounts"),
    ("Voucher", "Credits and Discounts"),
    ("Gift Card", "Credits and Discounts"),
    ("Referral Bonus", "Credits and Discounts"),
    ("Bonuses", "Credits and Discounts"),
    ("Bandwidth Overage", "Networking"),
    ("Overage", "Networking"),
    ("Bandwidth", "Networking"),
    ("Reserved IP", "Networking"),
    ("Reserved IPs", "Networking"),
    ("Reserved-IP", "Networking"),
    ("NAT Gateway", "Networking"),
    ("VPC", "Networking"),
    ("DDoS Protection", "Networking"),
    ("Automatic Backup", "Backups"),
    ("Backups", "Backups"),
    ("Snapshot", "Snapshots"),
    ("Snapshots", "Snapshots"),
    ("Vultr Bare Metal", "Bare Metal"),
    ("Vultr Cloud GPU", "Cloud GPU"),
    ("GPUs", "Cloud GPU"),
    ("Vultr Kubernetes Engine", "Kubernetes"),
    ("VKE", "Kubernetes"),
    ("Managed Database", "Managed Databases"),
    ("Managed Databases for PostgreSQL", "Managed Databases"),
    ("Block Storage", "Block Storage"),
    ("Block  storage", "Block Storage"),
    ("Object Storage", "Object Storage"),
    ("Vultr File System", "File System"),
    ("VFS", "File System"),
    ("Storage Gateway", "File System"),
    ("Load Balancer", "Load Balancers"),
    ("Load Balancers", "Load Balancers"),
    ("Container Registry", "Container Registry"),
    ("Vultr CDN", "CDN"),
    ("Serverless Inference", "Inference"),
    ("Custom Subscription", "Support and Subscriptions"),
    ("Premium Support", "Support and Subscriptions"),
    ("Windows License", "Support and Subscriptions"),
    ("Vultr Cloud Compute", "Cloud Compute"),
    ("Cloud Instance", "Cloud Compute"),
    ("vultr cloud compute", "Cloud Compute"),
    ("Quantum Widget", "Other"),
    ("", "Other"),
]


@pytest.mark.parametrize(("product", "service"), TABLE)
def test_every_row_of_the_table(product: str, service: Service) -> None:
    """D11: the product names the service, whatever its case."""
    assert of_product(product) == service
    assert of_product(product.upper()) == service


def test_the_table_reaches_every_service() -> None:
    """D11: there is no service that no product can be."""
    assert {service for _, service in TABLE} == set(SERVICES) == set(get_args(Service))


@pytest.mark.parametrize(
    ("product", "service"),
    [
        ("Tax Credit", "Tax"),
        ("VAT Refund", "Tax"),
        ("GST on Bandwidth Overage", "Tax"),
        ("Refund for Snapshots", "Credits and Discounts"),
        ("Voucher for overage", "Credits and Discounts"),
        ("CDN Overage of Object Storage", "Object Storage"),
        ("Inference and CDN Overage", "CDN"),
        ("Bandwidth Credit", "Credits and Discounts"),
        ("DDoS Backup", "Networking"),
        ("Snapshot Backup", "Backups"),
        ("Bare Metal Snapshot", "Snapshots"),
        ("Bare Metal GPU", "Bare Metal"),
        ("Kubernetes GPU node", "Cloud GPU"),
        ("Kubernetes Load Balancer", "Kubernetes"),
        ("Kubernetes Database", "Kubernetes"),
        ("Database Block Storage", "Managed Databases"),
        ("Object Storage on Block Storage", "Block Storage"),
        ("Block Storage Snapshot", "Snapshots"),
        ("File System on Object Storage", "Object Storage"),
        ("Load Balancer for VFS", "File System"),
        ("Registry Load Balancer", "Load Balancers"),
        ("CDN Registry", "Container Registry"),
        ("Inference CDN", "CDN"),
        ("Inference Support", "Inference"),
        ("Instance Support", "Support and Subscriptions"),
    ],
)
def test_the_first_row_that_matches_wins(product: str, service: Service) -> None:
    """D11: rows are tried in order, neighbours never swap places."""
    assert of_product(product) == service


@pytest.mark.parametrize(
    "product",
    [
        "Stripe",  # PEERS: "ip" in "stripe"
        "Description",
        "Taxi",
        "Syntax",
        "Innovative",
        "Accredited",
        "Promotion",
        "Gifted",
        "Refundable",
        "Vatican",
        "Tapster",
        "Coupon1",
        "Coverage",
        "Subscriptions1",
        "VPC2",
        "Computer",
        "Instant",
        "Snapshotter",
        "CDN77",
        "Storage",  # PEERS 12: any "storage" is not Block Storage
    ],
)
def test_words_are_whole(product: str) -> None:
    """D11: a word inside a word is not that word."""
    assert of_product(product) == "Other"


def test_the_product_decides_before_the_description() -> None:
    """D11: what stands in the description is asked only when the product says nothing."""
    assert of_product("Vultr Cloud Compute", "Snapshot of everything") == "Cloud Compute"
    assert of_product("Widget", "Snapshot of everything") == "Snapshots"
    assert of_product("", "Load Balancer (web)") == "Load Balancers"


def test_unit_types_decide_before_products() -> None:
    """D11: an overage is Networking and a discount a credit, whatever is sold; a tax is a tax."""
    assert of_product("Vultr Cloud Compute", unit_type="overage") == "Networking"
    assert of_product("Vultr Cloud GPU", unit_type="discount") == "Credits and Discounts"
    assert of_product("Vultr Cloud GPU", unit_type=" DISCOUNT ") == "Credits and Discounts"
    assert of_product("Bandwidth Credit", unit_type="overage") == "Credits and Discounts"
    assert of_product("Tax", unit_type="Overage") == "Tax"
    assert of_product("Tax", unit_type=" DISCOUNT ") == "Tax"


@pytest.mark.parametrize(
    ("product", "description", "service"),
    [
        ("Object Storage", "Object Storage (assets) 500 GB over quota", "Object Storage"),
        ("", "object storage (assets)", "Object Storage"),
        ("Overage", "Object Storage transfer", "Object Storage"),
        ("CDN", "Overage of zone", "CDN"),
        ("Vultr Cloud Compute", "CDN [x]", "CDN"),
        ("Serverless Inference", "tokens", "Inference"),
        ("Overage", "[inference]", "Networking"),
        ("Overage", "(object storage)", "Networking"),
        ("Bandwidth", "cdn", "CDN"),
        ("CDN", "from Object Storage", "Object Storage"),
        ("Storage", "Block Storage", "Networking"),
        ("", "", "Networking"),
    ],
)
def test_overage_is_of_the_product_that_has_its_own(
    product: str, description: str, service: Service
) -> None:
    """D11: the first of Object Storage, CDN and Inference that is named, else the pool's."""
    for unit_type in ("overage", " Overage"):
        assert of_product(product, description, unit_type) == service


def test_overage_by_its_word_is_of_the_same_product() -> None:
    """D11: also where the unit is a gigabyte."""
    assert of_product("Object Storage Overage", unit_type="GB") == "Object Storage"
    assert of_product("", "CDN overage", "GB") == "CDN"
    assert of_product("Bandwidth Overage", "Object Storage", "GB") == "Networking"
    assert of_product("Object Storage", "overage", "GB") == "Object Storage"


@pytest.mark.parametrize("word", ["GST", "Refund", "hst", "Gift", "CGST", "Credits"])
def test_descriptions_name_tax_and_credit_only_without_a_product(word: str) -> None:
    """D11: and only of a line that is not hourly."""
    service = of_product(word, unit_type="")
    assert service in {"Tax", "Credits and Discounts"}
    assert of_product("", word, "") == of_product(" ", f"2026: {word} 5%", "flat") == service
    assert of_product("", f"{word}/QST" if service == "Tax" else word, "") == service
    assert of_product("", word, "hours") == of_product("", word, " HRS") == "Other"
    assert of_product("Widget", word, "") == "Other"
    assert of_product("Vultr Cloud Compute", word, "") == "Cloud Compute"


@pytest.mark.parametrize(
    "label", ["pst-db", "gift-shop", "vat_calc", "db.tax", "x-refund", "a@gst"]
)
@pytest.mark.parametrize("unit_type", ["", "GB", "hours", "h", "month", "overage"])
@pytest.mark.parametrize("text", ["[{}]", "({})", "{}", "192.0.2.1 (1024 MB) [{}]", "of {} here"])
def test_no_label_becomes_tax_or_credit(label: str, unit_type: str, text: str) -> None:
    """D11: a label may hold any word, in brackets or alone."""
    for product in ("", "Vultr Cloud Compute", "Block Storage", "Widget"):
        service = of_product(product, text.format(label), unit_type)
        assert service not in {"Tax", "Credits and Discounts"}


@pytest.mark.parametrize("unit_type", ["hours", "Hour", "hrs", " HR ", "h", "H", "h r s", "Hours "])
def test_hours_by_any_name_are_hours(unit_type: str) -> None:
    """D24: without case and spaces."""
    assert line(unit_type=unit_type).hourly


@pytest.mark.parametrize("unit_type", ["", "hourly", "GB hours", "months", "ho", "hh"])
def test_other_units_are_no_hours(unit_type: str) -> None:
    """D24: nothing else is."""
    assert not line(unit_type=unit_type).hourly


@pytest.mark.parametrize(
    ("description", "service"),
    [
        ("203.0.113.7 (1024 MB) [tax credit snapshot]", "Other"),
        ("203.0.113.7 (tax)", "Other"),
        ("Compute 203.0.113.7 (1024 MB) [backup]", "Cloud Compute"),
        ("Load Balancer (snapshot)", "Load Balancers"),
        ("Load Balancer(snapshot)", "Load Balancers"),
        # Labels that try to close the bracket, or open another, stay labels.
        ("Compute (1024 MB) [x] tax]", "Cloud Compute"),
        ("Compute (1024 MB) [a [b] tax (c)]", "Cloud Compute"),
        ("Compute (1024 MB) [) tax]", "Cloud Compute"),
        ("Compute (1024 MB) [) tax (]", "Cloud Compute"),
        ("Load Balancer (x) tax ()", "Load Balancers"),
        ("Load Balancer ([x) tax ])", "Load Balancers"),
        ("Load Balancer (] tax [)", "Load Balancers"),
        ("Compute (1024 MB) [line one\ntax]", "Cloud Compute"),
    ],
)
def test_a_label_in_brackets_says_nothing_of_the_service(
    description: str, service: Service
) -> None:
    """D11: a label may say anything, so what is enclosed is left out."""
    assert of_product("", description) == service
