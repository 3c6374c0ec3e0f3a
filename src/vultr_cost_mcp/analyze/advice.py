"""What acting on a finding loses and the vultr-cli line for it: text, never carried out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.reports.savings import Action
    from vultr_cost_mcp.domain.resource import Kind, Resource

Degree = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Advice:
    """How hard and how dangerous an action is, and what it loses."""

    effort: Degree
    risk: Degree
    reversible: bool
    lost: str


ADVICE: dict[Action, Advice] = {
    "delete_stopped_server": Advice(
        "low", "high", reversible=False, lost="its disk and address are lost: snapshot it first"
    ),
    "delete_unattached_volume": Advice(
        "low", "high", reversible=False, lost="its data is lost: copy it first"
    ),
    "delete_volume_of_stopped_server": Advice(
        "medium", "high", reversible=False, lost="its data is lost: copy it first"
    ),
    "release_unattached_ip": Advice(
        "low", "medium", reversible=False, lost="the same address cannot be had again"
    ),
    "delete_empty_load_balancer": Advice(
        "low",
        "low",
        reversible=True,
        lost="its address and rules: made anew, it has another address",
    ),
    "delete_superseded_snapshot": Advice(
        "low", "medium", reversible=False, lost="that state of the disk cannot be restored"
    ),
    "review_quiet_server": Advice(
        "medium", "high", reversible=False, lost="quiet is not unused: ask its owner"
    ),
    "review_old_snapshot": Advice(
        "low", "medium", reversible=False, lost="that state of the disk cannot be restored"
    ),
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
}
# An id goes into a command line: nothing but what ids are made of may.
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9-]")


def how_to(action: Action, resource: Resource) -> str:
    """The command that carries the advice out."""
    resource_id = _NOT_OF_AN_ID.sub("", resource.id)
    if resource.kind == "kubernetes_node":
        return "shrink its pool: vultr-cli kubernetes node-pool update"
    delete = f"vultr-cli {_DELETE[resource.kind]} {resource_id}"
    if action in {"delete_stopped_server", "review_quiet_server"} and "metal" not in resource.kind:
        return f"vultr-cli snapshot create --id {resource_id}; when it is complete: {delete}"
    return delete
