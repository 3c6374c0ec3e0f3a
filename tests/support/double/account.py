"""One Vultr account as plain wire rows, a list for each collection of the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[Row]
ById: TypeAlias = dict[str, Any]

ALL_ACLS = (
    "manage_users",
    "subscriptions_view",
    "subscriptions",
    "billing",
    "support",
    "provisioning",
    "dns",
    "abuse",
    "upgrade",
    "firewall",
    "alerts",
    "objstore",
    "loadbalancer",
)


def _account_row() -> Row:
    return {
        "name": "Double Works",
        "email": "billing@double.example",
        "acls": list(ALL_ACLS),
        "balance": 0,
        "pending_charges": 0,
        "last_payment_date": "",
        "last_payment_amount": 0,
    }


def _pool(start: str, end: str) -> Row:
    return {
        "timestamp_start": start,
        "timestamp_end": end,
        "gb_in": 0,
        "gb_out": 0,
        "total_instance_hours": 0,
        "total_instance_count": 0,
        "instance_bandwidth_credits": 0,
        "free_bandwidth_credits": 2048,
        "purchased_bandwidth_credits": 0,
        "overage": 0,
        "overage_unit_cost": 0.01,
        "overage_cost": 0,
    }


def _pools() -> Row:
    return {
        "previous_month": _pool("1790812800", "1793491199"),
        "current_month_to_date": _pool("1793491200", "1795305600"),
        "current_month_projected": _pool("1793491200", "1796083199"),
    }


@dataclass
class Account:
    """Wire rows by collection; numbers may be int, float or Decimal (sent digit for digit).

    ``bandwidth`` is ``{resource id: {"YYYY-MM-DD": {"incoming_bytes": n, "outgoing_bytes": n}}}``
    for instances and bare metal alike; the other ``{id: ...}`` fields hold what the path of one
    resource answers, without its envelope. ``now`` is the instant the account was made for; the
    double itself only uses it to cut ``date_range``.
    """

    account: Row = field(default_factory=_account_row)
    pending: Rows = field(default_factory=list)
    account_bandwidth: Row = field(default_factory=_pools)
    custom_subscriptions: Rows = field(default_factory=list)
    billing_history: Rows = field(default_factory=list)
    invoices: Rows = field(default_factory=list)
    invoice_items: ById = field(default_factory=dict)
    instances: Rows = field(default_factory=list)
    bare_metals: Rows = field(default_factory=list)
    bandwidth: ById = field(default_factory=dict)
    upgrades: ById = field(default_factory=dict)
    plans: Rows = field(default_factory=list)
    plans_metal: Rows = field(default_factory=list)
    regions: Rows = field(default_factory=list)
    availability: ById = field(default_factory=dict)
    blocks: Rows = field(default_factory=list)
    block_snapshots: Rows = field(default_factory=list)
    snapshots: Rows = field(default_factory=list)
    backups: Rows = field(default_factory=list)
    object_storages: Rows = field(default_factory=list)
    object_storage_tiers: Rows = field(default_factory=list)
    databases: Rows = field(default_factory=list)
    database_plans: Rows = field(default_factory=list)
    database_usage: ById = field(default_factory=dict)
    vke_clusters: Rows = field(default_factory=list)
    cluster_resources: ById = field(default_factory=dict)
    load_balancers: Rows = field(default_factory=list)
    reserved_ips: Rows = field(default_factory=list)
    registries: Rows = field(default_factory=list)
    registry_plans: Row = field(default_factory=dict)
    pull_zones: Rows = field(default_factory=list)
    push_zones: Rows = field(default_factory=list)
    vfs: Rows = field(default_factory=list)
    vfs_regions: Rows = field(default_factory=list)
    vfs_attachments: ById = field(default_factory=dict)
    storage_gateways: Rows = field(default_factory=list)
    inference: Rows = field(default_factory=list)
    inference_usage: ById = field(default_factory=dict)
    vpcs: Rows = field(default_factory=list)
    nat_gateways: ById = field(default_factory=dict)
    subaccounts: Rows = field(default_factory=list)
    clusters: Rows = field(default_factory=list)
    gpu_cluster_metrics: ById = field(default_factory=dict)
    isos: Rows = field(default_factory=list)
    now: datetime | None = None
