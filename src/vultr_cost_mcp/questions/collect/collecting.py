"""Take a record of an account and store it, for the tool and the library."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.billing.mid_month import mid_month_lines_wanted
from vultr_cost_mcp.domain.account_parts import (
    ACCOUNT,
    BILL,
    INVENTORY,
    INVOICES,
    POOL,
    SUBACCOUNTS,
)
from vultr_cost_mcp.domain.accounts import identity_of
from vultr_cost_mcp.domain.backend import KEEP_DAYS
from vultr_cost_mcp.domain.customer import UNNAMED
from vultr_cost_mcp.domain.history import DisabledHistory, NewRun, StoredRun
from vultr_cost_mcp.domain.snapshot_source import (
    DetailRequest,
    gateways_wanted,
    most_expensive_first,
)
from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.questions.caveats import caveats_with, unknown_products
from vultr_cost_mcp.questions.collect.record import (
    kept_findings,
    kept_invoices,
    kept_lines,
    kept_resources,
    metrics,
)
from vultr_cost_mcp.questions.collect.report import CollectReport
from vultr_cost_mcp.questions.deleted_resources import add_deleted_resources
from vultr_cost_mcp.questions.idle.report import traffic_wanted
from vultr_cost_mcp.questions.savings.measured_waste import ownership_wanted
from vultr_cost_mcp.questions.savings.report import savings, worth_a_look_wanted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from vultr_cost_mcp.domain.history import History
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import SnapshotSource
    from vultr_cost_mcp.questions.savings.report import SavingsReport

NEEDS = BILL | INVENTORY | ACCOUNT | POOL | INVOICES | SUBACCOUNTS
# Older ones are read for the next records; details of servers matter more now.
_INVOICES_A_RUN = 36
_MIN_MONTHLY = Decimal(1)
# The rest of the answer's time is for the record (D34).
_ASKING_SECONDS = 5.0
# Parts that investigations do not need.
_APART = frozenset(
    {
        *(ACCOUNT | BILL | POOL | INVOICES | SUBACCOUNTS),
        "invoice_items",
        "instance_upgrades",
    }
)
_NOBODY = "Nothing was stored: the account could not be read, so its id is unknown. Ask again."


@dataclass(frozen=True, slots=True)
class Collected:
    """A record, and the snapshot and savings that it was made from."""

    report: CollectReport
    run: NewRun
    snapshot: Snapshot
    savings: SavingsReport | None


async def collected(
    take: SnapshotSource,
    history: History,
    *,
    keep_days: int | None = KEEP_DAYS,
    progress: Callable[[int, int, str], Awaitable[None]] | None = None,
) -> Collected:
    """Read an account from Vultr, make its record, and store it.

    ``take`` and ``history`` are the account's. ``keep_days`` is how long lines and resources are
    kept; None stores nothing. ``progress`` is called while reading. A store error is named in the
    report. Raises VultrCostError if the account cannot be read.
    """
    store = history
    known, history = await _known_invoices(history, take)

    def follow_up(snapshot: Snapshot) -> list[DetailRequest]:
        new = [row for row in snapshot.invoices or () if row.id not in known]
        new.sort(key=lambda row: str(row.date), reverse=True)
        look = [*worth_a_look_wanted(snapshot), *traffic_wanted(snapshot)]
        wanted = [
            *ownership_wanted(snapshot),
            *gateways_wanted(snapshot),
            *mid_month_lines_wanted(snapshot),
            *(DetailRequest("invoice_items", row.id) for row in new[:_INVOICES_A_RUN]),
            *most_expensive_first(snapshot, look),
        ]
        return list(dict.fromkeys(wanted))

    snapshot = await take(NEEDS, follow_up, progress, fresh=True)
    snapshot = await add_deleted_resources(history, snapshot, snapshot.month)
    whole = _savings(snapshot)
    account_id = None if keep_days is None else await _account_id(history, snapshot)
    run = _run(snapshot, whole, account_id)
    error = None
    if keep_days is not None:
        error = await _keep(history, run, snapshot, timedelta(days=keep_days))
    report = CollectReport(
        run.run.metrics,
        run.run.run_id,
        stored=keep_days is not None and error is None,
        store_error=error,
        account_id=account_id,
        caveats=caveats_with(snapshot, [*store.notes, *unknown_products(snapshot.charges)]),
    )
    return Collected(report, run, snapshot, whole)


async def _known_invoices(
    history: History, take: SnapshotSource
) -> tuple[Collection[str], History]:
    """Return the stored invoices, and the store to use: a disabled one after an error.

    If reading the stored account takes too long, no invoice counts as stored.
    """
    snapshot: Snapshot | None = None
    with anyio.move_on_after(_ASKING_SECONDS):
        snapshot = await take(ACCOUNT | INVOICES)
    if snapshot is None:
        return (), history
    try:
        whose = await history.account(identity_of(snapshot), snapshot.now)
        kept = [] if whose is None else await history.invoices(whose.account_id)
    except StoreError as error:
        # Retries would use up the time of an answer.
        return (), DisabledHistory(str(error))
    return {row.invoice.id for row in kept}, history


async def _account_id(history: History, snapshot: Snapshot) -> str | None:
    """Return the account that the record is filed under; None if the store does not know."""
    if snapshot.customer_id is None:
        return None
    try:
        whose = await history.account(identity_of(snapshot), snapshot.now, keep=True)
    except StoreError:
        # Storing the record reports the store's error.
        return None
    return None if whose is None else whose.account_id


def _savings(snapshot: Snapshot) -> SavingsReport | None:
    """Return all savings by the tool's defaults; None if resources are unknown."""
    if snapshot.resources is None:
        return None
    rows = len(snapshot.resources)
    return savings(snapshot, min_monthly=_MIN_MONTHLY, include_inferred=True, limit=rows)


def _run(snapshot: Snapshot, whole: SavingsReport | None, account_id: str | None) -> NewRun:
    customer_id = snapshot.customer_id or UNNAMED
    investigations = None
    if whole is not None and all(gap.part in _APART for gap in snapshot.gaps):
        investigations = len(whole.investigations) + whole.investigations_omitted.count
    record = metrics(snapshot, customer_id=customer_id, investigations=investigations)
    return NewRun(
        run=StoredRun(
            run_id=uuid.uuid4().hex,
            customer_id=account_id or customer_id,
            collected_at=snapshot.as_of,
            # Not snapshot.complete: a key without permission for one list would never have a
            # complete bill.
            complete=snapshot.charges is not None and not snapshot.missing("pending_charges"),
            metrics=record,
        ),
        lines=kept_lines(snapshot),
        resources=kept_resources(snapshot),
        invoices=kept_invoices(snapshot),
        findings=kept_findings(whole),
    )


async def _keep(history: History, run: NewRun, snapshot: Snapshot, span: timedelta) -> str | None:
    """Store a run and delete old ones; return the error as text, None if stored."""
    if snapshot.customer_id is None:
        return _NOBODY
    try:
        await history.add(run)
    except StoreError as error:
        return str(error)
    try:
        if snapshot.clock_checked:
            # An unconfirmed clock may be years ahead, and would make every row look too old.
            await history.prune(run.run.customer_id, snapshot.now - span)
    except StoreError:
        # The record is stored; the next one tries the deletion again.
        return None
    return None
