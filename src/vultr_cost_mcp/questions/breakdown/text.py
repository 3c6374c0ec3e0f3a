"""Render the answer of ``breakdown_by_service``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import (
    at_least,
    code,
    count,
    distinct,
    month_name,
    more,
    percent,
    table,
    usd,
)
from vultr_cost_mcp.questions.nothing_matched import named, nothing_matched

if TYPE_CHECKING:
    from collections.abc import Collection

    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.questions.breakdown.report import BreakdownReport

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
    where = f" for {named(report.filters)}" if report.filters else ""
    to_date = "" if past else " to date"
    if report.filters and not report.groups and not report.unattributed.lines:
        return nothing_matched(
            report.filters,
            report.nearest,
            report.matched_alone,
            f"in {month_name(month.start)}{to_date}",
            unknown=report.total is None,
        )
    spent = f"{usd(report.total)} spent{where} in {month_name(month.start)}{to_date}"
    if not report.groups:
        return f"{spent}."
    largest = report.groups[0]
    noun = _NOUNS.get(report.group_by, report.group_by)
    amount = at_least(largest.total, hedged="groups" in hedged)
    return f"{spent}; the largest {noun} is {code(largest.name)} with {amount}."


def render_breakdown(report: BreakdownReport) -> list[str]:
    """Return the groups, and the parts outside them with reasons."""
    body: list[str] = []
    if report.charges is not None:
        body.append(
            f"Charges {usd(report.charges)}, credits and discounts "
            f"{usd(report.credits_and_discounts)}, tax {usd(report.tax)}."
        )
    noun = _NOUNS.get(report.group_by, report.group_by)
    names = distinct([(row.name, row.id) for row in report.groups])
    body += table(
        (noun.capitalize(), "Total $", "Share $", "Lines $"),
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
    if report.untagged is not None:
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
    return [f"Not attributed: {usd(rest.total)} in {count(rest.lines, 'line')} ({named})."]
