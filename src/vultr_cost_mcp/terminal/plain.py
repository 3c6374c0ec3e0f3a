"""Write an answer's Markdown as plain text: tables in columns, no marks between the words."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_RULE = re.compile(r":?-+:?")
_GAP = "  "


def plain(markdown: str) -> str:
    """Return the text of an answer for a terminal or a mail; every word and figure is kept."""
    lines: list[str] = []
    for is_table, block in groupby(markdown.splitlines(), lambda line: line.startswith("|")):
        rows = list(block)
        lines += in_columns(*_cells(rows)) if is_table else map(_prose, rows)
    return "\n".join(lines).strip()


def in_columns(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> Iterable[str]:
    """Return the lines of a table; ``right`` tells which columns are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        yield _GAP.join(cells).rstrip()


def _cells(lines: Sequence[str]) -> tuple[list[list[str]], list[bool]]:
    """Return the rows of a Markdown table, and which columns are aligned to the right."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    width = max(map(len, rows))
    right = [False] * width
    kept: list[list[str]] = []
    for row in rows:
        full = row + [""] * (width - len(row))
        if all(_RULE.fullmatch(cell) for cell in row):
            right = [cell.endswith(":") for cell in full]
        else:
            kept.append([_BOLD.sub(r"\1", cell).replace("`", "") for cell in full])
    return kept, right


def _prose(line: str) -> str:
    return _BOLD.sub(r"\1", line.removesuffix("\\").rstrip())
