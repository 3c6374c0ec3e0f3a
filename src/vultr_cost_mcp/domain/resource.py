"""Things that exist now and cost money (rules D8, D15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from vultr_cost_mcp.money import HUNDRED, ZERO, total_of

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

Kind = Literal[
    "instance",
    "gpu_instance",
    "bare_metal",
    "gpu_bare_metal",
    "gpu_cluster",
    "kubernetes_node",
    "kubernetes_control_plane",
    "database",
    "block_storage",
    "block_snapshot",
    "object_storage",
    "file_system",
    "storage_gateway",
    "snapshot",
    "load_balancer",
    "reserved_ip",
    "nat_gateway",
    "registry",
    "cdn",
    "inference",
    "subscription",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
SERVER_KINDS: frozenset[Kind] = frozenset(
    {"instance", "gpu_instance", "kubernetes_node", "bare_metal", "gpu_bare_metal"}
)
# What Vultr sells by plan; the plan of other kinds only says of what type they are.
PLANNED_KINDS: frozenset[Kind] = frozenset({*SERVER_KINDS, "database", "gpu_cluster"})
METAL_KINDS: frozenset[Kind] = frozenset({"bare_metal", "gpu_bare_metal"})

ComputeClass = Literal["gpu", "cpu", "bare_metal", "not_compute", "unknown"]
PriceSource = Literal["billed", "api", "list", "table"]
State = Literal["running", "stopped", "suspended", "pending", "active", "other"]


@dataclass(frozen=True, slots=True)
class AddOn:
    """Something a server has on top of its own price: dollars a month, or percent of the price."""

    name: Literal["backups", "ddos_protection"]
    monthly: Decimal = ZERO
    percent: Decimal = ZERO

    def cost(self, plan_price: Decimal) -> Decimal:
        """Dollars a month on a server whose plan costs ``plan_price``."""
        return self.monthly + plan_price * self.percent / HUNDRED


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that exists now; ``price`` is its own dollars a month, None when unknown (D8).

    ``attached_to`` holds the ids that a volume, an address or a balancer serves: an empty tuple
    means that it serves nothing, None that its kind serves no other or that this is not known.
    ``members`` are the ids of the servers of a GPU cluster, ``metal`` tells that they are bare
    metal. ``own_pending`` are the dollars of this month that the API states on the resource.
    ``candidates`` are the dollars a month that a resource without a price in the API may cost; its
    charge decides (D9). ``node_price`` is that of each node of a resource that may have several.
    ``keep_as_snapshot`` is the highest price a month of a snapshot of a server. ``last_seen`` is
    when a stored reading last saw a deleted resource.
    """

    id: str
    kind: Kind
    label: str
    region: str
    state: State = "active"
    plan: str | None = None
    hostname: str = ""
    addresses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    created: datetime | None = None
    gpu: bool = False
    metal: bool = False
    usual_hours: int = 672
    cluster: str | None = None
    attached_to: tuple[str, ...] | None = None
    members: tuple[str, ...] = ()
    size_gb: Decimal | None = None
    used_gb: Decimal | None = None
    own_pending: Decimal | None = None
    price: Decimal | None = None
    price_source: PriceSource | None = None
    list_price: Decimal | None = None
    node_price: Decimal | None = None
    add_ons: tuple[AddOn, ...] = ()
    candidates: tuple[Decimal, ...] = ()
    keep_as_snapshot: Decimal | None = None
    note: str | None = None
    alias: str = ""
    last_seen: datetime | None = None

    @property
    def key(self) -> str:
        """Return the key for lines and sums: the id, or an alias if another kind has that id."""
        return self.alias or self.id

    @property
    def add_on_costs(self) -> dict[str, Decimal]:
        """Dollars a month by add-on; a percentage is of the plan's price, billed lower or not."""
        plan_price = self.price if self.list_price is None else self.list_price
        if plan_price is None:
            return {}
        return {add_on.name: add_on.cost(plan_price) for add_on in self.add_ons}

    @property
    def monthly_cost(self) -> Decimal | None:
        """Dollars for one whole month from now with its add-ons, before tax (D8)."""
        if self.price is None:
            return None
        return self.price + total_of(self.add_on_costs.values())

    @property
    def compute_class(self) -> ComputeClass:
        """The class of compute it is (D12)."""
        if self.kind not in SERVER_KINDS and self.kind != "gpu_cluster":
            return "not_compute"
        if self.gpu:
            return "gpu"
        return "bare_metal" if self.kind in METAL_KINDS or self.metal else "cpu"

    @property
    def name(self) -> str:
        """Return the first of label, hostname, address and id that is not empty."""
        address = self.addresses[0] if self.addresses else ""
        return self.label or self.hostname or address or self.id
