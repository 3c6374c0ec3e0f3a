"""A small account over time: stored readings of it, by hand, and what it is now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.memory import MemoryHistory
from tests.support.nouns import at, balance, snapshot, thing
from tests.support.readings import finding, metrics, resource
from vultr_cost_mcp.billing.hours import accrued, hours_begun
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.history import (
    History,
    NewRun,
    StoredFinding,
    StoredLine,
    StoredResource,
    StoredRun,
)
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Snapshot

CUSTOMER = "acme"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LONG_AGO = at("2026-01-01")


def old(id_: str = "old", monthly: str | None = "67.20", **named: Any) -> StoredResource:
    """Make a stopped server of ten cents an hour."""
    known: dict[str, Any] = {
        "label": id_,
        "hostname": "",
        "addresses": ("192.0.2.7",),
        "state": "stopped",
        "plan": "vc2-4c-8gb",
        "tags": (),
        "cluster": None,
        "created": LONG_AGO,
        "monthly_cost": None if monthly is None else Decimal(monthly),
        "price_source": None if monthly is None else "list",
        "month_to_date": Decimal(1),
    }
    return resource(id_, **{**known, **named})


def other() -> StoredResource:
    """Make a server that is never waste, so that a list has a row."""
    return old("web", state="running", addresses=("192.0.2.8",))


def waste(of: StoredResource, **named: Any) -> StoredFinding:
    """Make the finding of a stored resource."""
    known: dict[str, Any] = {
        "kind": of.kind,
        "label": of.label,
        "resource_ids": (of.id,),
        "monthly_cost": of.monthly_cost,
    }
    return finding(**{**known, **named})


def line_of(
    of: StoredResource, until: datetime, start: datetime | None = None, **named: Any
) -> StoredLine:
    """Make the line of a resource in the month of ``until``, as it stands then."""
    month = Month.of(until - timedelta(microseconds=1))
    begin = max(start or of.created or month.start, month.start)
    monthly = of.monthly_cost or Decimal(0)
    hours = hours_begun(begin, until)
    known: dict[str, Any] = {
        "description": f"192.0.2.7 (8192 MB) [{of.label}]",
        "product": "Vultr Cloud Compute",
        "start": begin,
        "end": until,
        "units": Decimal(hours),
        "unit_type": "hours",
        "unit_price": (monthly / 672).quantize(Decimal("0.0000001")),
        "total": accrued(monthly, hours, 672),
    }
    owner = named.pop("owner", of.id)
    charge = ChargeLine(**{**known, **named})
    return StoredLine(month.name, charge, "Cloud Compute", owner, of.region)


def run_at(
    when: datetime,
    resources: list[StoredResource],
    findings: list[StoredFinding] | None = None,
    lines: list[StoredLine] | None = None,
    **named: Any,
) -> NewRun:
    """Make a reading; by default what is stopped was found, and every list was read."""
    if findings is None:
        findings = [waste(row) for row in resources if row.state == "stopped"]
    if lines is None:
        lines = [line_of(row, when) for row in resources]
    complete = named.pop("complete", True)
    record = metrics(CUSTOMER, when, **named)
    return NewRun(
        StoredRun(f"run-{when:%Y%m%dT%H%M%S}", CUSTOMER, when, complete, record),
        tuple(lines),
        tuple(resources),
        findings=tuple(findings),
    )


async def kept(*runs: NewRun, history: History | None = None) -> History:
    """Keep readings in an empty history."""
    found = history or MemoryHistory()
    for run in runs:
        await found.add(run)
    return found


def now_at(when: datetime, *resources: Any, **named: Any) -> Snapshot:
    """Make the account at an instant, with a server that stays."""
    known: dict[str, Any] = {
        "now": when,
        "as_of": when,
        "month": Month.of(when),
        "account": CUSTOMER,
        "balance": balance(),
    }
    every = (thing("web", price="67.20", created=LONG_AGO), *resources)
    return snapshot(named.pop("charges", ()), every, **{**known, **named})


def later(row: StoredResource, **named: Any) -> StoredResource:
    """Change a stored resource."""
    return replace(row, **named)
