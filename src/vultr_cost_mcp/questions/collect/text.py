"""Render the answer of ``collect_metrics``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import period_name
from vultr_cost_mcp.markdown import UNKNOWN, at_least, code, count, table, usd

if TYPE_CHECKING:
    from vultr_cost_mcp.questions.collect.report import CollectReport


def headline_collect(report: CollectReport, *, hedged: bool = False) -> str:
    """Return a sentence on the spend and the stored record; ``hedged`` is "at least".

    What is invoiced of the month is no part of the record's pending charges.
    """
    record = report.metrics
    kept = "kept in the history" if report.stored else "not kept"
    spent = "pending" if record.invoiced_this_month != 0 else "spent"
    if record.invoiced_this_month:
        spent = f"pending and {usd(record.invoiced_this_month)} invoiced"
    return (
        f"{usd(record.pending_charges)} {spent} in {period_name(record.billing_period)} to date, "
        f"{at_least(record.monthly_spend, hedged=hedged)} expected by its end; this record was "
        f"{kept}."
    )


def render_collect(report: CollectReport) -> list[str]:
    """Return the record in two tables."""
    record = report.metrics
    costs = {
        "GPU": record.gpu_cost,
        "Other compute": record.compute_cost,
        "Storage": record.storage_cost,
        "Network": record.network_cost,
        "Backups": record.backup_cost,
        "Other": record.other_cost,
    }
    idle = count(record.idle_instances, "stopped server")
    look = count(record.underutilized_resources, "resource")
    body = [] if report.store_error is None else [f"Not stored: {report.store_error}"]
    if record.invoiced_this_month:
        invoiced = usd(record.invoiced_this_month)
        body.append(f"{invoiced} of the month is already invoiced, and not in this table.")
    head = "Month to date" if record.invoiced_this_month == 0 else "Pending"
    body += table((head, "Total $"), ((name, usd(cost)) for name, cost in costs.items()))
    gpus, metal = _number(record.gpu_instance_count), _number(record.bare_metal_count)
    body.append(
        f"{count(record.instance_count, 'cloud server')} and {metal} bare metal, {gpus} of them "
        f"with a GPU; {idle}, {look} worth a look, snapshots over 90 days "
        f"{usd(record.snapshot_waste)} a month."
    )
    balance = f"Balance {usd(record.account_balance)} (negative is credit)."
    body.append(f"{balance} Customer {code(record.customer_id)}.")
    return body


def _number(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"
