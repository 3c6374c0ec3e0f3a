"""The lines of a bill as FOCUS in Parquet, one file a month in Hive partitions.

The columns and values are those of the FOCUS file in CSV, with types: decimals, times and flags.
"""

from __future__ import annotations

import io
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.errors import ExportError
from vultr_cost_mcp.export.cells import written_decimal, written_time
from vultr_cost_mcp.export.focus import focus_row
from vultr_cost_mcp.export.focus_columns import COLUMNS, FLAGS, NUMBERS, TIMES, VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from vultr_cost_mcp.domain.exporting import CostExport

NEEDS_EXTRA = 'Parquet files need an extra of this program: pip install "vultr-cost-mcp[parquet]".'
# 16 digits before the point and 22 behind it: a price of a token has that many.
DIGITS, PLACES = 38, 22
_STEP = Decimal(1).scaleb(-PLACES)
_EXACT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_COMPLETE = b"complete"


def parquet_bytes(sheet: CostExport) -> bytes:
    """Return the lines as a Parquet file; its metadata says whether the month is complete.

    Raises ExportError without the extra that writes it.
    """
    arrow, parquet = _packages()
    rows = [focus_row(sheet, line) for line in sheet.lines]
    types = {name: _type_of(arrow, name) for name in COLUMNS}
    schema = arrow.schema(list(types.items()), metadata=_metadata(sheet))
    columns = [
        arrow.array([_value(name, row.get(name)) for row in rows], type=types[name])
        for name in COLUMNS
    ]
    file = io.BytesIO()
    parquet.write_table(arrow.Table.from_arrays(columns, schema=schema), file, compression="zstd")
    return file.getvalue()


def check_replaceable(path: Path, sheet: CostExport) -> None:
    """Raise ExportError if a part of a month would take the place of all of it.

    A partition has one file, or its lines would count twice.
    """
    if sheet.complete or not path.exists():
        return
    _, parquet = _packages()
    try:
        known: Any = parquet.read_schema(path).metadata or {}
    except (OSError, ValueError):
        # Not a Parquet file: nothing that could be lost.
        return
    if known.get(_COMPLETE) == b"true":
        msg = (
            f"Not every line of {sheet.month.name} could be read now, and {path} has them all: it"
            " was left as it is. Ask again, or choose another format."
        )
        raise ExportError(msg)


def _packages() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ExportError(NEEDS_EXTRA) from error


def _metadata(sheet: CostExport) -> dict[bytes, bytes]:
    facts = {
        "focus_version": VERSION,
        "billing_period": sheet.month.name,
        "complete": "true" if sheet.complete else "false",
        "sample": "true" if sheet.sample else "false",
        "fetched_at": written_time(sheet.as_of) or "",
        "billed_cost": written_decimal(sheet.total) or "",
    }
    return {name.encode(): text.encode() for name, text in facts.items()}


def _type_of(arrow: Any, column: str) -> Any:
    if column in NUMBERS:
        return arrow.decimal128(DIGITS, PLACES)
    if column in TIMES:
        return arrow.timestamp("us", tz="UTC")
    return arrow.bool_() if column in FLAGS else arrow.string()


def _value(column: str, text: str | None) -> Decimal | datetime | bool | str | None:
    if text is None:
        return None
    if column in NUMBERS:
        return _decimal(text)
    if column in TIMES:
        return datetime.fromisoformat(text)
    return text == "true" if column in FLAGS else text


def _decimal(text: str) -> Decimal:
    """Return a number with 22 decimals; more of them are beyond the digits of any price."""
    try:
        return Decimal(text).quantize(_STEP, context=_EXACT)
    except InvalidOperation as error:
        msg = "A number of the bill has more digits than a Parquet file holds. Use csv or focus."
        raise ExportError(msg) from error
