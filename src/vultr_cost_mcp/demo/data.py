"""The data file of the sample account, the instant at which it is frozen, and its ids."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5

SAMPLE_NOW = datetime(2026, 11, 18, 14, 5, tzinfo=UTC)
"""The frozen instant: mid-month, so that no 672-hour cap is reached yet."""

# Everything that the fields of Vultr's answers call a secret starts like this, so that a test can
# look for the text in whatever the program says or stores.
PLACEHOLDER = "sample-secret-"

_NAMESPACE = UUID("7b0f1d52-51c4-4a53-9d0b-3f6f5f0a2e11")

Row = dict[str, Any]
"""One JSON object of an answer; money in it is ``Decimal``."""


@cache
def sample(section: str) -> Row:
    """Return a section of the data file, decimals with their digits."""
    return _file()[section]


@cache
def _file() -> dict[str, Row]:
    text = files("vultr_cost_mcp.demo").joinpath("sample.toml").read_text("utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def table(section: Row) -> list[Row]:
    """Return the rows of a table of the file: the fields that all have, and those of each."""
    fields: list[str] | None = section.get("fields")
    rows: list[Any] = section["rows"]
    named: list[Row] = rows if fields is None else [dict(zip(fields, row)) for row in rows]  # noqa: B905  (the last fields may be left out)
    return [{**section.get("same", {}), **row} for row in named]


def id_of(text: str) -> str:
    """Return the id that ``@kind/name`` stands for: a UUID that depends on nothing else."""
    return str(uuid5(_NAMESPACE, text.removeprefix("@")))


def instant(text: str) -> datetime:
    """Read a UTC instant from a day, from ``2026-11-09T10:20``, or as the API writes it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def meta(total: int) -> Row:
    """Return the meta block of an answer that holds all its rows."""
    return {"total": total, "links": {"next": "", "prev": ""}}
