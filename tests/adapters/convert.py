"""Converts a list of MCP tools as other people's agent libraries do; run by their environment.

Reads the result of ``tools/list`` as JSON and writes, for each library and tool, the schema that
its model is given, or the error. Nothing is sent anywhere.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from agents.mcp import MCPServer, MCPUtil  # type: ignore[import-not-found]
from google.genai import _mcp_utils  # type: ignore[import-not-found]
from langchain_core.utils.function_calling import (  # type: ignore[import-not-found]
    convert_to_openai_tool,
)
from langchain_mcp_adapters.tools import (  # type: ignore[import-not-found]
    convert_mcp_tool_to_langchain_tool,
)
from mcp.types import Tool
from pydantic_ai.profiles.google import (  # type: ignore[import-not-found]
    GoogleJsonSchemaTransformer,
)
from pydantic_ai.profiles.openai import (  # type: ignore[import-not-found]
    OpenAIJsonSchemaTransformer,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class _Nowhere(MCPServer):  # type: ignore[misc]
    """A server that is never asked: only its tools are converted."""

    name = "vultr-cost"

    async def connect(self) -> None:
        """Do nothing."""

    async def cleanup(self) -> None:
        """Do nothing."""

    async def list_tools(self, *_: Any, **__: Any) -> list[Tool]:
        """Know nothing."""
        return []

    async def call_tool(self, *_: Any, **__: Any) -> Any:
        """Answer nothing."""

    async def list_prompts(self) -> Any:
        """Know nothing."""

    async def get_prompt(self, *_: Any, **__: Any) -> Any:
        """Know nothing."""


def google(tool: Any) -> dict[str, Any]:
    """Convert for Gemini, as ``google-genai`` does with a session among its tools."""
    declared = _mcp_utils.mcp_to_gemini_tool(tool).function_declarations[0]
    return {"schema": declared.parameters.model_dump(mode="json", exclude_none=True)}


def openai_strict(tool: Any) -> dict[str, Any]:
    """Convert for the agents SDK with ``convert_schemas_to_strict``."""
    made = MCPUtil.to_function_tool(tool, _Nowhere(), convert_schemas_to_strict=True)
    return {"schema": made.params_json_schema, "strict": made.strict_json_schema}


def langchain(tool: Any) -> dict[str, Any]:
    """Convert for LangChain, and on to what it sends to a model."""
    made = convert_mcp_tool_to_langchain_tool(
        None, tool, connection={"transport": "stdio", "command": "true", "args": []}
    )
    return {"schema": convert_to_openai_tool(made)["function"]["parameters"]}


def pydantic_ai_openai(tool: Any) -> dict[str, Any]:
    """Convert as pydantic-ai does for OpenAI's models, strict where it can be."""
    walked = OpenAIJsonSchemaTransformer(tool.inputSchema, strict=True)
    schema = walked.walk()
    return {"schema": schema, "strict": walked.is_strict_compatible}


def pydantic_ai_google(tool: Any) -> dict[str, Any]:
    """Convert as pydantic-ai does for Gemini."""
    return {"schema": GoogleJsonSchemaTransformer(tool.inputSchema, strict=None).walk()}


CONVERSIONS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "google-genai": google,
    "openai-agents": openai_strict,
    "langchain-mcp-adapters": langchain,
    "pydantic-ai, OpenAI": pydantic_ai_openai,
    "pydantic-ai, Google": pydantic_ai_google,
}


def converted(convert: Callable[[Any], dict[str, Any]], tool: Any) -> dict[str, Any]:
    """Convert one tool; an error is part of the answer."""
    try:
        return convert(tool)
    except Exception as error:  # noqa: BLE001  (whatever a library makes of it)
        return {"error": f"{type(error).__name__}: {error}"[:500]}


def main() -> None:
    """Convert what is read from standard input."""
    tools = [Tool.model_validate(row) for row in json.load(sys.stdin)]
    found = {
        library: {tool.name: converted(convert, tool) for tool in tools}
        for library, convert in CONVERSIONS.items()
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
