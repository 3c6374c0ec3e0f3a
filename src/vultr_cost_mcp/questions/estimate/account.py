"""Facts of the account for an estimate: running lines, month's end, things by name (E8, E20)."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.month_end import project_month_end
from vultr_cost_mcp.domain.account_parts import PROJECTED
from vultr_cost_mcp.domain.matching import is_same
from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.money import ZERO, cents_of, known_total, to_cents
from vultr_cost_mcp.questions.estimate.changes import Clock

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Standing:
    """The account without the change, in dollars (E20).

    ``month`` are the charges projected to the month's end, before credits (D27), ``run_rate`` is
    one month from now (D28); None where it is not known. ``whole`` is False where parts of either
    were not read.
    """

    month: Decimal | None = None
    run_rate: Decimal | None = None
    whole: bool = False


def standing_of(snapshot: Snapshot) -> Standing:
    """Return the cost of the account if nothing changes."""
    if snapshot.charges is None or snapshot.resources is None:
        return Standing()
    charged = project_month_end(snapshot).only(lambda row: row.so_far >= 0, overage=True)
    rate = known_total(resource.monthly_cost for resource in snapshot.resources)
    return Standing(to_cents(charged.at_month_end), cents_of(rate), not snapshot.lacks(PROJECTED))


def clock_of(snapshot: Snapshot) -> Clock:
    """Return the moment of an estimate, with the bill's lines of running resources (E8)."""
    since: dict[str, datetime] = {}
    ahead: dict[str, Decimal] = {}
    by_key = snapshot.by_id()
    for row in project_month_end(snapshot).courses if snapshot.charges else ():
        resource = by_key.get((row.charge.resource_id if row.charge else None) or "")
        if resource is not None and row.mode == "hourly":
            since[resource.id] = min(row.start, since.get(resource.id, row.start))
            left = row.at(snapshot.month.end) - row.so_far
            ahead[resource.id] = ahead.get(resource.id, ZERO) + left
    return Clock(snapshot.now, snapshot.month, since, ahead, snapshot.upgrades)


def named_resource(name: str, snapshot: Snapshot) -> Resource:
    """Return the one resource with an id, label, hostname or address.

    Raises UnknownValueError with the nearest names if there is none, and for several.
    """
    known = snapshot.resources or ()
    by_id = [resource for resource in known if resource.id == name.strip()]
    found = by_id or [
        resource
        for resource in known
        if any(is_same(text, name) for text in _names(resource) if text)
    ]
    if len(found) == 1:
        return found[0]
    shown = as_shown(name, 40)
    if found:
        ids = ", ".join(resource.id for resource in found[:5])
        msg = f"Several resources are called '{shown}'. Give an id in replaces: {ids}."
        raise UnknownValueError(msg)
    near = get_close_matches(name[:80], [resource.name for resource in known], n=3)
    hint = (
        f" Did you mean {' or '.join(as_shown(text, 40) for text in near)}?"
        if near
        else " list_resource_costs names what exists."
    )
    msg = f"Nothing in the account is called '{shown}'.{hint}"
    raise UnknownValueError(msg)


def _names(resource: Resource) -> tuple[str, ...]:
    return (resource.label, resource.hostname, *resource.addresses)
