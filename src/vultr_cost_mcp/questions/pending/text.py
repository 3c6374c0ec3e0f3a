"""Render the answer of ``get_pending_charges``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import month_name
from vultr_cost_mcp.markdown import code, more, usd
from vultr_cost_mcp.questions.charge_rows import line_table, product_table
from vultr_cost_mcp.questions.nothing_matched import nothing_matched

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.month import Month
    from vultr_cost_mcp.questions.pending.report import PendingReport


def headline_pending(report: PendingReport, month: Month) -> str:
    """Return a sentence with the pending total."""
    if _missed(report):
        span = f"among the unbilled lines of {month_name(month.start)}"
        return nothing_matched(
            report.filters, report.nearest, (), span, unknown=report.total is None
        )
    where = f" for {code(report.filters['product'])}" if report.filters else ""
    earlier = report.previous_month_unbilled
    if report.total is None or not earlier:
        return f"{usd(report.total)} is unbilled{where} so far in {month_name(month.start)}."
    return (
        f"{usd(report.total)} is unbilled{where}: {usd(report.total - earlier)} of "
        f"{month_name(month.start)} so far and {usd(earlier)} of "
        f"{month_name(month.previous.start)}, which is not invoiced yet."
    )


def render_pending(report: PendingReport) -> list[str]:
    """Return the products and, if requested, the lines."""
    body: list[str] = []
    if report.charges is not None and not _missed(report):
        body.append(
            f"Charges {usd(report.charges)}, credits and discounts "
            f"{usd(report.credits_and_discounts)}, tax {usd(report.tax)}."
        )
    if not report.filters:
        body += _stated(report)
    body += product_table(report.by_product)
    body += more(report.omitted, "product")
    body += line_table(report.lines)
    body += more(report.lines_omitted, "line")
    if report.filters:
        body.append(f"All products: {usd(report.period_total)}.")
        # Vultr states no total of one product.
        body += _stated(report)
    if _missed(report):
        body.append(f"Available: {_list(report.available)}.")
    return body


def _stated(report: PendingReport) -> list[str]:
    """Return a sentence on what the account states for all products, if it states it."""
    if report.account_pending_charges is None or report.difference is None:
        return []
    return [
        (
            f"Vultr's own total is {usd(report.account_pending_charges)}; the difference is "
            f"{usd(report.difference)}."
        )
    ]


def _missed(report: PendingReport) -> bool:
    """Return whether the filter matched no line."""
    return bool(report.filters) and not report.by_product and not report.omitted.count


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(code(name) for name in names) or "none"
