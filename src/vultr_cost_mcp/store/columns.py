"""The tables of the history: one list of columns each, of which every dialect makes its own.

``text``, ``digits`` (a decimal in exactly the digits that it came with) and ``json`` (a list of
texts) are str in a row, ``count`` is int, ``flag`` bool, ``money`` a Decimal of whole
micro-dollars, ``instant`` a datetime in UTC. A dialect adds its keys: customer, run or invoice, and
the position of a line or a resource in its run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "digits", "json", "count", "flag", "money", "instant"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``optional`` ones hold None for what is unknown."""

    name: str
    type: ColumnType
    optional: bool = False


RUN_COLUMNS = (
    Column("customer_id", "text"),
    Column("run_id", "text"),
    Column("collected_at", "instant"),
    Column("complete", "flag"),
    # From here on the metrics record.
    Column("timestamp", "instant"),
    Column("metrics_customer_id", "text"),
    Column("billing_period", "text"),
    Column("account_balance", "money", optional=True),
    Column("pending_charges", "money"),
    Column("monthly_spend", "money", optional=True),
    Column("gpu_cost", "money", optional=True),
    Column("compute_cost", "money", optional=True),
    Column("storage_cost", "money", optional=True),
    Column("network_cost", "money", optional=True),
    Column("backup_cost", "money", optional=True),
    Column("other_cost", "money", optional=True),
    Column("instance_count", "count", optional=True),
    Column("gpu_instance_count", "count", optional=True),
    Column("bare_metal_count", "count", optional=True),
    Column("idle_instances", "count", optional=True),
    Column("underutilized_resources", "count", optional=True),
    Column("snapshot_waste", "money", optional=True),
)
INVOICE_LINE_COLUMNS = (
    Column("service", "text"),
    Column("description", "text"),
    Column("product", "text"),
    Column("started_at", "instant", optional=True),
    Column("ended_at", "instant", optional=True),
    Column("units", "digits", optional=True),
    Column("unit_type", "text"),
    Column("unit_price", "digits", optional=True),
    Column("total", "money"),
)
LINE_COLUMNS = (
    Column("period", "text"),
    *INVOICE_LINE_COLUMNS,
    Column("resource_id", "text", optional=True),
    Column("region", "text", optional=True),
)
RESOURCE_COLUMNS = (
    Column("resource_id", "text"),
    Column("kind", "text"),
    Column("label", "text"),
    Column("region", "text"),
    Column("state", "text"),
    Column("plan", "text", optional=True),
    Column("hostname", "text"),
    Column("addresses", "json"),
    Column("tags", "json"),
    Column("created_at", "instant", optional=True),
    Column("cluster", "text", optional=True),
    Column("compute_class", "text"),
    Column("monthly_cost", "money", optional=True),
    Column("price_source", "text", optional=True),
    Column("month_to_date", "money", optional=True),
)
INVOICE_COLUMNS = (
    Column("invoice_id", "text"),
    Column("issued_at", "instant", optional=True),
    Column("amount", "money"),
    Column("period", "text"),
)
