"""Balancers, addresses, gateways and CDN zones as the API sends them."""

from __future__ import annotations

from typing import Annotated

from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
    Id,
    Ids,
    Instant,
    Number,
    Price,
    Region,
    Text,
    Texts,
    Wire,
)


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


class ReservedIp(Wire):
    """``/reserved-ips``: no price; ``instance_id`` is empty when it serves nothing."""

    id: Id
    label: Text = ""
    region: Region = ""
    ip_type: Text = ""
    subnet: Text = ""
    instance_id: Text | None = None


class Vpc(Wire):
    """``/vpcs``: free."""

    id: Id
    region: Region = ""
    description: Text = ""
    date_created: Instant = None


class NatGatewayBilling(Wire):
    """Dollars of a gateway so far and a month."""

    charges: Number = None
    monthly: Price = None


class NatGateway(Wire):
    """``/vpcs/{id}/nat-gateway``."""

    id: Id
    vpc_id: Text = ""
    label: Text = ""
    tag: Text = ""
    status: Text = ""
    date_created: Instant = None
    public_ips: Texts = ()
    billing: Annotated[NatGatewayBilling, AS_OBJECT] = NatGatewayBilling()


class CdnZone(Wire):
    """``/cdns/pull-zones`` and ``/cdns/push-zones``: no price in the API."""

    id: Id
    label: Text = ""
    status: Text = ""
    date_created: Instant = None
    in_bytes: Number = None
    out_bytes: Number = None
    requests: Number = None
