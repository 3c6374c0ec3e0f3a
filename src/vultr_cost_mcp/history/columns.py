"""The tables of the history: one list of columns each, from which every dialect makes its own.

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
    """A column of a table; ``optional`` ones hold None for an unknown value."""

    name: str
    type: ColumnType
    optional: bool = False


# What a version of the store added to its tables stands after what they had before. The lists of
# version 1 never change: files of that version are there.
RUN_COLUMNS_1 = (
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
RUN_COLUMNS_2 = (
    Column("invoiced_this_month", "money", optional=True),
    Column("cloud_provider", "text", optional=True),
    # The version of the rules that services, months and resources were found by.
    Column("rules", "count", optional=True),
)
RUN_COLUMNS = (*RUN_COLUMNS_1, *RUN_COLUMNS_2)
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
RESOURCE_COLUMNS_1 = (
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
RESOURCE_COLUMNS_2 = (Column("attached_to", "json", optional=True),)
RESOURCE_COLUMNS = (*RESOURCE_COLUMNS_1, *RESOURCE_COLUMNS_2)
INVOICE_COLUMNS_1 = (
    Column("invoice_id", "text"),
    Column("issued_at", "instant", optional=True),
    Column("amount", "money"),
    Column("period", "text"),
)
INVOICE_COLUMNS_2 = (Column("rules", "count", optional=True),)
INVOICE_COLUMNS = (*INVOICE_COLUMNS_1, *INVOICE_COLUMNS_2)
# What was wasted at a reading, why, and what it costs a month.
FINDING_COLUMNS = (
    Column("action", "text"),
    Column("kind", "text"),
    Column("label", "text"),
    Column("resource_ids", "json"),
    Column("confidence", "text"),
    Column("monthly_cost", "money", optional=True),
    Column("reasons", "json"),
)
# What tells whose readings are whose; a digest hides what it was made of.
ALIAS_COLUMNS = (
    Column("kind", "text"),
    Column("digest", "text"),
    Column("account", "text"),
    Column("first_seen", "instant"),
)
