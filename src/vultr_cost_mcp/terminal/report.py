"""``report``: the month on one page, as HTML or Markdown."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from mcp import Client

from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.page.answers import ASKED
from vultr_cost_mcp.page.html import write_html
from vultr_cost_mcp.page.markdown_page import write_markdown
from vultr_cost_mcp.page.month import month_page
from vultr_cost_mcp.terminal.console import report_error, say
from vultr_cost_mcp.terminal.tool_answers import accounts, ask_all

if TYPE_CHECKING:
    import argparse

    from mcp.server.mcpserver import MCPServer

    from vultr_cost_mcp.config import Settings
    from vultr_cost_mcp.page.document import Page

EXIT_ERROR = 1
# All questions of a page are answered from the same readings.
ONE_READING_SECONDS = 600.0
_WRITERS = {"html": write_html, "md": write_markdown}


def settings_of(settings: Settings) -> Settings:
    """Return the settings with readings that last for all questions of the page."""
    seconds = max(settings.cache_seconds, ONE_READING_SECONDS)
    return settings.model_copy(update={"cache_seconds": seconds})


async def report(server: MCPServer[Any], options: argparse.Namespace) -> int:
    """Write the page of every account; return the exit code.

    An account that cannot be read is reported and has no page. Raises ConfigError if the file
    cannot be written.
    """
    async with Client(server) as client:
        names = await accounts(client)
        answers = [await ask_all(client, ASKED, name) for name in names]
    pages: list[Page] = []
    for name, found in zip(names, answers, strict=True):
        overview = found["overview"]
        if overview.error:
            report_error(f"{name}: {overview.error}" if name else overview.error)
        else:
            pages.append(month_page(found))
    if not pages:
        return EXIT_ERROR
    text = _WRITERS[options.format or _format_of(options.out)](pages)
    if not await _written(text, options.out):
        return EXIT_ERROR
    return 0 if len(pages) == len(names) else EXIT_ERROR


def _format_of(out: Path | None) -> str:
    return "md" if out is not None and out.suffix.casefold() in {".md", ".markdown"} else "html"


async def _written(text: str, out: Path | None) -> bool:
    if out is None:
        return say(text.rstrip("\n"))
    await to_thread.run_sync(_replace, out, text)
    report_error(f"Written: {out}")
    return True


def _replace(path: Path, text: str) -> None:
    """Write a file completely or not at all; raises ConfigError."""
    temporary: Path | None = None
    try:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=".vultr-cost-")
        temporary = Path(name)
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        why = error.strerror or "the disk failed"
        msg = f"--out {path} cannot be written: {why}. Give a file in a folder that exists."
        raise ConfigError(msg) from error
