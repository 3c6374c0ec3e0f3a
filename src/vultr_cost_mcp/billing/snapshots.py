"""Price snapshots: the API gives two sizes and no price (rule D9)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.hours import accrued, hours_begun, reproduces
from vultr_cost_mcp.domain.monthly_cap import MONTH_HOURS
from vultr_cost_mcp.money import ceil_to_cent, to_cents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from vultr_cost_mcp.domain.bill import ChargeLine
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Resource

NOT_CHARGED_YET = "priced by full size: which size Vultr bills shows only with the first charge"


def priced_by_charge(
    snapshot: Resource,
    line: ChargeLine | None,
    month: Month,
    now: datetime,
    unit_prices: Collection[Decimal] = (),
) -> Resource:
    """Price a snapshot by the candidate that agrees with its charge, else by the charge itself.

    The unit price of its ``line`` decides first, then its charge this ``month``: its line of the
    bill, or the API's amount so far. ``unit_prices`` are those of all lines with its description.
    They decide if no charge, or only a cent for an hour, tells candidates apart, and if its own
    charge agrees with no candidate. ``now`` is the time of the reading.
    """
    own = line.unit_price if line is not None and line.hourly else None
    told = _reproduced(snapshot.candidates, [own] if own else [])
    if len(told) == 1:
        return replace(snapshot, price=told[0], price_source="table")
    charge, hours = _charge(snapshot, line, month, now)
    agreeing = _agreeing(snapshot.candidates, charge, hours)
    likely = agreeing or list(snapshot.candidates)
    if charge is None or hours <= 0 or (agreeing and (told or not own)):
        found = _reproduced(likely, unit_prices)
        price = found[0] if len(found) == 1 else likely[0]
        note = snapshot.note if agreeing or len(found) == 1 else NOT_CHARGED_YET
        return replace(snapshot, price=price, price_source="table", note=note)
    shared = [] if told else _reproduced(snapshot.candidates, unit_prices)
    if len(shared) == 1:
        # Of several snapshots with one name it may have been given the line of another.
        return replace(snapshot, price=shared[0], price_source="table")
    month_hours = min(hours, Decimal(MONTH_HOURS))
    billed = charge * MONTH_HOURS / month_hours
    if own and hours < MONTH_HOURS:
        # The cents of a few hours are too few to derive a monthly price.
        billed = to_cents(own * MONTH_HOURS)
    return replace(snapshot, price=billed, price_source="billed")


def _reproduced(candidates: Iterable[Decimal], unit_prices: Collection[Decimal]) -> list[Decimal]:
    """Return the candidates, each once, that reproduce one of the unit prices (D7)."""
    return [
        candidate
        for candidate in dict.fromkeys(candidates)
        if any(reproduces(price, candidate, MONTH_HOURS) for price in unit_prices)
    ]


def _agreeing(
    candidates: Iterable[Decimal], charge: Decimal | None, hours: Decimal
) -> list[Decimal]:
    """Return the candidates, each once, that equal a charge to the cent after some hours."""
    if charge is None or hours <= 0:
        return []
    costs = {one: accrued(one, hours, MONTH_HOURS) for one in candidates}
    return [
        candidate
        for candidate, cost in costs.items()
        if to_cents(charge) in {to_cents(cost), ceil_to_cent(cost)}
    ]


def _charge(
    snapshot: Resource, line: ChargeLine | None, month: Month, now: datetime
) -> tuple[Decimal | None, Decimal]:
    if line is not None:
        hours = line.units if line.hourly and line.units is not None else Decimal(MONTH_HOURS)
        return line.total, hours
    since = max(snapshot.created or month.start, month.start)
    return snapshot.own_pending or None, Decimal(hours_begun(since, now))
