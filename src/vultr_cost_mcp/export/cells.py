"""Write values into files: exact numbers, UTC times, text that no program executes."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import UTC
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.untrusted_text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from decimal import Decimal

LONGEST = 1000
# The start of a cell: at its beginning, and after a semicolon, which separates the cells of a CSV
# file in countries with a decimal comma.
_BEGINNING = re.compile("(^|;)([\\s'\"`\u2018-\u201f]*)(?=(.?))")
# The characters of OWASP's page on CSV injection, and a minus sign that no folding makes a hyphen.
_FORMULA = frozenset("=+-@\u2212")
_CONTROLS = frozenset("\t\r\n")


def written_number(number: Decimal | None) -> str | None:
    """Return a number in its original digits, never in scientific notation."""
    return None if number is None else format(number, "f")


def written_decimal(number: Decimal | None) -> str | None:
    """Return a number that always shows a fraction, because readers guess types from the text."""
    text = written_number(number)
    return text if text is None or "." in text else f"{text}.0"


def written_time(instant: datetime | None) -> str | None:
    """Return an instant in UTC, to the second: ``2026-11-01T00:00:00Z``."""
    if instant is None:
        return None
    return f"{instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


def written_text(text: str | None) -> str | None:
    """Return text on one line without hidden characters, not shortened; None for empty text."""
    return clean(text, LONGEST) or None if text else None


def starts_formula(text: str) -> bool:
    """Return whether a spreadsheet would read text as a formula."""
    return escape_formula(text) != text


def escape_formula(text: str) -> str:
    """Return text that no spreadsheet reads as a formula: an apostrophe precedes one.

    Lookalikes of ``=``, ``+``, ``-`` and ``@``, such as full-width characters, count, and so does a
    tab or a line break at the beginning. Without that apostrophe the text is as it was.
    """
    return _BEGINNING.sub(_marked, text)


def _marked(found: re.Match[str]) -> str:
    start, before, letter = found.groups()
    folded = unicodedata.normalize("NFKC", letter)[:1]
    is_formula = folded in _FORMULA or not _CONTROLS.isdisjoint(before)
    return f"{start}'{before}" if is_formula else found[0]


def table_bytes(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    numbers: frozenset[str],
    *,
    mark: bool,
) -> bytes:
    """Return a CSV file (RFC 4180, UTF-8); None is an empty cell, and text is escaped.

    ``rows`` have one value for each of ``columns``. Columns in ``numbers`` hold numbers and are not
    escaped. ``mark`` adds the byte-order mark by which Excel recognizes UTF-8.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(escape_formula, columns))
    plain = [column in numbers for column in columns]
    for row in rows:
        writer.writerow(
            "" if value is None else value if number else escape_formula(value)
            for value, number in zip(row, plain, strict=True)
        )
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")
