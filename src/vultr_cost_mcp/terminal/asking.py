"""``tools``, ``call`` and ``check-budget``: ask the server as a client does, show the answer."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import TYPE_CHECKING, Any

from mcp import Client

from vultr_cost_mcp.domain.text import as_shown
from vultr_cost_mcp.terminal.console import report_error, say
from vultr_cost_mcp.terminal.parser import did_you_mean
from vultr_cost_mcp.terminal.shown import answer_text, is_terminal, readable

if TYPE_CHECKING:
    import argparse

    from mcp.server.mcpserver import MCPServer
    from mcp.types import CallToolResult

EXIT_ERROR = 1
WORST_FIRST = ("unknown", "over", "warn", "ok", "no_budget")
BUDGET_EXITS = {"ok": 0, "warn": 3, "over": 4, "no_budget": 5, "unknown": EXIT_ERROR}
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
        report_error(_text(result))
        return EXIT_ERROR
    shown = answer_text(_text(result), result.structured_content or {}, options.format)
    return 0 if say(shown) else EXIT_ERROR


async def check_budget(server: MCPServer[Any], options: argparse.Namespace) -> int:
    """Print the budgets; return the verdict as the exit code."""
    given = {"monthly_budget": options.monthly, "warn_percent": options.warn_percent}
    arguments = {name: value for name, value in given.items() if value is not None}
    async with Client(server) as client:
        result = await client.call_tool("check_budget", arguments)
    if result.is_error or result.structured_content is None:
        report_error(_text(result))
        return EXIT_ERROR
    # The exit code holds the verdict even if the text cannot be written.
    say(readable(_text(result)))
    return _verdict(result.structured_content)


def _verdict(answer: dict[str, Any]) -> int:
    """Return the exit code of the budget, of several accounts' budgets the worst."""
    rows: list[dict[str, Any]] = answer.get("accounts", [answer])
    # An account without a budget is ignored if another one has a budget.
    verdicts = {row.get("status") or "unknown" for row in rows}
    return BUDGET_EXITS[min(verdicts, key=WORST_FIRST.index)]


def _text(result: CallToolResult) -> str:
    return " ".join(getattr(part, "text", "") for part in result.content)
