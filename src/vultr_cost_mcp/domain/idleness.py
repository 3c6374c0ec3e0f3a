"""Stopped, suspended and quiet servers (rules D17, D18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.bill import COMPUTE_SERVICES
from vultr_cost_mcp.domain.resource import METAL_KINDS, SERVER_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import GpuUse, Snapshot, Traffic

QUIET_DAYS = 14
QUIET_MB_PER_DAY = 5
MEGABYTE = 1_000_000
# Use of GPUs is judged by as many days; below this percentage they do nothing (D18).
GPU_DAYS = 30
GPU_IDLE_PERCENT = 5
# A snapshot that is older is worth a look (D20).
OLD_SNAPSHOT = timedelta(days=90)
# At least 12 of 14 days must be in the map, and as many in proportion of another span.
_DAYS_READ, _OF_DAYS = 12, 14
_SETTLED = timedelta(hours=1)


def is_stopped(resource: Resource, now: datetime) -> bool:
    """Return whether a server is powered off, and was not made within the last hour (D17)."""
    if not is_powered_off(resource):
        return False
    return resource.created is None or now - resource.created > _SETTLED


def is_too_young(resource: Resource, now: datetime) -> bool:
    """Return whether a powered-off server is too young to count as stopped (D17)."""
    return is_powered_off(resource) and not is_stopped(resource, now)


def is_powered_off(resource: Resource) -> bool:
    """Return whether a server is powered off, however young it is."""
    return resource.kind in SERVER_KINDS and resource.state == "stopped"


def is_suspended(resource: Resource) -> bool:
    """Return whether Vultr suspended a server; its running line tells that it is billed (D17)."""
    return resource.kind in SERVER_KINDS and resource.state == "suspended"


def is_billed(server: Resource, snapshot: Snapshot) -> bool | None:
    """Return whether a line for the server itself runs; None where that is not known (D17)."""
    running = [
        charge
        for charge in snapshot.charges or ()
        if charge.running and charge.service in COMPUTE_SERVICES
    ]
    if any(charge.resource_id == server.key for charge in running):
        return True
    # A line that found no server may be its own, and a new server has none yet.
    unknown = any(charge.resource_id is None for charge in running)
    new = server.created is not None and snapshot.now - server.created <= _SETTLED
    if snapshot.charges is None or snapshot.missing("pending_charges") or unknown or new:
        return None
    return False


def may_be_quiet(resource: Resource, now: datetime, quiet_days: int) -> bool:
    """Return whether to read a server's traffic: it runs, is no node and is old enough (D18)."""
    running = resource.state == ("active" if resource.kind in METAL_KINDS else "running")
    if resource.kind not in SERVER_KINDS - {"kubernetes_node"} or not running:
        return False
    return resource.created is not None and resource.created <= _first_moment(now, quiet_days)


def servers_of(cluster: Resource, snapshot: Snapshot) -> tuple[Resource, ...]:
    """Return the servers of a GPU cluster that lists of servers have: they cost the money."""
    ids = frozenset(cluster.members)
    every = snapshot.resources or () if ids else ()
    return tuple(one for one in every if one.kind in SERVER_KINDS and one.id in ids)


def idle_gpus(cluster: Resource, snapshot: Snapshot) -> GpuUse | None:
    """Return the use of a cluster's GPUs if none of them worked; None if not measured (D18)."""
    use = snapshot.gpu_use.get(cluster.id) if cluster.kind == "gpu_cluster" else None
    return None if use is None or use.peak >= GPU_IDLE_PERCENT else use


def is_long_measured(use: GpuUse) -> bool:
    """Return whether GPUs were measured on enough of the last 30 days (D18)."""
    return use.days * _OF_DAYS >= GPU_DAYS * _DAYS_READ


def of_judged_clusters(snapshot: Snapshot) -> frozenset[str]:
    """Return the ids of servers whose GPUs tell whether they work: their network does not (D18).

    GPUs that worked tell it at once, those that did nothing on enough days.
    """
    judged = {
        key
        for key, use in snapshot.gpu_use.items()
        if use.peak >= GPU_IDLE_PERCENT or is_long_measured(use)
    }
    return frozenset(
        id_
        for cluster in (snapshot.resources or () if judged else ())
        if cluster.kind == "gpu_cluster" and cluster.id in judged
        for id_ in cluster.members
    )


def _first_moment(now: datetime, quiet_days: int) -> datetime:
    today = datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), UTC)
    return today - timedelta(days=quiet_days)


@dataclass(frozen=True, slots=True)
class Quietness:
    """The busiest of the days that were read, in bytes, and how many days those were."""

    days: int
    most_outgoing: int
    most_incoming: int


def quietness(
    traffic: Mapping[date, Traffic], now: datetime, quiet_days: int, quiet_mb_per_day: int
) -> Quietness | None:
    """Return how quiet a server was over the last complete UTC days; None if it was not (D18)."""
    first = _first_moment(now, quiet_days).date()
    days = [traffic[day] for day in _span(first, quiet_days) if day in traffic]
    if len(days) * _OF_DAYS < quiet_days * _DAYS_READ:
        return None
    most = max(day.outgoing for day in days)
    if most >= quiet_mb_per_day * MEGABYTE:
        return None
    return Quietness(len(days), most, max(day.incoming for day in days))


def _span(first: date, days: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(days)]
