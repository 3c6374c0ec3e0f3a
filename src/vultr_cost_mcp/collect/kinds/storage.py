"""Volumes and server snapshots as resources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import PriceSource, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.prices.table import PriceTable
    from vultr_cost_mcp.vultr.models.storage import Block, ServerSnapshot

_GIB = Decimal(2**30)


def volumes(blocks: Iterable[Block], table: PriceTable) -> Iterator[Resource]:
    """Block storage volumes at the monthly cost that the API states."""
    for block in blocks:
        price, source = _block_price(block, table)
        attached = block.attached_to_instance
        yield Resource(
            id=block.id,
            kind="block_storage",
            label=block.label,
            region=block.region,
            state="active" if block.status == "active" else "other",
            plan=block.block_type or None,
            created=block.date_created,
            attached_to=None if attached is None else _ids(attached),
            size_gb=block.size_gb,
            own_pending=block.pending_charges,
            price=price,
            price_source=source,
        )


def _ids(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _block_price(block: Block, table: PriceTable) -> tuple[Decimal | None, PriceSource | None]:
    if block.cost is not None:
        return block.cost, "api"
    rate = table.prices.get(f"block_gb_{block.block_type}")
    if rate is None or block.size_gb is None:
        return None, None
    return rate * block.size_gb, "table"


def snapshots(rows: Iterable[ServerSnapshot], table: PriceTable) -> Iterator[Resource]:
    """Server snapshots with both prices that they may have: by full and compressed size (D9)."""
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
