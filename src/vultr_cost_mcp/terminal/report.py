"""``report``: the month on one page as HTML or Markdown, or in sheets as XLSX."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from mcp import Client

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
_XLSX = "xlsx"
_ENDINGS = {".md": "md", ".markdown": "md", ".xlsx": _XLSX}
NEEDS_FILE = "--format xlsx needs --out FILE: a workbook is no text."


def settings_of(settings: Settings) -> Settings:
    """Return the settings with readings that last for all questions of the page."""
    seconds = max(settings.cache_seconds, ONE_READING_SECONDS)
    return settings.model_copy(update={"cache_seconds": seconds})


async def report(server: MCPServer[Any], options: argparse.Namespace) -> int:
    """Write the page or the sheets of every account; return the exit code.

    An account that cannot be read is reported and left out. Raises ConfigError if the file cannot
    be written, ExportError without the extra that writes workbooks.
    """
    as_format = options.format or _format_of(options.out)
    if as_format == _XLSX:
        if options.out is None:
            raise ConfigError(NEEDS_FILE)
        require_writer()
    async with Client(server) as client:
        names = await accounts(client)
        asked = IN_SHEETS if as_format == _XLSX else ASKED
        answers = {name: await ask_all(client, asked, name) for name in names}
    read = {name: found for name, found in answers.items() if _is_read(name, found)}
    if not read:
        return EXIT_ERROR
    written = await _written(_content(as_format, read), options.out)
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


def _format_of(out: Path | None) -> str:
    return _ENDINGS.get(out.suffix.casefold(), "html") if out else "html"


async def _written(content: bytes, out: Path | None) -> bool:
    if out is None:
        return say(content.decode("utf-8").rstrip("\n"))
    await to_thread.run_sync(_replace, out, content)
    report_error(f"Written: {out}")
    return True


def _replace(path: Path, content: bytes) -> None:
    """Write a file, or that of a link, completely or not at all; raises ConfigError."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        msg = f"--out {path} is a folder or a device. Give a file in a folder that exists."
        raise ConfigError(msg)
    temporary: Path | None = None
    try:
        number, name = tempfile.mkstemp(dir=target.parent, prefix=".vultr-cost-")
        temporary = Path(name)
        with os.fdopen(number, "wb") as file:
            file.write(content)
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        why = error.strerror or "the disk failed"
        msg = f"--out {path} cannot be written: {why}. Give a file in a folder that exists."
        raise ConfigError(msg) from error
