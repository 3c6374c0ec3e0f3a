"""Match lines of the bill with resources (rules D10, D14).

The API's lines carry no resource id. The only key is the free text of their description, such as
``203.0.113.7 (1024 MB) [web-1]`` or ``Load Balancer (web)``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import MAXYEAR, timedelta
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.same_name import Tied, existed, pairs_of, without_followed
from vultr_cost_mcp.billing.services import is_overage, without_enclosed
from vultr_cost_mcp.domain.bill import (
    COMPUTE_SERVICES,
    NOT_RESOURCES,
    Match,
    Reason,
    Service,
)
from vultr_cost_mcp.domain.resource import KINDS, SERVER_KINDS, Kind
from vultr_cost_mcp.families.catalog import CATALOG
from vultr_cost_mcp.money import to_cents

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import ChargeLine
    from vultr_cost_mcp.domain.resource import Resource

# Lines of running resources end at the moment of the reading; the API prints them within minutes.
RUNNING_WITHIN = timedelta(hours=2)
STALE_AFTER = timedelta(days=1)
# If an hourly line stopped before the others and no resource matches, the resource was destroyed.
_LAG = timedelta(minutes=10)
# No month is longer. More hours on one line are an error in the data, not a reason to fail.
_LONGEST = 10_000

_ADDRESS = re.compile(
    r"(?<![\w.:-])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)(?![\w:-])", re.IGNORECASE
)

_ANY_KIND: frozenset[Kind] = frozenset(KINDS)
_SERVERS: frozenset[Kind] = frozenset({*SERVER_KINDS, "gpu_cluster", "kubernetes_control_plane"})
_COMPUTE: frozenset[Kind] = frozenset({*_SERVERS, "subscription"})


@dataclass(frozen=True, slots=True)
class Attribution:
    """The resource of a line, how it was found, and the reason if none was found."""

    resource_id: str | None
    match: Match
    reason: Reason | None = None


_AMBIGUOUS = Attribution(None, "ambiguous", "ambiguous")


def attribute(
    lines: Sequence[ChargeLine],
    services: Sequence[Service],
    resources: Iterable[Resource],
    newest_end: datetime | None,
    *,
    unread: Collection[Kind] = frozenset(),
    is_open: Callable[[ChargeLine], bool | None] | None = None,
) -> list[Attribution]:
    """Find the resource of every line; the answer is parallel to ``lines``.

    ``services`` is parallel to ``lines`` and ``newest_end`` is the end of the newest line, None if
    unknown. ``unread`` are the kinds whose lists may be incomplete: a line without a match counts
    as a destroyed resource only if every list that could hold the resource was read in full.
    ``is_open`` tells whether a line of the running month is running; running lines that share a
    name are then told apart. Pass None for a past month, because today's resources say too little
    about shared names then.
    """
    inventory = _Inventory(resources)
    found = [
        _attribute_one(line, service, inventory, newest_end, unread)
        for line, service in zip(lines, services, strict=True)
    ]
    if is_open is not None:
        _tell_twins_apart(lines, services, found, is_open, unread)
    return [row.attribution for row in found]


@dataclass(slots=True)
class _Found:
    """The match of one line, and the resources of one kind that share its name if several do."""

    attribution: Attribution
    tied: _Named | None = None
    match: Match = "none"
    name: str = ""


def _tell_twins_apart(
    lines: Sequence[ChargeLine],
    services: Sequence[Service],
    found: Sequence[_Found],
    is_open: Callable[[ChargeLine], bool | None],
    unread: Collection[Kind],
) -> None:
    """Pair the running lines of one service, kind and name with its resources (D10)."""
    groups: dict[tuple[Service, Kind, str], list[int]] = defaultdict(list)
    taken: dict[Service, set[str]] = defaultdict(set)
    for place, (line, service, row) in enumerate(zip(lines, services, found, strict=True)):
        if not line.hourly or line.total < 0 or is_open(line) is None:
            continue
        if row.tied is not None:
            groups[service, row.tied.resources[0].kind, row.name].append(place)
        elif row.attribution.resource_id is not None and is_open(line):
            taken[_family(service)].add(row.attribution.resource_id)
    for (service, _, _), places in groups.items():
        tied = [Tied(place, lines[place]) for place in places if is_open(lines[place])]
        running = without_followed(tied)
        named = {id(of): of for place in places if (of := found[place].tied) is not None}
        resources = {one.key: one for of in named.values() for one in of.resources}
        pairs = pairs_of(running, resources.values(), service, taken[_family(service)])
        still = {row.place for row in running}
        for place in places:
            row = found[place]
            if place in pairs:
                key, told = pairs[place]
                row.attribution = Attribution(key, row.match if told else "paired")
            elif place in still:
                row.attribution = _AMBIGUOUS
            elif row.attribution == _AMBIGUOUS and _may_be_gone(lines[place], service, unread):
                row.attribution = Attribution(None, "none", "destroyed")


def _family(service: Service) -> Service:
    """Return one service for all compute: a server has one compute line, under any product."""
    return "Cloud Compute" if service in COMPUTE_SERVICES else service


def newest_end_of(lines: Iterable[ChargeLine], now: datetime) -> datetime | None:
    """Return the end of the reading's newest line; None if nothing ended within a day (D24)."""
    newest = last_end_of(lines, now)
    # A line without a match is then for a resource that was destroyed earlier.
    return None if newest is None or now - newest > STALE_AFTER else newest


