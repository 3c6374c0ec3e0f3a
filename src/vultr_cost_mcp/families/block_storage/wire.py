"""Volumes as the API sends them, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import PriceSource, Resource
from vultr_cost_mcp.families.attached import served
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
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from vultr_cost_mcp.families.family_wire import Sources
    from vultr_cost_mcp.families.price_table import PriceTable


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


def _resources(sources: Sources) -> Iterable[Resource]:
    return volumes(sources.rows("blocks"), sources.table)


FAMILY = Family(
    endpoints={
        "blocks": list_of(
            "/blocks", "blocks", Block, right=Right("volumes", VIEW, "storage.block.List")
        ),
    },
    resources=_resources,
)
