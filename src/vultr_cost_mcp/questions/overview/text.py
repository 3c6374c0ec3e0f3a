"""Render the answer of ``get_cost_overview``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import (
    at_least,
    count,
    distinct,
    month_name,
    percent,
    table,
    usd,
    with_names,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.domain.report_fields import Bridge, TopUp
    from vultr_cost_mcp.questions.overview.counts import Counts
    from vultr_cost_mcp.questions.overview.report import OverviewReport


_STEPS = {
    "not_since_first": "not running since the 1st",
    "short_month": "hours that the month lacks",
    "gone_this_month": "gone this month",
    "usage": "usage",
    "overage": "overage",
    "one_off": "flat and one-off",
    "discounts": "discounts",
    "other": "other lines",
}


def headline_overview(
    report: OverviewReport, month: Month, hedged: Collection[str] = frozenset()
) -> str:
    """Return a sentence on spend and waste; ``hedged`` figures are "at least"."""
    spent = f"{usd(report.month_to_date)} spent so far in {month_name(month.start)}"
    if report.projected_month_end is not None:
        projected = at_least(report.projected_month_end, hedged="projected_month_end" in hedged)
        spent += f", {projected} projected for its end"
    if report.savings_monthly is None:
        return f"{spent}; savings are unknown."
    saved = at_least(report.savings_monthly, hedged="savings_monthly" in hedged)
    return f"{spent}; {saved} a month can be saved."


def render_overview(report: OverviewReport, today: date | None = None) -> list[str]:
    """Return rates, credit, waste and the largest costs."""
    return [
        *_rates(report),
        *_account(report, today),
        *_largest(report),
        _counted(report.counts),
    ]


def _rates(report: OverviewReport) -> Iterator[str]:
    """Yield sentences on the month as it runs: its rate, its waste, its GPU servers."""
    rate = report.run_rate
    if report.invoiced_this_month:
        yield f"{usd(report.invoiced_this_month)} of the month is on an invoice already."
    yield (
        f"Run rate: {usd(rate.hourly)} an hour, {usd(rate.daily)} a day"
        f"{' without lines at their monthly cap' if rate.has_caps else ''}, "
        f"{usd(rate.monthly)} a month."
    )
    if report.bridge:
        yield _bridged(report.bridge)
    yield (
        f"{count(report.counts.stopped_servers, 'stopped server')}: "
        f"{usd(report.idle_monthly_cost)} a month{_left_out(report)}; "
        f"measured waste in all {usd(report.savings_monthly)} a month."
    )
    if report.gpu is not None:
        spent, share = report.gpu.month_to_date, report.gpu.share_percent
        yield f"GPU servers that exist: {usd(spent)}, {percent(share)} of charges."


def _account(report: OverviewReport, today: date | None) -> Iterator[str]:
    """Yield sentences on credit, invoices and the last payment."""
    if report.credit_left is not None and report.owed is not None:
        waiting = f", not invoiced yet {usd(report.uninvoiced)} of last month's"
        yield f"{_credit(report)}{waiting if report.uninvoiced else ''}."
    if report.top_up is not None:
        yield _topped_up(report, report.top_up, today)
    if report.last_invoice is not None:
        yield f"Last invoice {usd(report.last_invoice.amount)} for {report.last_invoice.month}."
    if report.next_invoice is not None:
        yield (
            f"Next invoice on {report.next_invoice.date:%Y-%m-%d} for {report.next_invoice.month}: "
            f"{usd(report.next_invoice.expected)} expected, with tax."
        )
    if report.last_payment is not None:
        day = f" on {report.last_payment.date:%Y-%m-%d}" if report.last_payment.date else ""
        yield f"Last payment {usd(report.last_payment.amount)}{day}."


def _largest(report: OverviewReport) -> Iterator[str]:
    """Yield tables of the services and of the things that cost most."""
    yield from table(
        ("Service", "To date $", "Share of charges $"),
        ((row.service, usd(row.total), percent(row.share_percent)) for row in report.top_services),
    )
    names = distinct([(row.label, row.id) for row in report.top_resources])
    yield from table(
        ("Most expensive so far", "Kind", "To date $", "Share of charges $", "A month $"),
        (
            (
                name,
                row.kind,
                usd(row.month_to_date),
                percent(row.share_percent),
                usd(row.monthly_cost),
            )
            for name, row in zip(names, report.top_resources, strict=True)
        ),
    )


def _credit(report: OverviewReport) -> str:
    """Return credit as the portal shows it, or the debt."""
    if report.credit is None:
        return f"Credit left {usd(report.credit_left)}, owed {usd(report.owed)}"
    return (
        f"{usd(report.credit.credit)} credit, "
        f"{usd(report.credit.used)} used this month, "
        f"{usd(report.credit_left)} left"
    )


def _is_rate_known(report: OverviewReport) -> bool:
    return report.next_invoice is not None and report.next_invoice.expected is not None


def _topped_up(report: OverviewReport, advice: TopUp, today: date | None) -> str:
    """Return when credit runs out and what makes it last, with tax where its rate is known."""
    row, plus = advice.with_tax or advice, ""
    if advice.with_tax is None:
        plus = "" if _is_rate_known(report) else " plus tax"
    elif _is_alike(advice):
        differs = advice.amount != row.amount
        plus = f" ({usd(advice.amount)} before tax)" if differs else ""
    elif report.credit_left == 0:
        plus = " with tax"
    return (
        f"{_ends(report, advice, today)}: top up {usd(row.amount)}{plus} by {row.by:%Y-%m-%d}, "
        f"and it lasts to the end of {row.until}.{_before_tax(report, advice)}"
    )


def _ends(report: OverviewReport, advice: TopUp, today: date | None) -> str:
    """Return when credit ends; it may be used up, by its tax alone too."""
    day = (advice.with_tax or advice).runs_out_on
    if report.credit_left == 0:
        return "Credit is used up"
    if advice.with_tax is None:
        unknown = "" if _is_rate_known(report) else " before tax"
        return f"Credit runs out on {day:%Y-%m-%d}{unknown}"
    if today is not None and advice.with_tax.runs_out_on < today:
        return f"With tax, credit was used up by {day:%Y-%m-%d}"
    return f"Credit runs out on {day:%Y-%m-%d}, tax included"


def _is_alike(advice: TopUp) -> bool:
    """Return whether the advice with tax has the days and the month of that before tax."""
    row = advice.with_tax
    days = (advice.by, advice.until, advice.runs_out_on)
    return row is not None and days == (row.by, row.until, row.runs_out_on)


def _before_tax(report: OverviewReport, advice: TopUp) -> str:
    """Return the advice before tax beside one with tax that has other days."""
    if advice.with_tax is None or _is_alike(advice):
        return ""
    if advice.by is None:
        return " Before tax it lasts."
    until = f"{usd(advice.amount)} by {advice.by:%Y-%m-%d}, to the end of {advice.until}."
    runs_out = f" it runs out on {advice.runs_out_on:%Y-%m-%d}"
    return f" Before tax{'' if report.credit_left == 0 else runs_out}: {until}"


def _left_out(report: OverviewReport) -> str:
    """Return the stopped servers that are not counted, with their names."""
    left = report.stopped_not_counted
    if left is None:
        return ""
    kept = f"exempt by tag: {with_names(left.exempt)}" if left.exempt else ""
    young = f"created under an hour ago: {with_names(left.too_young)}" if left.too_young else ""
    return f"; not counted, {', '.join(part for part in (kept, young) if part)}"


def _bridged(bridge: Bridge) -> str:
    """Return the steps from the run rate to the month's end."""
    steps = [(getattr(bridge, name), words) for name, words in _STEPS.items()]
    # More than a price: an invoice in mid-month ended a line, and each line has a cap of its own.
    if bridge.not_since_first > 0:
        steps[0] = (bridge.not_since_first, "by lines that an invoice in mid-month ended")
    said = [f"{'-' if cost < 0 else '+'} {usd(abs(cost))} {words}" for cost, words in steps if cost]
    return (
        f"From {usd(bridge.run_rate)} a month to the month's end: "
        f"{' '.join(said)} = {usd(bridge.projected)}."
    )


def _counted(counts: Counts) -> str:
    nodes = count(counts.kubernetes_nodes, "Kubernetes node")
    stopped = count(counts.stopped_servers, "stopped", "stopped")
    parts = [
        f"{count(counts.servers, 'cloud server')} ({nodes} among them, {stopped})",
        count(counts.bare_metal, "bare metal server"),
        count(counts.gpu_servers, "of either sort with a GPU", "of either sort with GPUs"),
        count(counts.volumes, "volume"),
        count(counts.snapshots, "snapshot"),
        count(counts.load_balancers, "load balancer"),
        count(counts.reserved_ips, "reserved address", "reserved addresses"),
    ]
    verb = "is" if counts.servers == 1 else "are"
    return f"There {verb} {', '.join(parts)}."
