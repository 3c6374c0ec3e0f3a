"""Render the answer of ``get_cost_overview``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name, month_name, period_name
from vultr_cost_mcp.markdown import (
    UNKNOWN,
    at_least,
    count,
    distinct,
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
    "not_since_first": "started after the 1st",
    "short_month": "fewer hours this month",
    "gone_this_month": "deleted this month",
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
        f"{' (charges at their monthly cap left out)' if rate.has_caps else ''}, "
        f"{usd(rate.monthly)} a month."
    )
    if report.bridge:
        yield _bridged(report.bridge)
    yield (
        f"{count(report.counts.stopped_servers, 'stopped server')}: "
        f"{usd(report.idle_monthly_cost)} a month{_left_out(report)}; "
        f"all measured waste: {usd(report.savings_monthly)} a month."
    )
    if report.gpu is not None:
        spent, share = report.gpu.month_to_date, report.gpu.share_percent
        yield f"Existing GPU servers: {usd(spent)} to date, {percent(share)} of charges."


def _account(report: OverviewReport, today: date | None) -> Iterator[str]:
    """Yield sentences on credit, invoices and the last payment."""
    if report.credit_left is not None and report.owed is not None:
        waiting = f"; {usd(report.uninvoiced)} of last month is not invoiced yet"
        yield f"{_credit(report)}{waiting if report.uninvoiced else ''}."
    if report.top_up is not None:
        yield _topped_up(report, report.top_up, today)
    if report.last_invoice is not None:
        month = _month(report.last_invoice.month)
        yield f"Last invoice {usd(report.last_invoice.amount)} for {month}."
    if report.next_invoice is not None:
        yield (
            f"Next invoice on {day_name(report.next_invoice.date)} for "
            f"{period_name(report.next_invoice.month)}: "
            f"{usd(report.next_invoice.expected)} expected, with tax."
        )
    if report.last_payment is not None:
        day = f" on {day_name(report.last_payment.date)}" if report.last_payment.date else ""
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
        f"{_ends(report, advice, today)}. Top up {usd(row.amount)}{plus} by {_day(row.by)}, and it "
        f"lasts until the end of {_month(row.until)}.{_before_tax(report, advice)}"
    )


def _ends(report: OverviewReport, advice: TopUp, today: date | None) -> str:
    """Return when credit ends; it may be used up, by its tax alone too."""
    day = (advice.with_tax or advice).runs_out_on
    if report.credit_left == 0:
        return "Credit is used up"
    if advice.with_tax is None:
        unknown = "" if _is_rate_known(report) else ", tax not counted"
        return f"Credit runs out on {_day(day)}{unknown}"
    if today is not None and advice.with_tax.runs_out_on < today:
        return f"Credit was used up by {_day(day)}, counting the tax on charges"
    return f"Credit runs out on {_day(day)}, counting the tax on charges"


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
        return " Before tax it would last."
    until = f"until the end of {_month(advice.until)}"
    enough = f"{usd(advice.amount)} by {_day(advice.by)} lasts {until}."
    runs_out = f" it runs out on {_day(advice.runs_out_on)};"
    return f" Before tax,{'' if report.credit_left == 0 else runs_out} {enough}"


def _day(day: date | None) -> str:
    return UNKNOWN if day is None else day_name(day)


def _month(month: str | None) -> str:
    return period_name(month) if month else UNKNOWN


def _left_out(report: OverviewReport) -> str:
    """Return the stopped servers that are not counted, with their names."""
    left = report.stopped_not_counted
    if left is None:
        return ""
    kept = f"exempt by tag: {with_names(left.exempt)}" if left.exempt else ""
    young = f"created under an hour ago: {with_names(left.too_young)}" if left.too_young else ""
    return f" (not counted: {', '.join(part for part in (kept, young) if part)})"


def _bridged(bridge: Bridge) -> str:
    """Return the steps from the run rate to the month's end."""
    steps = [(getattr(bridge, name), words) for name, words in _STEPS.items()]
    # More than a price: an invoice in mid-month ended a line, and each line has a cap of its own.
    if bridge.not_since_first > 0:
        steps[0] = (bridge.not_since_first, "from charges that a mid-month invoice split")
    said = [f"{'-' if cost < 0 else '+'} {usd(abs(cost))} {words}" for cost, words in steps if cost]
    return (
        f"From the monthly rate to month end: {usd(bridge.run_rate)} {' '.join(said)} = "
        f"{usd(bridge.projected)}."
    )


def _counted(counts: Counts) -> str:
    nodes = count(counts.kubernetes_nodes, "Kubernetes node")
    stopped = count(counts.stopped_servers, "stopped", "stopped")
    servers = (
        f"{count(counts.servers, 'cloud server')} (including {nodes}; {stopped}) and "
        f"{count(counts.bare_metal, 'bare metal server')}, "
        f"{count(counts.gpu_servers, 'of them with a GPU', 'of them with GPUs')}"
    )
    parts = [
        count(counts.volumes, "volume"),
        count(counts.snapshots, "snapshot"),
        count(counts.load_balancers, "load balancer"),
        count(counts.reserved_ips, "reserved address", "reserved addresses"),
    ]
    return f"{servers}; {', '.join(parts)}."
