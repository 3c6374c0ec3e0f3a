"""Every way to cut the bill that the account shows: measured waste, then what to check (D20)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.analyze.advice import ADVICE, Advice, how_to
from vultr_cost_mcp.domain.idleness import (
    MEGABYTE,
    QUIET_DAYS,
    QUIET_MB_PER_DAY,
    is_stopped,
    may_be_quiet,
    quietness,
)
from vultr_cost_mcp.domain.reports.common import Exempt, Omitted, cut
from vultr_cost_mcp.domain.reports.savings import Action, Recommendation, SavingsReport
from vultr_cost_mcp.domain.source import Wanted
from vultr_cost_mcp.money import ZERO, allocate, to_cents, total_of
from vultr_cost_mcp.prices.projection import saved_by_destroying

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

OLD_SNAPSHOT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Finding:
    """One resource that a rule of D20 names, with what was seen."""

    action: Action
    resource: Resource
    evidence: str
    caveats: tuple[str, ...] = ()

    @property
    def advice(self) -> Advice:
        """What to say of it."""
        return ADVICE[self.action]


def ownership_wanted(snapshot: Snapshot) -> list[Wanted]:
    """The clusters to ask whether an empty balancer is theirs; none where no balancer is empty."""
    empty = any(r.kind == "load_balancer" and r.attached_to == () for r in _resources(snapshot))
    return [Wanted("cluster_resources", c.id) for c in snapshot.clusters or ()] if empty else []


def savings(
    snapshot: Snapshot, *, min_monthly: Decimal, include_inferred: bool, limit: int = 10
) -> SavingsReport:
    """Add up measured waste, each resource once; list what is worth a look beside it (D20, D22)."""
    measured = list(measured_waste(snapshot))
    taken = {finding.resource.key for finding in measured}
    inferred = [f for f in _inferred(snapshot) if f.resource.key not in taken]
    counted, exempt = _split(measured, snapshot)
    looked_at, _ = _split(inferred if include_inferred else [], snapshot)
    costs = _costs(counted)
    worth = [f for f in counted if costs.get(f.resource.key, min_monthly) >= min_monthly]
    small = [cost for cost in costs.values() if cost < min_monthly]
    rows = _rows(worth, costs, snapshot)
    shown, omitted = cut(rows, limit, lambda row: row.monthly_savings)
    look_costs = _costs(looked_at)
    look_rows = _rows(
        [f for f in looked_at if look_costs.get(f.resource.key, min_monthly) >= min_monthly],
        look_costs,
        snapshot,
    )
    looks, looks_omitted = cut(look_rows, limit, lambda row: row.monthly_savings)
    total = total_of(costs.values())
    return SavingsReport(
        total_monthly_savings=total,
        total_annual_savings=total * 12,
        investigate_monthly=total_of(look_costs.values()),
        recommendations=shown,
        omitted=omitted,
        investigations=looks,
        investigations_omitted=looks_omitted,
        below_minimum=Omitted(len(small), total_of(small)),
        unpriced=sum(finding.resource.monthly_cost is None for finding in counted),
        exempt=exempt,
    )


def measured_total(snapshot: Snapshot) -> Decimal:
    """Dollars a month of measured waste, in cents: ``total_monthly_savings`` (D19)."""
    counted, _ = _split(list(measured_waste(snapshot)), snapshot)
    return total_of(_costs(counted).values())


def _resources(snapshot: Snapshot) -> Sequence[Resource]:
    return snapshot.resources or ()


def measured_waste(snapshot: Snapshot) -> Iterable[Finding]:
    """What was read as wasted: each resource at most once (D20, D22)."""
    now = snapshot.now
    stopped = {r.id: r for r in _resources(snapshot) if is_stopped(r, now)}
    superseded = {r.key for r in _superseded(_resources(snapshot))}
    balancers_known = _balancers_known(snapshot)
    for resource in _resources(snapshot):
        unused = resource.attached_to == ()
        if stopped.get(resource.id) is resource:
            yield Finding("delete_stopped_server", resource, "powered off, billed in full")
        elif resource.kind == "block_storage" and unused:
            yield Finding("delete_unattached_volume", resource, "attached to nothing")
        elif resource.kind == "block_storage" and _only_on(resource, stopped):
            yield _volume_of_stopped(resource, stopped, snapshot)
        elif resource.kind == "reserved_ip" and unused:
            yield Finding("release_unattached_ip", resource, "attached to nothing")
        elif resource.kind == "load_balancer" and unused and balancers_known:
            if resource.id not in snapshot.owned:
                yield Finding("delete_empty_load_balancer", resource, "no server behind it")
        elif resource.key in superseded:
            evidence = "a newer snapshot has the same description"
            yield Finding("delete_superseded_snapshot", resource, evidence)


def _balancers_known(snapshot: Snapshot) -> bool:
    """Whether it is known which balancers belong to a Kubernetes cluster."""
    if snapshot.missing("kubernetes_clusters") or snapshot.missing("cluster_resources"):
        return False
    checked = snapshot.checked.get("cluster_resources")
    return not snapshot.clusters or (checked is not None and checked.count == checked.of)


def _only_on(volume: Resource, stopped: Mapping[str, Resource]) -> bool:
    return bool(volume.attached_to) and all(id_ in stopped for id_ in volume.attached_to or ())


def _volume_of_stopped(
    volume: Resource, stopped: Mapping[str, Resource], snapshot: Snapshot
) -> Finding:
    server = stopped[(volume.attached_to or ("",))[0]]
    kept = ("its server carries a tag that keeps it",) if snapshot.is_exempt(server) else ()
    return Finding(
        "delete_volume_of_stopped_server", volume, "attached only to a stopped server", kept
    )


def _superseded(resources: Iterable[Resource]) -> Iterable[Resource]:
    """Snapshots with a newer finished one of the same description; no description is no match."""
    groups: dict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        if resource.kind == "snapshot" and resource.label and resource.created is not None:
            groups[resource.label].append(resource)
    for group in groups.values():
        newest = max((r.created for r in group if r.created and r.state == "active"), default=None)
        if newest is not None:
            yield from (r for r in group if r.created is not None and r.created < newest)


def _inferred(snapshot: Snapshot) -> Iterable[Finding]:
    """What is worth a look: quiet servers, and snapshots that are over 90 days old."""
    for resource in _resources(snapshot):
        old = resource.created is not None and snapshot.now - resource.created > OLD_SNAPSHOT
        if resource.kind == "snapshot" and old:
            yield Finding("review_old_snapshot", resource, f"made on {resource.created:%Y-%m-%d}")
        elif resource.id in snapshot.traffic and may_be_quiet(resource, snapshot.now, QUIET_DAYS):
            traffic = snapshot.traffic[resource.id]
            quiet = quietness(traffic, snapshot.now, QUIET_DAYS, QUIET_MB_PER_DAY)
            if quiet is not None:
                most = f"{quiet.most_outgoing / MEGABYTE:.2f} MB"
                evidence = f"sent at most {most} a day over {quiet.days} days"
                gpu = ("network traffic proves nothing about GPU work",) if resource.gpu else ()
                yield Finding("review_quiet_server", resource, evidence, gpu)


def _split(findings: list[Finding], snapshot: Snapshot) -> tuple[list[Finding], Exempt]:
    exempt = [finding.resource for finding in findings if snapshot.is_exempt(finding.resource)]
    counted = [finding for finding in findings if not snapshot.is_exempt(finding.resource)]
    cost = to_cents(total_of(resource.monthly_cost or ZERO for resource in exempt))
    return counted, Exempt(len(exempt), cost)


def _costs(findings: Iterable[Finding]) -> dict[str, Decimal]:
    known = {f.resource.key: f.resource.monthly_cost for f in findings}
    return allocate({key: cost for key, cost in known.items() if cost is not None})


def _rows(
    findings: Sequence[Finding], costs: Mapping[str, Decimal], snapshot: Snapshot
) -> list[Recommendation]:
    own: dict[str, list[Charge]] = defaultdict(list)
    for charge in snapshot.charges or ():
        own[charge.resource_id or ""].append(charge)
    return [_row(f, costs.get(f.resource.key), own[f.resource.key], snapshot) for f in findings]


def _row(
    finding: Finding, cost: Decimal | None, charges: Sequence[Charge], snapshot: Snapshot
) -> Recommendation:
    resource, advice = finding.resource, finding.advice
    saved = saved_by_destroying(resource, charges, snapshot.month, snapshot.now)
    if snapshot.charges is None:
        saved = None
    keep = resource.keep_as_snapshot if finding.action == "delete_stopped_server" else None
    notes = (resource.note,) if resource.note else ()
    return Recommendation(
        action=finding.action,
        kind=resource.kind,
        label=resource.name,
        resource_ids=(resource.id,),
        monthly_savings=cost,
        saves_this_month=None if saved is None else to_cents(saved),
        price_source=resource.price_source,
        confidence="inferred" if finding.action.startswith("review") else "measured",
        effort=advice.effort,
        risk=advice.risk,
        reversible=advice.reversible,
        evidence=(finding.evidence,),
        caveats=(advice.lost, *finding.caveats, *notes),
        how_to=how_to(finding.action, resource),
        keep_as_snapshot=None if keep is None else to_cents(keep),
    )
