"""Proof of savings: the ledger of those realised, and a replay on an invoiced month."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.billing.months import invoice_lines_wanted, monthly_bills
from vultr_cost_mcp.domain.account_parts import INVOICE_LINES, MEASURED
from vultr_cost_mcp.domain.accounts import identity_of
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.errors import StoreDisabledError, StoreError, UnknownValueError, VultrError
from vultr_cost_mcp.mcp_tools.arguments import month_asked
from vultr_cost_mcp.questions.periods import no_bill, require_lines
from vultr_cost_mcp.questions.savings.kept_waste import ledger_of, wasted_hours
from vultr_cost_mcp.questions.savings.ledger import shortened_ledger
from vultr_cost_mcp.questions.savings.replay import replay, shortened_replay
from vultr_cost_mcp.questions.stored_account import identified

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.domain.backend import Backend
    from vultr_cost_mcp.domain.bill import MonthlyBill
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.resource import Kind
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest
    from vultr_cost_mcp.mcp_tools.coverage import RestsOn
    from vultr_cost_mcp.questions.savings.ledger import RealisedSavings
    from vultr_cost_mcp.questions.savings.replay import Wasted
    from vultr_cost_mcp.questions.savings.report import SavingsReport

    Filters = tuple[Kind | None, Action | None]

_HISTORY = frozenset({"history"})


@dataclass(frozen=True, slots=True)
class Proof:
    """Savings as stored readings show them; ``bill`` is the month to replay on, None for none."""

    ledger: RealisedSavings | None = None
    bill: MonthlyBill | None = None
    wasted: Wasted | None = None

    def add_to(self, report: SavingsReport, snapshot: Snapshot) -> SavingsReport:
        """Return the report with its ledger and replay."""
        played = None
        if self.bill is not None:
            resources = snapshot.resources or ()
            played = replay(self.bill, report.recommendations, resources, self.wasted or {})
        return replace(report, realised_savings=self.ledger, replay=played)

    def rests_on(self, usual: RestsOn) -> RestsOn:
        """Return the parts of every figure, with those of the ledger and the replay."""
        figures = dict(usual.figures)
        if self.ledger is not None:
            figures["realised_savings"] = MEASURED | _HISTORY
        if self.bill is not None:
            figures["replay"] = MEASURED | _HISTORY | INVOICE_LINES
        return replace(usual, figures=figures)


def invoice_wanted(snapshot: Snapshot, replay: str | None) -> list[DetailRequest]:
    """Return requests for the lines of the month to replay on, if any."""
    if replay is None:
        return []
    month = month_asked(replay, snapshot)
    return invoice_lines_wanted(snapshot, month, month)


async def proof_of(
    account: Backend, snapshot: Snapshot, replay: str | None, only: Filters
) -> tuple[Snapshot, Proof]:
    """Return what stored readings prove, and the snapshot with what could not be read of them.

    ``replay`` is the month to replay on, None for none; ``only`` are a kind and an action. A store
    that cannot be read is a caveat. Raises UnknownValueError for a month that is not invoiced.
    """
    bill = None if replay is None else _invoiced(month_asked(replay, snapshot), snapshot)
    try:
        return await _read(account, snapshot, bill, only)
    except StoreDisabledError as error:
        said = () if bill is None else (f"No state of the past is known. {error}",)
    except StoreError as error:
        snapshot = replace(snapshot, basis=None)
        said = (f"Savings so far: {error}",)
    return replace(snapshot, caveats=(*snapshot.caveats, *said)), Proof(bill=bill)


def _invoiced(month: Month, snapshot: Snapshot) -> MonthlyBill:
    bill = monthly_bills(snapshot).get(month.name)
    if bill is None:
        snapshot.require("invoices")
        raise UnknownValueError(no_bill(snapshot, month))
    if bill.source != "invoices":
        msg = f"{month.name} is not invoiced yet: replay takes a month with its invoice."
        raise UnknownValueError(msg)
    require_lines(snapshot, bill)
    return bill


def shortened_proof(report: SavingsReport, rows: int) -> SavingsReport:
    """Return the report with at most so many rows of its ledger and replay."""
    kept, played = report.realised_savings, report.replay
    return replace(
        report,
        realised_savings=None if kept is None else shortened_ledger(kept, rows),
        replay=None if played is None else shortened_replay(played, rows),
    )


async def _read(
    account: Backend, snapshot: Snapshot, bill: MonthlyBill | None, only: Filters
) -> tuple[Snapshot, Proof]:
    history = account.history
    who = identity_of(snapshot)
    if not isinstance(history, DisabledHistory):
        try:
            who = await identified(account.take)
        except VultrError:
            who = identity_of(snapshot)
    whose = await history.account(who, snapshot.now)
    if whose is None:
        return snapshot, Proof(bill=bill)
    name = whose.account_id
    ledger = await ledger_of(history, name, snapshot, *only)
    wasted = None if bill is None else await wasted_hours(history, name, bill.month)
    # Another process may store a reading at any time: an answer from them is not kept.
    caveats = (*snapshot.caveats, *whose.notes)
    return replace(snapshot, caveats=caveats, basis=None), Proof(ledger, bill, wasted)
