"""Load balancers and reserved addresses as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.prices.table import PriceTable
    from vultr_cost_mcp.vultr.models.network import LoadBalancer, ReservedIp

MANY_NODES = "several nodes: whether the price is multiplied by them is not known"


def load_balancers(rows: Iterable[LoadBalancer], table: PriceTable) -> Iterator[Resource]:
    """Load balancers with the servers behind them as ``attached_to``."""
    for row in rows:
        yield Resource(
            id=row.id,
            kind="load_balancer",
            label=row.label,
            region=row.region,
            state="active" if row.status == "active" else "other",
            addresses=tuple(address for address in (row.ipv4, row.ipv6) if address),
            created=row.date_created,
            attached_to=row.instances,
            own_pending=row.pending_charges,
            price=table["load_balancer"],
            price_source="table",
            note=MANY_NODES if row.nodes is not None and row.nodes > 1 else None,
        )


def reserved_ips(rows: Iterable[ReservedIp], table: PriceTable) -> Iterator[Resource]:
    """Reserved addresses; what one of version 6 costs is not known."""
    for row in rows:
        price = None if row.ip_type == "v6" else table["reserved_ipv4"]
        attached = row.instance_id
        yield Resource(
            id=row.id,
            kind="reserved_ip",
            label=row.label,
            region=row.region,
            plan=row.ip_type or None,
            addresses=(row.subnet,) if row.subnet else (),
            attached_to=None if attached is None else ((attached,) if attached else ()),
            price=price,
            price_source=None if price is None else "table",
        )
