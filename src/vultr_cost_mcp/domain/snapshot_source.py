"""The source of snapshots for tools, and requests for single resources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from vultr_cost_mcp.domain.account_parts import Detail, Part
    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class DetailRequest:
    """A reading of one resource; ``days`` back where it is a history."""

    detail: Detail
    id: str
    days: int = 0


class SnapshotSource(Protocol):
    """The source of snapshots for tools: it reads the parts that are needed and not cached.

    ``follow_up`` gets the snapshot and names single resources to read next, the most important
    first; at most 200 and 15 seconds a call (D34). ``fresh`` reads every part again
    except those that do not change: price lists, past days, invoices. ``known`` are the readings of
    an answer so far, by part: they are used again, and what is read now is added to them, so that
    one answer never rests on two readings of a part.
    """

    async def __call__(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
        progress: Callable[[int, int, str], Awaitable[None]] | None = None,
        *,
        fresh: bool = False,
        known: dict[str, Any] | None = None,
    ) -> Snapshot:
        """Read and return a snapshot; raises VultrCostError only where nothing can be read."""
        ...


def clusters_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Every Kubernetes cluster, to be asked which volumes and balancers are its own."""
    return [DetailRequest("cluster_resources", cluster.id) for cluster in snapshot.clusters or ()]


def gateways_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Every VPC, to be asked for its NAT gateways."""
    return [DetailRequest("nat_gateways", vpc) for vpc in snapshot.vpcs]


def usage_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Every inference subscription, to be asked for its tokens."""
    return [
        DetailRequest("inference_usage", resource.id)
        for resource in snapshot.resources or ()
        if resource.kind == "inference"
    ]


def billed_gateways_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """The VPCs, but only where the bill names a NAT gateway or could not be read."""
    lines = list(snapshot.charges or ())
    named = any("nat gateway" in f"{line.product} {line.description}".casefold() for line in lines)
    return gateways_wanted(snapshot) if named or snapshot.charges is None else []


def most_expensive_first(
    snapshot: Snapshot, wanted: Sequence[DetailRequest]
) -> list[DetailRequest]:
    """Return requests for single resources, highest monthly cost first (D34)."""
    costs = {resource.id: resource.monthly_cost or ZERO for resource in snapshot.resources or ()}
    return sorted(wanted, key=lambda want: -costs.get(want.id, ZERO))
