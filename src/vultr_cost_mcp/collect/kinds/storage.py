"""Volumes, snapshots, object stores, file systems and their gateways as resources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.collect.kinds.attached import all_served, served
from vultr_cost_mcp.domain.resource import PriceSource, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vultr_cost_mcp.billing.price_table import PriceTable
    from vultr_cost_mcp.vultr.models.storage import (
        Block,
        BlockSnapshot,
        FileSystem,
        FileSystemAttachment,
        ObjectStorage,
        ServerSnapshot,
        StorageGateway,
    )

_GIB = Decimal(2**30)


def volumes(blocks: Iterable[Block], table: PriceTable) -> Iterator[Resource]:
    """Return block storage volumes at the API's monthly cost."""
    for block in blocks:
        price, source = _block_price(block, table)
        yield Resource(
            id=block.id,
            kind="block_storage",
            label=block.label,
            region=block.region,
            state="active" if block.status == "active" else "other",
            plan=block.block_type or None,
            created=block.date_created,
            attached_to=served(block.attached_to_instance),
            size_gb=block.size_gb,
            own_pending=block.pending_charges,
            price=price,
            price_source=source,
        )


def _block_price(block: Block, table: PriceTable) -> tuple[Decimal | None, PriceSource | None]:
    if block.cost is not None:
        return block.cost, "api"
    rate = table.prices.get(f"block_gb_{block.block_type}")
    if rate is None or block.size_gb is None:
        return None, None
    return rate * block.size_gb, "table"


def snapshots(rows: Iterable[ServerSnapshot], table: PriceTable) -> Iterator[Resource]:
    """Return server snapshots with both possible prices: by full and by compressed size (D9)."""
    for row in rows:
        sizes = [size for size in (row.size, row.compressed_size) if size]
        yield Resource(
            id=row.id,
            kind="snapshot",
            label=row.description,
            region="",
            state="active" if row.status in {"complete", "active"} else "other",
            created=row.date_created,
            size_gb=sizes[0] / _GIB if sizes else None,
            own_pending=row.pending_charges,
            candidates=tuple(size / _GIB * table["snapshot_gb"] for size in sizes),
        )


def block_snapshots(rows: Iterable[BlockSnapshot]) -> Iterator[Resource]:
    """Return volume snapshots at the price of the next invoice, if the API states one."""
    for row in rows:
        price = row.next_invoice_price
        yield Resource(
            id=row.id,
            kind="block_snapshot",
            label=row.description,
            region="",
            state="active" if row.state.upper() == "COMPLETE" else "pending",
            created=row.added_at,
            size_gb=None if row.size is None else row.size / _GIB,
            price=price,
            price_source=None if price is None else "api",
        )


def object_stores(rows: Iterable[ObjectStorage]) -> Iterator[Resource]:
    """Return object storage at its tier's price; further usage is metered on the bill."""
    for row in rows:
        price = row.tier.price if row.tier else None
        yield Resource(
            id=row.id,
            kind="object_storage",
            label=row.label,
            region=row.region,
            state="active" if row.status == "active" else "other",
            plan=row.tier.sales_name or row.tier.slug if row.tier else None,
            created=row.date_created,
            own_pending=row.pending_charges,
            price=price,
            price_source=None if price is None else "api",
        )


def file_systems(
    rows: Iterable[FileSystem], attachments: Mapping[str, Iterable[FileSystemAttachment]]
) -> Iterator[Resource]:
    """Return file systems at the API's monthly price, with the servers they are attached to."""
    for row in rows:
        attached = attachments.get(row.id)
        price = row.billing.monthly
        yield Resource(
            id=row.id,
            kind="file_system",
            label=row.label,
            region=row.region,
            state="active" if row.status == "active" else "other",
            plan=row.disk_type or None,
            tags=row.tags,
            created=row.date_created,
            attached_to=None if attached is None else all_served(one.target_id for one in attached),
            size_gb=row.storage_size.gb,
            used_gb=row.storage_used.gb,
            own_pending=row.billing.charges,
            price=price,
            price_source=None if price is None else "api",
        )


def storage_gateways(rows: Iterable[StorageGateway]) -> Iterator[Resource]:
    """Return storage gateways with the file systems they serve; only a bill gives their price."""
    for row in rows:
        exports = row.export_config
        yield Resource(
            id=row.id,
            kind="storage_gateway",
            label=row.label,
            region="",
            state="active" if row.status == "active" else "other",
            plan=row.type or None,
            tags=row.tags,
            created=row.date_created,
            attached_to=None if exports is None else all_served(one.vfs_uuid for one in exports),
            own_pending=row.pending_charges,
        )
