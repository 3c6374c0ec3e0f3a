"""How values are written into files: exact numbers, UTC times, text that runs nowhere."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import UTC
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from decimal import Decimal

LONGEST = 1000
# Where a cell begins: at its start, and behind a semicolon, which separates the cells of a CSV file
# where a comma is the decimal point.
_BEGINNING = re.compile("(^|;)([\\s'\"`\u2018-\u201f]*)(?=(.))")
_FORMULA = frozenset("=+-@")


def written_number(number: Decimal | None) -> str | None:
    """A number in the digits that it came with, never in scientific notation."""
    return None if number is None else format(number, "f")


def written_decimal(number: Decimal | None) -> str | None:
    """A number that shows that it is no whole one by type: readers guess types from the text."""
    text = written_number(number)
    return text if text is None or "." in text else f"{text}.0"


def written_time(instant: datetime | None) -> str | None:
    """An instant in UTC, to the second: ``2026-11-01T00:00:00Z``."""
    if instant is None:
        return None
    return f"{instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


def written_text(text: str | None) -> str | None:
    """Text on one line without hidden characters, not cut as in an answer; empty is None."""
    return clean(text, LONGEST) or None if text else None


def escape_formula(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before what would be one.

    Letters that only look like ``=``, ``+``, ``-`` and ``@``, such as full-width ones, count.
    """
    return _BEGINNING.sub(
        lambda found: f"{found[1]}'{found[2]}" if _starts_formula(found[3]) else found[0], text
    )


def _starts_formula(letter: str) -> bool:
    return unicodedata.normalize("NFKC", letter)[:1] in _FORMULA


def table_bytes(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    numbers: frozenset[str],
    *,
    mark: bool,
) -> bytes:
    """A CSV file (RFC 4180, UTF-8); what is None is empty, and what is no number is harmless.

    ``mark`` puts the byte-order mark in front by which Excel knows UTF-8.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    plain = [column in numbers for column in columns]
    for row in rows:
        writer.writerow(
            "" if value is None else value if number else escape_formula(value)
            for value, number in zip(row, plain, strict=True)
        )
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")
