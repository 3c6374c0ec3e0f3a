"""``tools`` and ``call``: ask the server as a client does, and show the answer."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import TYPE_CHECKING, Any

from mcp import Client

from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.terminal.console import report_error, say
from vultr_cost_mcp.terminal.parser import did_you_mean
from vultr_cost_mcp.terminal.rows import beside_rows
from vultr_cost_mcp.terminal.styled import answer_text, is_terminal

if TYPE_CHECKING:
    import argparse

    from mcp.server.mcpserver import MCPServer
    from mcp.types import CallToolResult

EXIT_ERROR = 1
# "e.g." ends no sentence.
_SENTENCE = re.compile(r"(?<!e\.g)[.?](\s|$)")


async def tools(server: MCPServer[Any]) -> int:
    """Print the tools, one line each."""
    listed = await server.list_tools()
    width = max(len(tool.name) for tool in listed)
    room = shutil.get_terminal_size().columns if is_terminal() else None
    lines = [
        _line(f"{tool.name:<{width}}  {_first_sentence(tool.description or '')}", room)
        for tool in listed
    ]
    return 0 if say("\n".join(lines)) else EXIT_ERROR


def _first_sentence(text: str) -> str:
    return _SENTENCE.split(" ".join(text.split()), maxsplit=1)[0]


def _line(text: str, room: int | None) -> str:
    # Shortening would drop the spaces that align the columns.
    if room is None or len(text) <= room:
        return text
    head, _, rest = text.partition("  ")
    gap = " " * (len(text) - len(text[len(head) :].lstrip()) - len(head))
    return head + gap + textwrap.shorten(rest, max(room - len(head) - len(gap), 1), placeholder="…")


async def call(server: MCPServer[Any], options: argparse.Namespace) -> int:
    """Call one tool and print its answer; return 1 for an error of the tool."""
    names = [tool.name for tool in await server.list_tools()]
    if options.tool not in names:
        near = did_you_mean(options.tool, names)
        shown = as_shown(options.tool.encode("utf-8", "replace").decode(), 40)
        report_error(f"There is no tool '{shown}'{near or '.'} All: vultr-cost-mcp tools")
        return EXIT_ERROR
    async with Client(server) as client:
        result = await client.call_tool(options.tool, options.args)
    if result.is_error:
        report_error(text_of(result))
        return EXIT_ERROR
    text = text_of(result)
    structured: dict[str, Any] = result.structured_content or {}
    written = say(answer_text(text, structured, options.format))
    if options.format in {"table", "csv"}:
        for line in beside_rows(text, structured):
            report_error(line)
    return 0 if written else EXIT_ERROR


def text_of(result: CallToolResult) -> str:
    """Return the text of an answer."""
    return " ".join(getattr(part, "text", "") for part in result.content)
