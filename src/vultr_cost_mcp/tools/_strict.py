"""A tool that refuses unknown arguments, says what is wrong in one sentence, and never leaks."""

from __future__ import annotations

import logging
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, ValidationError

from vultr_cost_mcp.domain.text import as_shown
from vultr_cost_mcp.errors import VultrCostError
from vultr_cost_mcp.tools._models import output_schema, slim

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.mcpserver.context import Context
    from pydantic_core import ErrorDetails

READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)
# What is not of an argument's form: its description says the form, pydantic's words do not.
_FORMS = frozenset(
    {
        "string_pattern_mismatch",
        "date_parsing",
        "date_type",
        "date_from_datetime_parsing",
        "date_from_datetime_inexact",
    }
)
_log = logging.getLogger(__name__)


class StrictTool(Tool):
    """A tool with closed arguments and one boundary where errors become answers."""

    @classmethod
    def make(
        cls,
        function: Callable[..., Any],
        *,
        title: str,
        answer: type[BaseModel],
        annotations: ToolAnnotations = READS,
    ) -> StrictTool:
        """Make a tool of a function whose docstring is its description."""
        tool = cls.from_function(
            function,
            title=title,
            description=" ".join((function.__doc__ or "").split()),
            annotations=annotations,
            structured_output=False,
        )
        assert isinstance(tool, StrictTool)  # noqa: S101  (from_function makes a cls)
        arguments = tool.fn_metadata.arg_model
        arguments.model_config["extra"] = "forbid"
        arguments.model_rebuild(force=True)
        tool.parameters = _slim_arguments(arguments.model_json_schema(by_alias=True))
        tool.fn_metadata.output_model = answer
        tool.fn_metadata.output_schema = output_schema(answer)
        return tool

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> Any:
        """Run the tool; every failure is a result that a model can read."""
        try:
            return await super().run(arguments, context, convert_result=convert_result)
        except ToolError as error:
            return failed(self._explain(error))

    def _explain(self, error: ToolError) -> str:
        cause = error.__cause__
        if isinstance(cause, VultrCostError):
            return str(cause)
        arguments = self.fn_metadata.arg_model.__name__
        if isinstance(cause, ValidationError) and cause.title == arguments:
            takes_of: dict[str, Any] = self.parameters.get("properties", {})
            names = list(takes_of)
            problems = "; ".join(_problem(detail, takes_of) for detail in cause.errors()[:5])
            takes = f"This tool takes: {', '.join(names)}." if names else "It takes none."
            return f"Invalid arguments: {problems}. {takes}"
        if type(error) is ToolError and isinstance(cause, ToolError):
            return str(cause)
        _log.error("tool %s failed: %s", self.name, type(cause or error).__name__)
        return (
            f"{self.name} failed on something that this program did not expect. Please report it "
            "with the server's log."
        )


def failed(text: str) -> CallToolResult:
    """A result that says what went wrong, and what to do."""
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def _problem(detail: ErrorDetails, arguments: dict[str, Any]) -> str:
    name = as_shown(".".join(str(part) for part in detail["loc"]), 40) or "arguments"
    names = list(arguments)
    given = detail.get("input")
    if detail["type"] == "extra_forbidden":
        near = get_close_matches(name, names, n=1)
        return f"{name}: unknown argument" + (f" (did you mean {near[0]}?)" if near else "")
    if detail["type"] == "literal_error":
        expected = str(detail.get("ctx", {}).get("expected", ""))
        values = [value.strip("' ") for value in expected.replace(" or ", ", ").split(",")]
        near = get_close_matches(str(given)[:40].casefold(), values, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"{name}: {hint}one of {', '.join(values)}"
    if detail["type"] in _FORMS and name in arguments:
        return f"{name}: {arguments[name]['description']}"
    return f"{name}: {detail['msg'][:1].lower()}{detail['msg'][1:200]}"


def _slim_arguments(schema: dict[str, Any]) -> dict[str, Any]:
    """The input schema; an argument that may be left out need not offer null as well."""
    slimmed = slim(schema)
    for argument in slimmed.get("properties", {}).values():
        arms = [arm for arm in argument.get("anyOf", ()) if arm != {"type": "null"}]
        if len(arms) == 1:
            del argument["anyOf"]
            argument.update(arms[0])
        if argument.get("default", "") is None:
            del argument["default"]
    return slimmed
