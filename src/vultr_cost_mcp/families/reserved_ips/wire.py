"""Reserved addresses as the API sends them, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.attached import served
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import list_of
from vultr_cost_mcp.vultr.models.fields import (
    Id,
    Region,
    Text,
    Wire,
)
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vultr_cost_mcp.families.family_wire import Sources
    from vultr_cost_mcp.families.price_table import PriceTable


class ReservedIp(Wire):
    """``/reserved-ips``: no price; ``instance_id`` is empty when it serves nothing."""

    id: Id
    label: Text = ""
    region: Region = ""
    ip_type: Text = ""
    subnet: Text = ""
    instance_id: Text | None = None


def reserved_ips(rows: Iterable[ReservedIp], table: PriceTable) -> Iterator[Resource]:
    """Return reserved addresses; the price of an IPv6 address is unknown."""
    for row in rows:
        price = None if row.ip_type == "v6" else table["reserved_ipv4"]
        yield Resource(
            id=row.id,
            kind="reserved_ip",
            label=row.label,
            region=row.region,
            plan=row.ip_type or None,
            addresses=(row.subnet,) if row.subnet else (),
            attached_to=served(row.instance_id),
            price=price,
            price_source=None if price is None else "table",
        )


def _resources(sources: Sources) -> Iterable[Resource]:
    return reserved_ips(sources.rows("reserved_ips"), sources.table)


FAMILY = Family(
    endpoints={
        "reserved_ips": list_of(
            "/reserved-ips",
            "reserved_ips",
            ReservedIp,
            right=Right("reserved addresses", VIEW, "network.reservedip.List"),
        ),
    },
    resources=_resources,
)
