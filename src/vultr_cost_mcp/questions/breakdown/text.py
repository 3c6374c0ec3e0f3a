"""Render the answer of ``breakdown_by_service``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name, month_name
from vultr_cost_mcp.markdown import at_least, code, count, distinct, more, percent, table, usd
from vultr_cost_mcp.questions.breakdown.report import REMAINDERS
from vultr_cost_mcp.questions.nothing_matched import named, no_charges, nothing_matched

if TYPE_CHECKING:
    from collections.abc import Collection

    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.questions.breakdown.report import BreakdownReport, Unattributed

_NOUNS = {"compute_class": "compute class"}


def headline_breakdown(
    report: BreakdownReport,
    month: Month,
    *,
    past: bool = False,
    hedged: Collection[str] = frozenset(),
) -> str:
    """Return a sentence on the total and its largest group; ``hedged`` are "at least".

    ``month`` is the bill's month, and ``past`` is true unless it is the current one.
    """
    period = f"in {month_name(month.start)}{'' if past else ' to date'}"
    if report.filters and not report.matched:
        return _unmatched(report, period, past=past)
    where = f" for {named(report.filters)}" if report.filters else ""
    off = report.total is not None and report.total < 0
    spent = f"{usd(report.total)}{'' if off else ' spent'}{where} {period}"
    if not report.groups or (report.group_by == "service" and "service" in report.filters):
        return f"{spent}."
    largest = next((row for row in report.groups if row.name not in REMAINDERS), None)
    if largest is None:
        return f"{spent}."
    noun = _NOUNS.get(report.group_by, report.group_by)
    amount = at_least(largest.total, hedged="groups" in hedged)
    return f"{spent}; the largest {noun} is {code(largest.name)} with {amount}."


def _unmatched(report: BreakdownReport, period: str, *, past: bool) -> str:
    """Return a sentence that no line passes the filters, or that a service was not charged."""
    unknown = report.total is None
    if not unknown and not report.nearest and [*report.filters] == ["service"]:
        return no_charges(report.filters["service"], period, invoiced=past)
    near, alone = report.nearest, report.matched_alone
    return nothing_matched(report.filters, near, alone, period, unknown=unknown)


def render_breakdown(report: BreakdownReport) -> list[str]:
    """Return the groups, and the parts outside them with reasons."""
    body: list[str] = []
    matched = report.matched or not report.filters
    if report.charges is not None and matched:
        body.append(
            f"Charges {usd(report.charges)}, credits and discounts "
            f"{usd(report.credits_and_discounts)}, tax {usd(report.tax)}."
        )
    noun = _NOUNS.get(report.group_by, report.group_by)
    names = distinct([(row.name, row.id) for row in report.groups])
    body += table(
        (noun.capitalize(), "Total $", "Share of charges $", "Lines $"),
        (
            (
                name,
                usd(row.total),
                percent(row.share_percent),
                str(row.line_count),
            )
            for name, row in zip(names, report.groups, strict=True)
        ),
    )
    body += more(report.omitted, "group")
    body += _unattributed(report)
    if report.untagged is not None and matched:
        share = report.untagged_percent
        body.append(f"Untagged: {usd(report.untagged)} ({percent(share)}).")
    if report.filters:
        body.append(f"The whole month: {usd(report.period_total)}.")
    if report.available:
        body.append("Available: " + ", ".join(map(code, report.available)) + ".")
    return body


def _unattributed(report: BreakdownReport) -> list[str]:
    rest = report.unattributed
    if not rest.lines and not rest.total:
        return []
    reasons = {
        "destroyed": rest.reasons.destroyed,
        "ambiguous": rest.reasons.ambiguous,
        "no match": rest.reasons.no_match,
        "not a resource": rest.reasons.not_a_resource,
    }
    named = ", ".join(f"{name} {usd(amount)}" for name, amount in reasons.items() if amount)
    return [
        f"Not attributed: {usd(rest.total)} in {count(rest.lines, 'line')} ({named}).",
        *_destroyed(rest),
    ]


def _destroyed(rest: Unattributed) -> list[str]:
    """Return a line on what does not exist any more, if it is known by name."""
    if not rest.destroyed:
        return []
    parts = [
        f"{code(row.name)} {usd(row.total)}{f' until {day_name(row.until)}' if row.until else ''}"
        for row in rest.destroyed
    ]
    others = rest.destroyed_omitted
    if others.count:
        parts.append(f"{others.count:,} more {usd(others.total)}")
    return [f"Destroyed: {', '.join(parts)}."]
