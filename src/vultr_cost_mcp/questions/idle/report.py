"""Find servers that cost money and appear to do no work (rules D17 to D19, D23)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from vultr_cost_mcp.domain.idleness import (
    MEGABYTE,
    QUIET_DAYS,
    QUIET_MB_PER_DAY,
    idle_gpus,
    is_billed,
    is_long_measured,
    is_stopped,
    is_suspended,
    is_too_young,
    may_be_quiet,
    of_judged_clusters,
    quietness,
    servers_of,
)
from vultr_cost_mcp.domain.report_fields import (
    CheckedCount,
    Confidence,
    Exempt,
    Label,
    NamedCount,
    Omitted,
    RowId,
    Summed,
    Usd,
    top,
)
from vultr_cost_mcp.domain.resource import METAL_KINDS, SERVER_KINDS, Kind, PriceSource, Resource
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.money import (
    ZERO,
    allocate,
    allocate_known,
    cents_of,
    known_total,
    to_cents,
    total_of,
)
from vultr_cost_mcp.questions.caveats import GROSS, caveats_with, has_discounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.snapshot import Snapshot


IdleReason = Literal["stopped", "suspended", "quiet"]


@dataclass(frozen=True, slots=True)
class IdleRow:
    """A server that costs money and appears to do no work (D17, D18)."""

    id: RowId
    label: Label
    kind: Kind
    region: Label
    reason: IdleReason
    monthly_cost: Usd | None
    month_to_date: Usd | None
    evidence: str
    plan: Label | None = None
    tags: tuple[Label, ...] = ()
    confidence: Confidence = "measured"
    price_source: PriceSource | None = "list"


@dataclass(frozen=True, slots=True)
class IdleReport:
    """Idle servers; measured and inferred sums are never added together (D19).

    Suspended servers are in neither sum; those with a running line are billed all the same (D17).
    """

    instances: tuple[IdleRow, ...]
    omitted: Omitted
    stopped_count: int
    stopped_monthly_cost: Summed | None
    quiet_count: int | None
    quiet_monthly_cost: Summed | None
    suspended_count: int
    suspended_monthly_cost: Usd | None
    suspended_billed_count: int
    suspended_billed_monthly_cost: Usd | None
    unpriced: int
    exempt: Exempt
    checked: CheckedCount
    too_young: NamedCount | None = None
    caveats: tuple[str, ...] = ()


# For bare metal the API accepts no range and returns the last 30 days.
METAL_DAYS = 28
GPU_NOTE = "low traffic does not mean that the GPU is idle"
_SUSPENDED = {
    True: "suspended, and billed until it is destroyed: its line on the bill runs",
    False: "suspended; no line on the bill runs for it",
    None: "suspended; whether Vultr bills it is not known",
}
Finding = tuple[Resource, IdleReason, str]


def metrics_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Request the use of the GPUs of clusters."""
    return [
        DetailRequest("gpu_cluster_metrics", cluster.id)
        for cluster in snapshot.resources or ()
        if cluster.kind == "gpu_cluster" and cluster.gpu
    ]


def traffic_wanted(snapshot: Snapshot, *, quiet_days: int = QUIET_DAYS) -> list[DetailRequest]:
    """Request the traffic of servers that may be quiet, the most expensive first (D34)."""
    servers = [
        server
        for server in snapshot.resources or ()
        if may_be_quiet(server, snapshot.now, quiet_days)
        and (server.kind not in METAL_KINDS or quiet_days <= METAL_DAYS)
    ]
    servers.sort(key=lambda server: (-(server.monthly_cost or ZERO), server.id))
    return [
        DetailRequest(
            "bare_metal_traffic" if server.kind in METAL_KINDS else "instance_traffic",
            server.id,
            # Today and, if the API counts it, the first day of the range.
            days=quiet_days + 2,
        )
        for server in servers
    ]


