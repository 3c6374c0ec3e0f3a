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
        f"{gigabytes(report.used_gb)} sent this month of a pool of {gigabytes(report.pool_gb)}; "
        f"{usd(report.projected_overage_cost)} of overage is projected."
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
            f"Pool so far {gigabytes(report.pool_now_gb)}, overage so far "
            f"{usd(report.overage_cost_to_date)}; projected use "
            f"{gigabytes(report.projected_gb)}, overage {gigabytes(report.projected_overage_gb)}."
        ),
        (
            f"Last month: {gigabytes(last.used_gb)} of {gigabytes(last.pool_gb)}, overage "
            f"{gigabytes(last.overage_gb)} for {usd(last.overage_cost)}."
        ),
    ]
    names = distinct([(row.label, row.id) for row in report.top_servers])
    body += table(
        ("Server", "Sent $", "Share $"),
        (
            (name, _sent(row.gb_out), percent(row.share_percent))
            for name, row in zip(names, report.top_servers, strict=True)
        ),
    )
    if report.checked.of:
        read = f"Traffic read of {report.checked.count:,} of {count(report.checked.of, 'server')}."
        body.append(read)
    return body
