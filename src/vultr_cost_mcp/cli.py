"""The command line: read the settings, open the accounts, run a command."""

from __future__ import annotations

import argparse
import gc
import sys
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import anyio

from vultr_cost_mcp.config import Settings, usable_settings
from vultr_cost_mcp.config.logs import log_to
from vultr_cost_mcp.errors import ConfigError, VultrCostError
from vultr_cost_mcp.terminal.console import report_error, say, settle
from vultr_cost_mcp.terminal.options import (
    FORMATS,
    add_completion,
    add_doctor,
    add_estimate,
    add_history,
    add_notify,
    add_options,
    add_prices,
    add_report,
    add_setup,
    door_of,
    of_http_alone,
)
from vultr_cost_mcp.terminal.parser import Parser
from vultr_cost_mcp.terminal.values import (
    arguments_of,
    dollars,
    json_object,
    named_value,
    percentage,
    span,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Sequence

    from mcp.server.mcpserver import MCPServer

    from vultr_cost_mcp.domain.backend import Backend
    from vultr_cost_mcp.domain.exporting import Resources

PACKAGE = "vultr-cost-mcp"
EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
# Readings hold a quarter of a million objects. With the usual thresholds each pass over all of them
# stops the event loop for a tenth of a second; a pass over the youngest takes a tenth of that.
GC_THRESHOLDS = (10_000, 5, 1_000)
WAITING = """\
This is an MCP server. It waits here for a client such as Claude Code or Cursor to write to it, and
a client starts it by itself: you need not. Ctrl-C ends it.
  vultr-cost-mcp call get_cost_overview --demo   see an answer, without a key
  vultr-cost-mcp doctor                          see what works and what does not
  vultr-cost-mcp --help                          see all commands"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 for success, 2 for wrong usage or settings, 1 for other errors."""
    # Start-up creates thousands of objects and no garbage; collecting it would cost a tenth of the
    # time.
    gc.disable()
    try:
        parser = _parser()
        options = parser.parse_args(arguments)
        if options.run is _call:
            options.args = arguments_of(options, parser.error)
        if options.run is _serve and (misplaced := of_http_alone(options)):
            parser.error(
                f"{misplaced} needs --transport http or sse: over stdio there is no network"
            )
        return _run_command(options)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    finally:
        gc.enable()
        settle()


def _run_command(options: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    log_to(sys.stderr)
    settings, options.problem = usable_settings()
    if options.problem is not None and not (_on_stdio(options) or options.run in {_doctor, _setup}):
        report_error(options.problem)
        return EXIT_USAGE
    try:
        # No default in the parser: it would override a --demo that precedes the command.
        if getattr(options, "demo", False):
            settings = settings.model_copy(update={"demo": True})
        status: int = anyio.run(options.run, settings, options)
    except ConfigError as error:
        report_error(str(error))
        return EXIT_USAGE
    except VultrCostError as error:
        report_error(str(error))
        return EXIT_ERROR
    except KeyboardInterrupt:
        # Ctrl-C is the normal end of a server, but it interrupts a single question.
        if options.run is _serve or getattr(options, "every", None) is not None:
            return 0
        raise
    return status


def _on_stdio(options: argparse.Namespace) -> bool:
    """Return whether the tools can report a problem: over stdio nobody sees an exit message."""
    return options.run is _serve and options.transport == "stdio"


def _parser(tools: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser; ``tools`` are the values that a shell completes for ``call``."""
    demo = Parser(add_help=False)
    demo.add_argument(
        "--demo",
        action="store_true",
        default=argparse.SUPPRESS,
        help="answer from a built-in sample account: no key, no network",
    )
    parser = Parser(
        PACKAGE,
        description="MCP server for questions about the costs of a Vultr account.",
        parents=[demo],
    )
    parser.add_argument("--version", action="version", version=f"{PACKAGE} {version(PACKAGE)}")
    parser.set_defaults(run=_serve, transport="stdio")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    serve = commands.add_parser("serve", parents=[demo], help="run the MCP server (the default)")
    add_options(serve)
    serve.set_defaults(run=_serve)
    _add_call(commands, demo, tools)
    listed = commands.add_parser("tools", parents=[demo], help="list the tools, one line each")
    listed.set_defaults(run=_tools)
    _add_check_budget(commands, demo)
    collect = commands.add_parser(
        "collect", parents=[demo], help="store a cost snapshot, once or continuously"
    )
    collect.add_argument("--every", type=span, help="repeat at this interval, e.g. 30m, 1h, 1d")
    add_notify(collect)
    collect.set_defaults(run=_collect)
    add_history(commands, demo, _history)
    add_doctor(commands, demo, _doctor)
    add_estimate(commands, demo, _estimate)
    add_prices(commands, demo, _prices)
    add_report(commands, demo, _report)
    add_setup(commands, _setup)
    add_completion(commands, _completion)
    return parser


def _add_call(commands: Any, demo: Parser, tools: Sequence[str] | None) -> None:
    call = commands.add_parser(
        "call", parents=[demo], help="call one tool: text on a terminal, JSON in a pipe"
    )
    call.add_argument(
        "tool",
        choices=tools,
        metavar="TOOL",
        help="the tool's name, e.g. get_cost_overview: see the command tools",
    )
    call.add_argument(
        "given",
        nargs="*",
        type=named_value,
        metavar="NAME=VALUE",
        help="its arguments, e.g. limit=200",
    )
    call.late = ("given", named_value)
    call.add_argument("--args", type=json_object, default={}, help="its arguments as JSON")
    call.add_argument("--format", choices=FORMATS, help="text, JSON, or the rows alone")
    call.set_defaults(run=_call)


def _add_check_budget(commands: Any, demo: Parser) -> None:
    budget = commands.add_parser(
        "check-budget",
        parents=[demo],
        help="check budgets; exit 0 ok, 3 warning, 4 over, 5 no budget, 1 unknown or error",
    )
    budget.add_argument(
        "--monthly", type=dollars, help="budget in USD a month (default: the configured budgets)"
    )
    budget.add_argument(
        "--warn-percent",
        type=percentage,
        metavar="PERCENT",
        help="percentage of the budget to warn from (80)",
    )
    budget.set_defaults(run=_check_budget)


@asynccontextmanager
async def _server(settings: Settings) -> AsyncGenerator[MCPServer[Any], None]:
    async with _opened(settings) as (server, _):
        yield server


@asynccontextmanager
async def _opened(
    settings: Settings, resources: Resources | None = None, problem: str | None = None
) -> AsyncGenerator[tuple[MCPServer[Any], dict[str, Backend]], None]:
    from vultr_cost_mcp.accounts.account import account_names
    from vultr_cost_mcp.accounts.open import opened
    from vultr_cost_mcp.server import build_server

    names = account_names(settings)
    async with opened(settings, clock_of(settings), names, resources, problem=problem) as backends:
        server = build_server(backends, version(PACKAGE), resources, _building)
        # Objects from start-up live as long as the process: exclude them from garbage collection.
        gc.enable()
        gc.set_threshold(*GC_THRESHOLDS)
        gc.freeze()
        yield server, backends


@contextmanager
def _building() -> Generator[None]:
    """Import modules that the first question needs, and exclude them from garbage collection."""
    from vultr_cost_mcp.accounts.account import import_late

    import_late()
    yield
    gc.freeze()


def wall_clock() -> datetime:
    """Return the current time of this machine, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  (the one clock of the program)


def clock_of(settings: Settings) -> Callable[[], datetime]:
    """Return the clock, in UTC; the sample account's is fixed."""
    if not settings.demo:
        return wall_clock
    from vultr_cost_mcp.demo import SAMPLE_NOW

    return lambda: SAMPLE_NOW


async def _serve(settings: Settings, options: argparse.Namespace) -> int:
    if options.transport != "stdio":
        return await _serve_http(settings, options)
    from vultr_cost_mcp.accounts.open import local_resources, store_problem
    from vultr_cost_mcp.transports.stdio import serve_stdio

    if sys.stdin is not None and sys.stdin.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        report_error(WAITING)
    problem, history = options.problem, store_problem(settings)
    if history is not None:
        settings = settings.model_copy(update={"store": "off"})
        history = f"VULTR_COST_STORE cannot be used. {history}"
        problem = " ".join(filter(None, (problem, history)))
    async with _opened(settings, local_resources(settings), problem) as (server, _):
        await serve_stdio(server)
    return 0


async def _serve_http(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.accounts.open import exported_resources
    from vultr_cost_mcp.config.file import read_file
    from vultr_cost_mcp.terminal.scraping import scraping
    from vultr_cost_mcp.transports.health import accounts_word
    from vultr_cost_mcp.transports.http import serve_http

    # Over HTTP, exit on a bad config file; over stdio let the tools report it.
    read_file(settings.config_file)
    async with (
        _opened(settings, exported_resources(settings)) as (server, backends),
        scraping(server, [*backends]) as scrape,
    ):
        takes = [backend.take for backend in backends.values()]
        await serve_http(
            server,
            door_of(options, settings.http_token),
            ready=lambda: accounts_word(takes),
            on_listening=lambda url: report_error(f"Listening on {url}"),
            scrape=scrape,
        )
    return 0


async def _check_budget(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal.check_budget import check_budget

    async with _server(settings) as server:
        return await check_budget(server, options)


async def _collect(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal.collect import collect
    from vultr_cost_mcp.terminal.notify import notifier

    notify = notifier(settings, options, clock_of(settings), say, report_error)
    async with _server(settings) as server:
        return await collect(server, options.every, say, report_error, wall_clock, notify=notify)


async def _estimate(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal import estimate

    text = estimate.plan_text(options.plan)
    if text is None:
        return EXIT_USAGE
    if options.reduce:
        return estimate.print_reduced(text)
    async with _server(settings) as server:
        return await estimate.price_plan(server, text, options)


async def _history(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal import history as kept

    return await kept.run(settings, options)


async def _doctor(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal import doctor

    return await doctor.run(settings, options, version(PACKAGE), clock_of(settings))


async def _prices(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal.prices import USAGE, print_ages, print_prices, print_usage

    if options.age:
        return print_ages()
    if options.format == USAGE:
        return print_usage()
    async with _opened(settings) as (_, backends):
        return await print_prices(next(iter(backends.values())).take, options)


async def _report(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal.report import report, settings_of

    async with _server(settings_of(settings)) as server:
        return await report(server, options)


async def _call(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal.call import call

    async with _server(settings) as server:
        return await call(server, options)


async def _tools(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal.call import tools

    del options
    async with _server(settings) as server:
        return await tools(server)


async def _setup(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.terminal import setup

    del settings
    return setup.run(options)


async def _completion(settings: Settings, options: argparse.Namespace) -> int:
    from vultr_cost_mcp.questions.tools_list import listed_names
    from vultr_cost_mcp.terminal.completion import complete

    del settings
    return complete(_parser(listed_names()), options.shell)
