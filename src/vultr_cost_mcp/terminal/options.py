"""The options of commands, and the HTTP configuration made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.terminal.values import (
    days,
    dollars,
    dollars_or_zero,
    percentage,
    port,
)
from vultr_cost_mcp.terminal.web_address import web_address

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from pydantic import SecretStr

    from vultr_cost_mcp.transports.http_config import HttpConfig


FORMATS = ("text", "json", "table", "csv")
SHELLS = ("bash", "zsh", "fish", "powershell", "tcsh")
# Their rows are in clients/known_clients.py, which starting the server does without.
CLIENTS = (
    "claude-code",
    "claude-desktop",
    "cursor",
    "vscode",
    "copilot-cli",
    "copilot-coding-agent",
    "codex",
    "gemini",
    "windsurf",
    "zed",
    "jetbrains",
    "jetbrains-copilot",
    "opencode",
    "goose",
)
HOST, PORT = "127.0.0.1", 8000
_OF_HTTP = ("host", "port", "allowed_host", "trusted_proxy", "no_auth")


def add_options(serve: argparse.ArgumentParser) -> None:
    """Add the options to the parser of the command."""
    serve.add_argument("--transport", choices=["stdio", "http", "sse"], default="stdio")
    serve.add_argument("--host", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=port, help="port to listen on (8000); 0 for any free one")
    serve.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME[:PORT]",
        help="additional hostname to accept, e.g. behind a proxy (repeatable)",
    )
    serve.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="proxy whose X-Forwarded-For identifies clients (repeatable)",
    )
    serve.add_argument(
        "--no-auth", action="store_true", help="serve anyone who can connect, without a token"
    )


def add_estimate(
    commands: Any, demo: argparse.ArgumentParser, run: Callable[[Any, argparse.Namespace], Any]
) -> None:
    """Add ``estimate`` to the commands."""
    parser = commands.add_parser(
        "estimate",
        parents=[demo],
        help="say what a Terraform plan costs; exit 0 ok, 1 error or unknown, 2 usage or file "
        "refused, 3 budget warning, 4 over, 5 no account for --budget, 6 unpriced",
    )
    parser.add_argument("plan", metavar="PLAN.json|-", help="terraform show -json, or - for stdin")
    parser.add_argument("--format", choices=["text", "json", "markdown"], default="text")
    parser.add_argument(
        "--fail-over",
        type=dollars_or_zero,
        metavar="USD",
        help="exit 4 if it costs more a month than this; 0 for any increase",
    )
    parser.add_argument(
        "--budget", type=dollars, metavar="USD", help="the account's budget a month"
    )
    parser.add_argument(
        "--warn-percent",
        type=percentage,
        default=80,
        metavar="PERCENT",
        help="percentage of the budget to warn from (80)",
    )
    parser.add_argument(
        "--fail-unpriced", action="store_true", help="exit 6 if a change has no price"
    )
    parser.add_argument(
        "--reduce", action="store_true", help="print the fields that are read, without secrets"
    )
    parser.add_argument("--account", help="one of several configured accounts")
    parser.set_defaults(run=run)


def add_history(
    commands: Any, demo: argparse.ArgumentParser, run: Callable[[Any, argparse.Namespace], Any]
) -> None:
    """Add ``history`` and ``history forget`` to the commands."""
    history = commands.add_parser(
        "history", parents=[demo], help="list the stored accounts, or erase one"
    )
    history.add_argument("--json", action="store_true", help="print JSON, for scripts")
    history.set_defaults(run=run)
    actions = history.add_subparsers(title="actions", metavar="ACTION", dest="action")
    erase = actions.add_parser(
        "forget", parents=[demo], help="erase one account, after a confirmation"
    )
    erase.add_argument("account", metavar="ACCOUNT", help="the account's id or configured name")
    erase.add_argument("--yes", action="store_true", help="skip the confirmation, for scripts")


def add_doctor(
    commands: Any, demo: argparse.ArgumentParser, run: Callable[[Any, argparse.Namespace], Any]
) -> None:
    """Add ``doctor`` to the commands."""
    doctor = commands.add_parser(
        "doctor",
        parents=[demo],
        help="say what works and what to do; exit 0 all well, 3 something unread, 1 does not work",
    )
    doctor.add_argument("--json", action="store_true", help="print JSON, for scripts")
    doctor.add_argument(
        "--policy", action="store_true", help="print the IAM policy that allows what is read"
    )
    doctor.set_defaults(run=run)


def add_prices(
    commands: Any, demo: argparse.ArgumentParser, run: Callable[[Any, argparse.Namespace], Any]
) -> None:
    """Add ``prices`` to the commands."""
    prices = commands.add_parser(
        "prices", parents=[demo], help="print list prices for other tools; needs no key"
    )
    prices.add_argument(
        "--format",
        choices=["oiq", "oiq-usage", "opencost", "csv"],
        default="csv",
        help="for OpenInfraQuote (prices, and the usage file that it needs), OpenCost's CSV "
        "provider, or a spreadsheet (the default)",
    )
    prices.add_argument("--region", help="one region, e.g. ewr (default: all)")
    prices.add_argument(
        "--age", action="store_true", help="print how old the bundled prices of other clouds are"
    )
    prices.set_defaults(run=run)


def add_notify(collect: argparse.ArgumentParser) -> None:
    """Add the options of messages to ``collect``."""
    collect.add_argument(
        "--notify",
        action="append",
        default=[],
        metavar="URL",
        help="send messages to this Apprise address, or to those in @FILE (repeatable)",
    )
    collect.add_argument("--digest", choices=["weekly"], help="send the report once a week too")
    collect.add_argument(
        "--credit-days",
        type=days,
        default=14,
        metavar="DAYS",
        help="send a message from this many days before credit runs out (14)",
    )
    collect.add_argument("--dry-run", action="store_true", help="print the messages and send none")


def add_report(
    commands: Any, demo: argparse.ArgumentParser, run: Callable[[Any, argparse.Namespace], Any]
) -> None:
    """Add ``report`` to the commands."""
    report = commands.add_parser(
        "report", parents=[demo], help="write the month on one page (HTML, Markdown) or as XLSX"
    )
    report.add_argument(
        "--format",
        choices=["html", "md", "xlsx"],
        help="html, md for a wiki, or xlsx with a sheet for each question (default: as FILE ends)",
    )
    report.add_argument(
        "--out", type=Path, metavar="FILE|-", help="file to write (default: -, standard output)"
    )
    report.set_defaults(run=run)


def add_setup(commands: Any, run: Callable[[Any, argparse.Namespace], Any]) -> None:
    """Add ``setup`` to the commands."""
    setup = commands.add_parser(
        "setup", help="write a client's configuration: shows the change first, and asks"
    )
    setup.add_argument(
        "client", nargs="?", choices=CLIENTS, metavar="CLIENT", help=f"{', '.join(CLIENTS)}"
    )
    setup.add_argument(
        "--url", type=web_address, help="address of a server over HTTP, such as a team's"
    )
    setup.add_argument("--print", action="store_true", help="print it, write nothing")
    setup.add_argument("--yes", action="store_true", help="write without asking, for scripts")
    setup.set_defaults(run=run)


def add_completion(commands: Any, run: Callable[[Any, argparse.Namespace], Any]) -> None:
    """Add ``completion`` to the commands."""
    completion = commands.add_parser(
        "completion", help="print what a shell needs to complete these commands"
    )
    completion.add_argument("shell", choices=SHELLS)
    completion.set_defaults(run=run)


def of_http_alone(options: argparse.Namespace) -> str | None:
    """Return an option that only a server over HTTP has, if it is given for one over stdio."""
    if options.transport != "stdio":
        return None
    # The bare command has none of them; port 0 is a port.
    given = (name for name in _OF_HTTP if getattr(options, name, None) or _port(options, name))
    found = next(given, None)
    return None if found is None else f"--{found.replace('_', '-')}"


def _port(options: argparse.Namespace, name: str) -> bool:
    return name == "port" and getattr(options, name, None) is not None


def door_of(options: argparse.Namespace, token: SecretStr | None) -> HttpConfig:
    """Return the HTTP configuration of the options, not yet validated."""
    # Serving over standard input does not wait for the network modules.
    from vultr_cost_mcp.transports.http_config import HttpConfig  # noqa: PLC0415

    return HttpConfig(
        options.transport,
        HOST if options.host is None else options.host,
        PORT if options.port is None else options.port,
        token,
        tuple(options.allowed_host),
        no_auth=options.no_auth,
        trusted_proxies=tuple(options.trusted_proxy),
    )
