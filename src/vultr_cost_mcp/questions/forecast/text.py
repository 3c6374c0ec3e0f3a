"""Render the answer of ``forecast_month_end``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name, month_name
from vultr_cost_mcp.markdown import code, count, more, percent, table, usd
from vultr_cost_mcp.questions.budget.text import render_row

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.questions.forecast.report import (
        CreditForecast,
        CreditWithTax,
        ForecastReport,
    )


def headline_forecast(report: ForecastReport, month: Month) -> str:
    """Return a sentence on the projection and the spend so far."""
    return (
        f"{usd(report.projected_total)} is projected for {month_name(month.start)}, "
        f"{usd(report.month_to_date)} of it spent."
    )


def render_forecast(
    report: ForecastReport, today: date | None = None, least: Collection[str] = frozenset()
) -> list[str]:
    """Return the parts of the projection; of the budget, ``least`` figures are "at least"."""
    parts = report.components
    body: list[str] = []
    if report.invoiced_this_month:
        body.append(f"{usd(report.invoiced_this_month)} of it is already invoiced.")
    body += [
        (
            f"Spent {usd(parts.accrued)} + remaining hourly charges "
            f"{usd(parts.remaining_hourly)} + expected usage {usd(parts.usage_based)} + bandwidth "
            f"overage {usd(parts.bandwidth_overage)}{_overage_to_date(report)}."
        ),
        _invoice(report),
        f"A straight-line projection, without monthly caps: {usd(report.straight_line_total)}.",
    ]
    if report.capped.count:
        body.append(
            f"{count(report.capped.count, 'charge has', 'charges have')} reached the monthly cap "
            f"({usd(report.capped.total)}) and will not grow."
        )
    if report.credit is not None:
        body.append(_credit(report, report.credit, today))
    if report.budget is not None:
        body += render_row(report.budget, today, least)
        body.append("Budgets count charges before tax; credits do not reduce them.")
    body += table(
        ("Service", "To date $", "Month end $", ""),
        (
            (row.service, usd(row.month_to_date), usd(row.projected), "metered" * row.metered)
            for row in report.by_service
        ),
    )
    body += more(report.omitted, "service")
    if report.without_line:
        named = ", ".join(f"{code(row.label)} {usd(row.projected)}" for row in report.without_line)
        body.append(f"Not on the bill yet: {named}.")
        body += more(report.without_line_omitted, "of them", "of them")
    return [*body, report.method]


def _invoice(report: ForecastReport) -> str:
    """Return a sentence on this month's invoice, and how it comes from the projection."""
    if report.expected_invoice is None:
        return "Invoice of this month: unknown."
    invoiced = report.invoiced_this_month
    without = f" - {usd(invoiced)} on an invoice already" if invoiced else ""
    return (
        f"Invoice of this month: {usd(report.expected_invoice)} = {usd(report.projected_total)}"
        f"{without} + {usd(report.expected_tax)} of tax, at the rate of the newest invoice."
    )


def _overage_to_date(report: ForecastReport) -> str:
    if not (report.overage_to_date or report.overage_projected):
        return ""
    return (
        f" to come (Vultr projects {usd(report.overage_projected)} for the month and states "
        f"{usd(report.overage_to_date)} to date; overage that is on the bill is not counted twice)"
    )


def _credit(report: ForecastReport, credit: CreditForecast, today: date | None) -> str:
    if credit.state is None:
        return "There is no credit."
    waiting = f", {usd(credit.uninvoiced)} of last month not invoiced" if credit.uninvoiced else ""
    used = f"{usd(credit.credit)}, {usd(credit.used)} used this month{waiting}"
    left = f"{used}, {usd(credit.left_now)} left"
    day = credit.runs_out_on
    if credit.state == "used_up":
        when = "" if day is None else f" by {day_name(day)}{' (today)' * (day == today)}"
        return f"Credit: {left}; it was used up{when}."
    if credit.with_tax is not None:
        return (
            f"Credit: {used}. Before tax, {usd(credit.left_now)} is left now and "
            f"{usd(credit.left_at_month_end)} at month end; it {_ends(day, today)}. "
            f"{_with_tax(credit.with_tax, today)}"
        )
    said = f"Credit: {left}, {usd(credit.left_at_month_end)} at month end; it {_ends(day, today)}"
    known = report.expected_tax is not None or day is None
    return f"{said}." if known else f"{said}, before tax: its rate is not known."


def _ends(day: date | None, today: date | None) -> str:
    """Return when credit runs out, before tax."""
    if day is None:
        return "lasts"
    return f"runs out on {day_name(day)}{' (later today)' * (day == today)}"


def _with_tax(credit: CreditWithTax, today: date | None) -> str:
    """Return when credit runs out with tax, which may have used it up already."""
    rate = f"With tax at the rate of the newest invoice ({percent(credit.tax_percent)})"
    left, day = usd(credit.left_at_month_end), credit.runs_out_on
    if day is not None and today is not None and day <= today:
        when = f"is used up by the end of today, {day_name(day)}"
        past = f"was used up by {day_name(day)}"
        return f"{rate}, it {when if day == today else past}, and {left} is left at month end."
    return f"{rate}, {left} is left at month end; it {_ends(day, today)}."
