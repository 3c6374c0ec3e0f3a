"""Readings to keep, with defaults for what a test does not care about."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from tests.support.nouns import NOW, line
from vultr_cost_mcp.domain.history import (
    NewRun,
    StoredInvoice,
    StoredLine,
    StoredResource,
    StoredRun,
)
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.metrics import Metrics

CUSTOMER = "acme"
SPAN = (NOW - timedelta(days=400), NOW + timedelta(days=400))
UNKNOWN = [None] * 6


def reading(
    run_id: str,
    *,
    at: datetime = NOW,
    lines: int = 3,
    resources: int = 2,
    invoices: tuple[str, ...] = (),
    customer: str = CUSTOMER,
) -> NewRun:
    """Make a reading whose lines and resources are numbered; each line is of a dollar."""
    metrics = Metrics(
        timestamp=at,
        customer_id=customer,
        billing_period="2026-11",
        account_balance=Decimal(-3),
        pending_charges=Decimal(lines),
        monthly_spend=None,
        gpu_cost=None,
        compute_cost=Decimal(lines),
        storage_cost=None,
        network_cost=None,
        backup_cost=None,
        other_cost=None,
        instance_count=resources,
        gpu_instance_count=None,
        bare_metal_count=None,
        idle_instances=None,
        underutilized_resources=None,
        snapshot_waste=None,
    )
    return NewRun(
        run=StoredRun(run_id, customer, at, complete=True, metrics=metrics),
        lines=tuple(
            StoredLine("2026-11", line("1.00", f"line {number}"), "Cloud Compute")
            for number in range(lines)
        ),
        resources=tuple(map(_resource, range(resources))),
        invoices=tuple(
            StoredInvoice(Invoice(name, at, Decimal(9)), "2026-10", ((line("9"), "Other"),))
            for name in invoices
        ),
    )


def _resource(number: int) -> StoredResource:
    return StoredResource(
        id=f"resource-{number}",
        kind="instance",
        label="web",
        region="ewr",
        state="running",
        plan=None,
        hostname="",
        addresses=(),
        tags=(),
        created=None,
        cluster=None,
        compute_class="cpu",
        monthly_cost=Decimal(5),
        price_source="list",
        month_to_date=None,
    )
