"""A tool that rejects unknown arguments, explains errors in a sentence, and never leaks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from pydantic import PrivateAttr, ValidationError

from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.errors import UnknownValueError, VultrCostError
from vultr_cost_mcp.mcp_tools.answer import Answer
from vultr_cost_mcp.mcp_tools.argument_values import Given, field_at, listed, problem, scalars
from vultr_cost_mcp.mcp_tools.arguments import Ctx
from vultr_cost_mcp.mcp_tools.current_question import asking
from vultr_cost_mcp.mcp_tools.envelope import ENVELOPE, answer, answer_model
from vultr_cost_mcp.mcp_tools.error_result import REFUSED, failed
from vultr_cost_mcp.mcp_tools.kept_answers import KeptAnswers, key_of
from vultr_cost_mcp.mcp_tools.question import READS, Call, Question, R
from vultr_cost_mcp.mcp_tools.schemas import listed_schema

if TYPE_CHECKING:
    from datetime import date

    from mcp.server.mcpserver.context import Context
    from pydantic_core import ErrorDetails

_MISTAKES = 5
_log = logging.getLogger(__name__)


class CostTool(Tool):
    """A tool with a closed list of arguments, and the one place that turns errors into answers.

    ``clock`` resolves a month without a year; ``takes`` are the argument names of every tool, so
    that next steps keep the filters of a question.
    """

    _clock: Callable[[], datetime] | None = None
    _answers: KeptAnswers = PrivateAttr(default_factory=KeptAnswers)
    _takes: Mapping[str, Collection[str]] = PrivateAttr(default_factory=dict)

    @classmethod
    def of(cls, question: Question[R], account: Backend) -> CostTool:
        """Make the tool that answers a question about an account."""
        declared = _declared(question)
        fields: dict[str, Any] = {name: getattr(declared, name) for name in Tool.model_fields}
        fields["fn"] = partial(_answered, question, account)
        return cls(**fields)

    def settle(
        self, clock: Callable[[], datetime] | None, takes: Mapping[str, Collection[str]]
    ) -> None:
        """Set the clock and the arguments of the other tools."""
        self._clock = clock
        self._takes = takes

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> Any:
        """Return the kept answer, or run the tool; every failure is a result that a model reads."""
        key = key_of(arguments)
        if key is None:
            return await self._run(arguments, context, convert_result)
        kept = self._answers.get(key)
        if kept is not None:
            return kept
        async with self._answers.turn(key):
            kept = self._answers.get(key)
            if kept is not None:
                return kept
            result = await self._run(arguments, context, convert_result)
            if self.annotations is READS and isinstance(result, Answer) and result.basis:
                self._answers.keep(key, result, result.basis)
            return result

    async def _run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool
    ) -> Any:
        try:
            with asking(self.fn_metadata.pre_parse_json(arguments), self._takes):
                return await super().run(arguments, context, convert_result=convert_result)
        except ToolError as error:
            return failed(self._explain(error))

    def _explain(self, error: ToolError) -> str:
        cause = error.__cause__
        if isinstance(cause, VultrCostError):
            return str(cause)
        arguments = self.fn_metadata.arg_model.__name__
        if isinstance(cause, ValidationError) and cause.title == arguments:
            return self._refusal(cause.errors()[:_MISTAKES])
        if type(error) is ToolError and isinstance(cause, ToolError):
            return str(cause)
        _log.error("tool %s failed: %s", self.name, type(cause or error).__name__)
        return (
            f"{self.name} failed on something that this program did not expect. Please report it "
            "with the server's log."
        )

    def _refusal(self, mistakes: Sequence[ErrorDetails]) -> str:
        assert isinstance(self.fn_metadata, Given)  # noqa: S101  (made in ``of``)
        takes: dict[str, Any] = self.parameters["properties"] | self.fn_metadata.properties
        today = None if self._clock is None else self._clock().date()
        said = "; ".join(_mistake(detail, takes, today) for detail in mistakes)
        return f"{REFUSED} {said}. {_taken(mistakes, takes)}."


@cache
def _declared(question: Question[R]) -> Tool:
    """Return a question as a tool of no account: its texts and schemas, the same for each."""
    tool = Tool.from_function(
        question.ask,
        title=question.title,
        description=" ".join((question.ask.__doc__ or "").split()),
        annotations=question.annotations,
        context_kwarg="call",
        structured_output=False,
    )
    arguments = tool.fn_metadata.arg_model
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    checked = scalars(arguments.model_json_schema(by_alias=True))
    tool.parameters = listed(checked)
    model = answer_model(question.report)
    tool.fn_metadata = Given(
        arg_model=arguments,
        output_model=model,
        output_schema=listed_schema(model, ENVELOPE),
        properties=checked["properties"],
    )
    return tool


async def _answered(
    question: Question[Any], account: Backend, call: Ctx, **arguments: Any
) -> Answer:
    """Answer a call: read the account, draft the answer, fit it into its size."""
    asked = Call(account, call)
    try:
        reply = await question.ask(asked, **arguments)
    except UnknownValueError as error:
        raise asked.explained(error) from error
    return await answer(reply.snapshot, reply.draft, reply.limit)


def _taken(mistakes: Sequence[ErrorDetails], takes: dict[str, Any]) -> str:
    """Return what the tool takes, or what a list's element takes that has an unknown field."""
    for detail in mistakes:
        inside = detail["loc"][:-1]
        if inside and detail["type"] == "extra_forbidden":
            fields = (field_at(inside, takes) or {}).get("properties", {})
            return f"Each of {as_shown(str(inside[0]), 40)} takes: {', '.join(fields)}"
    return f"This tool takes: {', '.join(takes)}"


def _mistake(detail: ErrorDetails, takes: dict[str, Any], today: date | None) -> str:
    name = as_shown(".".join(str(part) for part in detail["loc"]), 40) or "arguments"
    if detail["type"] == "extra_forbidden":
        fields = dict((field_at(detail["loc"][:-1], takes) or {}).get("properties", {}))
        near = get_close_matches(str(detail["loc"][-1])[:80], fields, n=1)
        return f"{name}: unknown argument" + (f" (did you mean {near[0]}?)" if near else "")
    argument = field_at(detail["loc"], takes) if detail["loc"] else None
    if argument is None:
        return f"{name}: {detail['msg'][:1].lower()}{detail['msg'][1:200]}"
    return f"{name}: {problem(argument, detail, today)}"
