"""Render the answer of ``get_cost_history``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import month_name, period_name
from vultr_cost_mcp.markdown import count, more, table, usd
from vultr_cost_mcp.questions.history.report import APART, OTHERS

if TYPE_CHECKING:
    from decimal import Decimal

    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.questions.history.report import HistoryReport, HistoryRow

_NOTES = {"running": "to date", "unbilled": "not invoiced yet", "interpolated": "no reading"}


def headline_history(report: HistoryReport, month: Month, spent: Decimal | None) -> str:
    """Return a sentence on the average and trend, or on the known part.

    ``spent`` is the current month to date, if known.
    """
    whole = [row for row in report.rows if not row.partial]
    average = report.average_daily if report.granularity == "day" else report.average_monthly
    if average is None or not whole:
        if spent is None:
            return f"0 {report.granularity}s before this one are fully known."
        to_date = f"{usd(spent)} spent in {month_name(month.start)} to date"
        return f"{to_date}; no earlier {report.granularity} is fully known yet."
    if report.granularity == "day":
        top = max(whole, key=lambda row: row.total)
        return (
            f"{usd(average)} a day on average over {count(report.complete_rows, 'full day')}; "
            f"the most expensive was {period_name(top.period)} with {usd(top.total)}."
        )
    # The average is of charges (D31), a month's total also of what is beside them.
    beside = any(row.charges != row.total for row in whole)
    return (
        f"{usd(average)} a month on average over {count(report.complete_rows, 'full month')}"
        f"{' before tax and credits' if beside else ''}, {_trend(report)}; "
        f"{period_name(whole[-1].period)} came to {usd(whole[-1].total)}"
        f"{' in all' if beside else ''}."
    )


def _trend(report: HistoryReport) -> str:
    if report.jump is not None:
        side = "up" if report.jump.delta > 0 else "down"
        moved = f"{usd(abs(report.jump.delta))} {side}"
        return f"no trend but {moved} in {period_name(report.jump.period)}"
    if report.trend_percent is None:
        return "trend unknown"
    if report.trend == "stable":
        return f"stable ({report.trend_percent:+.1f} % a month)"
    return f"{report.trend} by {abs(report.trend_percent):.1f} % a month"


def render_history(report: HistoryReport) -> list[str]:
    """Return a row for each month or day, the newest last."""
    body = more(report.omitted, "older row")
    services = [*report.services, *([OTHERS] if _has(report, OTHERS) else [])]
    body += table(
        ["Day" if report.granularity == "day" else "Month", "Total $", "Charges $"]
        + [f"{name} $" for name in services],
        (
            [
                " ".join(filter(None, (row.period, _note(row)))),
                usd(row.total),
                usd(row.charges),
                *(usd(row.by_service[n]) if n in row.by_service else "" for n in services),
            ]
            for row in report.rows
        ),
    )
    body += [_apart(report, name) for name in sorted(APART) if _has(report, name)]
    average = report.average_daily if report.granularity == "day" else report.average_monthly
    if average is not None:
        trend = " and the trend are" if report.granularity == "month" else " is"
        body.append(
            f"The average{trend} of full {report.granularity}s before tax, credits and discounts."
        )
    if report.trend_percent is not None:
        body.append("The trend is the usual change a month, in percent of the median month.")
    if report.granularity == "month" and report.trend == "unknown" and report.jump is None:
        body.append("A trend needs four full months.")
    return body


def _has(report: HistoryReport, name: str) -> bool:
    return any(name in row.by_service for row in report.rows)


def _apart(report: HistoryReport, name: str) -> str:
    """Return a sentence on the total's part outside the charges, equal amounts together."""
    periods: dict[Decimal, list[str]] = {}
    for row in report.rows:
        if name in row.by_service:
            periods.setdefault(row.by_service[name], []).append(row.period)
    parts = [f"{usd(amount)} in {', '.join(names)}" for amount, names in periods.items()]
    return f"{name}: {'; '.join(parts)}."


def _note(row: HistoryRow) -> str:
    if row.source == "invoices":
        return "partly read" if row.partial else ""
    partly = "in part" if row.source == "readings" and row.partial else ""
    return _NOTES.get(row.source, partly)
