"""Readings to one Snapshot: resources priced, lines matched, gaps named. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.collect.kinds.managed import (
    control_planes,
    databases,
    gpu_clusters,
    inference,
    registries,
    subscriptions,
)
from vultr_cost_mcp.collect.kinds.network import (
    cdn_zones,
    load_balancers,
    nat_gateways,
    reserved_ips,
)
from vultr_cost_mcp.collect.kinds.plans import catalog_of
from vultr_cost_mcp.collect.kinds.servers import (
    bare_metals,
    cloud_servers,
    clusters_of,
    missing_nodes,
    nodes_of,
)
from vultr_cost_mcp.collect.kinds.storage import (
    block_snapshots,
    file_systems,
    object_stores,
    snapshots,
    storage_gateways,
    volumes,
)
from vultr_cost_mcp.domain.bandwidth import AccountBandwidth, BandwidthMonth
from vultr_cost_mcp.domain.bill import AccountBalance, Charge, ChargeLine
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.parts import INVENTORY
from vultr_cost_mcp.domain.snapshot import (
    Checked,
    DatabaseUse,
    Gap,
    Snapshot,
    Subaccount,
    Traffic,
)
from vultr_cost_mcp.prices.pricing import price

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from vultr_cost_mcp.collect.readings import Reading
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.prices.table import PriceTable
    from vultr_cost_mcp.vultr.models.billing import Line

CLOCK_TOLERANCE = timedelta(minutes=2)
_FINISHED = frozenset({"instance_traffic", "bare_metal_traffic", "invoice_items"})
# Price lists, past days and invoices do not age with the account: they do not make an answer older.
_TIMELESS = frozenset({"regions", "plans", "plans_metal", "database_plans"})


@dataclass(frozen=True, slots=True)
class Taken:
    """All readings of one question: parts by name, details by name and id."""

    account: str
    sample: bool
    exempt_tags: frozenset[str]
    now: datetime
    skew: timedelta | None
    parts: Mapping[str, Reading]
    details: Mapping[str, Mapping[str, Reading]]
    checked: Mapping[str, Checked]


def assemble(taken: Taken, table: PriceTable) -> Snapshot:
    """Build the Snapshot; a part that failed is left out and named as a gap (D33)."""
    month = Month.of(taken.now)
    resources = _told_apart(list(_resources(taken, table)))
    lines = [_line(row) for row in _rows(taken.parts, "pending_charges")]
    charges, priced = price(lines, resources, month, taken.now)
    owned = _owned(taken)
    read_lines = "pending_charges" in taken.parts and taken.parts["pending_charges"].error is None
    clusters = taken.parts.get("kubernetes_clusters")
    return Snapshot(
        account=taken.account,
        now=taken.now,
        as_of=_as_of(taken),
        month=month,
        sample=taken.sample,
        exempt_tags=taken.exempt_tags,
        balance=_balance(taken.parts.get("account")),
        charges=tuple(c for c in charges if not _earlier(c, month)) if read_lines else None,
        earlier_charges=tuple(c for c in charges if _earlier(c, month)),
        resources=_in_clusters(priced, owned) if _some_inventory(taken.parts) else None,
        clusters=clusters_of(clusters.value) if clusters and clusters.value is not None else None,
        owned=owned,
        bandwidth=_bandwidth(taken.parts.get("account_bandwidth")),
        invoices=_invoices(taken.parts.get("invoices")),
        invoice_charges=_invoice_charges(taken),
        subaccounts=tuple(
            Subaccount(row.subaccount_name or row.email, row.pending_charges)
            for row in _rows(taken.parts, "subaccounts")
        ),
        vpcs=tuple(row.id for row in _rows(taken.parts, "vpcs")),
        plans=catalog_of(_rows(taken.parts, "plans"), ()),
        upgrades={
            server: frozenset(row.plans)
            for server, row in _values(taken, "instance_upgrades").items()
        },
        database_use=_database_use(taken),
        gpu_use=_gpu_use(taken),
        regions=frozenset(row.id for row in _rows(taken.parts, "regions")) or None,
        traffic=_traffic(taken),
        checked=taken.checked,
        gaps=tuple(_gaps(taken)),
        failures={name: row.error for name, row in taken.parts.items() if row.error is not None},
        sources=tuple(sorted(name for name, row in taken.parts.items() if row.error is None)),
        caveats=tuple(_caveats(taken)),
    )


def _rows(parts: Mapping[str, Reading], name: str) -> Any:
    reading = parts.get(name)
    return () if reading is None or reading.value is None else reading.value


def _resources(taken: Taken, table: PriceTable) -> Iterable[Resource]:
    parts = taken.parts
    catalog = catalog_of(_rows(parts, "plans"), _rows(parts, "plans_metal"))
    clusters = _rows(parts, "kubernetes_clusters")
    vpc_regions = {vpc.id: vpc.region for vpc in _rows(parts, "vpcs")}
    servers = [
        *cloud_servers(_rows(parts, "instances"), nodes_of(clusters), catalog, table),
        *bare_metals(_rows(parts, "bare_metals"), catalog, table),
    ]
    listed = {server.id for server in servers}
    return chain(
        servers,
        gpu_clusters(_rows(parts, "gpu_clusters"), catalog, listed),
        control_planes(clusters),
        volumes(_rows(parts, "blocks"), table),
        block_snapshots(_rows(parts, "block_snapshots")),
        snapshots(_rows(parts, "snapshots"), table),
        object_stores(_rows(parts, "object_storage")),
        file_systems(_rows(parts, "file_systems"), _values(taken, "file_system_attachments")),
        storage_gateways(_rows(parts, "storage_gateways")),
        databases(_rows(parts, "databases"), _rows(parts, "database_plans")),
        load_balancers(_rows(parts, "load_balancers"), table),
        reserved_ips(_rows(parts, "reserved_ips"), table),
        nat_gateways(_values(taken, "nat_gateways"), vpc_regions),
        cdn_zones(_rows(parts, "pull_zones"), "pull zone"),
        cdn_zones(_rows(parts, "push_zones"), "push zone"),
        registries(_rows(parts, "registries")),
        inference(_rows(parts, "inference"), _values(taken, "inference_usage")),
        subscriptions(_rows(parts, "custom_subscriptions")),
    )


def _values(taken: Taken, detail: str) -> dict[str, Any]:
    """What was read one by one under ``detail``, by id; what failed is absent."""
    readings = taken.details.get(detail, {})
    return {key: reading.value for key, reading in readings.items() if reading.value is not None}


def _told_apart(resources: list[Resource]) -> list[Resource]:
    """Resources of different kinds that share an id, as numbers of old accounts may."""
    ids = Counter(resource.id for resource in resources)
    return [
        resource
        if ids[resource.id] == 1
        else replace(resource, alias=f"{resource.kind}:{resource.id}")
        for resource in resources
    ]


def _line(row: Line) -> ChargeLine:
    return ChargeLine(
        description=row.description,
        product=row.product,
        start=row.start_date,
        end=row.end_date,
        units=row.units,
        unit_type=row.unit_type,
        unit_price=row.unit_price,
        total=row.total,
    )


def _earlier(charge: Charge, month: Month) -> bool:
    """Whether a line ended before this month and waits for its invoice (D5)."""
    end = charge.line.end or charge.line.start
    return end is not None and end <= month.start


def _balance(reading: Reading | None) -> AccountBalance | None:
    if reading is None or reading.value is None:
        return None
    row = reading.value
    return AccountBalance(
        balance=row.balance,
        pending_charges=row.pending_charges,
        last_payment_date=row.last_payment_date,
        last_payment_amount=row.last_payment_amount,
        email=row.email,
    )


def _bandwidth(reading: Reading | None) -> AccountBandwidth | None:
    if reading is None or reading.value is None:
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
            reading.value.previous_month,
            reading.value.current_month_to_date,
            reading.value.current_month_projected,
        )
    )
    return AccountBandwidth(*months)


def _invoices(reading: Reading | None) -> tuple[Invoice, ...] | None:
    if reading is None or reading.value is None:
        return None
    return tuple(Invoice(row.id, row.date, row.amount) for row in reading.value)


def _invoice_charges(taken: Taken) -> dict[str, tuple[Charge, ...]]:
    """The lines of invoices that were read wholly, with their services."""
    month = Month.of(taken.now)
    return {
        key: tuple(price([_line(row) for row in reading.value], (), month, taken.now)[0])
        for key, reading in taken.details.get("invoice_items", {}).items()
        if reading.whole
    }


def _database_use(taken: Taken) -> dict[str, DatabaseUse]:
    return {
        key: DatabaseUse(row.cpu.percentage, row.memory.percentage, row.disk.percentage)
        for key, row in _values(taken, "database_usage").items()
    }


def _gpu_use(taken: Taken) -> dict[str, Decimal]:
    """The highest utilization of any GPU of a cluster, in percent; absent when none is measured."""
    peaks: dict[str, Decimal] = {}
    for key, metrics in _values(taken, "gpu_cluster_metrics").items():
        values = [
            value
            for server in metrics.instances.values()
            for series in server.gpu.utilization.gpu
            for value, _ in series.datapoints
            if value is not None
        ]
        if values:
            peaks[key] = max(values)
    return peaks


def _owned(taken: Taken) -> dict[str, str]:
    """The cluster's name of every volume and balancer that a Kubernetes cluster owns."""
    names = {
        cluster.id: cluster.name
        for cluster in clusters_of(_rows(taken.parts, "kubernetes_clusters"))
    }
    return {
        linked.id: names[cluster_id]
        for cluster_id, owned in _values(taken, "cluster_resources").items()
        for linked in (*owned.block_storage, *owned.load_balancer)
    }


