"""Render the answer of ``detect_anomalies``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import period_name
from vultr_cost_mcp.markdown import code, count, usd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from vultr_cost_mcp.questions.anomalies.report import AnomaliesReport, Anomaly

_SPANS = {"daily_history": "day", "invoices": "month", "none": "month"}


def headline_anomalies(report: AnomaliesReport, unjudged: Sequence[str] = ()) -> str:
    """Return a sentence on the largest anomaly, or that there is none.

    ``unjudged`` are newer months that were not fully read.
    """
    span = _SPANS[report.basis]
    if not report.anomalies:
        if report.usual is None:
            return "0 days can be judged yet: there is not enough history to compare with."
        judged = f"the last {count(report.judged, span)}"
        if report.basis == "invoices":
            # Unread data is not reported as normal.
            newest = "newest fully read invoice" if unjudged else "newest invoice"
            judged = f"the {newest} against {count(report.judged - 1, span)} before it"
        return f"{usd(report.usual)} is a usual {span}, and nothing is unusual in {judged}."
    row = report.anomalies[0]
    others = len(report.anomalies) + report.omitted.count - 1
    rest = f", and {count(others, 'other anomaly', 'other anomalies')}" if others else ""
    return f"{_what(row)}{rest}."


def _what(row: Anomaly) -> str:
    if row.reason == "first_use":
        where = f" in {code(row.region)}" if row.region else ""
        return (
            f"{usd(row.monthly_at_that_rate)} a month of {row.service}{where}, where there was "
            f"none before {period_name(row.date)}"
        )
    if row.reason == "first_overage":
        return f"{usd(row.actual)} of {row.service} overage in {period_name(row.date)}, the first"
    more = "less" if row.delta < 0 else "more"
    a_day = " a day" if row.reason == "unusual_use" else ""
    return f"{usd(abs(row.delta))}{a_day} {more} {row.service} than usual {_when(row)}"


def _when(row: Anomaly) -> str:
    if row.reason == "unusual_month":
        return f"in {period_name(row.date)}"
    first, last = period_name(row.date), period_name(row.until)
    return f"on {first}" if first == last else f"from {first} to {last}"


def render_anomalies(report: AnomaliesReport) -> list[str]:
    """Return a row for each anomaly, and the basis of the comparison."""
    body = ["", *(line for row in report.anomalies for line in _anomaly(row)), ""]
    if report.omitted.count:
        body.append(f"{report.omitted.count:,} more, smaller ones.")
    return [*body, _judged(report)]


def _anomaly(row: Anomaly) -> list[str]:
    """Return two lines on an anomaly: the difference, and its measure."""
    first, last = period_name(row.date), period_name(row.until)
    when = f"on {first}" if first == last else f"from {first} to {last}"
    if row.reason in {"unusual_month", "first_overage"}:
        when = f"in {first}"
    where = f" in {code(row.region)}" if row.region else ""
    whose = f"; {', '.join(map(code, row.resources))}" if row.resources else ""
    score = "first overage" if row.reason == "first_overage" else "new"
    score = score if row.score is None else f"score {row.score:.1f}"
    return [
        f"- {_signed(row.delta)} {when}: {row.service}{where}, {score}",
        (
            f"  {usd(row.actual)} where {usd(row.expected)} is usual; at that rate "
            f"{_signed(row.monthly_at_that_rate)} a month{whose}"
        ),
    ]


def _signed(amount: Decimal) -> str:
    return f"+{usd(amount)}" if amount > 0 else usd(amount)


def _judged(report: AnomaliesReport) -> str:
    if report.basis == "daily_history":
        return (
            f"Judged by {count(report.judged, 'day')} of readings from "
            f"{period_name(report.usual_of[0])} to {period_name(report.usual_of[-1])}, at hourly "
            f"rates before monthly caps; a usual day comes to {usd(report.usual)}. A month at that "
            "rate is thirty such days."
        )
    if report.basis == "invoices":
        return (
            f"Compared among {report.judged} invoiced months: usual is the median of "
            f"{', '.join(report.usual_of)} ({usd(report.usual)} in all), before tax, credits and "
            "discounts."
        )
    return f"It needs 14 days of readings or 4 invoiced months; there are {report.judged}."
