"""Where tools get their snapshots from, and how they ask for single resources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vultr_cost_mcp.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from vultr_cost_mcp.domain.parts import Detail, Part
    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class DetailRequest:
    """A reading of one resource; ``days`` back where it is a history."""

    detail: Detail
    id: str
    days: int = 0


class SnapshotSource(Protocol):
    """Where tools get their snapshots from: reads what is needed and not known already.

    ``follow_up`` looks at what was read and names single resources to read after it, the most
    important first; at most 200 and 15 seconds a call (D34). ``fresh`` takes nothing that was
    read before the call, but for what does not change: price lists, past days, invoices.
    """

    async def __call__(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
        progress: Callable[[int, int, str], Awaitable[None]] | None = None,
        *,
        fresh: bool = False,
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
    """Readings of single resources in the order of what those cost a month (D34)."""
    costs = {resource.id: resource.monthly_cost or ZERO for resource in snapshot.resources or ()}
    return sorted(wanted, key=lambda want: -costs.get(want.id, ZERO))
