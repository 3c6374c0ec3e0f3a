"""Render the answer of ``estimate_savings``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import at_least, count, distinct, more, usd

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vultr_cost_mcp.domain.report_fields import Omitted
    from vultr_cost_mcp.questions.savings.report import Recommendation, SavingsReport


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
        return f"What can be saved is unknown{look}."
    return (
        f"{usd(report.total_monthly_savings)} a month can be saved, "
        f"{usd(report.total_annual_savings)} a year{look}."
    )


def render_savings(report: SavingsReport) -> list[str]:
    """Return the actions with their savings and losses."""
    body = _rows(report.recommendations)
    body += more(report.omitted, "finding")
    body += _small(report.below_minimum, "small finding")
    if report.investigations or report.investigations_omitted.count:
        body += ["", "Worth a look, not in the total:", *_rows(report.investigations)]
        body += more(report.investigations_omitted, "thing to look at", "things to look at")
    body += _small(
        report.investigations_below_minimum,
        "small thing worth a look, not in the total",
        "small things worth a look, not in the total",
    )
    if report.unpriced:
        body.append(f"{count(report.unpriced, 'finding')} of unknown price: not in the total.")
    if report.exempt.count:
        body.append(
            f"Exempt by tag: {count(report.exempt.count, 'resource')}, "
            f"{usd(report.exempt.monthly_cost)} a month."
        )
    body.append("Nothing was changed: each command is yours to run.")
    return body


def _small(small: Omitted, noun: str, plural: str | None = None) -> list[str]:
    """Return one sum for everything below the minimum."""
    return (
        [f"{count(small.count, noun, plural)}, together {usd(small.total)}."] if small.count else []
    )


def _rows(rows: Sequence[Recommendation]) -> list[str]:
    return [
        "",
        *(
            line
            for name, row in zip(_names(rows), rows, strict=True)
            for line in _finding(name, row)
        ),
        "",
    ]


def _names(rows: Sequence[Recommendation]) -> list[str]:
    return distinct([(row.label, row.resource_ids[0]) for row in rows])


def _finding(name: str, row: Recommendation) -> list[str]:
    """Return lines on a finding: its savings, the reasons, the loss and the way back."""
    action = row.action.replace("_", " ")
    keep = f" Its snapshot would cost {usd(row.keep_as_snapshot)} a month."
    return [
        (
            f"- {name}, {action}: {usd(row.monthly_savings)} "
            f"a month, {usd(row.saves_this_month)} of it this month"
        ),
        f"  {'; '.join((*row.evidence, *row.caveats))}",
        f"  Lost: {row.lost}. To undo: {row.undo}.{keep if row.keep_as_snapshot else ''}",
        f"  To act: {_command(row.how_to)}",
    ]


def _command(how_to: str) -> str:
    """Return a command line as code, and advice in words as plain text."""
    return f"`{how_to}`" if how_to.startswith("vultr-cli") else how_to
