"""Volumes, snapshots, object stores and file systems as the API sends them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
    AS_ROWS,
    Id,
    Instant,
    Number,
    Price,
    Region,
    Text,
    Texts,
    Wire,
)


class Block(Wire):
    """``/blocks``: ``cost`` in dollars a month; ``attached_to_instance`` is empty when unused."""

    id: Id
    label: Text = ""
    region: Region = ""
    status: Text = ""
    date_created: Instant = None
    cost: Price = None
    pending_charges: Number = None
    size_gb: Number = None
    block_type: Text = ""
    attached_to_instance: Text | None = None


class BlockSnapshot(Wire):
    """``/blocks/snapshots``: ``size`` in bytes, ``next_invoice_price`` in dollars or empty."""

    id: Id
    block_id: Text = ""
    description: Text = ""
    state: Text = ""
    added_at: Instant = None
    size: Number = None
    next_invoice_price: Price = None


class ServerSnapshot(Wire):
    """``/snapshots``: both sizes in bytes; it is unknown which one is billed (D9)."""

    id: Id
    description: Text = ""
    date_created: Instant = None
    size: Number = None
    compressed_size: Number = None
    status: Text = ""
    pending_charges: Number = None


class Backup(Wire):
    """``/backups``: part of a server's price, never priced by size."""

    id: Id
    description: Text = ""
    date_created: Instant = None
    size: Number = None
    status: Text = ""


class Iso(Wire):
    """``/iso``: free."""

    id: Id
    filename: Text = ""
    date_created: Instant = None
    size: Number = None
    status: Text = ""


class StorageTier(Wire):
    """A tier of object storage: ``price`` in dollars a month, the others a GB."""

    id: Text = ""
    price: Price = None
    disk_gb_price: Number = None
    bw_gb_price: Number = None
    archive_disk_gb_price: Number = None
    sales_name: Text = ""
    slug: Text = ""


class ObjectStorage(Wire):
    """``/object-storage``."""

    id: Id
    label: Text = ""
    region: Region = ""
    status: Text = ""
    date_created: Instant = None
    pending_charges: Number = None
    tier: StorageTier | None = None


class Volume(Wire):
    """A size in bytes and GB."""

    bytes: Number = None
    gb: Number = None


class FileSystemBilling(Wire):
    """Dollars of a file system so far and a month."""

    charges: Number = None
    monthly: Price = None


class FileSystem(Wire):
    """``/vfs``."""

    id: Id
    label: Text = ""
    region: Region = ""
    status: Text = ""
    date_created: Instant = None
    disk_type: Text = ""
    tags: Texts = ()
    storage_size: Annotated[Volume, AS_OBJECT] = Volume()
    storage_used: Annotated[Volume, AS_OBJECT] = Volume()
    billing: Annotated[FileSystemBilling, AS_OBJECT] = FileSystemBilling()


class FileSystemRegion(Wire):
    """``/vfs/regions``: dollars a GB and month by disk type."""

    id: Region
    price_per_gb: Annotated[dict[str, Number], AS_OBJECT] = Field(default_factory=dict)


class FileSystemAttachment(Wire):
    """``/vfs/{id}/attachments``."""

    state: Text = ""
    target_id: Text = ""


class ExportConfig(Wire):
    """The file systems that a storage gateway serves."""

    label: Text = ""
    vfs_uuid: Text = ""


class StorageGateway(Wire):
    """``/storage-gateways``; ``export_config`` is an object or a list, None if it is missing."""

    id: Id
    label: Text = ""
    status: Text = ""
    type: Text = ""
    health: Text = ""
    date_created: Instant = None
    pending_charges: Number = None
    tags: Texts = ()
    export_config: Annotated[tuple[ExportConfig, ...], AS_ROWS] | None = None
