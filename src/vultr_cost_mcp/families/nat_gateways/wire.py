"""NAT gateways and the VPCs that have them as the API sends them, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.vultr.endpoints import list_of
from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
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
    from vultr_cost_mcp.families.price_table import PriceTable


class Vpc(Wire):
    """``/vpcs``: free."""

    id: Id
    region: Region = ""


class NatGatewayBilling(Wire):
    """Dollars of a gateway so far and a month."""

    charges: Number = None
    monthly: Price = None


class NatGateway(Wire):
    """``/vpcs/{id}/nat-gateway``."""

    id: Id
    label: Text = ""
    tag: Text = ""
    status: Text = ""
    date_created: Instant = None
    public_ips: Texts = ()
    billing: Annotated[NatGatewayBilling, AS_OBJECT] = NatGatewayBilling()


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


def _resources(sources: Sources) -> Iterable[Resource]:
    regions = {vpc.id: vpc.region for vpc in sources.rows("vpcs")}
    return nat_gateways(sources.values("nat_gateways"), regions, sources.table)


FAMILY = Family(
    endpoints={
        "vpcs": list_of(
            "/vpcs", "vpcs", Vpc, right=Right("private networks", VIEW, "network.vpc.List")
        ),
        "nat_gateways": list_of(
            "/vpcs/{id}/nat-gateway",
            "nat_gateways",
            NatGateway,
            right=Right("NAT gateways", VIEW, "network.vpc.Read", assumed=True),
        ),
    },
    resources=_resources,
)
