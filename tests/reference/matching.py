"""Which resource a line belongs to, and why not when to none (D10, D14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .reading import SERVER_KINDS, address_in, is_running, label_in, without_brackets

if TYPE_CHECKING:
    from .reading import Line, Resource

KINDS_BY_SERVICE = {
    "Cloud Compute": SERVER_KINDS,
    "Cloud GPU": SERVER_KINDS,
    "Bare Metal": SERVER_KINDS,
    "Backups": SERVER_KINDS,
    "Snapshots": {"snapshot", "block_snapshot"},
    "Kubernetes": {"kubernetes_node", "kubernetes_control_plane"},
    "Managed Databases": {"database"},
    "Block Storage": {"block_storage"},
    "File System": {"file_system", "storage_gateway"},
    "Load Balancers": {"load_balancer"},
}


@dataclass(frozen=True)
class Match:
    """What a line found: ``how`` is exact, unique_name, ambiguous or none; ``reason`` is D14's."""

    line: Line
    resource: Resource | None
    how: str
    reason: str


def kinds_for(line: Line) -> set[str]:
    """The kinds a line can be about, by its service; Networking by its words."""
    if line.service == "Networking":
        text = f"{line.product} {without_brackets(line.description)}".lower()
        if "reserved ip" in text:
            return {"reserved_ip"}
        return SERVER_KINDS if "ddos" in text else {"nat_gateway"}
    return set(KINDS_BY_SERVICE.get(line.service, set()))


def match(line: Line, resources: list[Resource], lines: list[Line]) -> Match:
    """The resource of one line."""
    if line.service in ("Tax", "Credits and Discounts") or line.unit_type == "overage":
        return Match(line, None, "none", "not_a_resource")
    could = [
        resource
        for resource in resources
        if resource.kind in kinds_for(line) and _existed(resource, line)
    ]
    address = address_in(line.description)
    by_address = [resource for resource in could if address and resource.address == address]
    if len(by_address) == 1:
        return Match(line, by_address[0], "exact", "")
    label = label_in(line.description)
    by_label = by_address or [one for one in could if label and one.label == label]
    if len(by_label) == 1:
        return Match(line, by_label[0], "unique_name", "")
    if by_label:
        return _settled(line, by_label)
    gone = line.unit_type == "hours" and not is_running(line, lines)
    return Match(line, None, "none", "destroyed" if gone else "no_match")


def _existed(resource: Resource, line: Line) -> bool:
    return resource.created is None or resource.created < line.end


def _settled(line: Line, tied: list[Resource]) -> Match:
    agreeing = [resource for resource in tied if resource.own == line.total]
    if len(agreeing) == 1:
        return Match(line, agreeing[0], "exact", "")
    return Match(line, None, "ambiguous", "ambiguous")


def match_all(lines: list[Line], resources: list[Resource]) -> list[Match]:
    """Every line's match, in the order of the lines."""
    return [match(line, resources, lines) for line in lines]
