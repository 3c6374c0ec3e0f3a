"""Hand-made months and accounts for the tests of what changed between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult

from tests.support.nouns import NOW, at, itemized, line, snapshot, usd
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.domain.account_parts import Part
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.bill import Charge, ChargeLine, MonthlyBill
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Snapshot
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.questions.change.tool import explain_cost_change

SEP, OCT, NOV = (Month.of(at(day)) for day in ("2026-09-01", "2026-10-01", "2026-11-01"))


def hours(
    total: str,
    description: str,
    units: str | int,
    start: str | datetime,
    end: str | datetime,
    *,
    monthly: str | None = None,
    product: str = "Vultr Cloud Compute",
    unit_price: str | Decimal | None = None,
) -> ChargeLine:
    """Make a line by the hour; its unit price is a month's price over 672 hours."""
    if monthly is not None:
        unit_price = round(usd(monthly) / 672, 15)
    return line(
        total,
        description,
        product,
        units=units,
        unit_price=unit_price,
        start=at(start) if isinstance(start, str) else start,
        end=at(end) if isinstance(end, str) else end,
    )


def server(label: str, total: str, month: Month, monthly: str, size: int = 4096) -> ChargeLine:
    """Make the line of a server that ran a whole month."""
    units = int((month.end - month.start).total_seconds()) // 3600
    described = f"203.0.113.7 ({size} MB) [{label}]"
    return hours(total, described, units, month.start, month.end, monthly=monthly)


def charges_of(lines: Iterable[ChargeLine], now: datetime = NOW) -> tuple[Charge, ...]:
    """Price lines as the collector does, with no resource to match."""
    return tuple(price(list(lines), (), Month.of(now), now)[0])


def bill(month: Month, *lines: ChargeLine, source: Any = None) -> MonthlyBill:
    """Make the bill of a month, invoiced unless it is the running one."""
    running = month.start <= NOW < month.end
    return MonthlyBill(
        month,
        source or ("running" if running else "invoices"),
        charges_of(lines, NOW if running else month.end),
        complete=not running,
    )


def account(
    invoiced: Iterable[tuple[str, Sequence[ChargeLine]]] = (),
    running: Sequence[ChargeLine] = (),
    **named: Any,
) -> Snapshot:
    """Make an account whose invoices have these dates and lines."""
    rows = [(f"i-{date}", date, lines) for date, lines in invoiced]
    invoices = tuple(
        Invoice(key, at(date), sum((row.total for row in lines), Decimal(0)))
        for key, date, lines in rows
    )
    known: dict[str, Any] = {
        "invoices": invoices,
        "invoice_charges": {key: charges_of(lines, at(date)) for key, date, lines in rows},
    }
    return snapshot(charges_of(running), **{**known, **named})


class Taking:
    """A source that reads the lines of no invoice but those that were asked for."""

    def __init__(self, shot: Snapshot) -> None:
        self.shot = shot
        self.needs: list[frozenset[Part]] = []
        self.asked: set[str] = set()

    async def __call__(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
        progress: object = None,
        *,
        fresh: bool = False,
        known: object = None,
    ) -> Snapshot:
        """Take a snapshot of what was asked for."""
        del progress, fresh, known
        self.needs.append(needs)
        invoices = self.shot.invoices
        bare = replace(self.shot, invoices=itemized(invoices, {}))
        if "pending_charges" not in needs:
            bare = replace(bare, charges=None, uninvoiced_previous=())
        wanted = follow_up(bare) if follow_up else ()
        self.asked = {want.id for want in wanted if want.detail == "invoice_items"}
        if invoices is None:
            return bare
        read = tuple(
            replace(row, asked=True) if row.id in self.asked else row.stated for row in invoices
        )
        return replace(bare, invoices=read)


async def explain(shot: Snapshot | Taking, **arguments: Any) -> CallToolResult:
    """Ask the tool of this account, through the protocol."""
    take = shot if isinstance(shot, Taking) else Taking(shot)
    server_: MCPServer[Any] = MCPServer(
        "t", tools=[CostTool.of(explain_cost_change, Backend(take, DisabledHistory()))]
    )
    async with Client(server_) as client:
        return await client.call_tool("explain_cost_change", arguments)


def in_short(structure: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Give kind, name and change of every driver."""
    return [(row["kind"], row["name"], row["delta"]) for row in structure["drivers"]]


def sums_up(structure: dict[str, Any]) -> bool:
    """Check every sum that the answer promises, to the cent (D29, D30)."""
    text = json.dumps(structure)
    assert "NaN" not in text
    rows = structure["drivers"]
    shown = sum((usd(row["delta"]) for row in rows), Decimal(0))
    assert all(usd(r["delta"]) == usd(r["to_total"]) - usd(r["from_total"]) for r in rows)
    delta = usd(structure["delta"])
    assert delta == usd(structure["to"]["total"]) - usd(structure["from"]["total"])
    assert delta == usd(structure["increases"]) + usd(structure["decreases"])
    services = sum((usd(row["delta"]) for row in structure["by_service"]), Decimal(0))
    assert services + usd(structure["services_omitted"]["total"]) == delta
    return shown + usd(structure["omitted"]["total"]) == delta
