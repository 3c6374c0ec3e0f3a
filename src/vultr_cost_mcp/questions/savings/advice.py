"""Consequences of acting on a finding, and its vultr-cli command, as text only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.domain.resource import Kind, Resource

Degree = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Advice:
    """An action's effort, risk and loss, and how to undo it."""

    effort: Degree
    risk: Degree
    reversible: bool
    lost: str
    undo: str


ADVICE: dict[Action, Advice] = {
    "delete_stopped_server": Advice(
        "low",
        "high",
        reversible=False,
        lost="disk and address",
        undo="only from a snapshot",
    ),
    "delete_unattached_volume": Advice(
        "low",
        "high",
        reversible=False,
        lost="its data",
        undo="only from a copy",
    ),
    "delete_volume_of_stopped_server": Advice(
        "medium",
        "high",
        reversible=False,
        lost="its data",
        undo="only from a copy",
    ),
    "release_unattached_ip": Advice(
        "low",
        "medium",
        reversible=False,
        lost="that address",
        undo="not possible",
    ),
    "delete_empty_load_balancer": Advice(
        "low",
        "low",
        reversible=True,
        lost="address and rules",
        undo="create it again",
    ),
    "delete_superseded_snapshot": Advice(
        "low",
        "medium",
        reversible=False,
        lost="the older state",
        undo="not possible",
    ),
    "delete_unattached_file_system": Advice(
        "low",
        "high",
        reversible=False,
        lost="its data",
        undo="only from a copy",
    ),
    "delete_unused_storage_gateway": Advice(
        "low",
        "low",
        reversible=True,
        lost="its address",
        undo="create it again",
    ),
    "review_database": Advice(
        "medium",
        "medium",
        reversible=True,
        lost="reserve: a smaller plan has less",
        undo="change the plan back",
    ),
    "review_file_system": Advice(
        "high",
        "medium",
        reversible=True,
        lost="the old file system: it cannot shrink, copy to a smaller one",
        undo="copy back",
    ),
    "review_registry": Advice(
        "low",
        "low",
        reversible=True,
        lost="room: a smaller plan holds less",
        undo="change the plan back",
    ),
    "review_cdn_zone": Advice(
        "low",
        "low",
        reversible=True,
        lost="its address",
        undo="create it again",
    ),
    "review_gpu_cluster": Advice(
        "medium",
        "high",
        reversible=False,
        lost="its servers and their disks",
        undo="build it again",
    ),
    "review_kubernetes_leftover": Advice(
        "low",
        "high",
        reversible=False,
        lost="its data",
        undo="only from a copy",
    ),
    "review_orphan": Advice(
        "low",
        "high",
        reversible=False,
        lost="its data",
        undo="only from a copy",
    ),
    "review_cheaper_plan": Advice(
        "medium",
        "medium",
        reversible=False,
        lost="a restart; another processor",
        undo="plans cannot be downgraded: rebuild the server",
    ),
    "review_quiet_server": Advice(
        "medium",
        "high",
        reversible=False,
        lost="disk and address: ask its owner",
        undo="only from a snapshot",
    ),
    "review_old_snapshot": Advice(
        "low",
        "medium",
        reversible=False,
        lost="that state of the disk",
        undo="not possible",
    ),
}

# The loss of deleting an unused resource depends on its kind.
_UNUSED: dict[Kind, Action] = {
    "block_storage": "delete_unattached_volume",
    "file_system": "delete_unattached_file_system",
    "load_balancer": "delete_empty_load_balancer",
    "reserved_ip": "release_unattached_ip",
    "storage_gateway": "delete_unused_storage_gateway",
}

# The commands of vultr-cli 3, by kind.
_DELETE: dict[Kind, str] = {
    "instance": "instance delete",
    "gpu_instance": "instance delete",
    "bare_metal": "bare-metal delete",
    "gpu_bare_metal": "bare-metal delete",
    "block_storage": "block-storage delete",
    "snapshot": "snapshot delete",
    "load_balancer": "load-balancer delete",
    "reserved_ip": "reserved-ip delete",
    "database": "database delete",
    "registry": "container-registry delete",
    "inference": "inference delete",
    "object_storage": "object-storage delete",
}
# Actions without a vultr-cli command are done in the customer portal.
_PORTAL = "in the customer portal at my.vultr.com"
_CHANGES: dict[Action, str] = {
    "review_database": "vultr-cli database update",
    "review_registry": "vultr-cli container-registry update",
}
# Ids become part of a command line: drop every other character.
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9.-]")


# A guess is looked at before anything is deleted.
_LOOK_FIRST: frozenset[Action] = frozenset(
    {
        "review_quiet_server",
        "review_old_snapshot",
        "review_orphan",
        "review_kubernetes_leftover",
        "review_cdn_zone",
        "review_gpu_cluster",
    }
)


def _look(resource: Resource, resource_id: str) -> str:
    """Return the command that shows a resource, before anybody deletes it."""
    command = _DELETE.get(resource.kind)
    if command is None:
        return _PORTAL
    return f"vultr-cli {command.removesuffix(' delete')} get {resource_id}"


def advice_for(action: Action, resource: Resource) -> Advice:
    """Return the effort, risk and consequences of acting on a finding."""
    left = action == "review_kubernetes_leftover" and resource.kind == "load_balancer"
    unused = _UNUSED.get(resource.kind) if left or action == "review_orphan" else None
    return ADVICE[unused or action]


def upgrade(server: Resource, plan: str) -> str:
    """Return the command that moves a server to another plan."""
    server_id, plan_id = (_NOT_OF_AN_ID.sub("", text) for text in (server.id, plan))
    return f"vultr-cli instance plan upgrade {server_id} --plan {plan_id}"


def how_to(action: Action, resource: Resource) -> str:
    """Return the command for the action."""
    resource_id = _NOT_OF_AN_ID.sub("", resource.id)
    if action in _LOOK_FIRST:
        return _look(resource, resource_id)
    if resource.kind == "kubernetes_node":
        return "shrink its pool: vultr-cli kubernetes node-pool update"
    if action in _CHANGES:
        return f"{_CHANGES[action]} {resource_id}".strip()
    if resource.kind not in _DELETE:
        return _PORTAL
    return f"vultr-cli {_DELETE[resource.kind]} {resource_id}"
