"""Age, gaps and known inaccuracies of a snapshot (rules D5, D33, D36)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.pricing import old_since
from vultr_cost_mcp.collect.clock import clock_caveat, is_another_month
from vultr_cost_mcp.domain.account_parts import INVENTORY, OFFER, REGIONS
from vultr_cost_mcp.domain.snapshot import Gap
from vultr_cost_mcp.errors import AuthError, ForbiddenError
from vultr_cost_mcp.families.kinds_by_list import kinds_in
from vultr_cost_mcp.families.kubernetes.wire import missing_nodes
from vultr_cost_mcp.families.reading import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from vultr_cost_mcp.collect.fetched import FetchedParts
    from vultr_cost_mcp.collect.reading_cache import Reading
    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.resource import Kind
    from vultr_cost_mcp.errors import VultrError
    from vultr_cost_mcp.families.machines import DailyTraffic

FINISHED = frozenset(
    {"instance_traffic", "bare_metal_traffic", "invoice_items", "region_availability"}
)
# Price lists, past days and invoices do not age with the account and do not make an answer older.
_TIMELESS: frozenset[str] = OFFER | REGIONS
_SERVERS = frozenset({"instances", "bare_metals", "kubernetes_clusters"})
_NAMED = 3
_TRAFFIC = frozenset({"instance_traffic", "bare_metal_traffic"})


def some_inventory(parts: Mapping[str, Reading]) -> bool:
    """Return whether at least one inventory list was read; without any, nothing is known of it."""
    lists = INVENTORY - _TIMELESS
    return any(name in lists and reading.error is None for name, reading in parts.items())


def as_of(taken: FetchedParts) -> datetime:
    """Return the time of the oldest reading that the account may have outlived (D36)."""
    parts = [row for name, row in taken.parts.items() if name not in _TIMELESS]
    details = [
        row for name, rows in taken.details.items() if name not in FINISHED for row in rows.values()
    ]
    times = [row.read_at for row in (*parts, *details)]
    return min(times) + taken.ahead if times else taken.now


def gaps_of(taken: FetchedParts) -> Iterable[Gap]:
    """Return every part that could not be read, or only in part, with the reason."""
    if "pending_charges" in taken.parts and is_another_month(taken):
        yield Gap("pending_charges", "are of another month than this machine's clock shows")
    # Price lists are public; reading them says nothing about the key.
    accepted = any(
        reading.error is None for name, reading in taken.parts.items() if name not in _TIMELESS
    )
    for name, reading in taken.parts.items():
        if reading.error is not None:
            why = _why(name, reading.error, accepted=accepted)
            yield Gap(name, f"could not be read ({why})")
        elif reading.gap is not None:
            yield Gap(name, reading.gap)
    pool = taken.object("account_bandwidth")
    if pool is not None and pool.current_month_projected.overage_cost is None:
        yield Gap("projected_overage", "is not stated by account bandwidth")
    missing = missing_nodes(taken.rows("kubernetes_clusters"))
    if missing:
        some = "1 node is" if missing == 1 else f"{missing} nodes are"
        yield Gap("kubernetes_nodes", f"{some} stated but not listed")
    yield from _gaps_one_by_one(taken, accepted=accepted)


def _gaps_one_by_one(taken: FetchedParts, *, accepted: bool) -> Iterable[Gap]:
    """Return the gaps in the resources that were read one by one."""
    for name, readings in taken.details.items():
        failed = [row.error for row in readings.values() if row.error is not None]
        if failed:
            why = _why(name, failed[0], accepted=accepted)
            yield Gap(name, f"{len(failed)} of {len(readings)} not read ({why})")
        if name in _TRAFFIC and (lost := _without_number(readings)):
            yield Gap(name, f"{lost} of {len(readings)} have days without a number")
        partial = [row.gap for row in readings.values() if row.gap is not None]
        if partial:
            yield Gap(name, partial[0])
        checked = taken.checked.get(name)
        if checked is not None and len(readings) < checked.of:
            yield Gap(name, f"{checked.count:,} of {checked.of:,} read: {_ask_again(name, taken)}")


def _ask_again(name: str, taken: FetchedParts) -> str:
    """Return the sentence on reading the rest in a later call."""
    if name in _TRAFFIC and taken.goes_on:
        return "ask again in a minute, the others are being read"
    return "ask again to go on"


def _without_number(readings: Mapping[str, Reading]) -> int:
    """Return how many servers have a day without a known number of bytes sent."""
    found: list[DailyTraffic] = [row.value for row in readings.values() if row.value is not None]
    return sum(traffic.unstated for traffic in found)


def caveats_of(taken: FetchedParts, charges: Iterable[Charge]) -> Iterable[str]:
    """Return the caveats that apply to the whole snapshot."""
    if taken.sample:
        yield "This is the built-in sample account, not yours: every figure is made up."
    clock = clock_caveat(taken)
    if clock:
        yield clock
    yield from _older_caveat(taken)
    old = old_since(charges, taken.now)
    if old is not None:
        yield (
            f"The bill's newest line ends at {old:%H:%M} UTC on {old.day} {old:%B}: what runs has "
            "cost more since, and only projections count it."
        )


def _older_caveat(taken: FetchedParts) -> Iterable[str]:
    """Return a sentence that names the parts for which an older reading stands in (D36)."""
    details = ((name, row) for name, rows in taken.details.items() for row in rows.values())
    older = {name: row for name, row in (*taken.parts.items(), *details) if row.is_older}
    if older:
        oldest = min(row.read_at for row in older.values()) + taken.ahead
        names = [name.replace("_", " ") for name in sorted(older)]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield (
            f"Vultr allows no more requests just now (429), so this is an older reading, of "
            f"{oldest.day} {oldest:%B, %H:%M} UTC: {', '.join(names[:_NAMED])}{more}. Ask again in "
            "a minute."
        )


def _why(name: str, error: VultrError, *, accepted: bool) -> str:
    """Return a short reason; a key that worked elsewhere is valid and lacks a permission."""
    lacks = isinstance(error, ForbiddenError) or (accepted and isinstance(error, AuthError))
    if not lacks:
        return error.short
    right = ENDPOINTS[name].right.name
    return f"{error.short}, the key lacks {f'the right {right}' if right else 'a permission'}"


def unread_kinds(taken: FetchedParts) -> frozenset[Kind]:
    """Return the kinds whose lists may be incomplete; servers also if they were not requested."""
    whole = {name for name, reading in taken.parts.items() if reading.whole}
    singly = {
        name for name, rows in taken.details.items() if not all(row.whole for row in rows.values())
    }
    return kinds_in((set(taken.parts) | _SERVERS | singly) - whole)