def idle_instances(
    snapshot: Snapshot,
    *,
    quiet_days: int = QUIET_DAYS,
    quiet_mb_per_day: int = QUIET_MB_PER_DAY,
    limit: int = 10,
) -> IdleReport:
    """List stopped, suspended and quiet servers with their monthly cost.

    A server is quiet if it sent at most ``quiet_mb_per_day`` MB on each of the last ``quiet_days``
    days. ``limit`` is the number of rows.
    """
    snapshot.require("instances")
    found = list(_findings(snapshot, quiet_days, quiet_mb_per_day))
    exempt = [finding for finding in found if snapshot.is_exempt(finding[0])]
    counted = [finding for finding in found if not snapshot.is_exempt(finding[0])]
    costs = _costs_by_reason(counted)
    billed = [
        server for server, why, _ in counted if why == "suspended" and is_billed(server, snapshot)
    ]
    spent = _spent(snapshot)
    quiet_unread = not _count(counted, "quiet") and _no_traffic(snapshot)
    report = IdleReport(
        instances=tuple(_row(finding, costs[finding[1]], spent) for finding in counted),
        omitted=Omitted(0, ZERO),
        stopped_count=_count(counted, "stopped"),
        stopped_monthly_cost=_sum(counted, "stopped", costs),
        quiet_count=None if quiet_unread else _count(counted, "quiet"),
        quiet_monthly_cost=None if quiet_unread else _sum(counted, "quiet", costs),
        suspended_count=_count(counted, "suspended"),
        suspended_monthly_cost=_sum(counted, "suspended", costs),
        suspended_billed_count=len(billed),
        suspended_billed_monthly_cost=known_total(
            costs["suspended"].get(server.key) for server in billed
        ),
        unpriced=sum(resource.monthly_cost is None for resource, _, _ in counted),
        exempt=_exempt(exempt, snapshot),
        checked=_checked(snapshot),
        too_young=_too_young(snapshot),
    )
    report = replace(report, caveats=caveats_with(snapshot, _caveats(report, snapshot)))
    return shortened(report, limit)


def shortened(report: IdleReport, limit: int) -> IdleReport:
    """Return the report with its most expensive servers and the sum of the others."""
    rows, omitted = top(report.instances, limit, lambda row: row.monthly_cost)
    return replace(report, instances=rows, omitted=omitted)


def _exempt(found: Sequence[Finding], snapshot: Snapshot) -> Exempt:
    costs = known_total(resource.monthly_cost for resource, _, _ in found)
    named = [(resource.name, snapshot.exempting_tag(resource)) for resource, _, _ in found]
    return Exempt.of(named, cents_of(costs))


def _too_young(snapshot: Snapshot) -> NamedCount | None:
    """Return servers that are powered off and too new to count as stopped (D17); None without."""
    servers = snapshot.resources or ()
    return NamedCount.of([one.name for one in servers if is_too_young(one, snapshot.now)])


def _findings(snapshot: Snapshot, quiet_days: int, quiet_mb_per_day: int) -> Iterable[Finding]:
    measured = of_judged_clusters(snapshot)
    yield from _gpu_clusters(snapshot)
    for server in snapshot.resources or ():
        if server.kind not in SERVER_KINDS:
            continue
        if is_stopped(server, snapshot.now):
            yield server, "stopped", "powered off, and billed in full until it is destroyed"
        elif is_suspended(server):
            yield server, "suspended", _SUSPENDED[is_billed(server, snapshot)]
        elif server.id in measured:
            continue
        elif server.id in snapshot.traffic and may_be_quiet(server, snapshot.now, quiet_days):
            evidence = _quiet(server, snapshot, quiet_days, quiet_mb_per_day)
            if evidence is not None:
                yield server, "quiet", evidence


def _gpu_clusters(snapshot: Snapshot) -> Iterable[Finding]:
    """Yield each cluster whose GPUs did nothing, at the cost of its servers that are no finding.

    Servers that are stopped or suspended are findings of their own, and a tag exempts others.
    """
    for cluster in snapshot.resources or ():
        use = idle_gpus(cluster, snapshot)
        if use is None or not is_long_measured(use):
            continue
        servers = servers_of(cluster, snapshot)
        counted = [server for server in servers if _is_of_its_cluster(server, snapshot)]
        if servers and not counted:
            continue
        cost = known_total(one.monthly_cost for one in (cluster, *counted))
        evidence = f"no GPU above {use.peak:.1f} % over {count(use.days, 'day')}"
        if counted:
            evidence += f"; with its {count(len(counted), 'server')}"
        yield replace(cluster, price=cost), "quiet", evidence


