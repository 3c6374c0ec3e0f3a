"""A conversation with the sample account: questions, the tools they map to, and the answers.

Starts the real server as a child process and asks it through the MCP SDK's own client, as any
client does::

    python examples/conversation.py           # formatted when standard output is a terminal
    python examples/conversation.py --plain   # Markdown

It needs no key and no network. The exit code is 1 when a tool answers with an error.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcp.types import CallToolResult

INTRODUCTION = """\
# A conversation about a Vultr bill

The questions are what a person types; the line below each is the tool call that a model makes of \
it. The answers come from the built-in sample account of a company that does not exist."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks, and the tool call that answers it."""

    text: str
    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def call(self) -> str:
        """The tool call as one line, for a reader."""
        return " ".join([self.tool, *([json.dumps(self.arguments)] if self.arguments else [])])


QUESTIONS: tuple[Question, ...] = (
    Question("What am I spending on Vultr this month?", "get_cost_overview"),
    Question("On what?", "breakdown_by_service", {"limit": 5}),
    Question("Why did the bill go up?", "explain_cost_change", {"limit": 5}),
    Question(
        "How does this month compare?",
        "explain_cost_change",
        {"to_period": "current_month", "limit": 5},
    ),
    Question("How much of it is GPU?", "breakdown_by_service", {"group_by": "compute_class"}),
    Question("What is idle?", "list_idle_instances"),
    Question("How much can I save, and how?", "estimate_savings"),
    Question("What will it be at month end?", "forecast_month_end"),
    Question(
        "What would three more servers in New Jersey cost, with backups?",
        "estimate_cost",
        {"items": [{"plan": "vc2-2c-4gb", "region": "ewr", "quantity": 3, "backups": True}]},
    ),
    Question("Am I inside a budget of $8,000?", "check_budget", {"monthly_budget": 8000}),
    Question("Will I pay for bandwidth?", "get_bandwidth_usage"),
    Question(
        "Which plan is cheapest for 4 vCPU and 16 GB in Frankfurt, and what is it at AWS?",
        "compare_plans",
        {"vcpu": 4, "memory_gb": 16, "region": "fra", "elsewhere": ["aws"], "limit": 3},
    ),
    Question(
        "What would my servers cost elsewhere?",
        "compare_plans",
        {"like": "account", "elsewhere": ["aws", "gcp", "azure"]},
    ),
    Question("How did it develop?", "get_cost_history", {"months": 6}),
    Question("Is anything unusual?", "detect_anomalies"),
    Question("Show me the invoices.", "list_invoices", {"months": 3}),
    Question(
        "What did this cost in September?",
        "breakdown_by_service",
        {"period": "2026-09", "group_by": "resource", "limit": 5},
    ),
    Question("What costs the most?", "list_resource_costs", {"limit": 5}),
    Question("What is untagged?", "list_resource_costs", {"untagged": True, "limit": 5}),
    Question("Do Vultr's own lines add up?", "get_pending_charges", {"limit": 3}),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A tool's answer to a question, in words."""

    question: Question
    text: str
    failed: bool

    @property
    def markdown(self) -> str:
        """Question, call and answer."""
        return f"## {self.question.text}\n\n*Tool call:* `{self.question.call}`\n\n{self.text}"


async def converse(questions: Sequence[Question], tell: Callable[[Answer], None]) -> None:
    """Ask one server all questions in turn, and tell each answer as it comes."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "vultr_cost_mcp", "--demo"],
        env={},  # nothing of the user's own settings
    )
    async with Client(server) as client:
        for question in questions:
            result = await client.call_tool(question.tool, question.arguments)
            tell(Answer(question, _text_of(result), failed=bool(result.is_error)))


def _text_of(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if part.type == "text")


def _printer(*, plain: bool) -> Callable[[str], None]:
    """What prints a piece of Markdown: formatted for a terminal, else as it is."""
    if plain or not sys.stdout.isatty():
        return _print_plain
    try:
        # Beside this file, and only where it is of use.
        from vultr_cost_mcp.terminal.whole_tables import printer  # noqa: PLC0415
    except ImportError:
        return _print_plain
    formatted: Callable[[str], None] = printer()
    return formatted


def _print_plain(text: str) -> None:
    print(text, end="\n\n", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Hold the conversation; 0 when every tool answered, else 1."""
    parser = argparse.ArgumentParser(description="Ask the sample account the usual questions.")
    parser.add_argument("--plain", action="store_true", help="Markdown, also on a terminal")
    show = _printer(plain=parser.parse_args(arguments).plain)
    answers: list[Answer] = []

    def tell(answer: Answer) -> None:
        answers.append(answer)
        show(answer.markdown)

    show(INTRODUCTION)
    anyio.run(converse, QUESTIONS, tell)
    return 1 if any(answer.failed for answer in answers) else 0


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        # End quietly when a reader such as head has seen enough.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
