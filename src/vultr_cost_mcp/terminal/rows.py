"""Take the rows out of a structured answer: as a table, or as CSV."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, cast

from vultr_cost_mcp.export.cells import table_bytes
from vultr_cost_mcp.terminal.plain import in_columns, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, Any]
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
# What every answer has around its rows.
_ENVELOPE: Final = frozenset(
    {"coverage", "partial", "caveats", "next_steps", "nearest", "matched_alone", "available"}
)
# Where an answer has several lists, single lines are what was asked for.
_FIRST: Final = ("accounts", "lines", "budgets")
# How the lines of a text begin that warn.
_NOTE: Final = "- Note: "
_PARTIAL: Final = "Partial: "


def rows_of(answer: Mapping[str, Any]) -> list[Row]:
    """Return the rows of an answer's main list; without one, its figures, a row each."""
    name = _main_list(answer)
    if name:
        return _as_rows(answer[name])
    return [
        {"field": name, "value": value}
        for name, value in _flat(answer).items()
        if name.partition(".")[0] not in _ENVELOPE
    ]


def beside_rows(text: str, answer: Mapping[str, Any]) -> list[str]:
    """Return what the rows alone do not tell: rows left out, notes, and parts that were not read.

    ``text`` is the answer's Markdown, ``answer`` its structure.
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    notes = [line.removeprefix("- ") for line in lines if line.startswith(_NOTE)]
    closing = [line for line in lines[-1:] if line.startswith(_PARTIAL)]
    return [*_rows_left_out(answer), *map(plain, [*notes, *closing])]


def _rows_left_out(answer: Mapping[str, Any]) -> list[str]:
    """Return the sentence that counts the rows that the main list leaves out, if it leaves any."""
    cut: Row = answer.get(f"{_main_list(answer)}_omitted") or answer.get("omitted") or {}
    if not cut.get("count"):
        return []
    way = f": {answer['more']}" if answer.get("more") else ""
    return [f"Not all rows are here, {cut['count']:,} more exist{way}."]


def _main_list(answer: Mapping[str, Any]) -> str:
    """Return the name of an answer's main list, "" if it has none."""
    lists = [name for name, value in answer.items() if name not in _ENVELOPE and _as_rows(value)]
    return next((name for name in (*_FIRST, *lists) if name in lists), "")


def _as_rows(value: object) -> list[Row]:
    """Return a list of objects; the empty list for anything else."""
    rows = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Row", row) for row in rows if isinstance(row, dict)]


def _flat(value: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return the figures of nested objects by their path, such as ``run_rate.daily``."""
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            found |= _flat(cast("dict[str, Any]", inner), f"{before}{name}.")
        else:
            found[f"{before}{name}"] = inner
    return found


def as_csv(answer: Mapping[str, Any]) -> str:
    """Return the rows as CSV (RFC 4180), nested values as JSON; no cell is a formula."""
    columns, cells = _filled(rows_of(answer))
    numbers = frozenset(
        column
        for place, column in enumerate(columns)
        if all(row[place] is None or _NUMBER.fullmatch(row[place] or "") for row in cells)
    )
    return table_bytes(columns, cells, numbers, mark=False).decode("utf-8").rstrip("\r\n")


def as_table(answer: Mapping[str, Any]) -> str:
    """Return the rows in columns, numbers to the right; columns without a value are left out."""
    columns, cells = _filled(rows_of(answer))
    kept = [place for place in range(len(columns)) if any(row[place] for row in cells)]
    body = [[row[place] or "" for place in kept] for row in cells]
    head = [columns[place].replace("_", " ") for place in kept]
    right = [
        all(not row[at] or _NUMBER.fullmatch(row[at]) for row in body) for at in range(len(kept))
    ]
    return "\n".join(in_columns([head, *body], right))


def _filled(rows: Sequence[Row]) -> tuple[list[str], list[list[str | None]]]:
    """Return the columns of all rows, and each row's cells as text; None is an empty cell."""
    flat = [_flat(row) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    return columns, [[_cell(row.get(name)) for name in columns] for row in flat]


def _cell(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, list) and all(
        isinstance(part, str) for part in cast("list[object]", value)
    ):
        return ", ".join(cast("list[str]", value)) or None
    return json.dumps(value, ensure_ascii=False)
