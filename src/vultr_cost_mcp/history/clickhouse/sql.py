"""Queries of ClickHouse: SELECTs that see only committed rows, and each row once."""
# ruff: noqa: S608  (put together from names of this package; values are bound as {name:Type})

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vultr_cost_mcp.history.columns import (
    FINDING_COLUMNS,
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
SELECT run_id, write_id, collected_at, rules
FROM
(
    SELECT run_id, write_id, collected_at, rules
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

FINDINGS: Final = f"""
SELECT write_id, {_names(FINDING_COLUMNS)}
FROM findings
{_OF_WRITES}
ORDER BY write_id, position
LIMIT 1 BY write_id, position
"""

# Of each resource the finding of the newest run that can be seen.
LAST_FINDINGS: Final = f"""
SELECT run_id, collected_at, {_names(FINDING_COLUMNS)}
FROM
(
    SELECT run_id, collected_at, position, {_names(FINDING_COLUMNS)}
    FROM findings
    WHERE customer_id = {{customer:String}}
        AND collected_at >= {{since:{_INSTANT}}} AND collected_at < {{until:{_INSTANT}}}
        AND confidence = 'measured'
        AND write_id IN
        (
            SELECT write_id
            FROM runs
            WHERE customer_id = {{customer:String}}
                AND collected_at >= {{first:{_INSTANT}}} AND collected_at < {{last:{_INSTANT}}}
            {_SEEN}
        )
    ORDER BY collected_at DESC, position
    LIMIT 1 BY resource_ids
)
ORDER BY collected_at, position
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

ALIASES: Final = """
SELECT kind, digest, account, min(first_seen)
FROM aliases
WHERE kind = {kind:String} AND digest IN {digests:Array(String)}
GROUP BY kind, digest, account
ORDER BY digest, account
"""

ALL_ALIASES: Final = """
SELECT kind, digest, account, min(first_seen)
FROM aliases
WHERE kind = {kind:String}
GROUP BY kind, digest, account
ORDER BY digest, account
"""

ALIASES_OF: Final = """
SELECT kind, digest, account, min(first_seen)
FROM aliases
WHERE kind = {kind:String} AND account = {account:String}
GROUP BY kind, digest, account
ORDER BY digest
"""

KEYS: Final = """
SELECT DISTINCT customer_id FROM runs
UNION DISTINCT
SELECT DISTINCT customer_id FROM invoices
"""

INVOICE_IDS: Final = f"SELECT DISTINCT invoice_id FROM invoices {_COMMITTED}"

NEWEST_RESOURCES: Final = """
SELECT DISTINCT resource_id
FROM resources
WHERE customer_id = {customer:String} AND write_id IN
(
    SELECT write_id
    FROM runs
    WHERE customer_id = {customer:String} AND write_id IN
        (SELECT write_id FROM resources WHERE customer_id = {customer:String})
    ORDER BY collected_at DESC, run_id DESC, write_id
    LIMIT 1
)
"""

KEPT: Final = """
SELECT customer_id, uniqExact(run_id), min(collected_at), max(collected_at)
FROM runs
GROUP BY customer_id
"""

KEPT_ROWS: Final = {
    table: f"SELECT customer_id, {what} FROM {table} GROUP BY customer_id"
    for table, what in (
        ("lines", "uniqExact(write_id, position)"),
        ("resources", "uniqExact(write_id, position)"),
        ("invoices", "uniqExact(invoice_id)"),
    )
}

SIZE: Final = """
SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()
"""

# Runs that nobody can see do not count, though their rows are dropped as well.
OLD_RUNS: Final = f"""
SELECT count()
FROM
(
    SELECT write_id, collected_at
    FROM runs
    WHERE customer_id = {{customer:String}} AND collected_at < {{last:{_INSTANT}}}
    ORDER BY collected_at DESC, run_id DESC, write_id
    LIMIT 1 BY {_HOUR}
)
WHERE collected_at < {{before:{_INSTANT}}}
    AND write_id IN
    (
        SELECT write_id FROM lines
        WHERE customer_id = {{customer:String}} AND collected_at < {{before:{_INSTANT}}}
        UNION DISTINCT
        SELECT write_id FROM resources
        WHERE customer_id = {{customer:String}} AND collected_at < {{before:{_INSTANT}}}
    )
"""

OLD_ROWS: Final = {
    table: f"SELECT count() FROM {table} "
    f"WHERE customer_id = {{customer:String}} AND collected_at < {{before:{_INSTANT}}}"
    for table in ("lines", "resources")
}


def drop_rows(table: str, customer: str, before: datetime, cluster: str | None) -> str:
    """The statement that drops a customer's rows of before an instant in UTC, and waits for it."""
    return _deleted(
        table,
        f"customer_id = {_literal(customer)} AND "
        f"collected_at < toDateTime64('{before:%Y-%m-%d %H:%M:%S.%f}', 6, 'UTC')",
        cluster,
    )


def erase_rows(table: str, column: str, value: str, cluster: str | None) -> str:
    """The statement that erases every row with a value in a column, and waits for it."""
    return _deleted(table, f"{column} = {_literal(value)}", cluster)


def _deleted(table: str, condition: str, cluster: str | None) -> str:
    on = "" if cluster is None else f" ON CLUSTER `{cluster}`"
    return f"ALTER TABLE {table}{on} DELETE WHERE {condition} SETTINGS mutations_sync = 1"


def _literal(value: str) -> str:
    """A text whatever is in it: statements that change tables take no parameters."""
    return f"unhex('{value.encode().hex()}')"
