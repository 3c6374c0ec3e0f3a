"""Resources attached only to missing ones, and leftovers of Kubernetes clusters (D20)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.resource import SERVER_KINDS, Kind
from vultr_cost_mcp.questions.savings.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

_NODES = ("kubernetes_clusters", "kubernetes_nodes")
_SERVERS = ("instances", "bare_metals", *_NODES)
# The lists with the targets of a kind's attachments: all must have been fully read.
_HOLDERS: Mapping[Kind, tuple[str, ...]] = {
    "block_storage": _SERVERS,
    "reserved_ip": (*_SERVERS, "load_balancers"),
    "load_balancer": ("instances", *_NODES),
    "file_system": _SERVERS,
    "storage_gateway": ("file_systems",),
}
# Lists are read concurrently: a resource created meanwhile may be in one and not in another.
_SETTLED = timedelta(hours=1)
_ATTACHED: frozenset[Kind] = frozenset(
    {*_HOLDERS, *SERVER_KINDS, "gpu_cluster", "kubernetes_control_plane"}
)
_OF_KUBERNETES = re.compile(
    r"(pvc-[0-9a-z-]+|csi[-_].*|k8s[-_].*|kubernetes[-_].*|vke-.*)", re.IGNORECASE | re.DOTALL
)
# Kubernetes names a balancer "a" and its service's UUID without dashes, cut to 32 characters.
_BALANCER = re.compile(r"a[0-9a-f]{31}", re.IGNORECASE)
_MOST_IDS = 3
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9.-]")


@dataclass(frozen=True, slots=True)
class Attachments:
    """The resources of an account that others may be attached to, each looked up once.

    ``names`` are the ids of all resources, and other names that attachments use. ``nodes`` are the
    ids of Kubernetes nodes, ``exported`` those of the file systems that a storage gateway serves.
    ``settled`` is false if a resource was created within the last hour.
    """

    snapshot: Snapshot
    names: frozenset[str]
    nodes: frozenset[str]
    exported: frozenset[str]
    settled: bool

    @classmethod
    def of(cls, snapshot: Snapshot) -> Attachments:
        """Collect the attachments of a snapshot."""
        resources = snapshot.resources or ()
        return cls(
            snapshot,
            names=frozenset(_folded(name) for r in resources for name in _names_of(r)),
            nodes=frozenset(r.id for r in resources if r.kind == "kubernetes_node"),
            exported=exported(snapshot),
            settled=not any(is_young(r, snapshot) for r in resources if r.kind in _ATTACHED),
        )

    def orphan(self, resource: Resource) -> Finding | None:
        """Return a finding if everything that the resource is attached to is gone."""
        served = resource.attached_to
        if not served or not self.settled or not self._are_holders_known(resource.kind):
            return None
        if not self._serves_nothing_that_exists(resource) or self._may_be_a_clusters(resource):
            return None
        if resource.id in self.exported:
            return None
        gone = ", ".join(_NOT_OF_AN_ID.sub("", id_) for id_ in served[:_MOST_IDS])
        more = f" and {len(served) - _MOST_IDS} more" if len(served) > _MOST_IDS else ""
        evidence = f"serves only {gone}{more}, no longer in any list"
        return Finding("review_orphan", resource, evidence)

    def leftover(self, resource: Resource) -> Finding | None:
        """Return a finding if a cluster made the resource and no existing cluster owns it."""
        snapshot = self.snapshot
        if not is_named_by_a_cluster(resource) or self._is_a_clusters(resource):
            return None
        if snapshot.clusters is None or not owners_known(snapshot) or is_young(resource, snapshot):
            return None
        return Finding("review_kubernetes_leftover", resource, "named by a cluster, owned by none")

    def owner_wanted(self, resource: Resource) -> bool:
        """Return whether to ask the clusters if they own the resource."""
        if is_named_by_a_cluster(resource):
            return True
        is_balancer = resource.kind == "load_balancer" and bool(resource.attached_to)
        return is_balancer and self._serves_nothing_that_exists(resource)

    def _serves_nothing_that_exists(self, resource: Resource) -> bool:
        return self.names.isdisjoint(_folded(id_) for id_ in resource.attached_to or ())

    def _are_holders_known(self, kind: Kind) -> bool:
        parts = _HOLDERS.get(kind, ())
        return bool(parts) and all(_is_whole(part, self.snapshot) for part in parts)

    def _is_a_clusters(self, resource: Resource) -> bool:
        """Return whether an existing cluster owns a resource, or has a node that it serves."""
        served = resource.attached_to or ()
        return resource.id in self.snapshot.owned or not self.nodes.isdisjoint(served)

    def _may_be_a_clusters(self, resource: Resource) -> bool:
        """Return whether a cluster owns a resource or may own it, by its kind or name."""
        may_be = resource.kind == "load_balancer" or is_named_by_a_cluster(resource)
        return self._is_a_clusters(resource) or (may_be and not owners_known(self.snapshot))


def exported(snapshot: Snapshot) -> frozenset[str]:
    """Return the ids of the file systems that a storage gateway serves."""
    return frozenset(
        served
        for gateway in snapshot.resources or ()
        if gateway.kind == "storage_gateway"
        for served in gateway.attached_to or ()
    )


def exports_known(snapshot: Snapshot) -> bool:
    """Return whether the file systems of every storage gateway are known."""
    gateways = (r for r in snapshot.resources or () if r.kind == "storage_gateway")
    told = all(gateway.attached_to is not None for gateway in gateways)
    return told and not snapshot.missing("storage_gateways")


def is_named_by_a_cluster(resource: Resource) -> bool:
    """Return whether a volume or balancer has a name as given by Kubernetes."""
    label = resource.label.strip()
    if resource.kind == "load_balancer" and _BALANCER.fullmatch(label):
        return True
    may_be = resource.kind in {"block_storage", "load_balancer"}
    return may_be and _OF_KUBERNETES.fullmatch(label) is not None


def owners_known(snapshot: Snapshot) -> bool:
    """Return whether the resources of all Kubernetes clusters were read."""
    if snapshot.missing("kubernetes_clusters") or snapshot.missing("cluster_resources"):
        return False
    checked = snapshot.checked.get("cluster_resources")
    return not snapshot.clusters or (checked is not None and checked.count == checked.of)


def is_young(resource: Resource, snapshot: Snapshot) -> bool:
    """Return whether a resource was created within the last hour."""
    return resource.created is not None and snapshot.now - resource.created <= _SETTLED


def _is_whole(part: str, snapshot: Snapshot) -> bool:
    """Return whether a list was fully read; nodes come with their clusters."""
    read = part == "kubernetes_nodes" or part in snapshot.sources
    return read and not snapshot.missing(part)


def _names_of(resource: Resource) -> Iterable[str]:
    named = (resource.label, resource.hostname) if resource.kind in SERVER_KINDS else ()
    names = (resource.id, *resource.members, *resource.addresses, *named)
    return (name for name in names if name)


def _folded(name: str) -> str:
    return name.strip().casefold()