def _is_of_its_cluster(server: Resource, snapshot: Snapshot) -> bool:
    """Return whether a cluster's server is a finding with its cluster, not by itself."""
    alone = is_stopped(server, snapshot.now) or is_suspended(server)
    return not alone and not snapshot.is_exempt(server)


def _spent(snapshot: Snapshot) -> dict[str, Decimal]:
    """Return the month to date by resource in cents, a cluster's with that of its servers."""
    spent = allocate(snapshot.month_to_date_by_resource())
    clusters: dict[str, Decimal] = {}
    for cluster in snapshot.resources or ():
        if cluster.kind == "gpu_cluster":
            servers = servers_of(cluster, snapshot)
            keys = [one.key for one in servers if _is_of_its_cluster(one, snapshot)]
            known = [spent[key] for key in (cluster.key, *keys) if key in spent]
            clusters |= {cluster.key: total_of(known)} if known else {}
    return {**spent, **clusters}


def _quiet(
    server: Resource, snapshot: Snapshot, quiet_days: int, quiet_mb_per_day: int
) -> str | None:
    traffic = snapshot.traffic[server.id]
    quiet = quietness(traffic, snapshot.now, quiet_days, quiet_mb_per_day)
    if quiet is None:
        return None
    evidence = (
        f"sent at most {quiet.most_outgoing / MEGABYTE:.2f} MB and received at most "
        f"{quiet.most_incoming / MEGABYTE:.2f} MB a day over {quiet.days} days"
    )
    return f"{evidence}; {GPU_NOTE}" if server.gpu else evidence


def _costs_by_reason(counted: Sequence[Finding]) -> dict[IdleReason, dict[str, Decimal]]:
    """Return the dollars a month of servers by their key, for each reason."""
    costs: dict[IdleReason, dict[str, Decimal | None]] = {name: {} for name in get_args(IdleReason)}
    for server, reason, _ in counted:
        costs[reason][server.key] = server.monthly_cost
    return {reason: allocate_known(servers) for reason, servers in costs.items()}


def _sum(
    findings: Iterable[Finding],
    reason: IdleReason,
    costs: Mapping[IdleReason, Mapping[str, Decimal]],
) -> Decimal | None:
    """Sum the cost of servers; None if no price is known."""
    return known_total(
        costs[reason].get(server.key) for server, why, _ in findings if why == reason
    )


def _no_traffic(snapshot: Snapshot) -> bool:
    """Return whether traffic was requested and none could be read (D33)."""
    checked = _checked(snapshot)
    return checked.of > 0 and checked.count == 0


def _count(findings: Iterable[Finding], reason: IdleReason) -> int:
    return sum(why == reason for _, why, _ in findings)


def _row(
    finding: Finding,
    costs: Mapping[str, Decimal],
    spent: Mapping[str, Decimal],
) -> IdleRow:
    server, reason, evidence = finding
    return IdleRow(
        id=server.id,
        label=server.name,
        kind=server.kind,
        plan=server.plan,
        region=server.region,
        tags=server.tags,
        reason=reason,
        monthly_cost=costs.get(server.key),
        price_source=server.price_source,
        month_to_date=spent.get(server.key, _own(server)),
        evidence=evidence,
        confidence="inferred" if reason == "quiet" else "measured",
    )


def _own(server: Resource) -> Decimal | None:
    return None if server.own_pending is None else to_cents(server.own_pending)


def _checked(snapshot: Snapshot) -> CheckedCount:
    rows = [
        snapshot.checked[detail]
        for detail in ("instance_traffic", "bare_metal_traffic")
        if detail in snapshot.checked
    ]
    return CheckedCount(sum(row.count for row in rows), sum(row.of for row in rows))


def _caveats(report: IdleReport, snapshot: Snapshot) -> list[str]:
    caveats = [GROSS] if has_discounts(snapshot) else []
    if report.quiet_count:
        caveats.append(
            "Quiet is inferred from public traffic: work on private networks is not in it."
        )
    if report.unpriced:
        caveats.append("Servers of plans that are no longer listed have no known price.")
    return caveats
