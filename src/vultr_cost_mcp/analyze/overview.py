"""One page on the account: spent, burnt, owed, wasted (rules D1, D19, D26, D28)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.bill import BillTotals, Charge
from vultr_cost_mcp.domain.idleness import is_stopped
from vultr_cost_mcp.domain.invoice import month_of
from vultr_cost_mcp.domain.reports.overview import (
    Counts,
    InvoiceRef,
    LastPayment,
    NextInvoice,
    OverviewReport,
    RunRate,
    TopResource,
    TopService,
)
from vultr_cost_mcp.domain.resource import SERVER_KINDS, Kind, Resource
from vultr_cost_mcp.money import ZERO, allocate, allocate_known, percent_of, to_cents, total_of
from vultr_cost_mcp.prices.outlook import expected_invoice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.bill import Service
    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot

_TOP = 5
_HOURS_A_DAY = 24
_CLOUD: frozenset[Kind] = frozenset({"instance", "gpu_instance", "kubernetes_node"})


def overview(
    snapshot: Snapshot,
    *,
    projected: Decimal | None,
    savings_monthly: Decimal | None,
    limit: int = _TOP,
) -> OverviewReport:
    """Sum the account up; the projection and the savings are other analyzers' totals (D19)."""
    month_to_date = to_cents(snapshot.month_to_date)
    left, owed = _credit(snapshot)
    return OverviewReport(
        month_to_date=month_to_date,
        projected_month_end=projected,
        run_rate=_run_rate(snapshot),
        last_invoice=_last_invoice(snapshot),
        next_invoice=NextInvoice(
            date=snapshot.month.end.date(), expected=_expected(snapshot, projected)
        ),
        last_payment=_last_payment(snapshot),
        credit_left=left,
        owed=owed,
        top_services=_top_services(snapshot.charges or (), limit),
        top_resources=_top_resources(snapshot, limit),
        idle_monthly_cost=_idle(snapshot),
        savings_monthly=savings_monthly,
        counts=_counts(snapshot),
    )


def _last_invoice(snapshot: Snapshot) -> InvoiceRef | None:
    newest = snapshot.newest_invoice
    if newest is None:
        return None
    lines = [charge.line for charge in snapshot.invoice_charges.get(newest.id, ())]
    month = month_of(newest, lines)
    return InvoiceRef(newest.id, month.name if month else "", to_cents(newest.amount))


def _expected(snapshot: Snapshot, projected: Decimal | None) -> Decimal | None:
    return None if projected is None else expected_invoice(snapshot, projected)


def _credit(snapshot: Snapshot) -> tuple[Decimal | None, Decimal | None]:
    """Credit that is left and debt; a negative balance is credit (D26)."""
    balance = snapshot.balance.balance if snapshot.balance else None
    if balance is None:
        return None, None
    left = max(ZERO, -balance - to_cents(snapshot.month_to_date))
    return to_cents(left), to_cents(max(ZERO, balance))


def _run_rate(snapshot: Snapshot) -> RunRate:
    hourly = None
    if snapshot.charges is not None:
        hourly = total_of(
            charge.monthly / charge.cap_hours
            for charge in snapshot.charges
            if charge.running
            and charge.monthly is not None
            and charge.cap_hours is not None
            and charge.line.total < charge.monthly
        )
    monthly = None
    if snapshot.resources is not None:
        monthly = to_cents(total_of(r.monthly_cost or ZERO for r in snapshot.resources))
    return RunRate(
        hourly=None if hourly is None else to_cents(hourly),
        daily=None if hourly is None else to_cents(hourly * _HOURS_A_DAY),
        monthly=monthly,
    )


def _last_payment(snapshot: Snapshot) -> LastPayment | None:
    balance = snapshot.balance
    if balance is None or balance.last_payment_amount is None:
        return None
    # The API states payments as negative amounts.
    return LastPayment(balance.last_payment_date, to_cents(abs(balance.last_payment_amount)))


def _top_services(charges: Sequence[Charge], limit: int) -> tuple[TopService, ...]:
    sums: dict[Service, Decimal] = defaultdict(lambda: ZERO)
    for charge in charges:
        sums[charge.service] += charge.line.total
    cents = allocate(sums)
    whole = BillTotals.of(charges).charges
    ordered = sorted(cents, key=lambda service: (-cents[service], service))
    return tuple(
        TopService(service, cents[service], percent_of(cents[service], whole))
        for service in ordered[:limit]
    )


def _top_resources(snapshot: Snapshot, limit: int) -> tuple[TopResource, ...]:
    by_id = snapshot.by_id()
    spent = allocate(snapshot.month_to_date_by_resource())
    costs = allocate_known({key: resource.monthly_cost for key, resource in by_id.items()})
    ordered = sorted(spent, key=lambda key: (-spent[key], key))
    return tuple(
        TopResource(by_id[key].id, by_id[key].name, by_id[key].kind, spent[key], costs.get(key))
        for key in ordered[:limit]
        if key in by_id
    )


def _idle(snapshot: Snapshot) -> Decimal | None:
    if snapshot.resources is None or "instances" in snapshot.failures:
        return None
    stopped = [
        resource
        for resource in snapshot.resources
        if is_stopped(resource, snapshot.now) and not snapshot.is_exempt(resource)
    ]
    return to_cents(total_of(resource.monthly_cost or ZERO for resource in stopped))


def _counts(snapshot: Snapshot) -> Counts:
    stopped = [r for r in snapshot.resources or () if is_stopped(r, snapshot.now)]
    gpu = [r for r in snapshot.resources or () if r.kind in SERVER_KINDS and r.gpu]
    unpriced = [r for r in snapshot.resources or () if r.monthly_cost is None]
    return Counts(
        servers=_count(snapshot, _CLOUD, "instances"),
        stopped_servers=_number(snapshot, stopped, "instances"),
        gpu_servers=None
        if "bare_metals" in snapshot.failures
        else _number(snapshot, gpu, "instances"),
        bare_metal=_count(snapshot, {"bare_metal", "gpu_bare_metal"}, "bare_metals"),
        kubernetes_nodes=_count(snapshot, {"kubernetes_node"}, "kubernetes_clusters"),
        volumes=_count(snapshot, {"block_storage"}, "blocks"),
        snapshots=_count(snapshot, {"snapshot"}, "snapshots"),
        load_balancers=_count(snapshot, {"load_balancer"}, "load_balancers"),
        reserved_ips=_count(snapshot, {"reserved_ip"}, "reserved_ips"),
        unpriced=_number(snapshot, unpriced, "instances"),
    )


def _count(snapshot: Snapshot, kinds: Collection[Kind], part: Part) -> int | None:
    return _number(snapshot, [r for r in snapshot.resources or () if r.kind in kinds], part)


def _number(snapshot: Snapshot, resources: Iterable[Resource], part: Part) -> int | None:
    """How many; None where the list that tells could not be read at all."""
    return None if snapshot.resources is None or part in snapshot.failures else len(list(resources))
