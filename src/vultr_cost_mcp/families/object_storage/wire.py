"""Object storage as the API sends it, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import list_of
from vultr_cost_mcp.vultr.models.fields import (
    Id,
    Instant,
    Number,
    Price,
    Region,
    Text,
    Wire,
)
from vultr_cost_mcp.vultr.rights import Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.families.family_wire import Sources


class StorageTier(Wire):
    """A tier of object storage: ``price`` in dollars a month."""

    id: Text = ""
    price: Price = None
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


def _resources(sources: Sources) -> Iterable[Resource]:
    return object_stores(sources.rows("object_storage"))


FAMILY = Family(
    endpoints={
        "object_storage": list_of(
            "/object-storage",
            "object_storages",
            ObjectStorage,
            right=Right("object storage", "objstore", "storage.object.List"),
        ),
        "storage_tiers": list_of(
            "/object-storage/tiers",
            "tiers",
            StorageTier,
            right=Right("prices of object storage", None),
        ),
    },
    resources=_resources,
)
