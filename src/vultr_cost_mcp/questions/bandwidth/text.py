"""``get_bandwidth_usage`` for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.markdown import UNKNOWN, count, distinct, percent, table, usd

if TYPE_CHECKING:
    from decimal import Decimal

    from vultr_cost_mcp.questions.bandwidth.report import BandwidthReport


def headline_bandwidth(report: BandwidthReport) -> str:
    """What was sent, and what overage will cost, in one sentence."""
    return (
        f"{gigabytes(report.used_gb)} sent this month of a pool of {gigabytes(report.pool_gb)}; "
        f"{usd(report.projected_overage_cost)} of overage is projected."
    )


def gigabytes(amount: Decimal | None) -> str:
    """An amount of traffic."""
    return UNKNOWN if amount is None else f"{amount:,.0f} GB"


def _sent(amount: Decimal | None) -> str:
    """Return what a server sent; no data is not zero."""
    return UNKNOWN if amount is None else f"{amount:,.2f} GB"


def render_bandwidth(report: BandwidthReport) -> list[str]:
    """Pool, projection, last month and the servers that sent most."""
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
