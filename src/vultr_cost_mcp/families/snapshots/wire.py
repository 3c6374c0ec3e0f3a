"""Snapshots of servers and volumes as the API sends them, and as resources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import list_of
from vultr_cost_mcp.vultr.models.fields import (
    Id,
    Instant,
    Number,
    Price,
    Text,
    Wire,
)
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.families.family_wire import Sources
    from vultr_cost_mcp.families.price_table import PriceTable


_GIB = Decimal(2**30)


class ServerSnapshot(Wire):
    """``/snapshots``: both sizes in bytes; it is unknown which one is billed (D9)."""

    id: Id
    description: Text = ""
    date_created: Instant = None
    size: Number = None
    compressed_size: Number = None
    status: Text = ""
    pending_charges: Number = None


class BlockSnapshot(Wire):
    """``/blocks/snapshots``: ``size`` in bytes, ``next_invoice_price`` in dollars or empty."""

    id: Id
    description: Text = ""
    state: Text = ""
    added_at: Instant = None
    size: Number = None
    next_invoice_price: Price = None


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


def _resources(sources: Sources) -> Iterable[Resource]:
    yield from block_snapshots(sources.rows("block_snapshots"))
    yield from snapshots(sources.rows("snapshots"), sources.table)


FAMILY = Family(
    endpoints={
        "snapshots": list_of(
            "/snapshots",
            "snapshots",
            ServerSnapshot,
            right=Right("snapshots of servers", VIEW, "compute.snapshot.List"),
        ),
        "block_snapshots": list_of(
            "/blocks/snapshots",
            "snapshots",
            BlockSnapshot,
            right=Right("snapshots of volumes", VIEW),
        ),
    },
    resources=_resources,
)
