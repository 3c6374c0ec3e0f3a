"""Values that complete an argument: from the store, the public lists and the services' names."""

from __future__ import annotations

from calendar import month_name
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
from mcp.types import Completion

from vultr_cost_mcp.domain.account_parts import PUBLIC, REGIONS
from vultr_cost_mcp.domain.bill import SERVICES
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.untrusted_text import clean
from vultr_cost_mcp.errors import VultrCostError
from vultr_cost_mcp.mcp_tools.nearest_value import CURRENT, LAST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from vultr_cost_mcp.domain.backend import Backend

# Somebody is typing: a list that takes longer is of no use.
_SECONDS = 2.0
_MOST = 100
_MOST_MONTHS = 120
_MOST_ACCOUNTS = 20


def completed(names: Mapping[str, str], begun: str) -> Completion:
    """Return the values whose id or name holds the typed text; those that begin with it come first.

    ``names`` are the names that people know the values by.
    """
    text = begun.strip().casefold()
    found = [value for value, name in names.items() if text in f"{value}\n{name}".casefold()]
    found.sort(key=lambda value: not value.casefold().startswith(text))
    return Completion(values=found[:_MOST], total=len(found), has_more=len(found) > _MOST)


async def values_of(argument: str, backends: Mapping[str, Backend]) -> dict[str, str]:
    """Return the values of an argument, each with the name that people know it by.

    There are none for free text. A list that cannot be read, or takes long, is left out.
    """
    if argument == "service":
        return {name: name for name in SERVICES}
    look_up = _LOOK_UPS.get(argument)
    found: dict[str, str] = {}
    if look_up is None:
        return found
    with anyio.move_on_after(_SECONDS):
        for name, backend in backends.items():
            with suppress(VultrCostError):
                found |= await look_up(name, backend)
    return found


async def _regions(name: str, backend: Backend) -> dict[str, str]:
    del name
    snapshot = await backend.take(REGIONS)
    return {region: clean(place) for region, place in (snapshot.regions or {}).items()}


async def _plans(name: str, backend: Backend) -> dict[str, str]:
    del name
    snapshot = await backend.take(PUBLIC)
    return {plan: plan for plan in sorted(snapshot.offer.plans)} if snapshot.offer else {}


async def _months(name: str, backend: Backend) -> dict[str, str]:
    """Return the months in the store, the newest first, after the words for two of them."""
    found: dict[str, str] = {CURRENT: "this running", LAST: "previous"}
    with suppress(VultrCostError):
        ids = set(await backend.history.named(name))
        kept = await backend.history.kept()
        own = [row for row in kept if row.customer_id in ids] or kept
        months: set[str] = set()
        for row in own[:_MOST_ACCOUNTS]:
            months |= _between(row.first, row.last)
            if row.invoices:
                invoices = await backend.history.invoices(row.customer_id)
                months |= {invoice.period for invoice in invoices}
        found |= {month: f"{month} {_written(month)}" for month in sorted(months, reverse=True)}
    return found


def _between(first: datetime | None, last: datetime | None) -> set[str]:
    if first is None or last is None:
        return set()
    months, month = set[str](), Month.of(first)
    while month.start <= last and len(months) < _MOST_MONTHS:
        months.add(month.name)
        month = month.next
    return months


def _written(month: str) -> str:
    """Return a month such as ``October 2026``, so that its name finds it."""
    year, number = month.split("-")
    return f"{month_name[int(number)]} {year}"


_LOOK_UPS: Mapping[str, Callable[[str, Backend], Awaitable[dict[str, str]]]] = {
    "region": _regions,
    "plan": _plans,
    "month": _months,
    "from_month": _months,
    "to_month": _months,
}
