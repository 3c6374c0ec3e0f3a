"""Account facts without a price: balance, traffic, usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.bandwidth import AccountBandwidth, BandwidthMonth
from vultr_cost_mcp.domain.bill import AccountBalance
from vultr_cost_mcp.domain.snapshot import DatabaseUse, GpuUse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from vultr_cost_mcp.collect.fetched import FetchedParts
    from vultr_cost_mcp.domain.snapshot import Traffic

_DAY_SECONDS = 24 * 60 * 60


def balance_of(taken: FetchedParts) -> AccountBalance | None:
    """Return the account's stated balance; None if it was not read."""
    read = taken.object("account")
    if read is None:
        return None
    row = read
    return AccountBalance(
        balance=row.balance,
        pending_charges=row.pending_charges,
        last_payment_date=row.last_payment_date,
        last_payment_amount=row.last_payment_amount,
        email=row.email,
    )


def bandwidth_of(taken: FetchedParts) -> AccountBandwidth | None:
    """Return the bandwidth pool: last month, this month so far, and Vultr's projection."""
    read = taken.object("account_bandwidth")
    if read is None:
        return None
    months = (
        BandwidthMonth(
            gb_out=month.gb_out,
            instance_credits=month.instance_bandwidth_credits,
            free_credits=month.free_bandwidth_credits,
            purchased_credits=month.purchased_bandwidth_credits,
            overage=month.overage,
            overage_cost=month.overage_cost,
        )
        for month in (
            read.previous_month,
            read.current_month_to_date,
            read.current_month_projected,
        )
    )
    return AccountBandwidth(*months)


def database_use_of(taken: FetchedParts) -> dict[str, DatabaseUse]:
    """Return each database's usage by its id, from one reading."""
    return {
        key: DatabaseUse(row.cpu.percentage, row.memory.percentage, row.disk.percentage)
        for key, row in taken.values("database_usage").items()
    }


def gpu_use_of(taken: FetchedParts) -> dict[str, GpuUse]:
    """Return each cluster's highest GPU utilization in percent; clusters without one are absent."""
    found: dict[str, GpuUse] = {}
    for key, metrics in taken.values("gpu_cluster_metrics").items():
        measured = [
            (value, moment)
            for server in metrics.instances.values()
            for series in server.gpu.utilization.gpu
            for value, moment in series.datapoints
            if value is not None
        ]
        if measured:
            days = {int(moment // _DAY_SECONDS) for _, moment in measured if moment is not None}
            found[key] = GpuUse(max(value for value, _ in measured), len(days))
    return found


def traffic_of(taken: FetchedParts) -> dict[str, Mapping[date, Traffic]]:
    """Return traffic in bytes by server and UTC day."""
    read = {**taken.values("instance_traffic"), **taken.values("bare_metal_traffic")}
    return {server: traffic.days for server, traffic in read.items()}