def _in_clusters(resources: Iterable[Resource], owned: Mapping[str, str]) -> tuple[Resource, ...]:
    return tuple(
        replace(resource, cluster=owned[resource.id]) if resource.id in owned else resource
        for resource in resources
    )


def _traffic(taken: Taken) -> dict[str, dict[date, Traffic]]:
    rows = {**_values(taken, "instance_traffic"), **_values(taken, "bare_metal_traffic")}
    return {server: _days(days) for server, days in rows.items()}


def _days(rows: Mapping[str, Any]) -> dict[date, Traffic]:
    days: dict[date, Traffic] = {}
    for text, row in rows.items():
        try:
            day = date.fromisoformat(text)
        except ValueError:
            continue
        if row.outgoing_bytes is not None:
            days[day] = Traffic(int(row.incoming_bytes or 0), int(row.outgoing_bytes))
    return days


def _some_inventory(parts: Mapping[str, Reading]) -> bool:
    """Whether at least one list of what exists was read: without any, nothing is known of it."""
    lists = INVENTORY - _TIMELESS
    return any(name in lists and reading.error is None for name, reading in parts.items())


def _as_of(taken: Taken) -> datetime:
    """When the oldest reading was made that the account can have outlived (D36)."""
    parts = [row for name, row in taken.parts.items() if name not in _TIMELESS]
    details = [
        row
        for name, rows in taken.details.items()
        if name not in _FINISHED
        for row in rows.values()
    ]
    times = [row.read_at for row in (*parts, *details)]
    return min(times, default=taken.now)


