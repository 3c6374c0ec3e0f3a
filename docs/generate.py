"""The generated parts of the documentation, each a function that gives Markdown.

The pages call them in one line between cog's markers; ``make fix`` rewrites them, or::

    python -m cogapp -I . -r README.md docs/PAGE.md

Run as a program, ``python docs/generate.py`` brings the column of tests in docs/billing-rules.md
up to date.
"""

# ruff: noqa: INP001  (a program beside the pages, not a package)

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import anyio

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from examples.conversation import (  # noqa: E402  (the path comes first)
    INTRODUCTION,
    QUESTIONS,
    Answer,
    Question,
    converse,
)
from vultr_cost_mcp.clients.known_clients import CLIENTS  # noqa: E402
from vultr_cost_mcp.config import Settings  # noqa: E402
from vultr_cost_mcp.domain.backend import Backend  # noqa: E402
from vultr_cost_mcp.families.catalog import CATALOG  # noqa: E402
from vultr_cost_mcp.families.reading import ENDPOINTS  # noqa: E402
from vultr_cost_mcp.families.rights import RIGHTS, policy  # noqa: E402
from vultr_cost_mcp.prompts.prompt import text_of  # noqa: E402
from vultr_cost_mcp.prompts.tasks import PROMPTS  # noqa: E402
from vultr_cost_mcp.questions.catalog import build_tools  # noqa: E402
from vultr_cost_mcp.questions.tools_list import argument_names  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vultr_cost_mcp.domain.action import Action
    from vultr_cost_mcp.domain.coverage import Product
    from vultr_cost_mcp.domain.resource import PriceSource
    from vultr_cost_mcp.vultr.rights import Right

RULES = ROOT / "docs" / "billing-rules.md"
RULE_ID = re.compile(r"(?<![\w-])(?:[DE]\d{1,2}|[EMPSW]-[a-z0-9_]+)(?!\w)")
NONE = "none"
# Arguments with more values than a table has room for.
CLOSED = {
    "kind": "a kind, see [coverage](coverage.md)",
    "action": "one action, as answers name it",
}

# The questions of the README, by their place in the conversation.
FIRST_QUESTIONS = (0, 1, 2, 7, 5, 6, 9, 8, 12, 14)

ASKED = {
    "get_cost_overview": "What am I spending this month? What does it burn an hour, a day, a "
    "month? How much credit is left?",
    "get_pending_charges": "What has Vultr not invoiced yet, line by line, and does it add up to "
    "what the account states?",
    "breakdown_by_service": "On what, this month or any other: by service, product, region, tag, "
    "plan, compute class, cluster or single resource?",
    "list_resource_costs": "What exists now, and what does each thing cost a month? What is "
    "untagged? What is new since Monday?",
    "list_idle_instances": "Which servers are stopped yet billed, suspended, or quiet on the "
    "network?",
    "estimate_savings": "How much can be saved, and how exactly?",
    "forecast_month_end": "What will it be at month end, and how does that come about? When does "
    "credit run out? What will the invoice be?",
    "estimate_cost": "What would three more of these cost in Frankfurt, with backups? What does "
    "this Terraform plan cost, and does it stay inside the budget?",
    "check_budget": "Is the month inside its budget, now and at its end, and if not, from which "
    "day?",
    "get_bandwidth_usage": "Will there be overage, what does it cost, and which servers send most?",
    "compare_plans": "Which plan is cheapest for 4 vCPU and 16 GB, or instead of this server? What "
    "would the same, or the whole account, cost at AWS, Azure or Google Cloud?",
    "explain_cost_change": "Why did the bill go up? What is new, gone, resized, more expensive? "
    "How does this month compare with the same hours of the last one?",
    "list_invoices": "What was I invoiced, with and without tax? What is on this invoice, and do "
    "its lines add up to it?",
    "get_cost_history": "How did the bill develop, by month, or by day from stored readings? Is it "
    "growing?",
    "detect_anomalies": "Is anything unusual: a day, a month, a service in a region never used "
    "before?",
    "export_costs": "Give me a month as a file for finance: CSV, JSON, Excel, FOCUS or Parquet.",
    "collect_metrics": "Keep a record of the account as it is now.",
}

