"""Build one Snapshot from readings: price resources, match lines, name gaps. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.mid_month import invoiced_charges
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.billing.stored_rows import waits_from_before
from vultr_cost_mcp.billing.unread_invoices import mid_month_gaps, unread_invoice
from vultr_cost_mcp.collect.account_facts import (
    balance_of,
    bandwidth_of,
    database_use_of,
    gpu_use_of,
    traffic_of,
)
from vultr_cost_mcp.collect.clock import clock_caveat, is_another_month
from vultr_cost_mcp.collect.completeness import (
    as_of,
    caveats_of,
    gaps_of,
    some_inventory,
    unread_kinds,
)
from vultr_cost_mcp.collect.memo import shared
from vultr_cost_mcp.domain.account_parts import BILL, INVENTORY, OFFER
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import (
    Snapshot,
    Subaccount,
)
from vultr_cost_mcp.families.family_wire import Sources
from vultr_cost_mcp.families.kubernetes.wire import clusters_of
from vultr_cost_mcp.families.plans.wire import catalog_of, offered_by_region, region_names
from vultr_cost_mcp.families.price_list import price_list_of
from vultr_cost_mcp.families.reading import resources_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vultr_cost_mcp.collect.fetched import FetchedParts
    from vultr_cost_mcp.collect.reading_cache import Reading
    from vultr_cost_mcp.domain.account_parts import Detail
    from vultr_cost_mcp.domain.bill import Charge
    from vultr_cost_mcp.domain.price_list import PriceList
    from vultr_cost_mcp.domain.resource import Resource
    from vultr_cost_mcp.families.price_table import PriceTable
    from vultr_cost_mcp.vultr.models.billing import Invoice as InvoiceRow

    _Priced = tuple[list[Charge], list[Resource]]


# Everything that a resource, its price or a line's resource is made of.
_PRICED_BY = INVENTORY | BILL
_PRICED_BY_DETAILS: frozenset[Detail] = frozenset(
    {"nat_gateways", "file_system_attachments", "inference_usage"}
)


def assemble(taken: FetchedParts, table: PriceTable) -> Snapshot:
    """Build the Snapshot; a part that failed is left out and named as a gap (D33)."""
    month = Month.of(taken.now)
    charges, priced = _priced(taken, table)
    owned = _owned(taken)
    read_lines = "pending_charges" in taken.parts and taken.parts["pending_charges"].error is None
    clusters = taken.parts.get("kubernetes_clusters")
    snapshot = Snapshot(
        account=taken.account,
        now=taken.now,
        as_of=as_of(taken),
        month=month,
        sample=taken.sample,
        exempt_tags=taken.exempt_tags,
        balance=balance_of(taken),
        charges=tuple(c for c in charges if not waits_from_before(c, month))
        if read_lines
        else None,
        uninvoiced_previous=tuple(c for c in charges if waits_from_before(c, month)),
        resources=_in_clusters(priced, owned) if some_inventory(taken.parts) else None,
        clusters=clusters_of(clusters.value) if clusters and clusters.value is not None else None,
        owned=owned,
        bandwidth=bandwidth_of(taken),
        invoices=_invoices(taken),
        subaccounts=tuple(
            Subaccount(row.subaccount_name or row.email, row.pending_charges)
            for row in taken.rows("subaccounts")
        ),
        vpcs=tuple(row.id for row in taken.rows("vpcs")),
        plans=catalog_of(taken.rows("plans"), ()),
        offer=_offer(taken, table),
        offered=offered_by_region(taken.values("region_availability")),
        upgrades={
            server: frozenset(row.plans)
            for server, row in taken.values("instance_upgrades").items()
        },
        database_use=database_use_of(taken),
        gpu_use=gpu_use_of(taken),
        regions=region_names(taken.rows("regions")) or None,
        traffic=traffic_of(taken),
        checked=taken.checked,
        gaps=tuple(gaps_of(taken)),
        failures={name: row.error for name, row in taken.parts.items() if row.error is not None},
        sources=tuple(sorted(name for name, row in taken.parts.items() if row.error is None)),
        caveats=tuple(caveats_of(taken, charges)),
        clock_checked=taken.skew is not None,
        other_month=clock_caveat(taken) if is_another_month(taken) else "",
    )
    return replace(
        snapshot,
        invoiced_charges=invoiced_charges(snapshot, unread_kinds(taken)),
        unread_invoice=(unread := unread_invoice(snapshot)),
        gaps=(*snapshot.gaps, *mid_month_gaps(snapshot, unread)),
    )


def _offer(taken: FetchedParts, table: PriceTable) -> PriceList:
    """Return the prices that were read and those of the table, computed once for the readings."""
    readings = taken.made_of(OFFER, ())
    return taken.memo.once(("offer",), readings, lambda: price_list_of(Sources(taken, table)))


def _disambiguate_ids(resources: list[Resource]) -> list[Resource]:
    """Give distinct keys to resources of different kinds that share an id, as old accounts may."""
    ids = Counter(resource.id for resource in resources)
    return [
        resource
        if ids[resource.id] == 1
        else replace(resource, alias=f"{resource.kind}:{resource.id}")
        for resource in resources
    ]


def _priced(taken: FetchedParts, table: PriceTable) -> _Priced:
    """Return the pending charges and the resources, each settled by the other.

    They rest on the lines and the lists alone: details that follow, such as traffic, are joined to
    the priced rows.
    """
    unread = unread_kinds(taken)

    def compute() -> _Priced:
        resources = _disambiguate_ids(list(resources_of(Sources(taken, table))))
        lines = taken.rows("pending_charges")
        return price(lines, resources, Month.of(taken.now), taken.now, unread=unread)

    def share(priced: _Priced, earlier: _Priced) -> _Priced:
        return shared(priced[0], earlier[0]), shared(priced[1], earlier[1])

    # No other reading changes a price, so questions that need other parts share what is priced.
    readings = taken.made_of(_PRICED_BY, _PRICED_BY_DETAILS)
    return taken.memo.once(("priced", taken.now, unread), readings, compute, share)


def _invoices(taken: FetchedParts) -> tuple[Invoice, ...] | None:
    """Return every invoice with the lines that were read; None if the list was not."""
    listed = taken.object("invoices")
    if listed is None:
        return None
    asked = taken.wanted.get("invoice_items", frozenset())
    read = taken.details.get("invoice_items", {})
    return tuple(_invoice(taken, row, read.get(row.id), asked=row.id in asked) for row in listed)


def _invoice(
    taken: FetchedParts, row: InvoiceRow, reading: Reading | None, *, asked: bool
) -> Invoice:
    """Return an invoice; its lines are priced once for their reading."""

    def compute() -> Invoice:
        lines = None
        if reading is not None and reading.value is not None:
            lines = tuple(price(reading.value, (), Month.of(taken.now), taken.now)[0])
        partial = lines is not None and reading is not None and not reading.whole
        return Invoice(row.id, row.date, row.amount, lines, asked, partial)

    if reading is None:
        return compute()
    return taken.memo.once(("invoice", taken.now, row, asked), [reading], compute, _sharing_lines)


def _sharing_lines(invoice: Invoice, earlier: Invoice) -> Invoice:
    if invoice.lines is None or earlier.lines is None:
        return invoice
    return replace(invoice, lines=tuple(shared(invoice.lines, earlier.lines)))


def _owned(taken: FetchedParts) -> dict[str, str]:
    """Return the cluster name of every volume and balancer that a Kubernetes cluster owns."""
    names = {cluster.id: cluster.name for cluster in clusters_of(taken.rows("kubernetes_clusters"))}
    return {
        linked.id: names[cluster_id]
        for cluster_id, owned in taken.values("cluster_resources").items()
        for linked in (*owned.block_storage, *owned.load_balancer)
    }


def _in_clusters(resources: Iterable[Resource], owned: Mapping[str, str]) -> tuple[Resource, ...]:
    return tuple(
        replace(resource, cluster=owned[resource.id]) if resource.id in owned else resource
        for resource in resources
    )