def _gaps(taken: Taken) -> Iterable[Gap]:
    for name, reading in taken.parts.items():
        if reading.error is not None:
            yield Gap(name, f"could not be read ({reading.error.short})")
        elif reading.gap is not None:
            yield Gap(name, reading.gap)
    missing = missing_nodes(_rows(taken.parts, "kubernetes_clusters"))
    if missing:
        yield Gap("kubernetes_nodes", f"{missing} nodes are stated but not listed")
    for name, readings in taken.details.items():
        failed = [row.error for row in readings.values() if row.error is not None]
        if failed:
            yield Gap(name, f"{len(failed)} of {len(readings)} not read ({failed[0].short})")
        checked = taken.checked.get(name)
        if checked is not None and len(readings) < checked.of:
            yield Gap(name, f"{checked.count:,} of {checked.of:,} read: ask again to go on")


def _caveats(taken: Taken) -> Iterable[str]:
    if taken.sample:
        yield "This is the built-in sample account, not yours: every figure is made up."
    if taken.skew is not None and abs(taken.skew) > CLOCK_TOLERANCE:
        minutes = abs(taken.skew) // timedelta(minutes=1)
        yield (
            f"This machine's clock and Vultr's differ by {minutes} minutes: "
            "the month and the hours may be wrong."
        )
