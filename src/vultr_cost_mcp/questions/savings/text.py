"""Render the answer of ``estimate_savings``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import at_least, code, count, distinct, more, usd, with_names
from vultr_cost_mcp.questions.savings.proof_text import render_ledger, render_replay

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vultr_cost_mcp.domain.report_fields import Omitted, Small
    from vultr_cost_mcp.questions.savings.report import SavingsReport
    from vultr_cost_mcp.questions.savings.rows import (
        ActionSum,
        NamedFinding,
        NamedLook,
        Recommendation,
    )


def headline_savings(report: SavingsReport, hedged: Collection[str] = frozenset()) -> str:
    """Return a sentence on measured waste and on investigations.

    ``hedged`` figures are "at least".
    """
    look = ""
    hidden = report.investigations_omitted.count + report.investigations_below_minimum.count
    if report.investigations or hidden:
        more_ = at_least(report.investigate_monthly, hedged="investigate_monthly" in hedged)
        look = f"; {more_} more is worth a look"
    if report.total_monthly_savings is None:
        return f"What can be saved{_where(report)} is unknown{look}."
    return (
        f"{usd(report.total_monthly_savings)} a month can be saved{_where(report)}, "
        f"{usd(report.total_annual_savings)} a year{look}."
    )


def _where(report: SavingsReport) -> str:
    given = " and ".join(f"{name} {code(value)}" for name, value in report.filters.items())
    return f" with {given}" if given else ""


def render_savings(report: SavingsReport) -> list[str]:
    """Return the sums, then each action with its findings, the loss and how to undo it."""
    body = [*_together(report), "", *_actions(report), ""]
    body += _cut(report.omitted, report.by_action)
    body += _small(
        report.below_minimum,
        "finding below the minimum, in the total",
        "findings below the minimum, in the total",
    )
    body += _worth_a_look(report)
    body += _small(
        report.investigations_below_minimum,
        "thing to look at below the minimum, not in the total",
        "things to look at below the minimum, not in the total",
    )
    if report.unpriced:
        body.append(f"{count(report.unpriced, 'finding')} of unknown price: not in the total.")
    if report.exempt.count:
        body.append(
            f"Exempt by tag: {with_names(report.exempt)}, "
            f"{usd(report.exempt.monthly_cost)} a month."
        )
    if report.left_out is not None:
        owned = count(report.left_out.count, "empty balancer")
        one = len(report.left_out.clusters) == 1
        clusters = f"{'cluster' if one else 'clusters'} {_all_of(report.left_out.clusters)}"
        body.append(f"Left out: {owned} that {clusters} own{'s' if one else ''}.")
    body += [*render_replay(report.replay), *render_ledger(report.realised_savings)]
    body.append("Nothing was changed: run the commands that you agree with.")
    return body


def _all_of(names: Sequence[str]) -> str:
    """Return quoted names as people list them: ``a, b and c``."""
    quoted = [code(name) for name in names]
    return " and ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part)


def _together(report: SavingsReport) -> list[str]:
    """Return the savings of all findings this month, and net of the snapshots to keep."""
    if not report.by_action:
        return []
    now = f"All of it, done now, saves {usd(report.saves_this_month)} this month"
    if report.saves_this_month is None:
        now = "What it would save this month is unknown"
    elif report.month_end_if_done is not None:
        now += f", which then ends at {usd(report.month_end_if_done)}"
    kept = report.net_monthly_savings != report.total_monthly_savings
    net = f"After the cost of snapshots to keep: {usd(report.net_monthly_savings)} a month."
    return [f"{now}.", *([net] if kept else [])]


def _actions(report: SavingsReport) -> list[str]:
    """Return each action with its sum, and its findings below it."""
    rows = list(zip(_names(report.recommendations), report.recommendations, strict=True))
    lines: list[str] = []
    for group in report.by_action:
        own = [
            line for name, row in rows if row.action == group.action for line in _finding(name, row)
        ]
        alone = group.others[0] if group.count == 1 and group.others else None
        lines.append(
            f"- {_words(group.action)}{_number(group, alone)}: {usd(group.total)} a month. "
            f"Lost: {group.lost}. To undo: {group.undo}."
        )
        lines += [*own, *([_doubts(alone)] if alone else map(_other, group.others))]
    return [line for line in lines if line]


def _number(group: ActionSum, alone: NamedFinding | None) -> str:
    """Return the number of an action's findings, or the name of its only one."""
    return f", {group.count:,}" if alone is None else f" {_name(alone)}"


