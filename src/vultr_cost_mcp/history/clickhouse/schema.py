"""The tables in ClickHouse: statements that create them and upgrade older ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vultr_cost_mcp.errors import StoreError
from vultr_cost_mcp.history.columns import (
    ALIAS_COLUMNS,
    FINDING_COLUMNS,
    INVOICE_COLUMNS,
    INVOICE_COLUMNS_2,
    INVOICE_LINE_COLUMNS,
    LINE_COLUMNS,
    RESOURCE_COLUMNS,
    RESOURCE_COLUMNS_2,
    RUN_COLUMNS,
    RUN_COLUMNS_2,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vultr_cost_mcp.history.clickhouse.address import ClickHouseConfig
    from vultr_cost_mcp.history.clickhouse.client import Connection
    from vultr_cost_mcp.history.columns import Column

VERSION: Final = 2
_INSTANT = "DateTime64(6, 'UTC')"
_TYPES = {
    "text": "String",
    "digits": "String",
    "json": "String",
    "count": "Int64",
    "flag": "Bool",
    "money": "Decimal(18, 6)",
    "instant": _INSTANT,
}
# Few different texts in many rows: a dictionary of them is smaller and quicker to group by.
_FEW = frozenset(
    {
        "billing_period",
        "compute_class",
        "action",
        "cloud_provider",
        "confidence",
        "kind",
        "period",
        "plan",
        "price_source",
        "product",
        "region",
        "service",
        "state",
        "unit_type",
    }
)


def _types(columns: Iterable[Column]) -> dict[str, str]:
    return {
        each.name: f"Nullable({_TYPES[each.type]})" if each.optional else _TYPES[each.type]
        for each in columns
    }


def _stored(name: str, of: str) -> str:
    return f"LowCardinality({of})" if name in _FEW else of


def _added(table: str, columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(
        f"ALTER TABLE {table}{{on}} ADD COLUMN IF NOT EXISTS {name} {_stored(name, of)}"
        for name, of in _types(columns).items()
    )


# What makes the tables of a version out of those of the version before; ON CLUSTER is put in.
# Tables that a version has more are created like all.
UPGRADES: Final[dict[int, tuple[str, ...]]] = {
    2: (
        *_added("resources", RESOURCE_COLUMNS_2),
        *_added("invoices", INVOICE_COLUMNS_2),
        *_added("runs", RUN_COLUMNS_2),
    ),
}
# Whatever one add() writes bears its write_id, and is seen only if a run row bears it as well.
_WRITE = {"write_id": "UUID"}
_OF_A_RUN = {
    "customer_id": "String",
    "collected_at": _INSTANT,
    "run_id": "String",
    **_WRITE,
    "position": "UInt32",
}
# The columns by table, in the order in which rows are written.
TABLES: Final[dict[str, dict[str, str]]] = {
    "lines": {**_OF_A_RUN, **_types(LINE_COLUMNS)},
    "resources": {**_OF_A_RUN, **_types(RESOURCE_COLUMNS)},
    "findings": {**_OF_A_RUN, **_types(FINDING_COLUMNS)},
    "invoice_items": {
        "customer_id": "String",
        "invoice_id": "String",
        **_WRITE,
        "position": "UInt32",
        **_types(INVOICE_LINE_COLUMNS),
    },
    "invoices": {"customer_id": "String", **_WRITE, **_types(INVOICE_COLUMNS)},
    "runs": {**_WRITE, **_types(RUN_COLUMNS)},
    "aliases": _types(ALIAS_COLUMNS),
    "history_version": {"version": "UInt32"},
}
_KEYS = {
    "lines": "customer_id, collected_at, run_id, write_id, position",
    "resources": "customer_id, collected_at, run_id, write_id, position",
    "findings": "customer_id, collected_at, run_id, write_id, position",
    "invoice_items": "customer_id, invoice_id, write_id, position",
    "invoices": "customer_id, invoice_id, write_id",
    "runs": "customer_id, collected_at, run_id, write_id",
    "aliases": "kind, digest, account",
    "history_version": "version",
}
# What grows is kept by months, so that retention takes whole parts away.
_BY_MONTH = frozenset({"lines", "resources"})
# A request that is sent twice counts once; a run row is not on the disk before its lines are.
_SETTINGS = (
    "non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1"
)


def create_table(table: str, *, cluster: str | None = None, replicated: bool = False) -> str:
    """The statement that creates a table unless it exists."""
    columns = ",\n".join(f"    {name} {_stored(name, of)}" for name, of in TABLES[table].items())
    clauses = [
        f"CREATE TABLE IF NOT EXISTS {table}{_on(cluster)}",
        f"(\n{columns}\n)",
        f"ENGINE = {'ReplicatedMergeTree' if replicated else 'MergeTree'}",
        "PARTITION BY toYYYYMM(collected_at)" if table in _BY_MONTH else "",
        f"ORDER BY ({_KEYS[table]})",
        "" if replicated else f"SETTINGS {_SETTINGS}",
    ]
    return "\n".join(filter(None, clauses))


def ensure_tables(line: Connection) -> None:
    """Create missing tables and upgrade older ones; raise StoreError for newer ones."""
    place = line.place
    there = {
        name
        for (name,) in line.rows(
            "SELECT name FROM system.tables WHERE database = currentDatabase()"
        )
    }
    for table in TABLES:
        # One that an administrator made is taken as it is, by a user who may create nothing.
        if table not in there:
            line.run(create_table(table, cluster=place.cluster, replicated=place.replicated))
    found = int(line.rows("SELECT max(version) FROM history_version")[0][0])
    if found > VERSION:
        raise _too_new(place, found)
    # Tables that an administrator made are of no version yet: older statements lack columns.
    if found or _lacks_columns(line):
        for version in range(max(found, 1) + 1, VERSION + 1):
            for statement in UPGRADES[version]:
                line.run(statement.format(on=_on(place.cluster)))
    if found < VERSION:
        _write_version(line, VERSION)


def _lacks_columns(line: Connection) -> bool:
    rows = line.rows("SELECT table, name FROM system.columns WHERE database = currentDatabase()")
    there = {(table, name) for table, name in rows}
    return any((table, name) not in there for table, names in TABLES.items() for name in names)


def _write_version(line: Connection, version: int) -> None:
    rows: Sequence[Sequence[int]] = [(version,)]
    columns: Mapping[str, str] = TABLES["history_version"]
    line.insert("history_version", columns, rows, f"version:{version}")


def _on(cluster: str | None) -> str:
    return "" if cluster is None else f" ON CLUSTER `{cluster}`"


def _too_new(place: ClickHouseConfig, found: int) -> StoreError:
    name = place.name[:1].upper() + place.name[1:]
    return StoreError(
        f"{name} was written by a newer vultr-cost-mcp: its tables are of version {found}, this "
        f"program knows version {VERSION}; update vultr-cost-mcp."
    )
