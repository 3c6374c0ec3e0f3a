"""Load balancers, reserved addresses, private networks, a NAT gateway and CDN zones."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.bill import THIS_MONTH, Line, Period, Term, Use, hourly_lines, owed
from vultr_cost_mcp.demo.company import PLACEHOLDER, Row, instant, sample_id, spaced_stamp, stamp
from vultr_cost_mcp.demo.fleet import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vultr_cost_mcp.demo.servers import Server

_BALANCER_MONTHLY = Decimal(10)
_ADDRESS_MONTHLY = Decimal(3)
_NAT_MONTHLY = Decimal("20.16")
_CDN_GB_PRICE = Decimal("0.01")

PROD_VPC = sample_id("vpc", "prod-ewr")
_LAB_VPC = sample_id("vpc", "lab-sjc")
_NAT = sample_id("nat", "prod-egress")
_NAT_CREATED = "2026-02-24T15:10"

CLUSTER_BALANCER = "a41c7e9d2b"
# label, created, address, labels of its servers
_BALANCERS = (
    ("web-lb", "2025-02-11T10:05", "203.0.113.200", ("web-01", "web-02")),
    ("old-portal-lb", "2025-04-08T12:00", "203.0.113.201", ()),
    # Kubernetes' own balancer: no servers behind it in this list, yet in use.
    (CLUSTER_BALANCER, "2025-12-02T10:40", "203.0.113.202", ()),
)
_FORWARDING = {
    "id": "73d85156c2c3129d",
    "frontend_protocol": "tcp",
    "frontend_port": 443,
    "backend_protocol": "tcp",
    "backend_port": 443,
}


@dataclass(frozen=True, slots=True)
class _Address:
    label: str
    region: str
    subnet: str
    created: str
    server: str = ""
    ip_type: str = "v4"

    @property
    def id(self) -> str:
        return sample_id("address", self.label)


_ADDRESSES = (
    _Address("api-vip", "ewr", "203.0.113.220", "2024-09-03T14:00", "api-01"),
    _Address("fleet-sao-vip", "sao", "198.51.100.220", "2026-01-15T16:30", "gateway-sao"),
    _Address("old-vpn", "ewr", "203.0.113.221", "2024-07-02T10:00"),
    _Address("trade-fair-2025", "ams", "198.51.100.221", "2025-09-22T08:00"),
    _Address("api-vip-v6", "ewr", "2001:db8:5157::", "2024-09-03T14:00", "api-01", "v6"),
)

# label, kind of zone, created, GB delivered this month (None where nothing was)
_MEDIA_ZONE = "media-pull"
_ZONES = (
    (_MEDIA_ZONE, "pull", "2025-10-06T09:00", 1284),
    ("firmware-2024", "push", "2025-03-17T09:00", None),
)


def lines(period: Period) -> Iterator[Line]:
    """The lines of everything in this room in a period."""
    yield from hourly_lines(_terms(), period)
    gigabytes = _media_gigabytes(period)
    if gigabytes:
        zone = sample_id("cdn", _MEDIA_ZONE)
        described = f"CDN Pull Zone ({_MEDIA_ZONE})"
        yield Use("Vultr CDN", described, gigabytes, "gb", _CDN_GB_PRICE, zone).line(period)


def _terms() -> Iterator[Term]:
    for label, created, _, _ in _BALANCERS:
        owner = sample_id("balancer", label)
        described, start = f"Load Balancer ({label})", instant(created)
        yield Term("Load Balancer", described, _BALANCER_MONTHLY, start, owner=owner)
    for one in _ADDRESSES:
        # No source says what a reserved IPv6 network costs: the sample has one and bills nothing.
        if one.ip_type == "v4":
            described, start = f"Reserved IP {one.subnet} [{one.label}]", instant(one.created)
            yield Term("Reserved IP", described, _ADDRESS_MONTHLY, start, owner=one.id)
    described, start = "NAT Gateway (prod-egress)", instant(_NAT_CREATED)
    yield Term("NAT Gateway", described, _NAT_MONTHLY, start, owner=_NAT)


def _media_gigabytes(period: Period) -> int:
    """What the CDN delivered: a little more every month."""
    if period.name == THIS_MONTH.name:
        return 1284
    months = (period.start.year - 2025) * 12 + period.start.month - 10
    return 900 + 95 * months if months >= 0 else 0


def balancer_rows() -> list[Row]:
    """The rows of ``/load-balancers``."""
    rows: list[Row] = []
    by_label = {server.label: server.id for server in SERVERS}
    for label, created, address, backends in _BALANCERS:
        owner = sample_id("balancer", label)
        row: Row = {
            "id": owner,
            "date_created": stamp(created),
            "region": "ewr",
            "label": label,
            "status": "active",
            "ipv4": address,
            "ipv6": "",
            "has_ssl": False,
            "http2": True,
            "nodes": 1,
            "forwarding_rules": [_FORWARDING],
            "firewall_rules": [],
            "instances": [by_label[backend] for backend in backends],
            "global_parent_id": "",
            "global_children_ids": [],
            "ssl_cert_b64": f"{PLACEHOLDER}11",
            "pending_charges": owed(owner, lines(THIS_MONTH)),
        }
        rows.append(row)
    return rows


def address_rows() -> list[Row]:
    """The rows of ``/reserved-ips``: no price and no date in them."""
    by_label = {server.label: server.id for server in SERVERS}
    return [
        {
            "id": address.id,
            "region": address.region,
            "ip_type": address.ip_type,
            "subnet": address.subnet,
            "subnet_size": 32 if address.ip_type == "v4" else 64,
            "label": address.label,
            "instance_id": by_label.get(address.server, ""),
        }
        for address in _ADDRESSES
    ]


def vpc_address(server: Server) -> str:
    """The server's address in the production network, empty if it is not in it."""
    inside = server.region == "ewr" and "env:prod" in server.tags.split()
    return "10.20.0." + server.ip.rpartition(".")[2] if inside else ""


