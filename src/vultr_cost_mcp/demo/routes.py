"""Which path of the API answers with what: the envelope, the meta and the rows of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vultr_cost_mcp.demo import (
    catalog,
    databases,
    managed,
    metal,
    network,
    server_rows,
    shares,
    statements,
    traffic,
    volumes,
)  # fmt: skip
from vultr_cost_mcp.demo.company import Row, meta, sample_id
from vultr_cost_mcp.demo.fleet import listed_servers
from vultr_cost_mcp.demo.metal import METALS
from vultr_cost_mcp.demo.wire import RefusedError, Request, page

if TYPE_CHECKING:
    from vultr_cost_mcp.demo.servers import Server

_LONGEST_RANGE = 180

_Route = Callable[[Request], Row]


def answer(path: str, query: Mapping[str, str]) -> Row:
    """The body of a GET; raises ``RefusedError`` for a path or an id that does not exist."""
    segments = _below_base(path)
    for pattern, route in _ROUTES.items():
        ids = _match(pattern.split("/"), segments)
        if ids is not None:
            return route(Request(ids, query))
    raise RefusedError(404, "Not found.")


def _below_base(path: str) -> list[str]:
    """The path's segments below any base: what follows ``v2``, else what starts like a route."""
    segments = [segment for segment in path.split("/") if segment]
    if "v2" in segments:
        return segments[segments.index("v2") + 1 :]
    roots = {pattern.split("/")[0] for pattern in _ROUTES}
    starts = [place for place, segment in enumerate(segments) if segment in roots]
    return segments[starts[0] :] if starts else segments


def _match(pattern: list[str], segments: list[str]) -> tuple[str, ...] | None:
    if len(pattern) != len(segments):
        return None
    pairs = list(zip(pattern, segments, strict=True))
    if any(part not in {"*", segment} for part, segment in pairs):
        return None
    return tuple(segment for part, segment in pairs if part == "*")


def _paged(key: str, rows: Callable[[], list[Row]]) -> _Route:
    return lambda request: page(key, rows(), request.query)


def _whole(key: str, rows: Callable[[], list[Row]]) -> _Route:
    """An unpaged list that has a meta block all the same."""

    def route(_: Request) -> Row:
        found = rows()
        return {key: found, "meta": meta(len(found))}

    return route


def _bare(key: str, body: Callable[[], list[Row] | Row]) -> _Route:
    """A list or an object without any meta block."""
    return lambda _: {key: body()}


def _known(body: Row | None, what: str) -> Row:
    if body is None:
        raise RefusedError(404, f"Invalid {what} ID.")
    return body


def _only(request: Request, ids: set[str], what: str) -> str:
    if request.ids[0] not in ids:
        raise RefusedError(404, f"Invalid {what} ID.")
    return request.ids[0]


def _server(request: Request) -> Server:
    for server in listed_servers():
        if server.id == request.ids[0]:
            return server
    raise RefusedError(404, "Invalid instance ID.")


def _instance_traffic(request: Request) -> Row:
    days = request.query.get("date_range", "30")
    if not days.isdecimal() or not 1 <= int(days) <= _LONGEST_RANGE:
        raise RefusedError(400, "Invalid date_range: must be between 1 and 180.")
    return {"bandwidth": traffic.bandwidth_map(_server(request), int(days))}


def _metal_traffic(request: Request) -> Row:
    _only(request, {metal.id for metal in METALS}, "bare metal")
    chosen = next(one for one in METALS if one.id == request.ids[0])
    return {"bandwidth": traffic.bandwidth_map(chosen, 30)}


def _databases(_: Request) -> Row:
    rows = databases.database_rows()
    return {"databases": rows, "meta": {"total": len(rows)}}


def _invoice_items(request: Request) -> Row:
    rows = statements.invoice_lines(request.ids[0])
    if rows is None:
        raise RefusedError(404, "Invalid invoice ID.")
    return page("invoice_items", rows, request.query)


def _attachments(request: Request) -> Row:
    shared = _only(request, {str(row["id"]) for row in shares.file_system_rows()}, "VFS")
    return {"attachments": shares.attachment_rows(shared)}


def _nat_gateways(request: Request) -> Row:
    vpc = _only(request, {str(row["id"]) for row in network.vpc_rows()}, "VPC")
    return page("nat_gateways", network.nat_rows(vpc), request.query)


