"""Which resource a line of the bill belongs to (rules D10, D14).

The API's lines carry no resource id: the only key is the free text of their description, such as
``203.0.113.7 (1024 MB) [web-1]`` or ``Load Balancer (web)``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import MAXYEAR, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.bill import NOT_RESOURCES, Match, Reason, Service
from vultr_cost_mcp.domain.resource import KINDS, SERVER_KINDS, Kind
from vultr_cost_mcp.money import to_cents
from vultr_cost_mcp.prices.services import is_overage, without_enclosed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from vultr_cost_mcp.domain.bill import ChargeLine
    from vultr_cost_mcp.domain.resource import Resource

# Lines of running resources end at the moment of the reading; the API prints them within minutes.
RUNNING_WITHIN = timedelta(hours=2)
STALE_AFTER = timedelta(days=1)
# A server that exists is found by its address: one that is not, and whose line did not go on with
# the others, was destroyed.
_LAG = timedelta(minutes=10)
# No month is longer: more hours on one line are an error, and no reason to fail.
_LONGEST = 10_000

_ADDRESS = re.compile(
    r"(?<![\w.:-])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)(?![\w:-])", re.IGNORECASE
)

_STORES: dict[Service, frozenset[Kind]] = {
    "Snapshots": frozenset({"snapshot", "block_snapshot"}),
    "Managed Databases": frozenset({"database"}),
    "Block Storage": frozenset({"block_storage"}),
    "Object Storage": frozenset({"object_storage"}),
    "File System": frozenset({"file_system", "storage_gateway"}),
    "Load Balancers": frozenset({"load_balancer"}),
    "Container Registry": frozenset({"registry"}),
    "CDN": frozenset({"cdn"}),
    "Inference": frozenset({"inference"}),
}
_NETWORK: tuple[tuple[str, frozenset[Kind]], ...] = (
    ("reserved ip", frozenset({"reserved_ip"})),
    ("nat gateway", frozenset({"nat_gateway"})),
)
_ANY_KIND: frozenset[Kind] = frozenset(KINDS)
_SERVERS: frozenset[Kind] = frozenset({*SERVER_KINDS, "gpu_cluster", "kubernetes_control_plane"})
_COMPUTE: frozenset[Kind] = frozenset({*_SERVERS, "subscription"})


@dataclass(frozen=True, slots=True)
class Attribution:
    """The resource of a line, how it was found, and why not where it was not."""

    resource_id: str | None
    match: Match
    reason: Reason | None = None


def attribute(
    lines: Sequence[ChargeLine],
    services: Sequence[Service],
    resources: Iterable[Resource],
    newest_end: datetime | None,
    *,
    unread: Collection[Kind] = frozenset(),
) -> list[Attribution]:
    """Find the resource of every line; the answer is parallel to ``lines``.

    A line that finds nothing is that of a destroyed thing only where every list that could hold
    the thing was read wholly: ``unread`` are the kinds of which that is not known.
    """
    inventory = _Inventory(resources)
    return [
        _attribute_one(line, service, inventory, newest_end, unread)
        for line, service in zip(lines, services, strict=True)
    ]


def newest_end_of(lines: Iterable[ChargeLine], now: datetime) -> datetime | None:
    """When the reading's newest line ends; None where nothing ended within a day (D24)."""
    newest = last_end_of(lines, now)
    # A line that found nothing then is that of a thing that was destroyed before.
    return None if newest is None or now - newest > STALE_AFTER else newest


def last_end_of(lines: Iterable[ChargeLine], now: datetime) -> datetime | None:
    """When the newest line ends, however long ago; one that is paid ahead of now does not count."""
    ends = [line.end for line in lines if line.hourly and line.end is not None]
    past = [end for end in ends if end - now <= RUNNING_WITHIN]
    return max(past or ends, default=None)


def is_running(line: ChargeLine, newest_end: datetime | None) -> bool:
    """Whether an hourly line is still open: it ends within two hours of the newest end (D24)."""
    if not line.hourly or line.end is None or newest_end is None:
        return False
    return newest_end - line.end <= RUNNING_WITHIN


def goes_on(line: ChargeLine, newest_end: datetime) -> bool:
    """Tell whether an hourly line that states no end is open still (D24).

    Its start and hours tell when it was read last; without them nothing says that it ended.
    """
    end = end_by_units(line)
    return line.hourly and line.end is None and (end is None or newest_end - end <= RUNNING_WITHIN)


def end_by_units(line: ChargeLine) -> datetime | None:
    """Return when an hourly line without an end ends by its start and hours; None if unknown."""
    if not line.hourly or line.start is None or line.units is None:
        return None
    if not 0 < line.units <= _LONGEST or line.start.year >= MAXYEAR:
        return None
    return line.start + timedelta(hours=float(line.units))


