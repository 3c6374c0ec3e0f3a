"""Render the answer of ``estimate_savings``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import at_least, count, distinct, more, table, usd

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
        body += ["", "Worth a look, not in the total:", *_looks(report.investigations)]
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
    named = zip(_names(rows), rows, strict=True)
    commands = [f"- {name}: {_command(row.how_to)}" for name, row in named]
    return [*_table(rows), *commands, ""]


def _looks(rows: Sequence[Recommendation]) -> list[str]:
    """Return likely waste with its reasons, for the reader to judge."""
    reasons = [
        f"- {name}: {'; '.join(row.evidence)}. To act: {_command(row.how_to)}"
        for name, row in zip(_names(rows), rows, strict=True)
    ]
    return [*_table(rows), *reasons, ""]


def _command(how_to: str) -> str:
    """Return a command line as code, and advice in words as plain text."""
    return f"`{how_to}`" if how_to.startswith("vultr-cli") else how_to


def _table(rows: Sequence[Recommendation]) -> list[str]:
    return table(
        ("What", "Name", "A month $", "This month $", "Loses"),
        (
            (
                row.action.replace("_", " "),
                name,
                usd(row.monthly_savings),
                usd(row.saves_this_month),
                "; ".join((row.lost, *row.caveats)),
            )
            for name, row in zip(_names(rows), rows, strict=True)
        ),
    )


def _names(rows: Sequence[Recommendation]) -> list[str]:
    return distinct([(row.label, row.resource_ids[0]) for row in rows])
