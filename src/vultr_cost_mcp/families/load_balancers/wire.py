"""Load balancers as the API sends them, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.attached import all_served
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import list_of
from vultr_cost_mcp.vultr.models.fields import (
    Id,
    Ids,
    Instant,
    Number,
    Region,
    Text,
    Wire,
)
from vultr_cost_mcp.vultr.rights import Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.families.family_wire import Sources
    from vultr_cost_mcp.families.price_table import PriceTable


class LoadBalancer(Wire):
    """``/load-balancers``: ``instances`` are its backends' ids, None where the field is missing."""

    id: Id
    label: Text = ""
    region: Region = ""
    status: Text = ""
    date_created: Instant = None
    ipv4: Text = ""
    ipv6: Text = ""
    nodes: Number = None
    instances: Ids = None
    pending_charges: Number = None


def load_balancers(rows: Iterable[LoadBalancer], table: PriceTable) -> Iterator[Resource]:
    """Return load balancers with the servers behind them as ``attached_to``."""
    for row in rows:
        yield Resource(
            id=row.id,
            kind="load_balancer",
            label=row.label,
            region=row.region,
            state="active" if row.status == "active" else "other",
            addresses=tuple(address for address in (row.ipv4, row.ipv6) if address),
            created=row.date_created,
            attached_to=all_served(row.instances),
            own_pending=row.pending_charges,
            # Without a stated number of nodes, a balancer has the one it starts with.
            price=table["load_balancer"] * max(1, int(row.nodes or 1)),
            node_price=table["load_balancer"],
            price_source="table",
        )


def _resources(sources: Sources) -> Iterable[Resource]:
    return load_balancers(sources.rows("load_balancers"), sources.table)


FAMILY = Family(
    endpoints={
        "load_balancers": list_of(
            "/load-balancers",
            "load_balancers",
            LoadBalancer,
            right=Right("load balancers", "loadbalancer", "network.loadbalancer.List"),
        ),
    },
    resources=_resources,
)