MEANING = {
    "VULTR_API_KEY": "The API key. An empty value, an unexpanded `${VULTR_API_KEY}` or the "
    "placeholder is treated as missing: the server starts and lists its tools, and a tool says "
    "what to set.",
    "VULTR_API_URL": "Another base address. Plain `http://` is accepted for this machine only.",
    "VULTR_COST_RATE_LIMIT": "Requests a second, 1 to 1000, for all tool calls of the process "
    "together. Vultr counts 30 a second for each source address.",
    "VULTR_COST_CACHE_SECONDS": "How old a reading may be, 0 to 86400. `as_of` always tells.",
    "VULTR_COST_BACKGROUND": "`off` reads nothing that no question waits for. By default, "
    "the traffic of servers that a question had no time for is read after it, at a quarter of the "
    "rate.",
    "VULTR_COST_BUDGET": "A monthly budget in USD for `check_budget`.",
    "VULTR_COST_CONFIG": "A TOML file with accounts, budgets, your own prices and exempting tags.",
    "VULTR_COST_STORE": "Where records are kept: `sqlite:///file.db` (four slashes before an "
    "absolute path), `clickhouse://`, `clickhouses://` (TLS), `chdb:///folder`, or `off`.",
    "VULTR_COST_EXPORT_DIR": "The only folder that `export_costs` writes to.",
    "VULTR_COST_PLAN_DIR": "The only folder that `estimate_cost` reads Terraform plans from; never "
    "`/` or the home folder unless named here.",
    "VULTR_COST_HTTP_TOKEN": "The bearer token that HTTP and SSE ask for; required, with 16 "
    "characters or more, beyond this machine and with `--allowed-host`.",
    "VULTR_COST_DEMO": "`1` is `--demo`: the sample account, no key, no network.",
}

# Defaults that depend on the machine, in words.
DEFAULTS = {
    "VULTR_COST_STORE": "a SQLite file in the user's data folder",
    "VULTR_COST_EXPORT_DIR": "a folder in the user's data folder",
}

SOURCE: dict[PriceSource, str] = {
    "api": "API",
    "list": "plan list",
    "table": "price table",
    "billed": "the bill alone",
}

CHECKED: dict[Action, str] = {
    "delete_stopped_server": "stopped",
    "delete_unattached_volume": "attached to nothing",
    "delete_volume_of_stopped_server": "attached to a stopped server only",
    "release_unattached_ip": "attached to nothing",
    "delete_empty_load_balancer": "no server behind it",
    "delete_superseded_snapshot": "superseded",
    "delete_unattached_file_system": "attached to nothing",
    "delete_unused_storage_gateway": "serves nothing",
    "review_quiet_server": "quiet *",
    "review_old_snapshot": "older than 90 days *",
    "review_database": "little used *",
    "review_file_system": "little used *",
    "review_registry": "little used *",
    "review_cdn_zone": "without traffic *",
    "review_gpu_cluster": "idle GPUs *",
    "review_kubernetes_leftover": "left over from a cluster *",
    "review_orphan": "serves only what is gone *",
    "review_cheaper_plan": "a cheaper plan would do *",
}


def first_questions() -> str:
    """Give ten questions, each a link to its answer."""
    return "\n".join(
        f"- [{QUESTIONS[at].text}](docs/conversation.md#{anchor(QUESTIONS[at].text)})"
        for at in FIRST_QUESTIONS
    )


