"""``report``: the month on one page as HTML or Markdown, or in sheets as XLSX."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from mcp import Client

from vultr_cost_mcp.atomic_file import replace_file, why_unwritten
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.export.workbook import require_writer, workbook_bytes
from vultr_cost_mcp.page.answers import ASKED
from vultr_cost_mcp.page.html import write_html
from vultr_cost_mcp.page.markdown_page import write_markdown
from vultr_cost_mcp.page.month import month_page
from vultr_cost_mcp.page.workbook import IN_SHEETS, month_sheets
from vultr_cost_mcp.terminal.console import report_error, say
from vultr_cost_mcp.terminal.tool_answers import accounts, ask_all

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from mcp.server.mcpserver import MCPServer

    from vultr_cost_mcp.config import Settings
    from vultr_cost_mcp.page.answers import ToolAnswer

EXIT_ERROR = 1
# All questions of a page are answered from the same readings.
ONE_READING_SECONDS = 600.0
_STANDARD_OUTPUT = frozenset({Path("-"), Path("/dev/stdout")})
_XLSX, _PDF = "xlsx", ".pdf"
_ENDINGS = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".xlsx": _XLSX}
_OF_ROWS = frozenset({".csv", ".json"})
_ROWS = " For rows as CSV or JSON: vultr-cost-mcp call TOOL --format csv, or json."
NEEDS_FILE = "--format xlsx needs --out FILE: a workbook is no text."


def settings_of(settings: Settings) -> Settings:
    """Return the settings with readings that last for all questions of the page."""
    seconds = max(settings.cache_seconds, ONE_READING_SECONDS)
    return settings.model_copy(update={"cache_seconds": seconds})


async def report(server: MCPServer[Any], options: argparse.Namespace) -> int:
    """Write the page or the sheets of every account; return the exit code.

    An account that cannot be read is reported and left out. Raises ConfigError if the file cannot
    be written or its format is unknown, ExportError without the extra that writes workbooks.
    """
    out = None if options.out in _STANDARD_OUTPUT else options.out
    as_format = _format_of(options.format, out)
    if as_format == _XLSX:
        require_writer()
    async with Client(server) as client:
        names = await accounts(client)
        asked = IN_SHEETS if as_format == _XLSX else ASKED
        answers = {name: await ask_all(client, asked, name) for name in names}
    read = {name: found for name, found in answers.items() if _is_read(name, found)}
    if not read:
        return EXIT_ERROR
    written = await _written(_content(as_format, read), out)
    return 0 if written and len(read) == len(names) else EXIT_ERROR


def _is_read(name: str, found: Mapping[str, ToolAnswer]) -> bool:
    """Return whether an account could be read; report it otherwise."""
    error = found["overview"].error
    if error:
        report_error(f"{name}: {error}" if name else error)
    return not error


def _content(as_format: str, answers: Mapping[str, Mapping[str, ToolAnswer]]) -> bytes:
    if as_format == _XLSX:
        named = {str(found["overview"].content["account"]): found for found in answers.values()}
        as_of = min(found["overview"].as_of for found in answers.values())
        return workbook_bytes(month_sheets(named), as_of)
    write = write_html if as_format == "html" else write_markdown
    return write([month_page(found) for found in answers.values()]).encode("utf-8")


def _format_of(as_format: str | None, out: Path | None) -> str:
    """Return the format that is asked for, or that the ending of a file names.

    Raises ConfigError if there is none, or none that this program writes.
    """
    ending = out.suffix.casefold() if out else ".html"
    if out and ending == _PDF:
        msg = (
            f"--out {out}: report writes no PDF. Give --out {out.with_suffix('.html')}, open the "
            "page in a browser, and print it to PDF."
        )
        raise ConfigError(msg)
    chosen = as_format or _ENDINGS.get(ending)
    if chosen is None:
        msg = (
            f"--out {out}: the name does not say which format. Let it end in .html, .md or .xlsx, "
            f"or add --format.{_ROWS if ending in _OF_ROWS else ''}"
        )
        raise ConfigError(msg)
    if chosen == _XLSX and out is None:
        raise ConfigError(NEEDS_FILE)
    return chosen


async def _written(content: bytes, out: Path | None) -> bool:
    """Write to standard output or replace a file; raises ConfigError."""
    if out is None:
        return say(content.decode("utf-8").rstrip("\n"))
    try:
        await to_thread.run_sync(partial(replace_file, out, content, keep=True))
    except OSError as error:
        msg = f"--out {out} was not written: {why_unwritten(error)}, or write it elsewhere."
        raise ConfigError(msg) from error
    report_error(f"Written: {out}")
    return True
