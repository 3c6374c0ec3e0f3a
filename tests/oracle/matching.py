"""Match lines to resources, with a reason if there is none (D10, D14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from .pricing import is_reproduced, list_price
from .reading import SERVER_KINDS, ZERO, address_in, is_running, label_in, without_brackets

if TYPE_CHECKING:
    from tests.support.double import Account

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
    "Object Storage": {"object_storage"},
    "File System": {"file_system", "storage_gateway"},
    "Load Balancers": {"load_balancer"},
}
EVER = datetime.max.replace(tzinfo=UTC)
Twins: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True)
class Match:
    """The match of a line; ``reason`` is D14's.

    ``how`` is exact, unique_name, paired, ambiguous or none.
    """

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
        is_server = "ddos" in text or line.is_overage
        return SERVER_KINDS if is_server else {"nat_gateway"}
    return set(KINDS_BY_SERVICE.get(line.service, set()))


def match_all(account: Account, lines: list[Line], resources: list[Resource]) -> list[Match]:
    """Every line's match, in the order of the lines."""
    found: dict[int, Match] = {}
    twins: dict[Twins, list[tuple[Line, list[Resource]]]] = {}
    for line in lines:
        tied = _could_be(line, resources)
        if len(tied) > 1 and len({one.kind for one in tied}) == 1:
            key = (line.service, tied[0].kind, label_in(line.description))
            twins.setdefault(key, []).append((line, tied))
        else:
            found[line.number] = _alone(line, tied, lines)
    for group in twins.values():
        found |= _paired(account, group, lines)
    return [found[line.number] for line in lines]


def _could_be(line: Line, resources: list[Resource]) -> list[Resource]:
    """The resources that a line names: by its address, else by its label."""
    if line.service in ("Tax", "Credits and Discounts"):
        return []
    kinds = kinds_for(line)
    could = [one for one in resources if one.kind in kinds and _existed(one, line)]
    address, label = address_in(line.description), label_in(line.description)
    by_address = [one for one in could if address and one.address == address]
    here = [one for one in could if not address or not one.address]
    return by_address or [one for one in here if label and one.label == label]


def _alone(line: Line, tied: list[Resource], lines: list[Line]) -> Match:
    if len(tied) == 1:
        is_exact = tied[0].address == address_in(line.description)
        return Match(line, tied[0], "exact" if is_exact else "unique_name", "")
    if tied:
        settled = _settled(line, tied)
        if settled is not None:
            return Match(line, settled, "exact", "")
        return Match(line, None, "ambiguous", "ambiguous")
    is_pool = line.is_overage and line.service == "Networking"
    if line.service in ("Tax", "Credits and Discounts") or is_pool:
        return Match(line, None, "none", "not_a_resource")
    gone = line.is_hourly and not is_running(line, lines)
    return Match(line, None, "none", "destroyed" if gone else "no_match")


def _paired(
    account: Account, group: list[tuple[Line, list[Resource]]], lines: list[Line]
) -> dict[int, Match]:
    """D10 as amended: what its own charges do not settle is paired by price, else by order."""
    found: dict[int, Match] = {}
    for line, tied in group:
        settled = _settled(line, tied)
        alike = [other for other, _ in group if other.total == line.total]
        if settled is not None and len(alike) == 1:
            found[line.number] = Match(line, settled, "exact", "")
    taken = {one.resource.id for one in found.values() if one.resource}
    left = sorted(
        (line for line, _ in group if line.number not in found and is_running(line, lines)),
        key=lambda line: (line.unit_price or ZERO, line.start or EVER, line.number),
    )
    free = sorted(
        {one.id: one for _, tied in group for one in tied if one.id not in taken}.values(),
        key=lambda one: (list_price(account, one) or ZERO, one.created or EVER, one.id),
    )
    for by_price in (True, False):
        for line in list(left):
            fitting = (
                one for one in free if not by_price or is_reproduced(account, one, line.unit_price)
            )
            one = next(fitting, None)
            if one is not None:
                found[line.number] = Match(line, one, "paired", "")
                left.remove(line)
                free.remove(one)
    for line, _ in group:
        reason = "ambiguous" if is_running(line, lines) else "destroyed"
        found.setdefault(line.number, Match(line, None, "ambiguous", reason))
    return found


def _existed(resource: Resource, line: Line) -> bool:
    return resource.created is None or line.end is None or resource.created < line.end


def _settled(line: Line, tied: list[Resource]) -> Resource | None:
    """The one whose own charges are the line's total."""
    agreeing = [resource for resource in tied if resource.own == line.total]
    return agreeing[0] if len(agreeing) == 1 else None
