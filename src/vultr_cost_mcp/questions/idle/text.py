"""Render the answer of ``list_idle_instances``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import at_least, code, count, distinct, more, usd, with_names

if TYPE_CHECKING:
    from collections.abc import Collection

    from vultr_cost_mcp.questions.idle.report import IdleReport, IdleRow


def headline_idle(report: IdleReport, hedged: Collection[str] = frozenset()) -> str:
    """Return a sentence on the cost of stopped servers and of quiet ones.

    ``hedged`` figures are "at least".
    """
    quiet = "; quiet servers are unknown" if report.quiet_count is None else ""
    if report.quiet_count:
        quiet = (
            f"; {count(report.quiet_count, 'quiet server')} "
            f"cost{'s' if report.quiet_count == 1 else ''} "
            f"{at_least(report.quiet_monthly_cost, hedged='quiet_monthly_cost' in hedged)}"
        )
    stopped = count(report.stopped_count, "stopped server")
    suspended = _billed(report, hedged="suspended_billed_monthly_cost" in hedged)
    rest = f"{quiet}{suspended}."
    if report.stopped_monthly_cost is None:
        verb = "costs" if report.stopped_count == 1 else "cost"
        return f"{stopped} {verb} an unknown amount a month{rest}"
    return f"{usd(report.stopped_monthly_cost)} a month goes to {stopped}{rest}"


def _billed(report: IdleReport, *, hedged: bool) -> str:
    """Return the cost of suspended servers with a running line, "" if there are none."""
    if not report.suspended_billed_count:
        return ""
    verb = "is" if report.suspended_billed_count == 1 else "are"
    return (
        f"; {count(report.suspended_billed_count, 'suspended server')} {verb} billed "
        f"{at_least(report.suspended_billed_monthly_cost, hedged=hedged)}"
    )


def render_idle(report: IdleReport) -> list[str]:
    """Return the servers, the checks made, and the servers left out."""
    body = [""]
    names = distinct([(row.label, row.id) for row in report.instances])
    for name, row in zip(names, report.instances, strict=True):
        body += _server(name, row)
    body.append("")
    body += more(report.omitted, "server", per=" a month")
    if report.suspended_count:
        body.append(
            f"{count(report.suspended_count, 'suspended server')} with "
            f"{usd(report.suspended_monthly_cost)} a month: not in the sum."
        )
    if report.unpriced:
        body.append(f"{count(report.unpriced, 'server')} of unknown price: not in the sums.")
    if report.exempt.count:
        body.append(
            f"Exempt by tag: {with_names(report.exempt)}, "
            f"{usd(report.exempt.monthly_cost)} a month."
        )
    if report.too_young is not None:
        body.append(f"Stopped, but created under an hour ago: {with_names(report.too_young)}.")
    body.append(
        f"Traffic read for {report.checked.count:,} of {count(report.checked.of, 'server')}."
    )
    return body


def _server(name: str, row: IdleRow) -> list[str]:
    """Return three lines on a server: cost, plan and place, and evidence."""
    what = f"{row.kind} {code(row.plan)}" if row.plan else row.kind
    place = f" in {code(row.region)}" if row.region else ""
    tags = f"; {' '.join(map(code, row.tags))}" if row.tags else ""
    return [
        (
            f"- {name}, {row.reason}: {usd(row.monthly_cost)} a month, "
            f"{usd(row.month_to_date)} to date"
        ),
        f"  {what}{place}{tags}",
        f"  {row.evidence}",
    ]
