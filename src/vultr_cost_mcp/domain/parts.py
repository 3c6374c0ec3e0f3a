"""The parts of an account that a question can need, and how it asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from vultr_cost_mcp.domain.snapshot import Snapshot

Part = Literal[
    "account",
    "pending_charges",
    "regions",
    "plans",
    "plans_metal",
    "instances",
    "bare_metals",
    "kubernetes_clusters",
    "blocks",
    "snapshots",
    "load_balancers",
    "reserved_ips",
]
Detail = Literal["cluster_resources", "instance_traffic", "bare_metal_traffic"]

SERVERS: frozenset[Part] = frozenset(
    {"instances", "bare_metals", "kubernetes_clusters", "plans", "plans_metal"}
)
INVENTORY: frozenset[Part] = SERVERS | {"blocks", "snapshots", "load_balancers", "reserved_ips"}
BILL: frozenset[Part] = frozenset({"pending_charges"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reading of one resource; ``days`` back where it is a history."""

    detail: Detail
    id: str
    days: int = 0




class Take(Protocol):
    """Where tools get their snapshots from: reads what is needed and not known already.

    ``follow_up`` looks at what was read and names single resources to read after it, the most
    important first; at most 200 and 15 seconds a call (D34).
    """

    async def __call__(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[Wanted]] | None = None,
        progress: Callable[[int, int, str], Awaitable[None]] | None = None,
    ) -> Snapshot:
        """Read and return a snapshot; raises VultrCostError only where nothing can be read."""
        ...


def clusters_wanted(snapshot: Snapshot) -> list[Wanted]:
    """Every Kubernetes cluster, to be asked which volumes and balancers are its own."""
    return [Wanted("cluster_resources", cluster.id) for cluster in snapshot.clusters or ()]