def _other(row: NamedFinding) -> str:
    """Return a line on a finding by its name, with what to check first."""
    return (
        f"  - {_name(row)} {usd(row.monthly_savings)} a month"
        f"{''.join(f'; {one}' for one in row.caveats)}"
    )


def _doubts(row: NamedFinding) -> str:
    return f"  {'; '.join(row.caveats)}" if row.caveats else ""


def _name(row: NamedFinding | NamedLook) -> str:
    """Return a label, with the id where it is not the only one of its name."""
    return code(row.label) if row.id is None else f"{code(row.label)} {code(row.id)}"


def _finding(name: str, row: Recommendation) -> list[str]:
    """Return a line on a finding, and a second one on its own conditions."""
    keep = ""
    if row.keep_as_snapshot:
        keep = f"; a snapshot taken first costs up to {usd(row.keep_as_snapshot)} a month"
    still = "of it still " if row.saves_this_month is not None else ""
    month = f", {usd(row.saves_this_month)} {still}this month"
    special = "; ".join((*row.evidence, *row.caveats))
    return [
        (f"  - {name} {usd(row.monthly_savings)} a month{month}{keep}: {_command(row.how_to)}"),
        *([f"    {special}"] if special else []),
    ]


def _small(small: Small, noun: str, plural: str | None = None) -> list[str]:
    """Return one sum for everything below the minimum."""
    return (
        [f"{count(small.count, noun, plural)}: {usd(small.total)} a month together."]
        if small.count
        else []
    )


def _cut(omitted: Omitted, by_action: Sequence[ActionSum]) -> list[str]:
    """Return a line on findings without a row of their own, which may have their names above."""
    named = sum(len(group.others) for group in by_action)
    if not named:
        return more(omitted, "finding", per=" a month")
    shown = "" if omitted.shown_total is None else f" ({usd(omitted.shown_total)} a month)"
    how = "named" if named == omitted.count else "named or summed up"
    have = "has its command" if omitted.shown == 1 else "have their commands"
    return [
        (
            f"{omitted.shown:,} of {omitted.of:,} findings {have} above{shown}; "
            f"the other {omitted.count:,} ({usd(omitted.total)} a month) are only {how}."
        )
    ]


def _worth_a_look(report: SavingsReport) -> list[str]:
    """Return investigations in full, then the largest of the others by name, and their sum."""
    rows, left = report.investigations, report.investigations_omitted
    lines = [
        line for name, row in zip(_names(rows), rows, strict=True) for line in _look(name, row)
    ]
    lines += [
        f"- {_name(row)}, {_words(row.action)}: {usd(row.monthly_savings)} a month"
        f"{''.join(f'; {one}' for one in row.caveats)}"
        for row in left.largest
    ]
    if lines:
        lines = ["", "Worth a look, not in the total:", "", *lines, ""]
    if rows:
        return [*lines, *more(left, "thing to look at", "things to look at", " a month")]
    if not left.count:
        return lines
    cost = f"{usd(left.total)} a month in all"
    if not left.largest:
        things = count(left.count, "thing")
        return [f"{things} worth a look, {cost}: not in the total, and not shown here."]
    return [
        *lines,
        f"{len(left.largest):,} of {count(left.count, 'thing')} worth a look named; {cost}.",
    ]


def _names(rows: Sequence[Recommendation]) -> list[str]:
    return distinct([(row.label, row.resource_ids[0]) for row in rows])


def _words(action: str) -> str:
    return action.replace("_", " ")


def _look(name: str, row: Recommendation) -> list[str]:
    """Return lines on an investigation: its savings and reasons, the loss and how to undo it."""
    this_month = f", {usd(row.saves_this_month)} this month" if row.saves_this_month else ""
    return [
        (
            f"- {name}, {_words(row.action)}: {usd(row.monthly_savings)} a month{this_month}; "
            f"{'; '.join((*row.evidence, *row.caveats))}"
        ),
        f"  Lost: {row.lost}. To undo: {row.undo}. {_command(row.how_to)}",
    ]


def _command(how_to: str) -> str:
    """Return a command line as code, and advice in words as plain text."""
    return f"`{how_to}`" if how_to.startswith("vultr-cli") else how_to
