"""Load balancers, reserved addresses, NAT gateways and CDN zones as resources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.collect.kinds.attached import all_served, served
from vultr_cost_mcp.domain.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vultr_cost_mcp.billing.price_table import PriceTable
    from vultr_cost_mcp.vultr.models.network import CdnZone, LoadBalancer, NatGateway, ReservedIp

_GB = Decimal(10) ** 9


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


def nat_gateways(
    rows: Mapping[str, Iterable[NatGateway]], regions: Mapping[str, str], table: PriceTable
) -> Iterator[Resource]:
    """Return the NAT gateways of every VPC, in the VPC's region, at the API's price or ours."""
    for vpc, gateways in rows.items():
        for row in gateways:
            stated = row.billing.monthly
            yield Resource(
                id=row.id,
                kind="nat_gateway",
                label=row.label,
                region=regions.get(vpc, ""),
                state="active" if row.status == "active" else "other",
                addresses=row.public_ips,
                tags=(row.tag,) if row.tag else (),
                created=row.date_created,
                own_pending=row.billing.charges,
                price=table["nat_gateway"] if stated is None else stated,
                price_source="table" if stated is None else "api",
            )


def cdn_zones(rows: Iterable[CdnZone], plan: str) -> Iterator[Resource]:
    """Return CDN zones; they are charged by traffic, so no monthly price is known."""
    for row in rows:
        traffic = [amount for amount in (row.in_bytes, row.out_bytes) if amount is not None]
        yield Resource(
            id=row.id,
            kind="cdn",
            label=row.label,
            region="",
            state="active" if row.status == "active" else "other",
            plan=plan,
            created=row.date_created,
            used_gb=sum(traffic) / _GB if traffic else None,
        )
