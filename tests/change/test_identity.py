"""The same thing is found again in another month (D30)."""

from __future__ import annotations

import pytest

from tests.support.months import NOV
from tests.support.nouns import line
from vultr_cost_mcp.billing.attribution import name_in
from vultr_cost_mcp.billing.line_key import Identity, display_name, identity_of, sizes_in
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.domain.bill import Charge, ChargeLine
from vultr_cost_mcp.domain.month import Month


def charge(of: ChargeLine) -> Charge:
    return price([of], (), Month.of(NOV.start), NOV.start)[0][0]


def known(description: str, product: str = "Vultr Cloud Compute", **named: str) -> object:
    return identity_of(charge(line("1.00", description, product, **named)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A resize and another address change neither label nor service.
        ("203.0.113.7 (1024 MB) [web]", "198.51.100.1 (8192 MB) [web]"),
        ("203.0.113.7 (1024 MB)", "203.0.113.7 (2048 MB)"),
        ("Load Balancer (web [1])", "Load Balancer (web [1])"),
        ("Bandwidth Overage October 2026", "Bandwidth Overage Nov 2026"),
        ("License 2026-10", "license  2026-11"),
        ("Space 10 GB", "Space 20 GB"),
    ],
)
def test_what_changes_with_the_month_is_no_part_of_the_identity(one: str, other: str) -> None:
    """D30: (service, label), else (service, address), else product and description."""
    assert known(one) == known(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.7 (1024 MB) [web]", "203.0.113.7 (1024 MB) [db]"),
        ("203.0.113.7 (1024 MB)", "203.0.113.8 (1024 MB)"),
        ("Windows licence", "SQL licence"),
        ("[Web]", "[web]"),
    ],
)
def test_other_labels_addresses_and_texts_are_other_things(one: str, other: str) -> None:
    """D30."""
    assert known(one) != known(other)


def test_a_label_is_the_same_only_within_a_service() -> None:
    """D30: a server and its backups are two."""
    assert known("[web]") != known("[web]", "Automatic Backup")


def test_a_label_that_reads_like_text_of_another_line_is_another_thing() -> None:
    """D30: somebody may call a server as an unnamed line is described."""
    assert known("[vultr cloud compute fee]") != known("fee")


def test_overage_and_discounts_on_a_thing_are_not_the_thing() -> None:
    """D30: each is a kind of its own."""
    plain = known("NAT Gateway (web)", "NAT Gateway")
    assert known("NAT Gateway (web)", "NAT Gateway", unit_type="overage") != plain
    refund = identity_of(charge(line("-1.00", "NAT Gateway (web)", "NAT Gateway")))
    assert refund != plain
    assert refund.family == "discount"
    # Only a label says overage here.
    assert known("203.0.113.7 (1024 MB) [overage]") == known("203.0.113.8 [overage]")
    assert identity_of(charge(line("1", "203.0.113.7 [overage]"))).family == "thing"


def test_all_tax_is_one_thing() -> None:
    """D29: a change has Tax as a driver."""
    assert known("Sales Tax 6.6%", "Sales Tax") == known("VAT [web]", "VAT")
    assert display_name(charge(line("1", "Sales Tax 6.6%", "Sales Tax"))) == "Tax"


@pytest.mark.parametrize(
    ("description", "product", "name"),
    [
        ("203.0.113.7 (1024 MB) [web]", "Vultr Cloud Compute", "web"),
        ("203.0.113.7 (1024 MB)", "Vultr Cloud Compute", "203.0.113.7"),
        ("Bandwidth Overage October 2026", "Bandwidth Overage", "Bandwidth Overage"),
        ("Loyalty discount (25%)", "Credit", "Loyalty discount (25%)"),
        ("", "Vultr Cloud Compute", "Vultr Cloud Compute"),
        ("", "", "Other"),
    ],
)
def test_a_thing_is_called_by_what_its_line_says(description: str, product: str, name: str) -> None:
    assert display_name(charge(line("1", description, product))) == name


@pytest.mark.parametrize(
    ("description", "sizes"),
    [
        ("203.0.113.7 (1024 MB) [web]", ("1024 MB",)),
        ("203.0.113.7 (1024 MB) [4096 mb web]", ("1024 MB",)),
        ("Block Storage 500  GB (data 20 GB)", ("500 GB",)),
        ("203.0.113.8 (8192 mb) [8]", ("8192 MB",)),
        ("Managed Database (pg)", ()),
    ],
)
def test_a_size_is_what_the_description_states_outside_its_label(
    description: str, sizes: tuple[str, ...]
) -> None:
    """D30: a resize shows in the size."""
    assert sizes_in(line("1", description)) == sizes


def test_all_tax_is_one_subject_and_a_line_of_nothing_is_a_thing() -> None:
    """D2, D30: only a line below zero is a credit."""
    tax = known("VAT 19 % [Germany]", "VAT", unit_type="flat")
    assert tax == Identity("tax", "Tax", named=False, key="")
    free = charge(line("0", "Server [free]"))
    assert identity_of(free) == Identity("thing", "Cloud Compute", named=True, key="free")


def test_a_label_may_hold_brackets_of_both_kinds() -> None:
    """D10: from the first opening bracket to the last closing one."""
    assert name_in(line("1", "Server [web [1] (old) [2]]")) == "web [1] (old) [2]"
    assert name_in(line("1", "Balancer (web (1) [old] (2))")) == "web (1) [old] (2)"


def test_what_names_nothing_is_known_by_its_product_and_text() -> None:
    """D30: without dates and sizes, whatever its case."""
    row = charge(line("1", "Space 10 GB  Extra 2026-11"))
    expected = Identity(
        "thing", "Cloud Compute", named=False, key="vultr cloud compute space extra"
    )
    assert identity_of(row) == expected
