"""What is asked of ClickHouse: SELECTs that see only what is committed, and each row once."""
# ruff: noqa: S608  (put together from names of this package; values are bound as {name:Type})

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vultr_cost_mcp.store.columns import (
    INVOICE_COLUMNS,
    INVOICE_LINE_COLUMNS,
    LINE_COLUMNS,
    RESOURCE_COLUMNS,
    RUN_COLUMNS,
    Column,
)

if TYPE_CHECKING:
    from datetime import datetime

_INSTANT = "DateTime64(6, 'UTC')"
# toStartOfHour() ends in 2106 on most servers.
_HOUR = "intDiv(toUnixTimestamp64Micro(collected_at), 3600000000)"


def _names(columns: tuple[Column, ...]) -> str:
    return ", ".join(column.name for column in columns)


IS_KEPT: Final = """
SELECT count() FROM runs WHERE customer_id = {customer:String} AND run_id = {run:String}
"""

# Of one hour the run collected last; of one that was written twice at once, one of the two.
_SEEN = f"""
ORDER BY collected_at DESC, run_id DESC, write_id
LIMIT 1 BY {_HOUR}
"""

RUNS: Final = f"""
SELECT {_names(RUN_COLUMNS)}
FROM
(
    SELECT {_names(RUN_COLUMNS)}, write_id
    FROM runs
    WHERE customer_id = {{customer:String}}
        AND collected_at >= {{first:{_INSTANT}}} AND collected_at < {{last:{_INSTANT}}}
    {_SEEN}
)
WHERE collected_at >= {{since:{_INSTANT}}} AND collected_at < {{until:{_INSTANT}}}
ORDER BY collected_at
"""

# Which of the runs that are asked for can be seen, and the write that each came with.
SEEN: Final = f"""
SELECT run_id, write_id, collected_at
FROM
(
    SELECT run_id, write_id, collected_at
    FROM runs
    WHERE customer_id = {{customer:String}}
        AND {_HOUR} IN
        (
            SELECT {_HOUR} FROM runs
            WHERE customer_id = {{customer:String}} AND run_id IN {{runs:Array(String)}}
        )
    {_SEEN}
)
WHERE run_id IN {{runs:Array(String)}}
"""

# The instants are the front of the tables' key, so that little else is read.
_OF_WRITES = f"""
WHERE customer_id = {{customer:String}}
    AND collected_at IN {{instants:Array({_INSTANT})}}
    AND write_id IN {{writes:Array(UUID)}}
"""

LINES: Final = f"""
SELECT write_id, {_names(LINE_COLUMNS)}
FROM lines
{_OF_WRITES}
ORDER BY write_id, position
LIMIT 1 BY write_id, position
"""

RESOURCES: Final = f"""
SELECT write_id, {_names(RESOURCE_COLUMNS)}
FROM resources
{_OF_WRITES}
ORDER BY write_id, position
LIMIT 1 BY write_id, position
"""

TOTALS: Final = f"""
SELECT write_id, period, service, sum(total)
FROM
(
    SELECT write_id, period, service, total
    FROM lines
    {_OF_WRITES}
    LIMIT 1 BY write_id, position
)
GROUP BY write_id, period, service
ORDER BY write_id, period, service
"""

_COMMITTED = """
WHERE customer_id = {customer:String}
    AND write_id IN (SELECT write_id FROM runs WHERE customer_id = {customer:String})
"""

# Two processes may have kept the same invoice at the same time: one of the two is taken.
INVOICES: Final = f"""
SELECT write_id, {_names(INVOICE_COLUMNS)}
FROM invoices
{_COMMITTED}
ORDER BY invoice_id, write_id
LIMIT 1 BY invoice_id
"""

INVOICE_ITEMS: Final = f"""
SELECT write_id, invoice_id, {_names(INVOICE_LINE_COLUMNS)}
FROM invoice_items
{_COMMITTED}
ORDER BY invoice_id, write_id, position
LIMIT 1 BY invoice_id, write_id, position
"""

# Runs that nobody can see do not count, though their rows are dropped as well.
OLD_RUNS: Final = f"""
SELECT count()
FROM
(
    SELECT write_id, collected_at
    FROM runs
    WHERE collected_at < {{last:{_INSTANT}}}
    ORDER BY collected_at DESC, run_id DESC, write_id
    LIMIT 1 BY customer_id, {_HOUR}
)
WHERE collected_at < {{before:{_INSTANT}}}
    AND write_id IN
    (
        SELECT write_id FROM lines WHERE collected_at < {{before:{_INSTANT}}}
        UNION DISTINCT
        SELECT write_id FROM resources WHERE collected_at < {{before:{_INSTANT}}}
    )
"""

OLD_ROWS: Final = {
    table: f"SELECT count() FROM {table} WHERE collected_at < {{before:{_INSTANT}}}"
    for table in ("lines", "resources")
}


def drop_rows(table: str, before: datetime, cluster: str | None) -> str:
    """The statement that drops what was collected before an instant in UTC, and waits for it."""
    on = "" if cluster is None else f" ON CLUSTER `{cluster}`"
    return (
        f"ALTER TABLE {table}{on} DELETE "
        f"WHERE collected_at < toDateTime64('{before:%Y-%m-%d %H:%M:%S.%f}', 6, 'UTC') "
        "SETTINGS mutations_sync = 1"
    )
