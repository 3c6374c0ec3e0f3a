"""Render the ledger of realised savings and a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name, period_name
from vultr_cost_mcp.markdown import code, count, more, usd

if TYPE_CHECKING:
    from vultr_cost_mcp.questions.savings.ledger import LedgerEntry, RealisedSavings
    from vultr_cost_mcp.questions.savings.replay import OmittedReplay, Replay, ReplayRow


def render_ledger(ledger: RealisedSavings | None) -> list[str]:
    """Return a line on savings so far, and one for each deleted resource."""
    if ledger is None:
        return []
    number = len(ledger.entries) + ledger.omitted.count
    if ledger.since is None:
        return ["Saved so far: $0.00; nothing that was found as waste has been deleted."]
    unpriced = [f"{ledger.unpriced:,} of them of unknown price: not in the sum."]
    return [
        (
            f"Saved so far: {usd(ledger.to_date)} since {day_name(ledger.since)}, by deleting "
            f"{count(number, 'resource')} that had been found as waste."
        ),
        *map(_entry, ledger.entries),
        *more(ledger.omitted, "deleted resource"),
        *(unpriced if ledger.unpriced else []),
    ]


def render_replay(played: Replay | None) -> list[str]:
    """Return a line on the month that savings were replayed on, and one for each resource."""
    if played is None:
        return []
    month = period_name(played.month)
    if not played.rows and not played.omitted.count:
        return [f"Replayed on {month}: none of these was on that bill."]
    return [
        (
            f"Replayed on {month}: these cost {usd(played.cost)}; had they been gone in the hours "
            f"in which stored readings show them as waste, {usd(played.saved)} less. "
            "Hours without a reading are not known."
        ),
        *(_played(row, month) for row in played.rows),
        *_cut(played.omitted),
    ]


def _cut(omitted: OmittedReplay) -> list[str]:
    """Return a line on the rows that are left out: their cost then, and what of it is saved."""
    if not omitted.count:
        return []
    return [
        (
            f"{omitted.shown:,} of {omitted.of:,} resources shown; {omitted.count:,} more cost "
            f"{usd(omitted.cost)}; {usd(omitted.total)} of that would be saved."
        )
    ]


def _entry(row: LedgerEntry) -> str:
    name = _name(row)
    end = ""
    if row.closed_on is not None:
        why = "replaced" if row.closed == "replaced" else "counted until"
        end = f", {why} {day_name(row.closed_on)}"
    return (
        f"- {name}, {row.action.replace('_', ' ')}: {usd(row.saved)} since {day_name(row.since)} "
        f"({usd(row.monthly_cost)} a month{end})"
    )


def _played(row: ReplayRow, month: str) -> str:
    name = _name(row)
    if not row.wasted_hours:
        return f"- {name} cost {usd(row.cost)} in {month}; its state then is not known"
    full = "" if row.saved else ": without them the month costs as much, it is at its cap"
    return (
        f"- {name} cost {usd(row.cost)} in {month}: waste in {row.wasted_hours:,} of its "
        f"{row.hours:,} hours by readings, which saves {usd(row.saved)}{full}"
    )


def _name(row: LedgerEntry | ReplayRow) -> str:
    """Return a label, with the id where it is not the only one of its name."""
    return code(row.label) if row.id is None else f"{code(row.label)} {code(row.id)}"
