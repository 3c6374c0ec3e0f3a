"""The answer of each path of the API: its envelope, its meta and its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from vultr_cost_mcp.demo import lists, plans, servers, statements, traffic
from vultr_cost_mcp.demo.data import Row, meta, sample
from vultr_cost_mcp.demo.wire import RefusedError, Request, page

if TYPE_CHECKING:
    from vultr_cost_mcp.demo.servers import Server

_LONGEST_RANGE = 180

_Route = Callable[[Request], Row]
T = TypeVar("T")


def answer(path: str, query: Mapping[str, str]) -> Row:
    """The body of a GET; raises ``RefusedError`` for a path or an id that does not exist."""
    segments = _below_base(path)
    for pattern, route in _ROUTES.items():
        ids = _match(pattern.split("/"), segments)
        if ids is not None:
            return route(Request(ids, query))
    raise RefusedError(404, "Not found.")


def _below_base(path: str) -> list[str]:
    """Return a path's segments below its base: after ``v2``, else from the first route name."""
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


def _filtered(key: str, name: str, rows: Callable[[str], list[Row]]) -> _Route:
    """Return a list in pages; one parameter of the query picks the rows."""
    return lambda request: page(key, rows(request.query.get(name, "")), request.query)


def _known(found: dict[str, T], wanted: str, what: str) -> T:
    if wanted not in found:
        raise RefusedError(404, f"Invalid {what} ID.")
    return found[wanted]


def _server(request: Request) -> Server:
    return _known({one.id: one for one in servers.listed_servers()}, request.ids[0], "instance")


def _instance_traffic(request: Request) -> Row:
    days = request.query.get("date_range", "30")
    if not days.isdecimal() or not 1 <= int(days) <= _LONGEST_RANGE:
        raise RefusedError(400, "Invalid date_range: must be between 1 and 180.")
    sender = traffic.Sender.of(_server(request))
    return {"bandwidth": traffic.bandwidth_map(sender, int(days))}


def _metal_traffic(request: Request) -> Row:
    metals = {one.id: one for one in traffic.metals()}
    chosen = _known(metals, request.ids[0], "bare metal")
    return {"bandwidth": traffic.bandwidth_map(chosen, 30)}


def _upgrades(request: Request) -> Row:
    wanted = request.query.get("type", "")
    return {"upgrades": servers.upgrades(_server(request), wanted)}


def _availability(request: Request) -> Row:
    regions = {str(row["id"]): row for row in lists.rows("regions")}
    region = str(_known(regions, request.ids[0], "region")["id"])
    offered = [*plans.plan_rows(), *lists.rows("plans-metal")]
    there = [row["id"] for row in offered if region in row["locations"]]
    return {"available_plans": there, "available_vpc_only_plans": []}


def _instances(request: Request) -> Row:
    return page("instances", servers.instance_rows(request.query), request.query)


def _invoice(request: Request) -> Row:
    found = {str(row["id"]): row for row in statements.invoice_rows()}
    return _known(found, request.ids[0], "invoice")


def _invoice_items(request: Request) -> Row:
    rows = statements.invoice_lines(_invoice(request))
    return page("invoice_items", rows, request.query)


def _databases() -> list[Row]:
    return [row | {"read_replicas": lists.replicas(row["id"])} for row in lists.rows("databases")]


def _vpcs() -> list[Row]:
    return [row | {"nodes": servers.vpc_nodes(row["id"])} for row in lists.rows("vpcs")]


_SPECIAL_ROWS = {"databases": _databases, "vpcs": _vpcs}


def _list_route(path: str) -> _Route:
    """Return the route of a list of the data file, with the kind of meta that it has."""
    key, kind = sample("lists")[path]["key"], sample("lists")[path].get("meta", "paged")
    rows = _SPECIAL_ROWS.get(path, lambda: lists.rows(path))
    if kind == "paged":
        return _paged(key, rows)

    def route(_: Request) -> Row:
        found = rows()
        metas: dict[str, Row] = {"bare": {}, "total": {"meta": {"total": len(found)}}}
        return {key: found, **metas.get(kind, {"meta": meta(len(found))})}

    return route


def _below_route(path: str) -> _Route:
    section = sample("below")[path]
    key = section["key"]

    def route(request: Request) -> Row:
        found = _known(lists.below(path), request.ids[0], section["called"])
        return page(key, found, request.query) if section.get("paged") else {key: found}

    return route


def _body_route(path: str, key: str) -> _Route:
    return lambda _: {key: lists.body(path)}


def _from_file() -> Iterator[tuple[str, _Route]]:
    for path in sample("lists"):
        yield path, _list_route(path)
    for path in sample("below"):
        yield path, _below_route(path)
    for path, section in sample("bodies").items():
        yield path, _body_route(path, section["key"])


_ROUTES: dict[str, _Route] = {
    "account": lambda _: {"account": statements.account()},
    "account/bandwidth": lambda _: {"bandwidth": traffic.account_bandwidth(statements.LAST_MONTH)},
    "billing/pending-charges": lambda _: {"pending_charges": statements.pending_rows()},
    "billing/history": _paged("billing_history", statements.history_rows),
    "billing/invoices": _paged("billing_invoices", statements.invoice_rows),
    "billing/invoices/*": lambda asked: {"billing_invoice": _invoice(asked)},
    "billing/invoices/*/items": _invoice_items,
    "instances": _instances,
    "instances/*": lambda asked: {"instance": servers.instance_row(_server(asked))},
    "instances/*/bandwidth": _instance_traffic,
    "instances/*/upgrades": _upgrades,
    "bare-metals/*/bandwidth": _metal_traffic,
    "regions/*/availability": _availability,
    "plans": _filtered("plans", "type", plans.plan_rows),
    "backups": _filtered("backups", "instance_id", servers.backup_rows),
    **dict(_from_file()),
    "snapshots": _filtered("snapshots", "description", lists.snapshots),
}
