"""The metrics record: one reading of an account in figures, as a cost platform keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vultr_cost_mcp.domain.report_fields import Label, Summed, Usd

CLOUD_PROVIDER = "vultr"


@dataclass(frozen=True, slots=True)
class Metrics:
    """One reading; costs in dollars, month to date, exclusive: the six sum to ``pending_charges``.

    ``pending_charges`` are not invoiced; this month's charges on an invoice are in
    ``invoiced_this_month`` (D1). ``account_balance`` has Vultr's sign (negative is credit),
    ``monthly_spend`` is the projected month before tax, ``snapshot_waste`` is dollars a month of
    snapshots over 90 days old. A field that could not be read is None.
    """

    timestamp: datetime
    customer_id: Label
    billing_period: str
    account_balance: Usd | None
    pending_charges: Summed
    monthly_spend: Summed | None
    gpu_cost: Usd | None
    compute_cost: Usd | None
    storage_cost: Usd | None
    network_cost: Usd | None
    backup_cost: Usd | None
    other_cost: Usd | None
    instance_count: int | None
    gpu_instance_count: int | None
    bare_metal_count: int | None
    idle_instances: int | None
    underutilized_resources: int | None
    snapshot_waste: Usd | None
    invoiced_this_month: Usd | None = None
    cloud_provider: str = CLOUD_PROVIDER
