"""Block volumes, snapshots of servers and of volumes, and an uploaded ISO image."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.bill import THIS_MONTH, Line, Period, Term, hourly_lines, owed
from vultr_cost_mcp.demo.company import Row, instant, sample_id, spaced_stamp, stamp
from vultr_cost_mcp.demo.fleet import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIB = 1 << 30
_GB_PRICE = {"high_perf": Decimal("0.1"), "storage_opt": Decimal("0.025")}
_SNAPSHOT_GB_PRICE = Decimal("0.05")
CLUSTER_VOLUME = sample_id("volume", "pvc-fleet-queue")


@dataclass(frozen=True, slots=True)
class _Volume:
    label: str
    size: int
    kind: str
    created: str
    server: str = ""

    @property
    def id(self) -> str:
        return sample_id("volume", self.label)

    @property
    def monthly(self) -> Decimal:
        return self.size * _GB_PRICE[self.kind]


_VOLUMES = (
    _Volume("map-data", 500, "high_perf", "2025-03-04T11:30", "map-builder"),
    _Volume("telemetry-spool", 200, "high_perf", "2026-02-24T15:00", "telemetry-ingest"),
    _Volume("bag-archive", 2000, "storage_opt", "2025-08-26T08:00", "ci-runner"),
    _Volume("staging-api-data", 100, "high_perf", "2025-07-01T09:00", "staging-api"),
    _Volume("lidar-2025-copy", 1000, "storage_opt", "2025-10-20T13:00"),
    _Volume("pvc-fleet-queue", 20, "high_perf", "2025-12-02T11:00", "core-5d1e07"),
    # Left behind by a cluster that is no more.
    _Volume("pvc-9e2f7c40", 40, "high_perf", "2025-08-13T10:00"),
)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    description: str
    size: int
    created: str

    @property
    def id(self) -> str:
        return sample_id("snapshot", f"{self.description}/{self.created}")

    @property
    def monthly(self) -> Decimal:
        return self.size * _SNAPSHOT_GB_PRICE


_SNAPSHOTS = (
    _Snapshot("map-builder golden", 80, "2026-11-10T02:00"),
    _Snapshot("map-builder golden", 80, "2026-10-02T02:00"),
    _Snapshot("web-01 release 41", 180, "2026-11-05T19:40"),
    _Snapshot("staging before migration", 160, "2026-05-11T08:00"),
    _Snapshot("grasp-trainer v1 image", 240, "2026-02-20T17:00"),
)

_VOLUME_SNAPSHOT = sample_id("volume-snapshot", "map-data before refactor")
_VOLUME_SNAPSHOT_CREATED = "2026-09-15T16:00"
_VOLUME_SNAPSHOT_MONTHLY = Decimal(5)


def lines(period: Period) -> Iterator[Line]:
    """The lines of everything in this room in a period."""
    yield from hourly_lines(_terms(), period)


def _terms() -> Iterator[Term]:
    for volume in _VOLUMES:
        described = f"Block Storage {volume.size} GB ({volume.label})"
        start = instant(volume.created)
        yield Term("Block Storage", described, volume.monthly, start, owner=volume.id)
    for snapshot in _SNAPSHOTS:
        described = f"Snapshot ({snapshot.description})"
        start = instant(snapshot.created)
        yield Term("Snapshot", described, snapshot.monthly, start, owner=snapshot.id)
    described = "Block Storage Snapshot (map-data before refactor)"
    start = instant(_VOLUME_SNAPSHOT_CREATED)
    product = "Block Storage Snapshot"
    yield Term(product, described, _VOLUME_SNAPSHOT_MONTHLY, start, owner=_VOLUME_SNAPSHOT)


def volume_rows() -> list[Row]:
    """The rows of ``/blocks``; ``cost`` is dollars a month."""
    by_label = {server.label: server for server in SERVERS}
    rows: list[Row] = []
    for volume in _VOLUMES:
        server = by_label.get(volume.server)
        row: Row = {
            "id": volume.id,
            "cost": volume.monthly,
            "pending_charges": owed(volume.id, lines(THIS_MONTH)),
            "status": "active",
            "size_gb": volume.size,
            "region": "ewr",
            "attached_to_instance": server.id if server else "",
            "attached_to_instance_ip": server.ip if server else "",
            "attached_to_instance_label": server.label if server else "",
            "date_created": stamp(volume.created),
            "label": volume.label,
            "mount_id": f"ewr-{volume.id[:12]}",
            "block_type": volume.kind,
            "os_id": 0,
            "snapshot_id": "",
            "bootable": False,
        }
        rows.append(row)
    return rows


def snapshot_rows(description: str) -> list[Row]:
    """The rows of ``/snapshots``, all or those of one description."""
    return [
        {
            "id": snapshot.id,
            "date_created": stamp(snapshot.created),
            "description": snapshot.description,
            "size": snapshot.size * _GIB,
            "compressed_size": snapshot.size * _GIB * 3 // 10,
            "status": "complete",
            "os_id": 2284,
            "app_id": 0,
            "date_expires": "",
            "pending_charges": owed(snapshot.id, lines(THIS_MONTH)),
        }
        for snapshot in _SNAPSHOTS
        if description in {"", snapshot.description}
    ]


def volume_snapshot_rows() -> list[Row]:
    """The rows of ``/blocks/snapshots``; the newest is not priced yet, which is an empty text."""
    return [
        {
            "id": _VOLUME_SNAPSHOT,
            "block_id": sample_id("volume", "map-data"),
            "description": "map-data before refactor",
            "state": "COMPLETE",
            "added_at": spaced_stamp(_VOLUME_SNAPSHOT_CREATED),
            "updated_at": spaced_stamp("2026-09-15T16:04"),
            "size": 100 * _GIB,
            "next_invoice_date": "2026-12-01",
            "next_invoice_price": str(_VOLUME_SNAPSHOT_MONTHLY),
        },
        {
            "id": sample_id("volume-snapshot", "telemetry-spool today"),
            "block_id": sample_id("volume", "telemetry-spool"),
            "description": "telemetry-spool today",
            "state": "PENDING",
            "added_at": spaced_stamp("2026-11-18T13:58"),
            "updated_at": spaced_stamp("2026-11-18T13:58"),
            "size": 200 * _GIB,
            "next_invoice_date": "",
            "next_invoice_price": "",
        },
    ]


def iso_rows() -> list[Row]:
    """The rows of ``/iso``."""
    return [
        {
            "id": sample_id("iso", "robot-os"),
            "date_created": stamp("2026-04-14T08:00"),
            "description": "robot-os-installer",
            "filename": "robot-os-installer.iso",
            "size": 1_932_735_283,
            "md5sum": "77ba289bdc966ec996278a5a740d96d8",
            "sha512sum": "2b31b6fcab34d6ea9a6b293601c39b90cb044e5679fcc5",
            "status": "complete",
        }
    ]
