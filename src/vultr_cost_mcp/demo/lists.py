"""The lists of the data file as the API answers them, and the lists below their rows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from vultr_cost_mcp.demo.bill import THIS_MONTH, owed
from vultr_cost_mcp.demo.data import SAMPLE_NOW, Row, id_of, sample, table
from vultr_cost_mcp.demo.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterable

# Fields of the file that are for the bill, for traffic and for this module.
_OURS = {"bill", "since", "out_mb", "inside"}


def rows(path: str) -> list[Row]:
    """Return the rows of a list by its path."""
    return [_answered(row) for row in table(sample("lists")[path]) if not row.get("inside")]


def snapshots(description: str) -> list[Row]:
    """Return the snapshots, all or those of one description."""
    return [row for row in rows("snapshots") if description in {"", row["description"]}]


def replicas(database: str) -> list[Row]:
    """Return the read replicas of a database, which stand inside its row."""
    found = table(sample("lists")["databases"])
    return [_answered(row) for row in found if row["inside"] and id_of(row["inside"]) == database]


def body(path: str) -> Row:
    """Return a body that is no list by its path."""
    return {name: _filled(part, "") for name, part in sample("bodies")[path]["body"].items()}


def below(path: str) -> dict[str, Any]:
    """Return the lists below the rows of a list, by the id of the row."""
    return {
        id_of(name): _filled(part, "") for name, part in sample("below")[path]["bodies"].items()
    }


def _answered(row: Row) -> Row:
    found: Row = _filled({name: part for name, part in row.items() if name not in _OURS}, "")
    return found


def _filled(value: Any, owner: str) -> Any:
    if isinstance(value, dict):
        row = cast("Row", value)
        owner = _filled(row.get("id", owner), owner)
        return {_text(name, owner): _filled(part, owner) for name, part in row.items()}
    if isinstance(value, list):
        return [_filled(part, owner) for part in cast("Iterable[object]", value)]
    return _text(value, owner) if isinstance(value, str) else value


def _text(text: str, owner: str) -> Any:
    if not text.startswith("@"):
        return text
    if text == "@owed":
        return owed(owner, statement(THIS_MONTH))
    if text == "@null":
        return None
    word, *levels = text.split()
    return _series(levels) if word == "@days" else id_of(text)


def _series(levels: list[str]) -> list[Row]:
    times = [int((SAMPLE_NOW - timedelta(days=back)).timestamp()) for back in range(29, -1, -1)]
    return [
        {
            "target": str(number),
            "datapoints": [[Decimal(level), time] for time in times],
            "tags": {"name": str(number)},
        }
        for number, level in enumerate(levels)
    ]
