"""``estimate``: price a Terraform plan for a person, a script or a pull request."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp import Client

from vultr_cost_mcp.accounts.plan_files import read_file
from vultr_cost_mcp.domain.plan_source import MOST_BYTES
from vultr_cost_mcp.errors import PlanError
from vultr_cost_mcp.questions.estimate.terraform_plan import parsed
from vultr_cost_mcp.questions.estimate.terraform_reducer import reduced
from vultr_cost_mcp.terminal.console import as_json, interruptible, report_error, say
from vultr_cost_mcp.terminal.estimate_comment import render_comment
from vultr_cost_mcp.terminal.styled import readable

if TYPE_CHECKING:
    import argparse

    from mcp.server.mcpserver import MCPServer

    from vultr_cost_mcp.questions.estimate.report import Verdict

EXIT_ERROR, EXIT_USAGE = 1, 2
EXIT_WARN, EXIT_OVER, EXIT_NO_ACCOUNT, EXIT_UNPRICED = 3, 4, 5, 6
# The worst wins.
WORST_FIRST = (EXIT_USAGE, EXIT_ERROR, EXIT_OVER, EXIT_WARN, EXIT_UNPRICED, EXIT_NO_ACCOUNT, 0)
_ROWS = 200
_STDIN = "-"


def plan_text(path: str) -> str | None:
    """Return the plan's text; report why and return None if it cannot be used."""
    try:
        content = _stdin() if path == _STDIN else read_file(Path(path))
        parsed(content)
    except PlanError as error:
        report_error(str(error))
        return None
    return content.decode("utf-8-sig")


def _stdin() -> bytes:
    with interruptible():
        content = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        msg = "The plan is larger than 20 MB."
        raise PlanError(msg)
    return content


def print_reduced(text: str) -> int:
    """Print the fields of a plan that an estimate reads."""
    short = reduced(json.loads(text))
    return 0 if say(as_json(short)) else EXIT_ERROR


async def price_plan(server: MCPServer[Any], text: str, options: argparse.Namespace) -> int:
    """Print the price of a plan; return the exit code."""
    given = {"budget": options.budget, "account": options.account}
    arguments = {name: value for name, value in given.items() if value is not None}
    arguments["warn_percent"] = options.warn_percent
    async with Client(server) as client:
        if "account" in arguments and not await _has_accounts(client):
            report_error("Only one account is configured: leave out --account.")
            return EXIT_USAGE
        result = await client.call_tool(
            "estimate_cost", {"terraform_plan": text, "limit": _ROWS, **arguments}
        )
    words = " ".join(getattr(part, "text", "") for part in result.content)
    answer = result.structured_content
    if result.is_error or answer is None or "monthly_change" not in answer:
        report_error(words if result.is_error else "There are several accounts: give --account.")
        return EXIT_ERROR
    if options.format == "json":
        words = as_json(answer, indent=2)
    elif options.format == "markdown":
        words = render_comment(answer, options.warn_percent)
    else:
        words = readable(words)
    if not say(words):
        return EXIT_ERROR
    return exit_code(answer, options)


async def _has_accounts(client: Client) -> bool:
    """Return whether several accounts are configured, so that a call has to name one."""
    listed = await client.list_tools()
    return any("account" in tool.input_schema["properties"] for tool in listed.tools)


def exit_code(answer: dict[str, Any], options: argparse.Namespace) -> int:
    """Return the exit code of an answer, the worst of all that apply.

    A change below zero never fails, and ``--fail-over`` counts no ranges.
    """
    codes = {0}
    change = Decimal(answer["monthly_change"])
    if options.fail_over is not None and change > Decimal(str(options.fail_over)):
        codes.add(EXIT_OVER)
    if options.fail_unpriced and answer.get("unpriced"):
        codes.add(EXIT_UNPRICED)
    if options.budget is not None:
        codes.add(_of_budget(answer, change))
    return min(codes, key=WORST_FIRST.index)


def _of_budget(answer: dict[str, Any], change: Decimal) -> int:
    if answer.get("without_key"):
        return EXIT_NO_ACCOUNT
    status: Verdict = answer["budget"]["status"]
    if change < 0 and status in {"over", "warn"}:
        return 0
    return {"ok": 0, "warn": EXIT_WARN, "over": EXIT_OVER, "unknown": EXIT_ERROR}[status]
