"""One page on the account: spend, run rate, debt, waste (rules D1, D19, D26, D28)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.credit import (
    left_now,
    month_of_next_invoice,
    uninvoiced,
    uninvoiced_charges,
)
from vultr_cost_mcp.billing.month_end import expected_invoice, lines_of_tax
from vultr_cost_mcp.domain.bill import BillTotals, Charge, Service
from vultr_cost_mcp.domain.idleness import is_stopped
from vultr_cost_mcp.domain.parts import ACCOUNT, BILL, EXISTING
from vultr_cost_mcp.domain.report_fields import Label, RowId, Summed, Usd
from vultr_cost_mcp.domain.resource import SERVER_KINDS, Kind, Resource
from vultr_cost_mcp.markdown import count, usd
from vultr_cost_mcp.money import (
    ZERO,
    allocate,
    allocate_known,
    cents_of,
    known_total,
    percent_of,
    to_cents,
    total_of,
)
from vultr_cost_mcp.questions.caveats import (
    GROSS,
    caveats_with,
    credit_caveats,
    has_discounts,
    invoiced_caveats,
    only_hourly,
    unknown_products,
    unprojected,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class RunRate:
    """Current cost: an hour and a day by uncapped lines, a month by prices (D28)."""

    hourly: Usd | None
    daily: Usd | None
    monthly: Usd | None


@dataclass(frozen=True, slots=True)
class InvoiceRef:
    """The account's newest invoice."""

    id: str
    month: str
    amount: Usd


@dataclass(frozen=True, slots=True)
class NextInvoice:
    """The next invoice: its date, its month, and its expected amount."""

    date: date
    month: str
    expected: Usd | None


@dataclass(frozen=True, slots=True)
class LastPayment:
    """The newest payment, as a positive amount."""

    date: datetime | None
    amount: Usd


@dataclass(frozen=True, slots=True)
class TopService:
    """A service and its dollars this month to date."""

    service: Service
    total: Usd
    share_percent: float | None


@dataclass(frozen=True, slots=True)
class TopResource:
    """A resource, its dollars this month to date and its monthly price."""

    id: RowId
    label: Label
    kind: Kind
    month_to_date: Usd
    monthly_cost: Usd | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of existing resources; None if a list could not be read."""

    servers: int | None
    stopped_servers: int | None
    gpu_servers: int | None
    bare_metal: int | None
    kubernetes_nodes: int | None
    volumes: int | None
    snapshots: int | None
    load_balancers: int | None
    reserved_ips: int | None
    unpriced: int | None


@dataclass(frozen=True, slots=True)
class OverviewReport:
    """One page on the account; an unknown field is None.

    ``month_to_date`` includes ``invoiced_this_month`` (D1). ``uninvoiced`` is the part of last
    month's invoice beside ``owed``, already deducted from ``credit_left`` (D26).
    """

    month_to_date: Summed
    invoiced_this_month: Usd | None
    projected_month_end: Summed | None
    run_rate: RunRate
    last_invoice: InvoiceRef | None
    next_invoice: NextInvoice | None
    last_payment: LastPayment | None
    credit_left: Usd | None
    owed: Usd | None
    uninvoiced: Usd | None
    top_services: tuple[TopService, ...]
    top_resources: tuple[TopResource, ...]
    idle_monthly_cost: Summed | None
    savings_monthly: Summed | None
    counts: Counts
    caveats: tuple[str, ...] = ()


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
    """Summarize the account; projection and savings are totals of other reports (D19).

    ``projected`` is the total at month end and ``savings_monthly`` the measured waste, each None if
    unknown. ``limit`` is the number of top services and resources.
    """
    month_to_date = to_cents(snapshot.month_to_date)
    invoiced, waiting = snapshot.invoiced_this_month, uninvoiced(snapshot)
    return OverviewReport(
        month_to_date=month_to_date,
        invoiced_this_month=None if invoiced is None else to_cents(invoiced),
        projected_month_end=None if projected is None else to_cents(projected),
        run_rate=_run_rate(snapshot),
        last_invoice=_last_invoice(snapshot),
        next_invoice=_next_invoice(snapshot, projected),
        last_payment=_last_payment(snapshot),
        credit_left=left_now(snapshot),
        owed=_owed(snapshot),
        uninvoiced=None if waiting is None else to_cents(waiting),
        top_services=_top_services(snapshot.month_charges or (), limit),
        top_resources=_top_resources(snapshot, limit),
        idle_monthly_cost=_idle(snapshot),
        savings_monthly=savings_monthly,
        counts=_counts(snapshot),
        caveats=caveats_with(snapshot, _caveats(snapshot)),
    )


def _last_invoice(snapshot: Snapshot) -> InvoiceRef | None:
    newest = snapshot.newest_invoice
    if newest is None:
        return None
    month = newest.month.name if newest.month else ""
    return InvoiceRef(newest.id, month, to_cents(newest.amount))


def _next_invoice(snapshot: Snapshot, projected: Decimal | None) -> NextInvoice:
    """Return the next invoice: last month's until it exists, else this month's (D26)."""
    month = month_of_next_invoice(snapshot)
    amount = projected
    if month == snapshot.month and projected is not None:
        amount = projected - (snapshot.invoiced_this_month or ZERO)
    elif month != snapshot.month:
        waiting = uninvoiced_charges(snapshot)
        amount = total_of(c.total for c in waiting if c.service != "Tax")
    return NextInvoice(
        date=month.end.date(),
        month=month.name,
        expected=None if amount is None else expected_invoice(snapshot, amount),
    )


def _owed(snapshot: Snapshot) -> Decimal | None:
    """Return the debt; a negative balance is credit (D26)."""
    balance = snapshot.balance.balance if snapshot.balance else None
    return None if balance is None else to_cents(max(ZERO, balance))


def _run_rate(snapshot: Snapshot) -> RunRate:
    hourly = None
    if snapshot.charges is not None:
        hourly = total_of(charge.hourly_rate for charge in snapshot.charges)
    monthly = None
    if snapshot.resources is not None and not snapshot.unread(EXISTING, snapshot.resources):
        monthly = cents_of(known_total(r.monthly_cost for r in snapshot.resources))
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
        sums[charge.service] += charge.total
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
    return cents_of(known_total(resource.monthly_cost for resource in stopped))


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
    """Count resources; None if the list could not be read at all."""
    return None if snapshot.resources is None or part in snapshot.failures else len(list(resources))


def _caveats(snapshot: Snapshot) -> list[str]:
    caveats = [
        *invoiced_caveats(snapshot),
        *credit_caveats(snapshot, ACCOUNT | BILL),
    ]
    caveats += unknown_products((*(snapshot.month_charges or ()), *lines_of_tax(snapshot)))
    caveats += unprojected(snapshot.charges)
    caveats += only_hourly(snapshot)
    if has_discounts(snapshot):
        caveats.append(GROSS)
    unpriced = sum(resource.monthly_cost is None for resource in snapshot.resources or ())
    if unpriced:
        one, several = "has no known price and is", "have no known price and are"
        some = count(unpriced, f"resource {one}", f"resources {several}")
        caveats.append(f"{some} in no monthly sum.")
    below = [account for account in snapshot.subaccounts if account.pending_charges]
    if below:
        pending = total_of(account.pending_charges or ZERO for account in below)
        caveats.append(f"Sub-accounts have {usd(pending)} pending, which is in no sum here.")
    return caveats