def _vke_resources(request: Request) -> Row:
    _only(request, {managed.VKE}, "cluster")
    return {"resources": managed.vke_resources()}


def _cluster_metrics(request: Request) -> Row:
    _only(request, {sample_id("cluster", metal.CLUSTER)}, "cluster")
    return {"metrics": metal.cluster_metrics()}


def _inference_usage(request: Request) -> Row:
    _only(request, {managed.INFERENCE}, "inference subscription")
    return {"usage": managed.inference_usage(statements.LAST_MONTH)}


_ROUTES: dict[str, _Route] = {
    "account": lambda _: {"account": statements.account()},
    "account/bandwidth": lambda _: {"bandwidth": traffic.account_bandwidth(statements.LAST_MONTH)},
    "account/custom-subscriptions": lambda _: managed.subscriptions(),
    "subaccounts": _paged("subaccounts", managed.subaccount_rows),
    "billing/pending-charges": _bare("pending_charges", statements.pending_rows),
    "billing/history": _paged("billing_history", statements.history_rows),
    "billing/invoices": _paged("billing_invoices", statements.invoice_rows),
    "billing/invoices/*": lambda asked: {
        "billing_invoice": _known(statements.invoice(asked.ids[0]), "invoice")
    },
    "billing/invoices/*/items": _invoice_items,
    "instances": lambda asked: page(
        "instances", server_rows.instance_rows(asked.query), asked.query
    ),
    "instances/*": lambda asked: {"instance": server_rows.instance_row(_server(asked))},
    "instances/*/bandwidth": _instance_traffic,
    "instances/*/upgrades": lambda asked: {
        "upgrades": server_rows.upgrades(_server(asked), asked.query.get("type", ""))
    },
    "bare-metals": _paged("bare_metals", metal.metal_rows),
    "bare-metals/*/bandwidth": _metal_traffic,
    "plans": lambda asked: page(
        "plans", catalog.plan_rows(asked.query.get("type", "")), asked.query
    ),
    "plans-metal": _paged("plans_metal", metal.plan_rows),
    "regions": _paged("regions", catalog.region_rows),
    "blocks": _paged("blocks", volumes.volume_rows),
    "blocks/snapshots": _paged("snapshots", volumes.volume_snapshot_rows),
    "snapshots": lambda asked: page(
        "snapshots", volumes.snapshot_rows(asked.query.get("description", "")), asked.query
    ),
    "backups": lambda asked: page(
        "backups", server_rows.backup_rows(asked.query.get("instance_id", "")), asked.query
    ),
    "iso": _paged("isos", volumes.iso_rows),
    "object-storage": _paged("object_storages", shares.store_rows),
    "object-storage/tiers": _bare("tiers", shares.tier_rows),
    "vfs": _bare("vfs", shares.file_system_rows),
    "vfs/regions": _bare("regions", shares.file_system_regions),
    "vfs/*/attachments": _attachments,
    "storage-gateways": _paged("storage_gateways", shares.gateway_rows),
    "databases": _databases,
    "databases/plans": _bare("plans", databases.database_plan_rows),
    "databases/*/usage": lambda asked: {"usage": _known(databases.usage(asked.ids[0]), "database")},
    "kubernetes/clusters": _whole("vke_clusters", managed.vke_rows),
    "kubernetes/clusters/*/resources": _vke_resources,
    "load-balancers": _paged("load_balancers", network.balancer_rows),
    "reserved-ips": _paged("reserved_ips", network.address_rows),
    "vpcs": _paged("vpcs", network.vpc_rows),
    "vpcs/*/nat-gateway": _nat_gateways,
    "cdns/pull-zones": _whole("pull_zones", lambda: network.zone_rows("pull")),
    "cdns/push-zones": _whole("push_zones", lambda: network.zone_rows("push")),
    "registries": _whole("registries", managed.registry_rows),
    "registry/plan/list": _bare("plans", managed.registry_plans),
    "inference": _bare("subscriptions", managed.inference_rows),
    "inference/*/usage": _inference_usage,
    "clusters": _paged("clusters", metal.cluster_rows),
    "clusters/*/metrics": _cluster_metrics,
}
