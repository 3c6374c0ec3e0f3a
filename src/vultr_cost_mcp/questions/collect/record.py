"""Make the metrics record of a reading, and its rows for the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.month_end import project_month_end
from vultr_cost_mcp.billing.months import match_deleted_resources
from vultr_cost_mcp.billing.stored_rows import stored_resource
from vultr_cost_mcp.domain.bill import COMPUTE_SERVICES
from vultr_cost_mcp.domain.history import (
    StoredFinding,
    StoredInvoice,
    StoredLine,
    StoredResource,
)
from vultr_cost_mcp.domain.idleness import OLD_SNAPSHOT, is_stopped
from vultr_cost_mcp.domain.metrics import CLOUD_PROVIDER, Metrics
from vultr_cost_mcp.domain.resource import METAL_KINDS, SERVER_KINDS, Kind, Resource
from vultr_cost_mcp.money import ZERO, allocate, to_cents, total_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable
    from decimal import Decimal

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.bill import Charge, Service
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.questions.savings.report import SavingsReport

Cost = Literal[
    "gpu_cost", "compute_cost", "storage_cost", "network_cost", "backup_cost", "other_cost"
]
_COSTS: dict[Service, Cost] = {
    **dict.fromkeys(COMPUTE_SERVICES, "compute_cost"),
    "Block Storage": "storage_cost",
    "Object Storage": "storage_cost",
    "File System": "storage_cost",
    "Snapshots": "storage_cost",
    "Networking": "network_cost",
    "Load Balancers": "network_cost",
    "CDN": "network_cost",
    "Backups": "backup_cost",
}
_CLOUD: frozenset[Kind] = frozenset({"instance", "gpu_instance", "kubernetes_node"})
_SNAPSHOTS: frozenset[Kind] = frozenset({"snapshot", "block_snapshot"})
_CLOUD_LISTS: frozenset[Part] = frozenset({"instances", "kubernetes_clusters"})
_SERVER_LISTS: frozenset[Part] = frozenset({*_CLOUD_LISTS, "bare_metals"})
# Lists that may hold GPU servers, and the services of their lines.
_GPU_LISTS: frozenset[Part] = frozenset({*_SERVER_LISTS, "gpu_clusters"})
_OF_SERVERS: frozenset[Service] = frozenset({*COMPUTE_SERVICES, "Backups"})


def metrics(snapshot: Snapshot, *, customer_id: str, investigations: int | None) -> Metrics:
    """Return the record of a reading; ``investigations`` is their number, None if unknown.

    A count is None if a list that it needs was not fully read.
    """
    now = snapshot.now
    invoiced = snapshot.invoiced_this_month
    balance = snapshot.balance.balance if snapshot.balance else None
    return Metrics(
        timestamp=snapshot.as_of,
        customer_id=customer_id,
        billing_period=snapshot.month.name,
        account_balance=None if balance is None else to_cents(balance),
        pending_charges=to_cents(snapshot.pending_month_to_date),
        monthly_spend=_projected(snapshot),
        **_costs(snapshot),
        instance_count=_count(snapshot, _CLOUD_LISTS, lambda r: r.kind in _CLOUD),
        gpu_instance_count=_count(
            snapshot, _SERVER_LISTS, lambda r: r.kind in SERVER_KINDS and r.gpu
        ),
        bare_metal_count=_count(snapshot, {"bare_metals"}, lambda r: r.kind in METAL_KINDS),
        idle_instances=_count(
            snapshot, _CLOUD_LISTS, lambda r: is_stopped(r, now) and not snapshot.is_exempt(r)
        ),
        underutilized_resources=investigations,
        snapshot_waste=_old_snapshots(snapshot),
        cloud_provider=CLOUD_PROVIDER,
        invoiced_this_month=None if invoiced is None else to_cents(invoiced),
    )


def _projected(snapshot: Snapshot) -> Decimal | None:
    return None if snapshot.charges is None else to_cents(project_month_end(snapshot).at_month_end)


def _costs(snapshot: Snapshot) -> dict[Cost, Decimal | None]:
    """Sum every line into exactly one cost, by its resource's class, then by service."""
    sums: dict[Cost, Decimal] = dict.fromkeys(
        (
            "gpu_cost",
            "compute_cost",
            "storage_cost",
            "network_cost",
            "backup_cost",
            "other_cost",
        ),
        ZERO,
    )
    if snapshot.charges is None:
        return dict.fromkeys(sums)
    gpus = {resource.key for resource in snapshot.known if resource.compute_class == "gpu"}
    charges = match_deleted_resources(snapshot.charges, snapshot.former)
    for charge in charges:
        sums[_cost_of(charge, gpus)] += charge.total
    unknown = _unknown_costs(snapshot, charges)
    return {name: None if name in unknown else cents for name, cents in allocate(sums).items()}


