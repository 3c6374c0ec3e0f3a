"""The accounts of a server, as its tools name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.customer import ALL

if TYPE_CHECKING:
    from mcp import Client


async def accounts(client: Client) -> list[str]:
    """Return the server's accounts; ``[""]`` if its tools take no account."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    argument = tools["collect_metrics"].input_schema["properties"].get("account", {})
    return [name for name in argument.get("enum", [""]) if name != ALL]