def vpc_rows() -> list[Row]:
    """The rows of ``/vpcs``."""
    members: list[Row] = [
        {"id": server.id, "type": "Instance", "subnet": vpc_address(server)}
        for server in SERVERS
        if server.is_listed and vpc_address(server)
    ]
    return [
        _vpc_row(PROD_VPC, "ewr", "prod-ewr", "10.20.0.0", members),
        _vpc_row(_LAB_VPC, "sjc", "lab-sjc", "10.30.0.0", []),
    ]


def _vpc_row(vpc: str, region: str, description: str, subnet: str, nodes: list[Row]) -> Row:
    return {
        "id": vpc,
        "region": region,
        "date_created": stamp("2024-06-18T07:30"),
        "description": description,
        "v4_subnet": subnet,
        "v4_subnet_mask": 24,
        "nodes": nodes,
    }


def nat_rows(vpc: str) -> list[Row]:
    """The rows of ``/vpcs/{id}/nat-gateway``."""
    if vpc != PROD_VPC:
        return []
    charges = owed(_NAT, lines(THIS_MONTH))
    return [
        {
            "id": _NAT,
            "vpc_id": PROD_VPC,
            "date_created": spaced_stamp(_NAT_CREATED),
            "status": "active",
            "label": "prod-egress",
            "tag": "env:prod",
            "public_ips": ["203.0.113.240"],
            "public_ips_v6": [],
            "private_ips": ["10.20.0.2"],
            "billing": {"charges": charges, "monthly": _NAT_MONTHLY},
        }
    ]


def zone_rows(kind: str) -> list[Row]:
    """The rows of ``/cdns/pull-zones`` or ``push-zones``; traffic is null where there was none."""
    return [
        {
            "id": sample_id("cdn", label),
            "date_created": spaced_stamp(created),
            "status": "active",
            "label": label,
            "cdn_url": f"https://cdn-{label}.vultrcdn.example",
            "vanity_domain": "",
            "cache_size": 50_000_000,
            "requests": gigabytes and gigabytes * 810,
            "in_bytes": gigabytes and gigabytes * 10**9 // 40,
            "out_bytes": gigabytes and gigabytes * 10**9,
            "packets_per_sec": 50 if gigabytes else 0,
            "cors": False,
            "gzip": True,
            "block_ai": False,
            "block_bad_bots": True,
            "regions": ["ewr", "fra"],
        }
        for label, zone_kind, created, gigabytes in _ZONES
        if zone_kind == kind
    ]
