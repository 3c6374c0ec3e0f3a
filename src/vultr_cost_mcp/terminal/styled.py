"""Show answers to people: in colour on a terminal that has it, else as plain text."""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING, Any, Literal

from vultr_cost_mcp.terminal.console import as_json
from vultr_cost_mcp.terminal.plain import plain
from vultr_cost_mcp.terminal.rows import as_csv, as_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

Format = Literal["text", "json", "table", "csv"]
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def is_terminal() -> bool:
    """Return whether a person reads standard output."""
    try:
        return sys.stdout is not None and sys.stdout.isatty()  # pyright: ignore[reportUnnecessaryComparison]
    except ValueError:
        return False


def answer_text(text: str, structured: Mapping[str, Any], wanted: Format | None) -> str:
    """Return an answer in a format; None is text on a terminal and JSON elsewhere.

    ``text`` is the answer's Markdown, ``structured`` its structure.
    """
    match wanted or ("text" if is_terminal() else "json"):
        case "text":
            return readable(text)
        case "table":
            return as_table(structured)
        case "csv":
            return as_csv(structured)
        case "json":
            return as_json(structured, indent=2)


def readable(markdown: str) -> str:
    """Return an answer's Markdown for a person."""
    console = _colours()
    if console is None:
        return plain(markdown)
    from vultr_cost_mcp.terminal.whole_tables import WholeMarkdown

    with console.capture() as captured:
        console.print(WholeMarkdown(markdown))
    return captured.get().rstrip("\n")


def with_statuses(text: str) -> str:
    """Return a text with the status at the beginning of a line in its colour."""
    console = _colours()
    if console is None:
        return text
    from rich.text import Text

    lines = [Text(line) for line in text.splitlines()]
    for line in lines:
        word = line.plain.partition(" ")[0]
        line.stylize(_STYLES.get(word, ""), 0, len(word))
    with console.capture() as captured:
        console.print(Text("\n").join(lines), soft_wrap=True)
    return captured.get().rstrip("\n")


def _colours() -> Console | None:
    """Return a console for colours; None without a terminal, without rich, or where none show."""
    if not is_terminal():
        return None
    try:
        from rich.console import Console, detect_legacy_windows
    except ImportError:
        return None
    if detect_legacy_windows():
        # The old Windows console prints the marks of colours as letters.
        return None
    width = shutil.get_terminal_size().columns
    # NO_COLOR and TERM are rich's own affair.
    return Console(file=io.StringIO(), force_terminal=True, width=width, legacy_windows=False)
