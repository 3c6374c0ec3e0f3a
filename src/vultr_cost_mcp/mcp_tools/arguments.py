"""Argument types that several tools share: ranges, enums and one-line descriptions."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from mcp.server.mcpserver import Context
from pydantic import BeforeValidator, Field

from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.mcp_tools.nearest_value import CURRENT, LAST, nearest_of, nearest_regions

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Snapshot

K = TypeVar("K", bound=str)

Ctx = Context[Any, Any]

Limit = Annotated[int, Field(ge=1, le=200)]
Period = Annotated[
    str,
    Field(
        pattern=r"^(current_month|last_month|\d{4}-(0[1-9]|1[0-2]))$",
        description="current_month, last_month or YYYY-MM",
    ),
]
Region = Annotated[str, Field(max_length=40, description="Id, e.g. ewr")]
Service = Annotated[str, Field(max_length=60, description="Exact, e.g. Cloud Compute")]
Tag = Annotated[str, Field(max_length=200, description="Exact tag")]
Product = Annotated[str, Field(max_length=200, description="As on the bill")]
Query = Annotated[str, Field(max_length=200, description="Part of a label, address or id")]


def _is_day(value: object) -> object:
    """Raise ValueError unless it is a date as text: pydantic reads a number as seconds."""
    if not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        msg = "is not YYYY-MM-DD"
        raise ValueError(msg)
    return value


Day = Annotated[date, BeforeValidator(_is_day), Field(description="YYYY-MM-DD")]

_FIRST_YEAR = 2000


def month_asked(period: str, snapshot: Snapshot) -> Month:
    """Return the month of a period.

    Raises UnknownValueError for a month that has not begun.
    """
    if period == CURRENT:
        return snapshot.month
    if period == LAST:
        return snapshot.month.previous
    year, month = map(int, period.split("-"))
    if year < _FIRST_YEAR:
        msg = f"There is no bill for {period}: there was no Vultr."
        raise UnknownValueError(msg)
    running = snapshot.month.start
    if (year, month) > (running.year, running.month):
        msg = f"{period} has not begun. The running month is {snapshot.month.name}."
        raise UnknownValueError(msg)
    return Month.of(datetime(year, month, 1, tzinfo=UTC))


def one_of(what: str, value: str, known: tuple[K, ...]) -> K | None:
    """Return the value of a closed list that is not in the schema; None for "".

    ``what`` is the argument's name. Raises UnknownValueError with the nearest value and all others.
    """
    wanted = value.strip()
    if not wanted or wanted == "any":
        return None
    found = next((name for name in known if name == wanted), None)
    if found is None:
        near = next(iter(nearest_of(wanted, known)), None)
        hint = f"Did you mean {near}? " if near else ""
        msg = f"There is no such {what}. {hint}Known: {', '.join(known)}."
        raise UnknownValueError(msg)
    return found


def checked_region(region: str | None, snapshot: Snapshot) -> str | None:
    """Return the region's id; without the list of regions any id is accepted.

    Raises UnknownValueError with the nearest regions if it does not exist.
    """
    if region is None:
        return None
    wanted = region.strip().lower()
    known = snapshot.regions
    if known is None or wanted in known:
        return wanted
    near = nearest_regions(wanted, known)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(sorted(known))}."
    shown = "".join(letter for letter in wanted[:20] if letter.isalnum() or letter in "- ")
    msg = f"There is no region '{shown}'. {hint}"
    raise UnknownValueError(msg)
