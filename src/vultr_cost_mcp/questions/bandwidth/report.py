"""Outbound traffic against the account's pool, as Vultr counts and projects it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.report_fields import CheckedCount, Label, RowId, Summed, UnitPrice, Usd
from vultr_cost_mcp.domain.resource import METAL_KINDS, SERVER_KINDS
from vultr_cost_mcp.domain.snapshot_source import DetailRequest
from vultr_cost_mcp.money import ZERO, percent_of, to_cents, total_of
from vultr_cost_mcp.questions.caveats import caveats_with

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bandwidth import AccountBandwidth, BandwidthMonth
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.domain.snapshot import Snapshot

    _Sent = tuple[Resource, Decimal | None]


@dataclass(frozen=True, slots=True)
class PreviousMonth:
    """Last month's usage, pool and overage."""

    used_gb: UnitPrice | None
    pool_gb: UnitPrice | None
    overage_gb: UnitPrice | None
    overage_cost: Usd | None


@dataclass(frozen=True, slots=True)
class TopServer:
    """A server and its outbound traffic this month, in GB of 10^9 bytes; None if unknown."""

    id: RowId
    label: Label
    gb_out: UnitPrice | None
    share_percent: float | None


@dataclass(frozen=True, slots=True)
class BandwidthReport:
    """Outbound traffic against the account's pool, as Vultr counts and projects it, in GB.

    So far: ``used_gb`` of ``pool_now_gb`` and the overage to date. At month end: ``projected_gb``
    of ``pool_gb`` and the projected overage. ``servers_gb`` is the sum of the servers' own days,
    and the servers' shares are of it; None where no day is known.
    """

    used_gb: UnitPrice | None
    pool_gb: UnitPrice | None
    pool_now_gb: UnitPrice | None
    overage_gb_to_date: UnitPrice | None
    overage_cost_to_date: Usd | None
    projected_gb: UnitPrice | None
    projected_overage_gb: UnitPrice | None
    projected_overage_cost: Summed | None
    previous_month: PreviousMonth
    top_servers: tuple[TopServer, ...]
    servers_gb: UnitPrice | None
    checked: CheckedCount
    caveats: tuple[str, ...] = ()


_SERVERS = (
    "The pool's figures are Vultr's own sum for the account; the list adds up each server's own "
    "days, in GB of 10^9 bytes, so the two can differ."
)
_GB = Decimal(10) ** 9
_TWO_PLACES = Decimal("0.01")


def month_traffic_wanted(snapshot: Snapshot) -> list[DetailRequest]:
    """Return requests for the traffic of every server, the most expensive first (D34)."""
    servers = [resource for resource in snapshot.resources or () if _has_traffic(resource)]
    servers.sort(key=lambda server: (-(server.monthly_cost or ZERO), server.id))
    days = snapshot.now.astimezone(UTC).day
    return [
        DetailRequest(
            "bare_metal_traffic" if server.kind in METAL_KINDS else "instance_traffic",
            server.id,
            days=days + 1,
        )
        for server in servers
    ]


def _has_traffic(resource: Resource) -> bool:
    """Return whether the API reports a server's traffic; it does not for unlisted nodes."""
    listed = resource.kind != "kubernetes_node" or resource.state in {"running", "stopped"}
    return resource.kind in SERVER_KINDS and listed


def bandwidth_usage(snapshot: Snapshot, *, top: int, limit: int = 20) -> BandwidthReport:
    """Report outbound traffic, the pool, the cost of overage, and the largest senders.

    ``top`` is the number of servers asked for, and ``limit`` the number of rows.
    """
    snapshot.require("account_bandwidth")
    pool = snapshot.bandwidth
    assert pool is not None  # noqa: S101  (required above)
    servers = [_server(resource, snapshot) for resource in snapshot.resources or ()]
    sent = sorted((row for row in servers if row is not None), key=_most_first)
    whole = total_of(gb for _, gb in sent if gb is not None)
    rows = [snapshot.checked[name] for name in snapshot.checked if name.endswith("_traffic")]
    return BandwidthReport(
        used_gb=pool.to_date.gb_out,
        pool_gb=pool.projected.pool,
        pool_now_gb=pool.to_date.pool,
        overage_gb_to_date=pool.to_date.overage,
        overage_cost_to_date=_cents(pool.to_date.overage_cost),
        projected_gb=pool.projected.gb_out,
        projected_overage_gb=pool.projected.overage,
        projected_overage_cost=_cents(pool.projected.overage_cost),
        previous_month=PreviousMonth(
            used_gb=pool.previous.gb_out,
            pool_gb=pool.previous.pool,
            overage_gb=pool.previous.overage,
            overage_cost=_cents(pool.previous.overage_cost),
        ),
        top_servers=tuple(_top_server(server, gb, whole) for server, gb in sent[: min(top, limit)]),
        servers_gb=whole.quantize(_TWO_PLACES) if any(gb is not None for _, gb in sent) else None,
        checked=CheckedCount(sum(row.count for row in rows), sum(row.of for row in rows)),
        caveats=caveats_with(snapshot, [*_stated_otherwise(pool), *([_SERVERS] if top else [])]),
    )


def _stated_otherwise(pool: AccountBandwidth) -> list[str]:
    """Return a sentence for each overage that is not the use less the pool, both as stated."""
    return [
        (
            f"Vultr states {month.overage:,.0f} GB of overage {when}; its own figures of use and "
            f"pool give {over:,.0f} GB. The amounts are Vultr's."
        )
        for when, month in (("to date", pool.to_date), ("at month end", pool.projected))
        if month.overage is not None
        and (over := _over(month)) is not None
        and abs(over - month.overage) > 1
    ]


def _over(month: BandwidthMonth) -> Decimal | None:
    if month.gb_out is None or month.pool is None:
        return None
    return max(ZERO, month.gb_out - month.pool)


def _cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else to_cents(amount)


def _most_first(row: _Sent) -> tuple[bool, Decimal, str]:
    """Sort by outbound traffic; servers with unknown traffic come last."""
    server, gb = row
    return gb is None, -(gb or ZERO), server.id


def _top_server(server: Resource, gb: Decimal | None, whole: Decimal) -> TopServer:
    if gb is None:
        return TopServer(server.id, server.name, None, None)
    return TopServer(server.id, server.name, gb.quantize(_TWO_PLACES), percent_of(gb, whole))


def _server(resource: Resource, snapshot: Snapshot) -> _Sent | None:
    """Return a server's outbound traffic; None instead of GB if no day is known (D33)."""
    days = snapshot.traffic.get(resource.id)
    if days is None:
        return None
    first = snapshot.month.start.date()
    known = [Decimal(traffic.outgoing) for day, traffic in days.items() if day >= first]
    return resource, total_of(known) / _GB if known else None
