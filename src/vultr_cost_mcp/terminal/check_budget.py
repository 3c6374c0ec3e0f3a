"""``check-budget``: show the budgets, and end with the verdict as the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp import Client

from vultr_cost_mcp.terminal.call import EXIT_ERROR, text_of
from vultr_cost_mcp.terminal.console import report_error, say
from vultr_cost_mcp.terminal.styled import readable

if TYPE_CHECKING:
    import argparse

    from mcp.server.mcpserver import MCPServer

WORST_FIRST = ("unknown", "over", "warn", "ok", "no_budget")
BUDGET_EXITS = {"ok": 0, "warn": 3, "over": 4, "no_budget": 5, "unknown": EXIT_ERROR}


async def check_budget(server: MCPServer[Any], options: argparse.Namespace) -> int:
    """Print the budgets; return the verdict as the exit code."""
    given = {"monthly_budget": options.monthly, "warn_percent": options.warn_percent}
    arguments = {name: value for name, value in given.items() if value is not None}
    async with Client(server) as client:
        result = await client.call_tool("check_budget", arguments)
    if result.is_error or result.structured_content is None:
        report_error(text_of(result))
        return EXIT_ERROR
    # The exit code holds the verdict even if the text cannot be written.
    say(readable(text_of(result)))
    return _verdict(result.structured_content)


def _verdict(answer: dict[str, Any]) -> int:
    """Return the exit code of the budget, of several accounts' budgets the worst."""
    rows: list[dict[str, Any]] = answer.get("accounts", [answer])
    # An account without a budget is ignored if another one has a budget.
    verdicts = {row.get("status") or "unknown" for row in rows}
    return BUDGET_EXITS[min(verdicts, key=WORST_FIRST.index)]