def last_end_of(lines: Iterable[ChargeLine], now: datetime) -> datetime | None:
    """Return the end of the newest line, however old; lines paid ahead of ``now`` do not count."""
    ends = [line.end for line in lines if line.hourly and line.end is not None]
    past = [end for end in ends if end - now <= RUNNING_WITHIN]
    return max(past or ends, default=None)


def is_running(line: ChargeLine, newest_end: datetime | None) -> bool:
    """Return whether an hourly line runs: it ends within two hours of the newest end (D24)."""
    if not line.hourly or line.end is None or newest_end is None:
        return False
    return newest_end - line.end <= RUNNING_WITHIN


def goes_on(line: ChargeLine, newest_end: datetime) -> bool:
    """Return whether an hourly line without a stated end still runs (D24).

    Start plus hours give the time of its last reading. Without both, it counts as running.
    """
    end = end_by_units(line)
    return line.hourly and line.end is None and (end is None or newest_end - end <= RUNNING_WITHIN)


def end_by_units(line: ChargeLine) -> datetime | None:
    """Return the end of an hourly line from its start and hours; None if unknown."""
    if not line.hourly or line.start is None or line.units is None:
        return None
    if not 0 < line.units <= _LONGEST or line.start.year >= MAXYEAR:
        return None
    return line.start + timedelta(hours=float(line.units))


class _Named:
    """All resources of certain kinds with certain names or addresses.

    Many lines may share it, so the span check is skipped if all resources existed long before.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple({resource.key: resource for resource in resources}.values())
        self.one_kind = len({resource.kind for resource in self.resources}) == 1
        created = [row.created for row in self.resources if row.created is not None]
        self._newest = max(created, default=None)
        self._remembered = any(row.last_seen is not None for row in self.resources)
        self._by_charges: dict[Decimal, list[Resource]] = defaultdict(list)
        for row in self.resources:
            if row.own_pending is not None:
                self._by_charges[to_cents(row.own_pending)].append(row)

    def existing(self, line: ChargeLine) -> Sequence[Resource]:
        """Return the resources that existed during a line's span."""
        newest = self._newest
        if not self._remembered and (newest is None or line.end is None or newest < line.end):
            return self.resources
        return [row for row in self.resources if existed(row, line)]

    def charged(self, line: ChargeLine) -> list[Resource]:
        """Return the resources whose own charges equal a line's total."""
        charged = self._by_charges.get(to_cents(line.total), ())
        return [row for row in charged if existed(row, line)]