def anchor(heading: str) -> str:
    """Give the name that a heading has in a link, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().casefold()).replace(" ", "-")


@cache
def conversation() -> str:
    """Give the whole conversation with the sample account."""
    answers = answered(QUESTIONS)
    return "\n\n".join([INTRODUCTION, *(_without_trailing_spaces(a.markdown) for a in answers)])


def answered(questions: tuple[Question, ...]) -> tuple[Answer, ...]:
    """Ask the real server."""
    answers: list[Answer] = []
    anyio.run(converse, questions, answers.append)
    failed = [answer.text for answer in answers if answer.failed]
    if failed:
        raise RuntimeError(failed[0])
    return tuple(answers)


def tools() -> str:
    """Give the table of tools: name, question and arguments."""
    rows = [
        (f"`{tool.name}`", ASKED[tool.name], _arguments(tool.parameters))
        for tool in build_tools({"": Backend(cast("Any", None))})
    ]
    return _table(("Tool", "Answers", "Arguments, all optional"), rows)


def tool_names() -> str:
    """Give the table of tools by the first of their questions."""
    return _table(
        ("Tool", "Answers"),
        ((f"`{name}`", f"{re.split(r'(?<=[?.]) ', asked)[0]}") for name, asked in ASKED.items()),
    )


def prompts() -> str:
    """Give the table of prompts with their arguments."""
    rows = [
        (
            f"{prompt.title}<br>`{prompt.name}`",
            prompt.description,
            "<br>".join(f"`{row.name}`: {_lowered(row.description)}" for row in prompt.arguments),
        )
        for prompt in PROMPTS
    ]
    return _table(("Prompt", "Gives", "Arguments"), rows)


def prompt_text() -> str:
    """Give the text of the first prompt, without arguments."""
    text = text_of(PROMPTS[0].task({}), {}, argument_names(), [])
    return f"```text\n{text}\n```"


def client_names() -> str:
    """Give the clients, each a link to its entry."""
    return "\n".join(
        f"- [{client.title}](docs/clients.md#{anchor(client.title)}): `{client.name}`"
        for client in CLIENTS
    )


def settings() -> str:
    """Give the table of environment variables."""
    rows = [
        (f"`{name}`", DEFAULTS.get(name) or _default(default), MEANING[name])
        for name, default in variables().items()
    ]
    return _table(("Variable", "Default", "Meaning"), rows)


def _default(value: Any) -> str:
    return NONE if value is None else f"`{value}`"


def variables() -> dict[str, Any]:
    """Give the environment variables that the program reads, with their defaults."""
    fields = Settings.model_fields.values()
    return {
        str(field.validation_alias): None if field.default is False else field.default
        for field in fields
    }


def rights() -> str:
    """Give the table of rights: what is read, its permission, and its action."""
    return _table(
        ("Read", "Path", "Permission", "IAM action"),
        (
            (
                right.reads,
                f"`{path}`",
                f"`{right.permission}`" if right.permission else "none",
                _action(right),
            )
            for path, right in RIGHTS.items()
        ),
    )


def _action(right: Right) -> str:
    if right.action is None:
        return "none" if right.permission is None else "unverified"
    return f"`{right.action}`{', assumed' if right.assumed else ''}"


def iam_policy() -> str:
    """Give the IAM policy that allows what is read."""
    return f"```json\n{json.dumps(policy(), indent=2)}\n```"


def coverage() -> str:
    """Give the table of everything that costs money, from the registry."""
    return _table(
        ("Product, kind", "Read from", "Monthly price", "Checked for", "Not known"),
        [_covered(product) for product in CATALOG.products],
    )


def _covered(product: Product) -> tuple[str, ...]:
    # Of all but the bill: where its open line has another price, that one counts for every product.
    sources = [SOURCE[source] for source in product.sources if source != "billed"]
    first = ", else ".join(sources) or SOURCE["billed"]
    return (
        f"{product.name}<br>`{product.kind}`" if product.kind else product.name,
        "<br>".join(f"`{ENDPOINTS[part].path}`" for part in product.read_from) or "the bill",
        f"{first}: {product.price}",
        ", ".join(dict.fromkeys(CHECKED[action] for action in product.waste)) or NONE,
        product.unknown,
    )


def _arguments(schema: dict[str, Any]) -> str:
    named = [_argument(name, rule) for name, rule in schema.get("properties", {}).items()]
    return "<br>".join(named) or NONE


def _argument(name: str, rule: dict[str, Any]) -> str:
    notes = []
    values = rule.get("enum", ())
    if name in CLOSED:
        notes.append(CLOSED[name])
    elif values:
        notes.append(" ".join(f"`{value}`" for value in values))
    elif "minimum" in rule and name != "monthly_budget":
        notes.append(f"{rule['minimum']:,} to {rule['maximum']:,}")
    elif "description" in rule:
        notes.append(_lowered(rule["description"]))
    # An empty text is how a client that must say something leaves an argument out.
    if rule.get("default", "") != "" and name != "monthly_budget":
        notes.append(f"default `{rule['default']}`".lower())
    return f"`{name}`: {', '.join(notes)}" if notes else f"`{name}`"


def _lowered(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def beginning(text: str) -> str:
    """Give the answer to the end of its first table, what that leaves out, and the last line."""
    lines = text.splitlines()
    table = [number for number, line in enumerate(lines) if line.startswith("|")]
    end = next((n for n in table if n + 1 not in table), len(lines) - 1)
    more = [line.rstrip() for line in lines[end + 1 : end + 3] if re.match(r"[\d,]+ more ", line)]
    kept = [*lines[: end + 1], "", *more, "", lines[-1]]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept))


def _without_trailing_spaces(markdown: str) -> str:
    """The same line breaks with a backslash: editors take spaces at the end of a line away."""
    return markdown.replace("  \n", "\\\n")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)


def mentions() -> dict[str, list[str]]:
    """Give the test files that mention each billing rule."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("*.py")):
        for rule in dict.fromkeys(RULE_ID.findall(file.read_text("utf-8"))):
            found.setdefault(rule, []).append(file.relative_to(ROOT).as_posix())
    return found


def with_tests(page: str) -> str:
    """Give docs/billing-rules.md with the last column of every rule brought up to date."""
    found = mentions()
    return "\n".join(_row_with_tests(line, found) for line in page.split("\n"))


def _row_with_tests(line: str, found: dict[str, list[str]]) -> str:
    cells = cells_of(line)
    if not RULE_ID.fullmatch(cells[0]):
        return line
    files = [f"`{file}`" for file in found.get(cells[0], ()) if "/test_" in file]
    cells[-1] = ", ".join(files) or NONE
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def cells_of(line: str) -> list[str]:
    """Give the cells of a row of a Markdown table."""
    return [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]


if __name__ == "__main__":
    RULES.write_text(with_tests(RULES.read_text("utf-8")), "utf-8")
