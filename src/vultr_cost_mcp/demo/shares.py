"""Storage that many machines share: object storage, file systems and storage gateways."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.bill import THIS_MONTH, Line, Period, Term, Use, hourly_lines, owed
from vultr_cost_mcp.demo.company import PLACEHOLDER, Row, instant, sample_id, stamp
from vultr_cost_mcp.demo.fleet import SERVERS
from vultr_cost_mcp.demo.network import PROD_VPC

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIB = 1 << 30
_FILE_GB_PRICE = {"nvme": Decimal("0.1"), "hdd": Decimal("0.025")}
_GATEWAY_MONTHLY = Decimal("25.2")
_ARCHIVE = "telemetry-archive"

# id, name, dollars a month and dollars a GB beyond the 1000 that are included
_TIERS = (
    (1, "Legacy", "6", "0.006", "tier_004h_0300m"),
    (2, "Standard", "18", "0.018", "tier_001k_0500m"),
    (3, "Premium", "36", "0.036", "tier_002k_0800m"),
    (5, "Performance", "50", "0.05", "tier_004k_1000m"),
)
# label, tier, created
_STORES = (
    (_ARCHIVE, 2, "2025-11-18T10:00"),
    ("model-weights", 5, "2026-05-12T12:30"),
)


@dataclass(frozen=True, slots=True)
class _FileSystem:
    label: str
    disk: str
    size: int
    used: int
    created: str
    tags: str
    server: str = ""

    @property
    def id(self) -> str:
        return sample_id("file-system", self.label)

    @property
    def monthly(self) -> Decimal:
        return self.size * _FILE_GB_PRICE[self.disk]


_FILE_SYSTEMS = (
    _FileSystem(
        "training-set",
        "nvme",
        500,
        412,
        "2026-05-13T09:00",
        "team:perception project:atlas",
        "perception-infer",
    ),
    _FileSystem(
        "build-scratch", "nvme", 300, 22, "2026-03-02T09:00", "env:dev team:platform", "ci-runner"
    ),
    _FileSystem("old-shared-home", "hdd", 400, 131, "2025-05-06T09:00", ""),
)
# label, created, label of the file system that it exports
_GATEWAYS = (
    ("training-nfs", "2026-05-13T10:00", "training-set"),
    ("legacy-nfs", "2025-05-06T10:00", ""),
)


def lines(period: Period) -> Iterator[Line]:
    """The lines of everything in this room in a period."""
    yield from hourly_lines(_terms(), period)
    extra = _archive_extra_gb(period)
    if extra:
        described = f"Object Storage ({_ARCHIVE}) additional storage"
        owner = sample_id("store", _ARCHIVE)
        yield Use("Object Storage", described, extra, "gb", Decimal("0.018"), owner).line(period)


def _terms() -> Iterator[Term]:
    prices = {tier: Decimal(price) for tier, _, price, _, _ in _TIERS}
    for label, tier, created in _STORES:
        owner, start = sample_id("store", label), instant(created)
        yield Term("Object Storage", f"Object Storage ({label})", prices[tier], start, owner=owner)
    for share in _FILE_SYSTEMS:
        described, start = f"Vultr File System ({share.label})", instant(share.created)
        yield Term("Vultr File System", described, share.monthly, start, owner=share.id)
    for label, created, _ in _GATEWAYS:
        owner = sample_id("gateway", label)
        described, start = f"Storage Gateway ({label})", instant(created)
        yield Term("Storage Gateway", described, _GATEWAY_MONTHLY, start, owner=owner)


def _archive_extra_gb(period: Period) -> int:
    """GB of the archive beyond the included 1000: it grows by 60 a month since May."""
    if period.name == THIS_MONTH.name:
        return 233
    months = (period.start.year - 2026) * 12 + period.start.month - 4
    return max(0, 60 * months)


def store_rows() -> list[Row]:
    """The rows of ``/object-storage``; how much is stored is not in them."""
    tiers = {tier["id"]: tier for tier in tier_rows()}
    rows: list[Row] = []
    for label, tier, created in _STORES:
        chosen = dict(tiers[tier])
        del chosen["id"], chosen["locations"]
        owner = sample_id("store", label)
        row: Row = {
            "id": owner,
            "date_created": stamp(created),
            "cluster_id": 2,
            "region": "ewr",
            "label": label,
            "status": "active",
            "s3_hostname": "ewr1.vultrobjects.com",
            "s3_access_key": f"{PLACEHOLDER}03",
            "s3_secret_key": f"{PLACEHOLDER}04",
            "pending_charges": owed(owner, lines(THIS_MONTH)),
            "tier": {"OBJSTORETIERID": tier, **chosen},
        }
        rows.append(row)
    return rows


def tier_rows() -> list[Row]:
    """The rows of ``/object-storage/tiers``."""
    where = {"hostname": "ewr1.vultrobjects.com", "id": 2, "name": "New Jersey", "region": "ewr"}
    return [
        {
            "id": tier,
            "bw_gb_price": Decimal("0.01"),
            "disk_gb_price": Decimal(gigabyte),
            "archive_disk_gb_price": Decimal("0.006"),
            "is_default": "yes" if name == "Standard" else "no",
            "locations": [where],
            "price": Decimal(price),
            "ratelimit_ops_bytes": 1048576000,
            "ratelimit_ops_secs": 4000,
            "sales_desc": f"{name} object storage.",
            "sales_name": name,
            "slug": slug,
        }
        for tier, name, price, gigabyte, slug in _TIERS
    ]


def file_system_rows() -> list[Row]:
    """The rows of ``/vfs``."""
    rows: list[Row] = []
    for share in _FILE_SYSTEMS:
        charges = owed(share.id, lines(THIS_MONTH))
        row: Row = {
            "id": share.id,
            "region": "ewr",
            "date_created": stamp(share.created).replace("+00:00", "Z"),
            "status": "active",
            "label": share.label,
            "tags": share.tags.split(),
            "disk_type": share.disk,
            "storage_size": {"bytes": share.size * _GIB, "gb": share.size},
            "storage_used": {"bytes": share.used * _GIB, "gb": share.used},
            "billing": {"charges": charges, "monthly": share.monthly},
        }
        rows.append(row)
    return rows


def file_system_regions() -> list[Row]:
    """The rows of ``/vfs/regions``."""
    return [
        {
            "id": "ewr",
            "country": "US",
            "continent": "North America",
            "description": "New Jersey",
            "price_per_gb": dict(_FILE_GB_PRICE),
            "min_size_gb": {"nvme": 10, "hdd": 40},
        }
    ]


def attachment_rows(file_system: str) -> list[Row]:
    """The rows of ``/vfs/{id}/attachments``."""
    by_label = {server.label: server.id for server in SERVERS}
    return [
        {
            "state": "ATTACHED",
            "vfs_id": share.id,
            "target_id": by_label[share.server],
            "mount_tag": 12345,
        }
        for share in _FILE_SYSTEMS
        if share.id == file_system and share.server
    ]


def gateway_rows() -> list[Row]:
    """The rows of ``/storage-gateways``; the price of one is only on the bill."""
    return [
        {
            "id": sample_id("gateway", label),
            "date_created": stamp(created),
            "status": "active",
            "type": "nfs4",
            "label": label,
            "pending_charges": owed(sample_id("gateway", label), lines(THIS_MONTH)),
            "tags": [],
            "health": "healthy",
            "network_config": {
                "primary": {
                    "ipv4_public_enabled": False,
                    "ipv6_public_enabled": False,
                    "vpc": {"vpc_uuid": PROD_VPC},
                }
            },
            "export_config": _exports(label, exported),
        }
        for label, created, exported in _GATEWAYS
    ]


def _exports(label: str, exported: str) -> list[Row]:
    if not exported:
        return []
    return [
        {
            "label": label,
            "vfs_uuid": sample_id("file-system", exported),
            "pseudo_root_path": f"/{exported}",
            "allowed_ips": ["10.20.0.0/24"],
        }
    ]
