"""Invoices, readings and fleets for tests of what happened over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult

from tests.support.nouns import at, balance, charge, line, snapshot, usd
from tests.support.readings import UNKNOWN
from tests.support.readings import metrics as known_metrics
from vultr_cost_mcp.billing.hours import accrued, hours_begun
from vultr_cost_mcp.domain.bill import Charge, ChargeLine, Service
from vultr_cost_mcp.domain.history import NewRun, StoredLine, StoredResource, StoredRun
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.metrics import Metrics
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.domain.snapshot import Snapshot
from vultr_cost_mcp.money import total_of

CUSTOMER = "acme"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LONG_AGO = at("2026-01-01")
SHORT_PRICE = Decimal("0.0000000001")


def month(name: str) -> Month:
    """Read a month: ``2026-10``."""
    return Month.of(at(f"{name}-01"))


def invoiced(
    bills: Mapping[str, Iterable[Charge]],
    *,
    failed: Iterable[str] = (),
    partial: Iterable[str] = (),
    amounts: Mapping[str, str] | None = None,
    **named: Any,
) -> Snapshot:
    """Make an account with an invoice for each of these months, dated on the first after it."""
    rows = {name: tuple(charges) for name, charges in bills.items()}
    totals = {name: total_of(c.total for c in charges) for name, charges in rows.items()}
    totals |= {name: usd(amount) for name, amount in (amounts or {}).items()}
    return snapshot(
        named.pop("charges", None),
        named.pop("resources", None),
        invoices=tuple(
            Invoice(f"inv-{name}", month(name).end + HOUR, totals[name]) for name in rows
        ),
        invoice_charges={f"inv-{n}": rows[n] for n in rows if n not in set(failed)},
        partial_invoices=frozenset(f"inv-{name}" for name in partial),
        asked_invoices=frozenset(f"inv-{name}" for name in rows),
        **named,
    )


def flat(total: str | int | Decimal, service: Any = "Cloud Compute", name: str = "") -> Charge:
    """Make a line of an invoice that is not charged by the hour."""
    return charge(total, service, of=line(total, name, service, unit_type="flat"), running=False)


def metrics(when: datetime, spent: Decimal) -> Metrics:
    """Make a record of which only what is spent matters."""
    return known_metrics(CUSTOMER, when, **UNKNOWN, pending_charges=spent)


def run(
    when: datetime,
    lines: Iterable[StoredLine] = (),
    resources: Iterable[StoredResource] = (),
    *,
    complete: bool = True,
    spent: Decimal | None = None,
) -> NewRun:
    """Make a reading; what is spent is the sum of its lines of the running month."""
    rows = tuple(lines)
    of_month = (row.line.total for row in rows if row.period == f"{when:%Y-%m}")
    record = metrics(when, total_of(of_month) if spent is None else spent)
    return NewRun(
        StoredRun(f"run-{when:%Y%m%dT%H%M%S}", CUSTOMER, when, complete, record),
        rows,
        tuple(resources),
    )


@dataclass(frozen=True)
class Server:
    """Something charged by the hour from ``start`` to ``end``, at most ``monthly`` a month."""

    label: str
    monthly: int
    start: datetime = LONG_AGO
    end: datetime | None = None
    service: Service = "Cloud Compute"
    cap_hours: int = 672
    region: str = "ewr"

    def line(self, period: Month, now: datetime) -> ChargeLine | None:
        """Give its line of a month as it stands at an instant, as Vultr writes it."""
        start = max(self.start, period.start)
        end = min(self.end or now, now, period.end)
        if start >= end:
            return None
        hours = hours_begun(start, end)
        price = usd(self.monthly)
        return ChargeLine(
            description=f"192.0.2.1 (1024 MB) [{self.label}]",
            product=f"Vultr {self.service}",
            start=start,
            end=end,
            units=Decimal(hours),
            unit_type="hours",
            unit_price=(price / self.cap_hours).quantize(SHORT_PRICE),
            total=accrued(price, hours, self.cap_hours),
        )

    def stored_line(self, period: Month, now: datetime) -> StoredLine | None:
        """Give the line as a store keeps it; its resource is known by its label."""
        found = self.line(period, now)
        alive = self.end is None or self.end > now
        if found is None:
            return None
        owner = self.label if alive else None
        return StoredLine(period.name, found, self.service, owner, self.region)


Lines = Callable[[datetime], Iterable[StoredLine]]


def fleet(servers: Sequence[Server], other: Lines = lambda _: ()) -> Lines:
    """Give the lines of these servers, and others, at any instant."""

    def lines(now: datetime) -> list[StoredLine]:
        period = Month.of(now)
        rows = [server.stored_line(period, now) for server in servers]
        return [*(row for row in rows if row is not None), *other(now)]

    return lines


def live(lines: Lines, now: datetime, resources: Iterable[Resource] = (), **named: Any) -> Snapshot:
    """Make the account as it is at an instant, of the same lines."""
    rows = [charge(row.line.total, row.service, row.resource_id, of=row.line) for row in lines(now)]
    known: dict[str, Any] = {
        "now": now,
        "as_of": now,
        "month": Month.of(now),
        "account": CUSTOMER,
        "balance": balance(),
    }
    return snapshot(rows, tuple(resources), **{**known, **named})


async def ask(tool: Any, arguments: dict[str, Any] | None = None) -> CallToolResult:
    """Ask one tool through a server of its own."""
    async with Client(MCPServer("t", tools=[tool])) as client:
        return await client.call_tool(tool.name, arguments or {})
