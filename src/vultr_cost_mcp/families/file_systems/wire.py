"""File systems and their gateways as the API sends them, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.attached import all_served
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import list_of
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
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vultr_cost_mcp.families.family_wire import Sources


class Volume(Wire):
    """A size in GB."""

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


class FileSystemAttachment(Wire):
    """``/vfs/{id}/attachments``."""

    target_id: Text = ""


class FileSystemRegion(Wire):
    """``/vfs/regions``: dollars a GB and month by the type of disk."""

    id: Region
    price_per_gb: Annotated[dict[str, Price], AS_OBJECT] = Field(default_factory=dict)


class ExportConfig(Wire):
    """The file systems that a storage gateway serves."""

    vfs_uuid: Text = ""


class StorageGateway(Wire):
    """``/storage-gateways``; ``export_config`` is an object or a list, None if it is missing."""

    id: Id
    label: Text = ""
    status: Text = ""
    type: Text = ""
    date_created: Instant = None
    pending_charges: Number = None
    tags: Texts = ()
    export_config: Annotated[tuple[ExportConfig, ...], AS_ROWS] | None = None


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


def _resources(sources: Sources) -> Iterable[Resource]:
    attachments = sources.whole_values("file_system_attachments")
    yield from file_systems(sources.rows("file_systems"), attachments)
    yield from storage_gateways(sources.rows("storage_gateways"))


FAMILY = Family(
    endpoints={
        "file_systems": list_of(
            "/vfs", "vfs", FileSystem, right=Right("file systems", VIEW, "storage.vfs.List")
        ),
        "file_system_attachments": list_of(
            "/vfs/{id}/attachments",
            "attachments",
            FileSystemAttachment,
            right=Right("attachments of file systems", VIEW, "storage.vfs.Read", assumed=True),
        ),
        "file_system_regions": list_of(
            "/vfs/regions", "regions", FileSystemRegion, right=Right("prices of file systems", VIEW)
        ),
        "storage_gateways": list_of(
            "/storage-gateways",
            "storage_gateways",
            StorageGateway,
            "storage_gateway",
            right=Right("storage gateways", VIEW),
        ),
    },
    resources=_resources,
)
