"""Measured waste: stopped, unattached or superseded resources (D20, measured)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.idleness import is_stopped
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.questions.savings.findings import Finding
from vultr_cost_mcp.questions.savings.orphans import (
    exported,
    exports_known,
    is_named_by_a_cluster,
    is_young,
    owners_known,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.domain.resource import Kind, Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

_UNUSED: Mapping[Kind, Action] = {
    "block_storage": "delete_unattached_volume",
    "reserved_ip": "release_unattached_ip",
    "file_system": "delete_unattached_file_system",
    "storage_gateway": "delete_unused_storage_gateway",
}


# The reason that every finding of an action has; in doubt, a finding has caveats beside it.
EVIDENCE: Mapping[Action, str] = {
    "delete_stopped_server": "powered off, billed in full",
    "delete_unattached_volume": "attached to nothing",
    "release_unattached_ip": "attached to nothing",
    "delete_unattached_file_system": "attached to nothing",
    "delete_unused_storage_gateway": "attached to nothing",
    "delete_volume_of_stopped_server": "attached only to a stopped server",
    "delete_empty_load_balancer": "no server behind it",
    "delete_superseded_snapshot": "a newer snapshot has the same description",
}
# The kind of resource that an action is for, or mostly for.
KIND_OF: Mapping[Action, Kind] = {
    "delete_stopped_server": "instance",
    "delete_unattached_volume": "block_storage",
    "release_unattached_ip": "reserved_ip",
    "delete_unattached_file_system": "file_system",
    "delete_unused_storage_gateway": "storage_gateway",
    "delete_volume_of_stopped_server": "block_storage",
    "delete_empty_load_balancer": "load_balancer",
    "delete_superseded_snapshot": "snapshot",
}


def ownership_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Request details that decide about unused balancers and file systems.

    Clusters are requested only if a balancer is empty.
    """
    resources = snapshot.resources or ()
    empty = any(r.kind == "load_balancer" and r.attached_to == () for r in resources)
    clusters = snapshot.clusters or () if empty else ()
    return [
        *(DetailRequest("cluster_resources", cluster.id) for cluster in clusters),
        *(
            DetailRequest("file_system_attachments", r.id)
            for r in resources
            if r.kind == "file_system"
        ),
    ]


def measured_waste(snapshot: Snapshot) -> Iterable[Finding]:
    """Yield every wasted resource once (D20, D22)."""
    resources = snapshot.resources or ()
    stopped = {r.id: r for r in resources if is_stopped(r, snapshot.now)}
    superseded = {r.key for r in _superseded(resources)}
    balancers_known, served = owners_known(snapshot), exported(snapshot)
    for resource in resources:
        unused = resource.attached_to == () and resource.id not in served
        if is_stopped(resource, snapshot.now):
            yield _found("delete_stopped_server", resource)
        elif unused and resource.kind in _UNUSED:
            yield _found(_UNUSED[resource.kind], resource, _doubts(resource, snapshot))
        elif resource.kind == "block_storage" and _only_on(resource, stopped):
            yield _volume_of_stopped(resource, stopped, snapshot)
        elif unused and _is_own_balancer(resource, snapshot, known=balancers_known):
            yield _found("delete_empty_load_balancer", resource)
        elif resource.key in superseded:
            yield _found("delete_superseded_snapshot", resource)


def _found(action: Action, resource: Resource, caveats: tuple[str, ...] = ()) -> Finding:
    return Finding(action, resource, EVIDENCE[action], caveats)


def owned_balancers(snapshot: Snapshot) -> list[str]:
    """Return the clusters of empty balancers that are no waste: one name for each balancer."""
    return [
        snapshot.owned[resource.id]
        for resource in snapshot.resources or ()
        if resource.kind == "load_balancer"
        and resource.attached_to == ()
        and resource.id in snapshot.owned
    ]


def _is_own_balancer(resource: Resource, snapshot: Snapshot, *, known: bool) -> bool:
    """Return whether no cluster owns a balancer; a cluster may not list a new one yet."""
    if resource.kind != "load_balancer" or not known or resource.id in snapshot.owned:
        return False
    return not (is_named_by_a_cluster(resource) and is_young(resource, snapshot))


def _doubts(resource: Resource, snapshot: Snapshot) -> tuple[str, ...]:
    """Return checks to make before deleting an unattached resource."""
    if resource.kind == "file_system" and not exports_known(snapshot):
        return ("which storage gateways serve it could not be read",)
    if resource.kind == "block_storage" and resource.id in snapshot.owned:
        return (f"cluster {snapshot.owned[resource.id]} owns it: delete its claim there",)
    if is_named_by_a_cluster(resource):
        return ("Kubernetes-style name: check that no PVC uses it",)
    return ()


def _only_on(volume: Resource, stopped: Mapping[str, Resource]) -> bool:
    return bool(volume.attached_to) and all(id_ in stopped for id_ in volume.attached_to or ())


def _volume_of_stopped(
    volume: Resource, stopped: Mapping[str, Resource], snapshot: Snapshot
) -> Finding:
    server = stopped[(volume.attached_to or ("",))[0]]
    kept = ("its server carries a tag that keeps it",) if snapshot.is_exempt(server) else ()
    return _found("delete_volume_of_stopped_server", volume, kept)


def _superseded(resources: Iterable[Resource]) -> Iterable[Resource]:
    """Yield snapshots with a newer finished one of the same, non-empty description."""
    groups: dict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        if resource.kind == "snapshot" and resource.label and resource.created is not None:
            groups[resource.label].append(resource)
    for group in groups.values():
        newest = max((r.created for r in group if r.created and r.state == "active"), default=None)
        if newest is not None:
            yield from (r for r in group if r.created is not None and r.created < newest)
