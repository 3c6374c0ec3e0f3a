"""Render the answer of ``get_bandwidth_usage``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import UNKNOWN, count, distinct, percent, table, usd

if TYPE_CHECKING:
    from decimal import Decimal

    from vultr_cost_mcp.questions.bandwidth.report import BandwidthReport


def headline_bandwidth(report: BandwidthReport) -> str:
    """Return a sentence on outbound traffic and the cost of overage."""
    return (
        f"{gigabytes(report.used_gb)} sent so far of a pool of {gigabytes(report.pool_now_gb)} so "
        f"far; Vultr projects {usd(report.projected_overage_cost)} of overage at month end."
    )


def gigabytes(amount: Decimal | None) -> str:
    """Format an amount of traffic."""
    return UNKNOWN if amount is None else f"{amount:,.0f} GB"


def _sent(amount: Decimal | None) -> str:
    """Format a server's outbound traffic; no data is not zero."""
    return UNKNOWN if amount is None else f"{amount:,.2f} GB"


def render_bandwidth(report: BandwidthReport) -> list[str]:
    """Return pool, projection, last month and the largest senders."""
    last = report.previous_month
    body = [
        (
            f"So far over the pool: {gigabytes(report.overage_gb_to_date)}, "
            f"{usd(report.overage_cost_to_date)}. The pool grows with the hours of each server."
        ),
        (
            f"At month end, as Vultr projects: {gigabytes(report.projected_gb)} sent of a pool of "
            f"{gigabytes(report.pool_gb)}, {gigabytes(report.projected_overage_gb)} over it."
        ),
        (
            f"Last month: {gigabytes(last.used_gb)} of {gigabytes(last.pool_gb)}, overage "
            f"{gigabytes(last.overage_gb)} for {usd(last.overage_cost)}."
        ),
    ]
    names = distinct([(row.label, row.id) for row in report.top_servers])
    body += table(
        ("Server", "Sent $", "Of all servers $"),
        (
            (name, _sent(row.gb_out), percent(row.share_percent))
            for name, row in zip(names, report.top_servers, strict=True)
        ),
    )
    if report.checked.of:
        read = f"Traffic read for {report.checked.count:,} of {count(report.checked.of, 'server')}"
        gb = report.servers_gb
        sent = ": amount sent unknown" if gb is None else f": {_sent(gb)} sent"
        body.append(f"{read}{sent if report.checked.count else ''}.")
    return body