class _Inventory:
    """Resources by what a description may name them with."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.by_address: dict[str, list[Resource]] = defaultdict(list)
        self.by_label: dict[str, list[Resource]] = defaultdict(list)
        for resource in resources:
            for address in resource.addresses:
                self.by_address[_canonical(address)].append(resource)
            for name in {resource.label.strip(), resource.id} - {""}:
                self.by_label[name].append(resource)


def _attribute_one(
    line: ChargeLine,
    service: Service,
    inventory: _Inventory,
    newest_end: datetime | None,
    unread: Collection[Kind],
) -> Attribution:
    if service in NOT_RESOURCES:
        return Attribution(None, "none", "not_a_resource")
    kinds = _kinds(line, service)
    outside = _addresses(without_enclosed(line.description))
    names = _names(line.description)
    # A label may mention an address: what is enclosed is one only where it is nothing else.
    addresses = outside or [_canonical(name) for name in names]
    at_address = _fitting(line, kinds, (inventory.by_address[a] for a in addresses))
    if at_address:
        return _settled(line, at_address, "exact")
    named = _fitting(line, kinds, (inventory.by_label[name] for name in names))
    running = is_running(line, newest_end)
    if outside and not running and not (line.hourly and line.end is None):
        # A closed line with an address of its own is not that of a server that answers at another:
        # servers that replaced each other often carry the same label.
        named = [resource for resource in named if not resource.addresses]
    if named:
        return _settled(line, named, "unique_name")
    if service == "Networking" and is_overage(line):
        # The pool of bandwidth is the account's.
        return Attribution(None, "none", "not_a_resource")
    gone = line.hourly and line.end is not None and not running
    if running and outside and inventory.by_address:
        gone = _lags(line, newest_end)
    if not (_ANY_KIND if kinds is None else kinds - {"subscription"}).isdisjoint(unread):
        gone = False
    return Attribution(None, "none", "destroyed" if gone else "no_match")


def _lags(line: ChargeLine, newest_end: datetime | None) -> bool:
    """Whether an open line did not go on with the others."""
    return newest_end is not None and line.end is not None and newest_end - line.end > _LAG


def _kinds(line: ChargeLine, service: Service) -> frozenset[Kind] | None:
    """The kinds of resource that a line of this service can belong to; None is any."""
    kinds = _STORES.get(service)
    if service == "Networking":
        text = f"{line.product} {without_enclosed(line.description)}".casefold()
        kinds = next((kinds for words, kinds in _NETWORK if words in text), _SERVERS)
    if service == "Other":
        return None
    return kinds or _COMPUTE


def _fitting(
    line: ChargeLine,
    kinds: frozenset[Kind] | None,
    found: Iterable[Sequence[Resource]],
) -> list[Resource]:
    by_id = {
        resource.key: resource
        for resources in found
        for resource in resources
        if (kinds is None or resource.kind in kinds) and _existed(resource, line)
    }
    return list(by_id.values())


def _existed(resource: Resource, line: ChargeLine) -> bool:
    """Whether a resource existed in a line's span: an address or a label may have been reused."""
    if resource.last_seen and line.start and line.start > resource.last_seen:
        return False
    if resource.created is None or line.end is None:
        return True
    return resource.created < line.end or (
        line.start is not None and resource.created <= line.start
    )


def _settled(line: ChargeLine, found: Sequence[Resource], match: Match) -> Attribution:
    """The one resource that was found; of several the one whose own charges are the line's."""
    if len(found) > 1:
        found = [resource for resource in found if _charged(resource, line)]
    if len(found) == 1:
        return Attribution(found[0].key, match)
    return Attribution(None, "ambiguous", "ambiguous")


def _charged(resource: Resource, line: ChargeLine) -> bool:
    own = resource.own_pending
    return own is not None and to_cents(own) == to_cents(line.total)


def _addresses(text: str) -> list[str]:
    return [_canonical(found.group()) for found in _ADDRESS.finditer(text)]


def _canonical(address: str) -> str:
    try:
        return str(ip_address(address.strip().rstrip(".")))
    except ValueError:
        return address.strip().casefold()


def _without_size(description: str) -> str:
    """A description without the size that is enclosed first, unless a label holds it."""
    found = _ENCLOSED_SIZE.search(description)
    if found is None or set(description[: found.start()]) & set("[("):
        return description
    return f"{description[: found.start()]} {description[found.end() :]}"


def name_in(line: ChargeLine) -> str:
    """What a line calls the thing that it is for: its label, else its address; empty if neither."""
    # A size in parentheses is no label; a label may itself hold the other sort of brackets.
    text = _without_size(line.description)
    opening, closing = "[]" if text.rfind("]") > text.rfind(")") else "()"
    start, end = text.find(opening), text.rfind(closing)
    label = text[start + 1 : end].strip() if 0 <= start < end else ""
    return label or next(iter(_addresses(text)), "")


_SIZE = re.compile(r"\d+(?:\.\d+)?\s*[KMGT]i?B", re.IGNORECASE)
_ENCLOSED_SIZE = re.compile(rf"\(\s*{_SIZE.pattern}\s*\)", re.IGNORECASE)


def _names(description: str) -> list[str]:
    """Everything in a description that may be a label: what is enclosed, and the whole of it."""
    names = [description.strip()]
    for opening, closing in ("[]", "()"):
        end = description.rfind(closing)
        starts = [i for i, letter in enumerate(description) if letter == opening and i < end]
        names += [description[start + 1 : end].strip() for start in starts]
    return [name for name in names if not _SIZE.fullmatch(name)]
