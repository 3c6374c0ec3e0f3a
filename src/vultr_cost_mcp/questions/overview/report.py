"""One page on the account: spend, run rate, debt, waste (rules D1, D19, D26, D28)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.credit import (
    left_now,
    month_of_next_invoice,
    top_up,
    uninvoiced,
    uninvoiced_charges,
)
from vultr_cost_mcp.billing.month_end import (
    expected_invoice,
    lines_of_tax,
    project_month_end,
)
from vultr_cost_mcp.billing.projection_steps import bridge
from vultr_cost_mcp.domain.account_parts import ACCOUNT, BILL, EXISTING, MONTH, SERVERS
from vultr_cost_mcp.domain.bill import BillTotals, Charge, Service
from vultr_cost_mcp.domain.idleness import is_powered_off, is_stopped
from vultr_cost_mcp.domain.report_fields import Bridge, Label, NamedCount, RowId, Summed, TopUp, Usd
from vultr_cost_mcp.domain.resource import Kind
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
from vultr_cost_mcp.questions.overview.counts import Counts, counts_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from vultr_cost_mcp.domain.snapshot import Snapshot

_LONGEST_MONTH = 31


@dataclass(frozen=True, slots=True)
class RunRate:
    """Current cost: an hour and a day by uncapped lines, a month by prices (D28)."""

    hourly: Usd | None
    daily: Usd | None
    monthly: Usd | None

    @property
    def has_caps(self) -> bool:
        """Return whether a month costs more than 31 such days, as capped lines are not in them."""
        if self.daily is None or self.monthly is None:
            return False
        return self.monthly > _LONGEST_MONTH * self.daily


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
    share_percent: float | None


@dataclass(frozen=True, slots=True)
class GpuCost:
    """Dollars of this month's lines of resources with GPUs, and their share of charges (D12)."""

    month_to_date: Usd | None
    share_percent: float | None


@dataclass(frozen=True, slots=True)
class NotCounted:
    """Stopped servers that no sum counts: exempt by a tag, or under an hour old (D17, D23)."""

    exempt: NamedCount | None = None
    too_young: NamedCount | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """Credit as the portal shows it, before this month's pending lines, and their dollars (D26)."""

    credit: Usd
    used: Usd


@dataclass(frozen=True, slots=True)
class OverviewReport:
    """One page on the account; an unknown field is None.

    ``month_to_date`` includes ``invoiced_this_month`` (D1). ``uninvoiced`` is the part of last
    month's invoice beside ``owed``, already deducted from ``credit_left`` (D26). ``credit`` is
    there where the balance is negative. Shares are of charges (D4).
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
    gpu: GpuCost | None = None
    stopped_not_counted: NotCounted | None = None
    credit: Credit | None = None
    top_up: TopUp | None = None
    bridge: Bridge | None = None
    caveats: tuple[str, ...] = ()


TAX = "Tax is known only once it is on a bill."
_TOP = 5
_HOURS_A_DAY = 24


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
        counts=counts_of(snapshot),
        gpu=_gpu(snapshot),
        stopped_not_counted=_not_counted(snapshot),
        credit=_credit(snapshot),
        top_up=top_up(snapshot),
        bridge=_bridge(snapshot),
        caveats=caveats_with(snapshot, _caveats(snapshot)),
    )


def _gpu(snapshot: Snapshot) -> GpuCost | None:
    """Return the cost of GPUs; None without any.

    It is unknown if the lines or a list of servers could not be read.
    """
    charges = snapshot.month_charges
    if charges is None or snapshot.resources is None or snapshot.unread(SERVERS):
        return GpuCost(None, None)
    gpus = {resource.key for resource in snapshot.known if resource.compute_class == "gpu"}
    spent = total_of(charge.total for charge in charges if charge.resource_id in gpus)
    if not gpus:
        return None
    return GpuCost(to_cents(spent), percent_of(spent, BillTotals.of(charges).charges))


def _not_counted(snapshot: Snapshot) -> NotCounted | None:
    """Return the stopped servers that no sum counts; None if there are none."""
    off = [r for r in snapshot.resources or () if is_powered_off(r)]
    young = [r.name for r in off if not is_stopped(r, snapshot.now)]
    kept = [r for r in off if is_stopped(r, snapshot.now) and snapshot.is_exempt(r)]
    exempt = NamedCount.of([r.name for r in kept], [snapshot.exempting_tag(r) for r in kept])
    found = NotCounted(exempt, NamedCount.of(young))
    return found if found.exempt or found.too_young else None


def _credit(snapshot: Snapshot) -> Credit | None:
    """Return the credit and its use this month; None without credit."""
    balance = snapshot.balance.balance if snapshot.balance else None
    if balance is None or balance >= 0:
        return None
    return Credit(to_cents(-balance), to_cents(snapshot.pending_month_to_date))


def _bridge(snapshot: Snapshot) -> Bridge | None:
    """Return the steps from the run rate to the projection where both are known (D28).

    None while lines of the month are missing: the steps would name another reason for them.
    """
    unread = snapshot.charges is None or snapshot.lacks(MONTH)
    if unread or _run_rate(snapshot).monthly is None:
        return None
    return bridge(project_month_end(snapshot), snapshot.resources or ())


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
    whole = BillTotals.of(snapshot.month_charges or ()).charges
    return tuple(
        TopResource(
            by_id[key].id,
            by_id[key].name,
            by_id[key].kind,
            spent[key],
            costs.get(key),
            percent_of(spent[key], whole),
        )
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
        caveats.append(f"{some} left out of the monthly sums.")
    if snapshot.invoices:
        caveats.append(TAX)
    below = [account for account in snapshot.subaccounts if account.pending_charges]
    if below:
        pending = total_of(account.pending_charges or ZERO for account in below)
        caveats.append(f"Sub-accounts have another {usd(pending)} pending, not counted here.")
    return caveats
