"""Which service a line is for: the table of D11, its order and its traps."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.domain.make import line
from vultr_cost_mcp.domain.bill import SERVICES, Service
from vultr_cost_mcp.prices.services import service_of


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


def test_unit_types_decide_first() -> None:
    """D11: an overage is Networking and a discount a credit, whatever the product is."""
    assert of_product("Vultr Cloud Compute", unit_type="overage") == "Networking"
    assert of_product("Tax", unit_type="Overage") == "Networking"
    assert of_product("Vultr Cloud GPU", unit_type="discount") == "Credits and Discounts"
    assert of_product("Tax", unit_type=" DISCOUNT ") == "Credits and Discounts"


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
