"""The tables of a SQLite history, made of the lists of columns, and how values are written there.

Money is an integer of micro-dollars, an instant one of microseconds since 1970. A run has a number
of its own, so that its lines and resources carry eight bytes of it instead of two ids.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from vultr_cost_mcp.history.columns import (
    ALIAS_COLUMNS,
    FINDING_COLUMNS,
    INVOICE_COLUMNS_1,
    INVOICE_COLUMNS_2,
    INVOICE_LINE_COLUMNS,
    LINE_COLUMNS,
    RESOURCE_COLUMNS_1,
    RESOURCE_COLUMNS_2,
    RUN_COLUMNS_1,
    RUN_COLUMNS_2,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vultr_cost_mcp.history.columns import Column, ColumnType

# "VCST": tells our files from other programs' in the header that SQLite keeps for it.
APPLICATION_ID: Final = 0x56435354
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MICROS_A_CENT = 10_000
_TYPES: dict[ColumnType, str] = {"text": "TEXT", "digits": "TEXT", "json": "TEXT"}


def _table(name: str, keys: str, columns: Sequence[Column], *more: str) -> str:
    declared = [_declared(column) for column in columns]
    return f"CREATE TABLE {name} ({', '.join([*filter(None, [keys]), *declared, *more])})"


def _declared(column: Column) -> str:
    kind = _TYPES.get(column.type, "INTEGER")
    return f"{column.name} {kind}{'' if column.optional else ' NOT NULL'}"


def _added(table: str, columns: Sequence[Column]) -> list[str]:
    return [f"ALTER TABLE {table} ADD COLUMN {_declared(column)}" for column in columns]


# Each entry is what a version adds to the one before; an entry that was released never changes.
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        _table(
            "runs",
            "run INTEGER PRIMARY KEY, hour INTEGER NOT NULL",
            RUN_COLUMNS_1,
            "UNIQUE (customer_id, run_id)",
            "UNIQUE (customer_id, hour, collected_at, run_id)",
        ),
        # One a UTC hour: the one collected last, of equal instants the greater id.
        """CREATE VIEW seen_runs AS SELECT * FROM runs WHERE NOT EXISTS (
            SELECT 1 FROM runs AS later
            WHERE later.customer_id = runs.customer_id AND later.hour = runs.hour
            AND (later.collected_at, later.run_id) > (runs.collected_at, runs.run_id))""",
        _table("lines", "run INTEGER NOT NULL", LINE_COLUMNS),
        "CREATE INDEX lines_of_run ON lines (run)",
        _table("resources", "run INTEGER NOT NULL", RESOURCE_COLUMNS_1),
        "CREATE INDEX resources_of_run ON resources (run)",
        _table(
            "invoices",
            "invoice INTEGER PRIMARY KEY, customer_id TEXT NOT NULL",
            INVOICE_COLUMNS_1,
            "UNIQUE (customer_id, invoice_id)",
        ),
        _table("invoice_lines", "invoice INTEGER NOT NULL", INVOICE_LINE_COLUMNS),
        "CREATE INDEX lines_of_invoice ON invoice_lines (invoice)",
    ),
    (
        *_added("runs", RUN_COLUMNS_2),
        *_added("resources", RESOURCE_COLUMNS_2),
        *_added("invoices", INVOICE_COLUMNS_2),
        _table("findings", "run INTEGER NOT NULL", FINDING_COLUMNS),
        "CREATE INDEX findings_of_run ON findings (run)",
        _table("aliases", "", ALIAS_COLUMNS, "PRIMARY KEY (kind, digest, account)"),
        "CREATE INDEX aliases_of_account ON aliases (account, kind)",
    ),
)


def micros_of(instant: datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    return (instant - _EPOCH) // _MICROSECOND


def dollars_of(micros: int) -> Decimal:
    """Dollars of micro-dollars, of at least two decimals."""
    if micros % _MICROS_A_CENT:
        return Decimal(micros).scaleb(-6)
    return Decimal(micros // _MICROS_A_CENT).scaleb(-2)


def writer(columns: Sequence[Column]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return a function from a row of these columns to values for SQLite."""
    return _each(columns, _WRITTEN)


def reader(columns: Sequence[Column]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return a function from values of SQLite to a row of these columns."""
    return _each(columns, _READ)


def _each(
    columns: Sequence[Column], changes: dict[ColumnType, Callable[[Any], object]]
) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    places = [
        (place, changes[column.type])
        for place, column in enumerate(columns)
        if column.type in changes
    ]

    def changed(values: Sequence[Any]) -> tuple[Any, ...]:
        row = list(values)
        for place, change in places:
            if row[place] is not None:
                row[place] = change(row[place])
        return tuple(row)

    return changed


def _micro_dollars(amount: Decimal) -> int:
    return int(amount.scaleb(6))


def instant_of(micros: int) -> datetime:
    """The instant of microseconds since 1970; raises ArithmeticError for one that is no date."""
    return _EPOCH + timedelta(microseconds=micros)


_WRITTEN: dict[ColumnType, Callable[[Any], object]] = {
    "money": _micro_dollars,
    "instant": micros_of,
    "flag": int,
}
_READ: dict[ColumnType, Callable[[Any], object]] = {
    "money": dollars_of,
    "instant": instant_of,
    "flag": bool,
}
