"""The paths of the cost cut: which collection of the account each one answers, and how it pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .account import Account, Row

Kind = Literal["list", "object", "one", "list_of", "object_of"]
Paging = Literal["links", "total", "nested", "none"]
DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Route:
    """One path template, its envelope key, the account's field, and its kind of answer.

    ``list`` and ``object`` answer the field itself; ``one`` the row of the list whose id is in
    the path; ``list_of`` and ``object_of`` the entry of that id in a ``{id: ...}`` field, for an
    id that one of ``owners`` lists. ``links`` pages with cursors; ``total`` sends ``meta.total``
    only; ``nested`` sends ``meta`` inside ``meta``; ``none`` sends no meta.
    """

    template: str
    envelope: str
    source: str
    kind: Kind = "list"
    paging: Paging = "none"
    filters: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    public: bool = False

    def matches(self, path: str) -> str | None:
        """The id in the path ("" when the template has none); None when it is another path."""
        ours, theirs = self.template.split("/"), path.split("/")
        if len(ours) != len(theirs):
            return None
        found = ""
        for segment, value in zip(ours, theirs, strict=True):
            if segment.startswith("{") and value:
                found = value
            elif segment != value:
                return None
        return found


def _paged(template: str, key: str, source: str, *filters: str, public: bool = False) -> Route:
    return Route(template, key, source, paging="links", filters=filters, public=public)


ROUTES: tuple[Route, ...] = (
    Route("/account", "account", "account", "object"),
    Route("/account/bandwidth", "bandwidth", "account_bandwidth", "object"),
    _paged("/account/custom-subscriptions", "custom_subscriptions", "custom_subscriptions"),
    _paged("/billing/history", "billing_history", "billing_history"),
    _paged("/billing/invoices", "billing_invoices", "invoices"),
    Route("/billing/invoices/{invoice-id}", "billing_invoice", "invoices", "one"),
    Route(
        "/billing/invoices/{invoice-id}/items",
        "invoice_items",
        "invoice_items",
        "list_of",
        "links",
        owners=("invoices",),
    ),
    Route("/billing/pending-charges", "pending_charges", "pending"),
    _paged(
        "/instances",
        "instances",
        "instances",
        "tag",
        "label",
        "main_ip",
        "region",
        "firewall_group_id",
        "hostname",
    ),
    Route("/instances/{instance-id}", "instance", "instances", "one"),
    Route(
        "/instances/{instance-id}/bandwidth",
        "bandwidth",
        "bandwidth",
        "object_of",
        owners=("instances",),
    ),
    Route(
        "/instances/{instance-id}/upgrades",
        "upgrades",
        "upgrades",
        "object_of",
        owners=("instances",),
    ),
    _paged("/bare-metals", "bare_metals", "bare_metals"),
    Route(
        "/bare-metals/{baremetal-id}/bandwidth",
        "bandwidth",
        "bandwidth",
        "object_of",
        owners=("bare_metals",),
    ),
    _paged("/plans", "plans", "plans", "type", public=True),
    _paged("/plans-metal", "plans_metal", "plans_metal", public=True),
    _paged("/regions", "regions", "regions", public=True),
    Route(
        "/regions/{region-id}/availability",
        "available_plans",
        "availability",
        "list_of",
        owners=("regions",),
        public=True,
    ),
    _paged("/blocks", "blocks", "blocks"),
    _paged("/blocks/snapshots", "snapshots", "block_snapshots"),
    _paged("/snapshots", "snapshots", "snapshots", "description"),
    _paged("/backups", "backups", "backups", "instance_id"),
    _paged("/object-storage", "object_storages", "object_storages"),
    Route("/object-storage/tiers", "tiers", "object_storage_tiers", public=True),
    Route(
        "/databases", "databases", "databases", paging="total", filters=("label", "tag", "region")
    ),
    Route("/databases/plans", "plans", "database_plans"),
    Route(
        "/databases/{database-id}/usage",
        "usage",
        "database_usage",
        "object_of",
        owners=("databases",),
    ),
    Route("/kubernetes/clusters", "vke_clusters", "vke_clusters", paging="total"),
    Route(
        "/kubernetes/clusters/{vke-id}/resources",
        "resources",
        "cluster_resources",
        "object_of",
        owners=("vke_clusters",),
    ),
    _paged("/load-balancers", "load_balancers", "load_balancers"),
    _paged("/reserved-ips", "reserved_ips", "reserved_ips"),
    Route("/registries", "registries", "registries", paging="nested"),
    Route("/registry/plan/list", "plans", "registry_plans", "object"),
    Route("/cdns/pull-zones", "pull_zones", "pull_zones", paging="total"),
    Route("/cdns/push-zones", "push_zones", "push_zones", paging="total"),
    Route("/vfs", "vfs", "vfs"),
    Route("/vfs/regions", "regions", "vfs_regions"),
    Route(
        "/vfs/{vfs_id}/attachments", "attachments", "vfs_attachments", "list_of", owners=("vfs",)
    ),
    _paged("/storage-gateways", "storage_gateways", "storage_gateways"),
    Route("/inference", "subscriptions", "inference"),
    Route(
        "/inference/{inference-id}/usage",
        "usage",
        "inference_usage",
        "object_of",
        owners=("inference",),
    ),
    _paged("/vpcs", "vpcs", "vpcs"),
    Route(
        "/vpcs/{vpc-id}/nat-gateway",
        "nat_gateways",
        "nat_gateways",
        "list_of",
        "links",
        owners=("vpcs",),
    ),
    _paged("/subaccounts", "subaccounts", "subaccounts"),
    _paged("/clusters", "clusters", "clusters"),
    Route(
        "/clusters/{cluster-id}/metrics",
        "metrics",
        "gpu_cluster_metrics",
        "object_of",
        owners=("clusters",),
    ),
    _paged("/iso", "isos", "isos"),
)


def find_route(path: str) -> tuple[Route, str] | None:
    """The route of a path and the id in it; a template without an id wins over one with."""
    for route in sorted(ROUTES, key=lambda route: "{" in route.template):
        found = route.matches(path)
        if found is not None:
            return route, found
    return None


def content(account: Account, route: Route, wanted: str, query: dict[str, str]) -> Any:
    """Return the content under the envelope, before paging; None if no such resource exists."""
    held: Any = getattr(account, route.source)
    if route.kind == "one":
        return next((row for row in held if str(row["id"]) == wanted), None)
    if route.kind in ("list_of", "object_of"):
        return _owned(account, route, wanted, query)
    if route.kind == "object":
        return held
    rows = [row for row in held if _passes(row, route.filters, query)]
    if route.template == "/instances" and query.get("show_pending_charges") != "true":
        rows = [_without_charges(row) for row in rows]
    return rows


def _owned(account: Account, route: Route, wanted: str, query: dict[str, str]) -> Any:
    rows = (row for owner in route.owners for row in getattr(account, owner))
    if not any(str(row["id"]) == wanted for row in rows):
        return None
    empty: Any = [] if route.kind == "list_of" else {}
    if route.source == "availability":
        empty = _offered(account, wanted)
    entry = getattr(account, route.source).get(wanted, empty)
    if route.envelope == "bandwidth":
        return _last_days(account, entry, int(query.get("date_range", DEFAULT_DAYS)))
    return entry


def _offered(account: Account, region: str) -> list[str]:
    """The plans that name a region: what it has unless ``availability`` says otherwise."""
    offered = [*account.plans, *account.plans_metal]
    return [row["id"] for row in offered if region in row.get("locations", ())]


def _last_days(account: Account, days: Row, count: int) -> Row:
    if account.now is None:
        return dict(sorted(days.items())[-count:])
    first = (account.now - timedelta(days=count)).date().isoformat()
    return {day: used for day, used in days.items() if day >= first}


def _passes(row: Row, filters: tuple[str, ...], query: dict[str, str]) -> bool:
    return all(_has(row, name, query[name]) for name in filters if name in query)


def _has(row: Row, name: str, value: str) -> bool:
    if name == "tag" and "tags" in row:
        return value in row["tags"]
    return str(row.get(name, "")) == value


def _without_charges(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "pending_charges"}
