"""Volumes, snapshots, object stores, file systems and gateways as the API sends them (D8, D9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.api import (
    Bodies,
    assembled,
    bill,
    bodies_of,
    line,
    listed,
    resources,
    row_of,
    the,
)

SYSTEM = "00000012-0000-4000-8000-000000000000"


def volume(**changes: Any) -> Bodies:
    return listed("/blocks", row_of("block_storage", **changes))


def gateway(**changes: Any) -> Bodies:
    return listed("/storage-gateways", row_of("storage_gateway", **changes))


def attachments(*rows: Any) -> Bodies:
    return {f"/vfs/{SYSTEM}/attachments": {"attachments": list(rows)}}


# --- block storage -------------------------------------------------------------------------------


def test_a_volume_costs_what_the_api_states_else_its_size() -> None:
    """D8: 2.50 as stated, also as text; 25 GB x 0.10 or x 0.025 where no cost is stated."""
    assert the(volume(cost="2.5")).monthly_cost == Decimal("2.50")
    assert the(volume(cost=0)).monthly_cost == 0
    for block_type, monthly in (("high_perf", "2.500"), ("storage_opt", "0.625")):
        for unstated in (..., None, ""):
            priced = the(volume(cost=unstated, block_type=block_type))
            assert (priced.monthly_cost, priced.price_source) == (Decimal(monthly), "table")


def test_a_volume_of_an_unknown_type_or_size_and_no_cost_has_no_known_price() -> None:
    """D8: never zero."""
    for unknown in ({"block_type": "new"}, {"size_gb": None}):
        assert the(volume(cost=None, **unknown)).monthly_cost is None


@pytest.mark.parametrize(
    ("stated", "attached"), [("", ()), ("server", ("server",)), (..., None), (None, None)]
)
def test_what_a_volume_is_attached_to(stated: Any, attached: tuple[str, ...] | None) -> None:
    """D20: empty is nothing; a field that is missing or null is not known."""
    assert the(volume(attached_to_instance=stated)).attached_to == attached


@pytest.mark.parametrize(
    ("stated", "monthly", "source"),
    [("5", "5", "api"), (5, "5", "api"), ("0.45", "0.45", "api"), ("", None, None)],
)
def test_a_block_snapshot_costs_its_next_invoice_where_that_is_stated(
    stated: Any, monthly: str | None, source: str | None
) -> None:
    """D8: the API sends the price as text, empty while it is pending."""
    row = row_of("block_snapshot", next_invoice_price=stated)
    snapshot = the(listed("/blocks/snapshots", row))
    assert (snapshot.monthly_cost, snapshot.price_source) == (monthly and Decimal(monthly), source)
    assert snapshot.size_gb == 100


def test_a_pending_block_snapshot_is_pending() -> None:
    """D15: its state is in capitals; its times carry no offset and are UTC."""
    row = row_of("block_snapshot", state="PENDING", size=0)
    snapshot = the(listed("/blocks/snapshots", row))
    assert (snapshot.state, snapshot.size_gb) == ("pending", 0)
    assert snapshot.created is not None
    assert snapshot.created.isoformat() == "2026-10-17T16:46:05+00:00"


# --- snapshots -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "monthly", "source"),
    [
        # 423 hours of 40 GiB x 0.05 are 1.2589, of 10 GiB compressed 0.3147.
        ("1.26", "2.00", "table"),
        ("0.32", "0.50", "table"),
        (..., "2.00", "table"),
        ("0", "2.00", "table"),
    ],
)
def test_a_snapshot_costs_the_size_that_its_charge_agrees_with(
    own: Any, monthly: str, source: str
) -> None:
    """D9: full or compressed; the full size before the first charge."""
    row = row_of("snapshot", pending_charges=own)
    snapshot = the(listed("/snapshots", row))
    assert (snapshot.monthly_cost, snapshot.price_source) == (Decimal(monthly), source)


def test_a_snapshot_without_a_size_has_no_known_price() -> None:
    """D8, D9: one that is being made has size 0."""
    row = row_of("snapshot", size=0, compressed_size=0, status="pending", pending_charges=0)
    assert the(listed("/snapshots", row)).monthly_cost is None


# --- object storage ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "price", "monthly"),
    [
        ("Standard", 18, "18"),
        ("Premium", 36, "36"),
        ("Performance", 50, "50"),
        ("Accelerated", 100, "100"),
        ("Legacy", "6", "6"),
    ],
)
def test_object_storage_costs_its_tier(name: str, price: Any, monthly: str) -> None:
    """D8: the price that the API states, under the name that users know."""
    tier = {**row_of("object_storage")["tier"], "sales_name": name, "price": price}
    store = the(listed("/object-storage", row_of("object_storage", tier=tier)))
    assert (store.monthly_cost, store.plan) == (Decimal(monthly), name)


@pytest.mark.parametrize("tier", [..., None])
def test_object_storage_without_a_tier_has_no_known_price(tier: Any) -> None:
    """D8: the answer for a single store has none."""
    store = the(listed("/object-storage", row_of("object_storage", tier=tier)))
    assert (store.monthly_cost, store.own_pending) == (None, Decimal("11.34"))


# --- file systems and gateways -------------------------------------------------------------------


def test_a_file_system_costs_what_the_api_bills() -> None:
    """D8: ``billing.monthly``; unknown where that is missing or an empty list."""
    assert the(bodies_of("file_system")).used_gb == 40
    unknown: list[Any] = [{}, [], None, {"charges": 1, "monthly": ""}]
    for billing in unknown:
        row = row_of("file_system", billing=billing)
        assert the(listed("/vfs", row)).monthly_cost is None


def test_what_a_file_system_is_attached_to() -> None:
    """D20: no rows is nothing; not asked, refused, or a row without a target is not known."""
    body = listed("/vfs", row_of("file_system"))
    on = {"state": "ATTACHED", "vfs_id": SYSTEM, "target_id": "server", "mount_tag": 7}
    assert the(body, attachments(on)).attached_to == ("server",)
    assert the(body, attachments()).attached_to == ()
    assert the(body).attached_to is None
    assert the(body, {f"/vfs/{SYSTEM}/attachments": 403}).attached_to is None
    for unnamed in ("", None, ...):
        row = {name: value for name, value in {**on, "target_id": unnamed}.items() if value != ...}
        assert the(body, attachments(row)).attached_to is None


SERVED = {"label": "logbook", "vfs_uuid": SYSTEM, "pseudo_root_path": "/", "allowed_ips": []}


@pytest.mark.parametrize(
    ("config", "attached"),
    [
        (SERVED, (SYSTEM,)),
        ([SERVED], (SYSTEM,)),
        ([SERVED, {**SERVED, "vfs_uuid": "other"}], (SYSTEM, "other")),
        ([], ()),
        ({}, ()),
        ("", ()),
        (..., None),
        (None, None),
        ({"label": "logbook"}, None),
        ([SERVED, {**SERVED, "vfs_uuid": ""}], None),
    ],
)
def test_what_a_storage_gateway_serves(config: Any, attached: tuple[str, ...] | None) -> None:
    """D20: an object, a list, nothing; missing, null or without a name is not known."""
    assert the(gateway(export_config=config)).attached_to == attached


def test_a_storage_gateway_costs_what_its_line_says() -> None:
    """D8: no price in the API; 0.0375 an hour is 25.20 over 672."""
    assert the(gateway()).monthly_cost is None
    one = the(
        gateway(), bill(line("Storage Gateway (lock-gate)", "Storage Gateway", "15.87", "0.0375"))
    )
    assert (one.monthly_cost, one.price_source) == (Decimal("25.20"), "billed")


def test_gateways_are_read_under_both_names_of_their_list() -> None:
    """D33: the specification says ``storage_gateway``, the wire ``storage_gateways``."""
    row = row_of("storage_gateway")
    assert the({"/storage-gateways": {"storage_gateway": [row]}}).label == "lock-gate"
    assert resources({"/storage-gateways": {"storage_gateway": []}}) == []
    assert assembled({"/storage-gateways": 403}).missing("storage_gateways")
