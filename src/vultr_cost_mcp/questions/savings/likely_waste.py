"""Likely waste, worth a look but outside every total (D20, inferred)."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.domain.idleness import (
    MEGABYTE,
    OLD_SNAPSHOT,
    QUIET_DAYS,
    QUIET_MB_PER_DAY,
    idle_gpus,
    may_be_quiet,
    of_judged_clusters,
    quietness,
    servers_of,
)
from vultr_cost_mcp.domain.snapshot_source import DetailRequest, clusters_wanted
from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.money import HUNDRED, ZERO
from vultr_cost_mcp.questions.savings.findings import Finding
from vultr_cost_mcp.questions.savings.orphans import Attachments

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

# A database is reported below a quarter of its CPU and half of its memory.
DATABASE_CPU_PERCENT = Decimal(25)
DATABASE_MEMORY_PERCENT = Decimal(50)
# A file system or registry is reported if less than a fifth is used.
USED_PERCENT = Decimal(20)
# A smaller one needs the used size and half as much again.
HEADROOM = Decimal("1.5")
# The smallest file system of each type, in GB.
_SMALLEST_GB = {"nvme": Decimal(10), "hdd": Decimal(40)}


def usage_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Request the use of databases and GPU clusters, and possible owners of leftovers."""
    resources, attachments = snapshot.resources or (), Attachments.of(snapshot)
    return [
        *(clusters_wanted(snapshot) if any(map(attachments.owner_wanted, resources)) else ()),
        *(DetailRequest("database_usage", r.id) for r in resources if r.kind == "database"),
        *(
            DetailRequest("gpu_cluster_metrics", r.id)
            for r in resources
            if r.kind == "gpu_cluster" and r.gpu
        ),
    ]


def inferred_waste(snapshot: Snapshot, taken: Container[str]) -> Iterable[Finding]:
    """Yield each resource that a rule names, once, unless it is in ``taken``."""
    attachments = Attachments.of(snapshot)
    clusters = list(_gpu_clusters(snapshot, taken))
    yield from clusters
    covered = {resource.key for finding in clusters for resource in finding.resources}
    for resource in snapshot.resources or ():
        if resource.key in taken or resource.key in covered:
            continue
        left = (attachments.leftover(resource), attachments.orphan(resource))
        found = chain(left, (rule(resource, snapshot) for rule in _RULES))
        finding = next((one for one in found if one is not None), None)
        if finding is not None:
            yield finding


def _old_snapshot(resource: Resource, snapshot: Snapshot) -> Finding | None:
    if resource.kind not in {"snapshot", "block_snapshot"} or resource.created is None:
        return None
    if snapshot.now - resource.created <= OLD_SNAPSHOT:
        return None
    return Finding("review_old_snapshot", resource, f"made on {day_name(resource.created)}")


def _quiet_server(resource: Resource, snapshot: Snapshot) -> Finding | None:
    traffic = snapshot.traffic.get(resource.id)
    if traffic is None or not may_be_quiet(resource, snapshot.now, QUIET_DAYS):
        return None
    quiet = quietness(traffic, snapshot.now, QUIET_DAYS, QUIET_MB_PER_DAY)
    if quiet is None or resource.id in of_judged_clusters(snapshot):
        return None
    most = f"{quiet.most_outgoing / MEGABYTE:.2f} MB"
    gpu = ("low traffic does not mean that the GPU is idle",) if resource.gpu else ()
    evidence = f"sent at most {most} a day over {quiet.days} days"
    return Finding("review_quiet_server", resource, evidence, gpu)


def _database(resource: Resource, snapshot: Snapshot) -> Finding | None:
    use = snapshot.database_use.get(resource.id)
    if use is None or use.cpu is None or use.memory is None:
        return None
    if use.cpu >= DATABASE_CPU_PERCENT or use.memory >= DATABASE_MEMORY_PERCENT:
        return None
    evidence = f"{use.cpu:.1f} % of processor and {use.memory:.1f} % of memory in the last hour"
    caveat = "one reading: look at a week before acting"
    return Finding("review_database", resource, evidence, (caveat,), partial=True)


def _over_large(resource: Resource, snapshot: Snapshot) -> Finding | None:
    """Report a file system or registry that is mostly unused."""
    del snapshot
    size, used = resource.size_gb, resource.used_gb
    if resource.kind not in {"file_system", "registry"} or not resource.price:
        return None
    if not size or used is None or used * HUNDRED >= size * USED_PERCENT:
        return None
    evidence = f"{used:.0f} of {size:.0f} GB used"
    if resource.kind == "registry":
        return Finding("review_registry", resource, evidence, partial=True)
    needed = max(used * HEADROOM, _SMALLEST_GB.get(resource.plan or "", ZERO))
    saves = resource.price * (1 - min(needed, size) / size)
    return Finding("review_file_system", resource, evidence, saves=saves, partial=True)


def _cdn_zone(resource: Resource, snapshot: Snapshot) -> Finding | None:
    del snapshot
    if resource.kind != "cdn" or resource.used_gb is None or resource.used_gb > 0:
        return None
    return Finding("review_cdn_zone", resource, "no traffic is counted")


def _gpu_clusters(snapshot: Snapshot, taken: Container[str]) -> Iterable[Finding]:
    """Yield each cluster whose GPUs did nothing, together with its servers.

    Servers in ``taken``, and those that a tag exempts, do not count.
    """
    kept = "deleting the cluster alone keeps its servers, and they are billed on"
    for cluster in snapshot.resources or ():
        use = idle_gpus(cluster, snapshot)
        if use is None:
            continue
        servers = servers_of(cluster, snapshot)
        counted = tuple(
            one for one in servers if one.key not in taken and not snapshot.is_exempt(one)
        )
        if servers and not counted:
            continue
        evidence = f"no GPU above {use.peak:.1f} % over {count(use.days, 'day')}"
        yield Finding("review_gpu_cluster", cluster, evidence, (kept,), together=counted)


_RULES: tuple[Callable[[Resource, Snapshot], Finding | None], ...] = (
    _old_snapshot,
    _quiet_server,
    _database,
    _over_large,
    _cdn_zone,
)