class _Inventory:
    """Resources by every name that a description may use for them."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._named: dict[tuple[bool, tuple[str, ...], frozenset[Kind] | None], _Named] = {}
        self.by_address: dict[str, list[Resource]] = defaultdict(list)
        self.by_label: dict[str, list[Resource]] = defaultdict(list)
        for resource in resources:
            for address in resource.addresses:
                self.by_address[_canonical(address)].append(resource)
            for name in {resource.label.strip(), resource.id} - {""}:
                self.by_label[name].append(resource)

    def named(
        self, names: Iterable[str], kinds: frozenset[Kind] | None, *, address: bool = False
    ) -> _Named:
        """Return the resources of these kinds by label or id, or by address."""
        table = self.by_address if address else self.by_label
        hits = tuple(dict.fromkeys(name for name in names if name in table))
        key = (address, hits, kinds)
        if key not in self._named:
            rows = (row for name in hits for row in table[name])
            self._named[key] = _Named(r for r in rows if kinds is None or r.kind in kinds)
        return self._named[key]


def _attribute_one(
    line: ChargeLine,
    service: Service,
    inventory: _Inventory,
    newest_end: datetime | None,
    unread: Collection[Kind],
) -> _Found:
    if service in NOT_RESOURCES:
        return _Found(Attribution(None, "none", "not_a_resource"))
    kinds = _kinds(line, service)
    outside = _addresses(without_enclosed(line.description))
    names = names_in(line.description)
    # A label may mention an address. Enclosed text is an address only if it is nothing else.
    addresses = outside or [_canonical(name) for name in names]
    at_address = inventory.named(addresses, kinds, address=True)
    if at_address.existing(line):
        return _settled(line, at_address, "exact", " ".join(addresses))
    named = inventory.named(names, kinds)
    running = is_running(line, newest_end)
    if outside and not running and not (line.hourly and line.end is None):
        # A closed line that states an address is not for a server at another address: servers that
        # replace each other often carry the same label.
        named = _Named(resource for resource in named.resources if not resource.addresses)
    if named.existing(line):
        first = named.resources[0]
        return _settled(line, named, "unique_name", first.label.strip() or first.id)
    if service == "Networking" and is_overage(line):
        # The bandwidth pool belongs to the account, not to a resource.
        return _Found(Attribution(None, "none", "not_a_resource"))
    gone = not running
    if running and outside and inventory.by_address:
        gone = _lags(line, newest_end)
    gone = gone and _may_be_gone(line, service, unread)
    return _Found(Attribution(None, "none", "destroyed" if gone else "no_match"))


def _may_be_gone(line: ChargeLine, service: Service, unread: Collection[Kind]) -> bool:
    """Return whether a line may be for a destroyed resource; False if a list it needs is unread."""
    kinds = _kinds(line, service)
    read = (_ANY_KIND if kinds is None else kinds - {"subscription"}).isdisjoint(unread)
    return line.hourly and line.end is not None and read


def _lags(line: ChargeLine, newest_end: datetime | None) -> bool:
    """Return whether the line ended more than `_LAG` before the newest line."""
    return newest_end is not None and line.end is not None and newest_end - line.end > _LAG


def _kinds(line: ChargeLine, service: Service) -> frozenset[Kind] | None:
    """Return the kinds of resource that a line of this service can belong to; None means any."""
    kinds = CATALOG.owners.get(service)
    if service == "Networking":
        text = f"{line.product} {without_enclosed(line.description)}".casefold()
        kinds = next((kinds for words, kinds in CATALOG.told_apart if words in text), _SERVERS)
    if service == "Other":
        return None
    return kinds or _COMPUTE


def _settled(line: ChargeLine, named: _Named, match: Match, name: str) -> _Found:
    """Return the one resource found; of several, the one whose own charges equal the line's."""
    found = named.existing(line)
    if len(found) == 1:
        return _Found(Attribution(found[0].key, match))
    charged = named.charged(line)
    one = Attribution(charged[0].key, match) if len(charged) == 1 else _AMBIGUOUS
    return _Found(one, named if named.one_kind else None, match, name)


def _addresses(text: str) -> list[str]:
    return [_canonical(found.group()) for found in _ADDRESS.finditer(text)]


@lru_cache(maxsize=20_000)
def _canonical(address: str) -> str:
    try:
        return str(ip_address(address.strip().rstrip(".")))
    except ValueError:
        return address.strip().casefold()


def _without_size(description: str) -> str:
    """Return a description without the size enclosed first, unless a label holds it."""
    found = _ENCLOSED_SIZE.search(description)
    if found is None or set(description[: found.start()]) & set("[("):
        return description
    return f"{description[: found.start()]} {description[found.end() :]}"


def name_in(line: ChargeLine) -> str:
    """Return a line's label, else its address; empty if it states neither."""
    # A size in parentheses is no label. A label may itself hold the other kind of brackets.
    text = _without_size(line.description)
    opening, closing = "[]" if text.rfind("]") > text.rfind(")") else "()"
    start, end = text.find(opening), text.rfind(closing)
    label = text[start + 1 : end].strip() if 0 <= start < end else ""
    return label or next(iter(_addresses(text)), "")


_SIZE = re.compile(r"\d+(?:\.\d+)?\s*[KMGT]i?B", re.IGNORECASE)
_ENCLOSED_SIZE = re.compile(rf"\(\s*{_SIZE.pattern}\s*\)", re.IGNORECASE)


def names_in(description: str) -> list[str]:
    """Return every text in a description that may be a label: the enclosed texts and the whole."""
    names = [description.strip()]
    for opening, closing in ("[]", "()"):
        end = description.rfind(closing)
        starts = [i for i, letter in enumerate(description) if letter == opening and i < end]
        names += [description[start + 1 : end].strip() for start in starts]
    return [name for name in names if not _SIZE.fullmatch(name)]
