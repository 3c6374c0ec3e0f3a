"""Calls every tool through other people's agent libraries; run by their environment.

``python libraries.py LIBRARY COMMAND...`` starts the server with the command and writes, as JSON,
the tools that answered and those that did not, with the reason.
"""

from __future__ import annotations

import asyncio  # noqa: TID251  (what these libraries run on)
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

# What the command was given; some libraries pass on no more than PATH of it.
ENVIRONMENT = dict(os.environ)  # noqa: TID251
Found = dict[str, str | None]


async def _each(names: Sequence[str], call: Callable[[str], Awaitable[str | None]]) -> Found:
    """Call each tool; None is an answer, a text is the reason why there is none."""
    found: Found = {}
    for name in names:
        try:
            found[name] = await call(name)
        except Exception as error:  # noqa: BLE001  (whatever a library makes of it)
            found[name] = f"{type(error).__name__}: {error}"[:300]
    return found


async def fastmcp(command: Sequence[str]) -> Found:
    """Call with the client of fastmcp, which checks answers with their output schemas."""
    from fastmcp import Client  # type: ignore[import-not-found]
    from fastmcp.client.transports import (  # type: ignore[import-not-found]
        StdioTransport,
    )

    transport = StdioTransport(command[0], [*command[1:]], env=ENVIRONMENT)
    async with Client(transport) as client:

        async def call(name: str) -> str | None:
            answer = await client.call_tool(name, {})
            return None if answer.structured_content else "no structured content"

        return await _each([tool.name for tool in await client.list_tools()], call)


async def langchain(command: Sequence[str]) -> Found:
    """Call the tools that langchain-mcp-adapters makes of ours, as a LangChain agent does."""
    from langchain_mcp_adapters.client import (  # type: ignore[import-not-found]
        MultiServerMCPClient,
    )
    from langchain_mcp_adapters.tools import (  # type: ignore[import-not-found]
        load_mcp_tools,
    )

    server = {
        "transport": "stdio",
        "command": command[0],
        "args": [*command[1:]],
        "env": ENVIRONMENT,
    }
    async with MultiServerMCPClient({"costs": server}).session("costs") as session:
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}

        async def call(name: str) -> str | None:
            answer = await tools[name].ainvoke(
                {"type": "tool_call", "id": name, "name": name, "args": {}}
            )
            return None if answer.status == "success" and answer.content else str(answer.content)

        return await _each([*tools], call)


async def openai_agents(command: Sequence[str]) -> Found:
    """Call the strict function tools that the agents SDK makes of ours."""
    from agents.mcp import MCPServerStdio, MCPUtil  # type: ignore[import-not-found]
    from agents.tool_context import ToolContext  # type: ignore[import-not-found]

    server = {"command": command[0], "args": [*command[1:]], "env": ENVIRONMENT}
    async with MCPServerStdio(server, client_session_timeout_seconds=60) as connected:
        listed = {tool.name: tool for tool in await connected.list_tools()}

        async def call(name: str) -> str | None:
            tool = MCPUtil.to_function_tool(listed[name], connected, convert_schemas_to_strict=True)
            context = ToolContext(None, tool_name=name, tool_call_id=name, tool_arguments="{}")
            answer = str(await tool.on_invoke_tool(context, "{}"))
            return None if '"as_of"' in answer or "As of" in answer else answer[:300]

        return await _each([*listed], call)


async def pydantic_ai(command: Sequence[str]) -> Found:
    """Run an agent whose model, one for tests, calls each tool once."""
    from fastmcp.client.transports import StdioTransport
    from pydantic_ai import Agent  # type: ignore[import-not-found]
    from pydantic_ai.mcp import MCPToolset  # type: ignore[import-not-found]
    from pydantic_ai.messages import (  # type: ignore[import-not-found]
        RetryPromptPart,
        ToolReturnPart,
    )
    from pydantic_ai.models.test import (  # type: ignore[import-not-found]
        TestModel,
    )

    toolset = MCPToolset(StdioTransport(command[0], [*command[1:]], env=ENVIRONMENT))
    async with Agent(TestModel(), toolsets=[toolset]) as agent:
        done = await agent.run("What does it cost?")
    found: Found = {}
    for message in done.all_messages():
        for part in message.parts:
            if isinstance(part, ToolReturnPart):
                found[part.tool_name] = None if part.content else "no content"
            elif isinstance(part, RetryPromptPart):
                found[part.tool_name] = str(part.content)[:300]
    return found


async def google_genai(command: Sequence[str]) -> Found:
    """Convert and call with the adapter that google-genai has for sessions."""
    from google.genai._adapters import (  # type: ignore[import-not-found]
        McpToGenAiToolAdapter,
    )
    from google.genai.types import FunctionCall  # type: ignore[import-not-found]
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    server = StdioServerParameters(command=command[0], args=[*command[1:]], env=ENVIRONMENT)
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        adapter = McpToGenAiToolAdapter(session, await session.list_tools())
        declared = [row for tool in adapter.tools for row in tool.function_declarations]

        async def call(name: str) -> str | None:
            answer = await adapter.call_tool(FunctionCall(name=name, args={}))
            return str(answer.content)[:300] if answer.isError else None

        return await _each([row.name for row in declared], call)


LIBRARIES = {
    "fastmcp": fastmcp,
    "langchain-mcp-adapters": langchain,
    "openai-agents": openai_agents,
    "pydantic-ai": pydantic_ai,
    "google-genai": google_genai,
}


def main() -> None:
    """Call with the library that is named and write what was found."""
    with suppress(BrokenPipeError):
        json.dump(asyncio.run(LIBRARIES[sys.argv[1]](sys.argv[2:])), sys.stdout)


if __name__ == "__main__":
    main()
