"""Numbers of existing resources by kind, each None where its list could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.idleness import is_stopped
from vultr_cost_mcp.domain.resource import SERVER_KINDS, Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot

_CLOUD: frozenset[Kind] = frozenset({"instance", "gpu_instance", "kubernetes_node"})


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of existing resources; None if a list could not be read.

    ``stopped_servers`` are those in ``idle_monthly_cost``: neither exempt nor too young (D17, D23).
    """

    servers: int | None
    stopped_servers: int | None
    gpu_servers: int | None
    bare_metal: int | None
    kubernetes_nodes: int | None
    volumes: int | None
    snapshots: int | None
    load_balancers: int | None
    reserved_ips: int | None
    unpriced: int | None


def counts_of(snapshot: Snapshot) -> Counts:
    """Count resources; servers that a tag exempts are not among the stopped ones (D23)."""
    stopped = [
        r
        for r in snapshot.resources or ()
        if is_stopped(r, snapshot.now) and not snapshot.is_exempt(r)
    ]
    gpu = [r for r in snapshot.resources or () if r.kind in SERVER_KINDS and r.gpu]
    unpriced = [r for r in snapshot.resources or () if r.monthly_cost is None]
    return Counts(
        servers=_count(snapshot, _CLOUD, "instances"),
        stopped_servers=_number(snapshot, stopped, "instances"),
        gpu_servers=None
        if "bare_metals" in snapshot.failures
        else _number(snapshot, gpu, "instances"),
        bare_metal=_count(snapshot, {"bare_metal", "gpu_bare_metal"}, "bare_metals"),
        kubernetes_nodes=_count(snapshot, {"kubernetes_node"}, "kubernetes_clusters"),
        volumes=_count(snapshot, {"block_storage"}, "blocks"),
        snapshots=_count(snapshot, {"snapshot"}, "snapshots"),
        load_balancers=_count(snapshot, {"load_balancer"}, "load_balancers"),
        reserved_ips=_count(snapshot, {"reserved_ip"}, "reserved_ips"),
        unpriced=_number(snapshot, unpriced, "instances"),
    )


def _count(snapshot: Snapshot, kinds: Collection[Kind], part: Part) -> int | None:
    return _number(snapshot, [r for r in snapshot.resources or () if r.kind in kinds], part)


def _number(snapshot: Snapshot, resources: Iterable[Resource], part: Part) -> int | None:
    """Count resources; None if the list could not be read at all."""
    return None if snapshot.resources is None or part in snapshot.failures else len(list(resources))
