"""Ask the tools of a server over an in-process client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.domain.customer import ALL
from vultr_cost_mcp.page.answers import ToolAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp import Client

Asked = dict[str, tuple[str, dict[str, Any]]]


async def accounts(client: Client) -> list[str]:
    """Return the server's accounts; ``[""]`` if its tools take no account."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    argument = tools["collect_metrics"].input_schema["properties"].get("account", {})
    return [name for name in argument.get("enum", [""]) if name != ALL]


async def ask_all(client: Client, asked: Asked, account: str) -> dict[str, ToolAnswer]:
    """Return the answers by question; if the first one fails, the others are not asked."""
    answers: dict[str, ToolAnswer] = {}
    for name, (tool, arguments) in asked.items():
        answers[name] = await ask(client, tool, arguments, account)
        if len(answers) == 1 and answers[name].error:
            break
    return answers


async def ask(
    client: Client, tool: str, arguments: Mapping[str, Any], account: str = ""
) -> ToolAnswer:
    """Return a tool's answer for one account."""
    given = {**arguments, "account": account} if account else dict(arguments)
    result = await client.call_tool(tool, given)
    if result.is_error or result.structured_content is None:
        return ToolAnswer({}, " ".join(getattr(part, "text", "") for part in result.content))
    return ToolAnswer(result.structured_content)
