"""The command line: reads the settings, takes the clock, opens the account, runs a command."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

import anyio

from vultr_cost_mcp.config import Settings, read_settings
from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from mcp.server.mcpserver import MCPServer

PACKAGE = "vultr-cost-mcp"
EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
MOST_DOLLARS = 1e9
BUDGET_EXITS = {"ok": 0, "warn": 3, "over": 4, "no_budget": 5, "unknown": EXIT_ERROR}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 asked to stop or answered, 2 wrong usage or settings, 1 anything else."""
    # Starting makes thousands of objects and no garbage: looking for it costs a tenth of the start.
    gc.disable()
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        settings = read_settings()
        # Not a default of the parser: it would undo a --demo that stands before the command.
        if getattr(options, "demo", False):
            settings = settings.model_copy(update={"demo": True})
        status: int = anyio.run(options.run, settings, options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        # A server was asked to stop; a question that was interrupted has no answer.
        return 0 if options.run is _serve else EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read the answer has seen enough; what is left must not be written at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    finally:
        gc.enable()
    return status


def _parser() -> argparse.ArgumentParser:
    demo = argparse.ArgumentParser(add_help=False)
    demo.add_argument(
        "--demo",
        action="store_true",
        default=argparse.SUPPRESS,
        help="answer from a built-in sample account: no key, no network",
    )
    parser = argparse.ArgumentParser(
        PACKAGE, description="What a Vultr account costs, as an MCP server.", parents=[demo]
    )
    parser.add_argument("--version", action="version", version=f"{PACKAGE} {version(PACKAGE)}")
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    serve = commands.add_parser("serve", parents=[demo], help="run the MCP server (the default)")
    serve.add_argument("--transport", choices=["stdio"], default="stdio")
    serve.set_defaults(run=_serve)
    call = commands.add_parser("call", parents=[demo], help="ask one tool, answer as JSON")
    call.add_argument("tool", help="the tool's name, e.g. get_cost_overview")
    call.add_argument("--args", type=_json_object, default={}, help="its arguments as JSON")
    call.set_defaults(run=_call)
    budget = commands.add_parser(
        "check-budget",
        parents=[demo],
        help="exit 0 inside the budget, 3 warning, 4 over, 5 no budget, 1 unknown or error",
    )
    budget.add_argument("--monthly", type=_dollars, help="USD a month; else the configured budgets")
    budget.add_argument("--warn-percent", type=int, help="share that is a warning (80)")
    budget.set_defaults(run=_check_budget)
    return parser


def _dollars(text: str) -> float:
    msg = "not an amount of dollars such as 500"
    try:
        amount = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(msg) from error
    if not 0 < amount <= MOST_DOLLARS:
        raise argparse.ArgumentTypeError(msg)
    return amount


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        msg = "not JSON"
        raise argparse.ArgumentTypeError(msg) from error
    if not isinstance(value, dict):
        msg = "not a JSON object such as '{\"limit\": 5}'"
        raise argparse.ArgumentTypeError(msg)
    return cast("dict[str, Any]", value)


@asynccontextmanager
async def _server(settings: Settings) -> AsyncGenerator[MCPServer[Any], None]:
    from vultr_cost_mcp.collect.readings import Readings
    from vultr_cost_mcp.serve.source import AccountSource
    from vultr_cost_mcp.server import build_server

    now = _clock(settings)
    async with Readings(now) as readings:
        source = AccountSource(settings, readings, now)
        try:
            server = build_server(source, version(PACKAGE), source.budgets)
            # What starting made lives as long as the process: the collector need not look at it.
            gc.enable()
            gc.freeze()
            yield server
        finally:
            with anyio.CancelScope(shield=True):
                await source.aclose()


def _clock(settings: Settings) -> Callable[[], datetime]:
    if not settings.demo:
        return lambda: datetime.now(UTC)  # noqa: TID251  (the one clock of the program)
    from vultr_cost_mcp.demo import SAMPLE_NOW

    return lambda: SAMPLE_NOW


async def _serve(settings: Settings, options: argparse.Namespace) -> int:
    del options
    from vultr_cost_mcp.serve.stdio import serve_stdio

    async with _server(settings) as server:
        await serve_stdio(server)
    return 0


async def _check_budget(settings: Settings, options: argparse.Namespace) -> int:
    from mcp import Client

    given = {"monthly_budget": options.monthly, "warn_percent": options.warn_percent}
    arguments = {name: value for name, value in given.items() if value is not None}
    async with _server(settings) as server, Client(server) as client:
        result = await client.call_tool("check_budget", arguments)
    text = " ".join(getattr(part, "text", "") for part in result.content)
    print(text, file=sys.stderr if result.is_error else sys.stdout)
    if result.is_error or result.structured_content is None:
        return EXIT_ERROR
    return BUDGET_EXITS[result.structured_content["status"]]


async def _call(settings: Settings, options: argparse.Namespace) -> int:
    from mcp import Client

    async with _server(settings) as server, Client(server) as client:
        result = await client.call_tool(options.tool, options.args)
    if result.is_error:
        text = " ".join(getattr(part, "text", "") for part in result.content)
        print(text, file=sys.stderr)
        return EXIT_ERROR
    print(json.dumps(result.structured_content, indent=2, ensure_ascii=False))
    return 0