def _unknown_costs(snapshot: Snapshot, charges: Iterable[Charge]) -> set[Cost]:
    """Return the costs that cannot be known because not all servers were read."""
    if snapshot.resources is not None and not any(map(snapshot.missing, _GPU_LISTS)):
        return set()
    lost = (c for c in charges if c.resource_id is None and c.service in _OF_SERVERS)
    # Each may be of a server with or without GPUs, so both sums are unknown.
    costs: set[Cost] = {_COSTS[charge.service] for charge in lost}
    return costs and {"gpu_cost", *costs}


def _cost_of(charge: Charge, gpus: Container[str]) -> Cost:
    if charge.resource_id is not None and charge.resource_id in gpus:
        return "gpu_cost"
    return _COSTS.get(charge.service, "other_cost")


def _count(
    snapshot: Snapshot, lists: Collection[Part], counts: Callable[[Resource], bool]
) -> int | None:
    """Count resources; None if one of the lists was not fully read."""
    if snapshot.resources is None or any(snapshot.missing(part) for part in lists):
        return None
    return sum(counts(resource) for resource in snapshot.resources)


def _old_snapshots(snapshot: Snapshot) -> Decimal | None:
    lists: tuple[Part, ...] = ("snapshots", "block_snapshots")
    if snapshot.resources is None or any(snapshot.missing(part) for part in lists):
        return None
    return to_cents(
        total_of(
            resource.monthly_cost or ZERO
            for resource in snapshot.resources
            if resource.kind in _SNAPSHOTS
            and resource.created is not None
            and snapshot.now - resource.created > OLD_SNAPSHOT
        )
    )


def kept_lines(snapshot: Snapshot) -> tuple[StoredLine, ...]:
    """Return every pending line with its resource, for the store."""
    by_id = snapshot.by_id()
    periods = (
        (snapshot.month.previous.name, snapshot.uninvoiced_previous),
        (snapshot.month.name, match_deleted_resources(snapshot.charges or (), snapshot.former)),
    )
    return tuple(
        StoredLine(
            period=period,
            line=charge.line,
            service=charge.service,
            resource_id=charge.resource_id,
            region=by_id[charge.resource_id].region if charge.resource_id in by_id else None,
        )
        for period, charges in periods
        for charge in charges
    )


def kept_resources(snapshot: Snapshot) -> tuple[StoredResource, ...]:
    """Return every existing resource with its price and its cost this month."""
    spent = snapshot.month_to_date_by_resource()
    return tuple(
        stored_resource(resource, spent.get(resource.key, resource.own_pending))
        for resource in snapshot.resources or ()
    )


def kept_findings(report: SavingsReport | None) -> tuple[StoredFinding, ...]:
    """Return measured waste with its monthly cost and reason, then investigations."""
    found = (*report.recommendations, *report.investigations) if report else ()
    return tuple(
        StoredFinding(
            action=row.action,
            kind=row.kind or "",
            label=row.label,
            resource_ids=row.resource_ids,
            confidence=row.confidence,
            monthly_cost=row.monthly_savings,
            reasons=row.evidence,
        )
        for row in found
    )


def kept_invoices(snapshot: Snapshot) -> tuple[StoredInvoice, ...]:
    """Return every invoice with all its lines read and a known month."""
    return tuple(
        StoredInvoice(
            invoice.stated, invoice.month.name, tuple((c, c.service) for c in invoice.lines or ())
        )
        for invoice in snapshot.invoices or ()
        if invoice.read_wholly and invoice.month is not None
    )
