"""``collect``: a record of each account now, or one every hour for as long as the program runs."""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING, Any

import anyio
from mcp import Client

from vultr_cost_mcp.domain.customer import ALL

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.mcpserver import MCPServer

EXIT_ERROR = 1


async def collect(
    server: MCPServer[Any],
    every: float | None,
    write: Callable[[str], None],
    complain: Callable[[str], None],
) -> int:
    """Collect once, or every ``every`` seconds until the program is ended; the exit code.

    Each record is written as one line of JSON. One that could not be taken or kept is complained
    about; the next one is tried all the same.
    """
    async with Client(server) as client:
        if every is None:
            return await _once(client, write, complain)
        async with anyio.create_task_group() as tasks:
            if sys.platform != "win32":
                tasks.start_soon(_end_on_signal, tasks.cancel_scope)
            begun = anyio.current_time()
            number = 0
            while True:
                await _once(client, write, complain)
                # From the beginning on, so that slow records do not push the later ones back;
                # what was slept through is left out.
                passed = anyio.current_time() - begun
                number = max(number + 1, int(passed // every))
                await anyio.sleep_until(begun + number * every)
    return 0


async def _end_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
            return


async def _once(
    client: Client, write: Callable[[str], None], complain: Callable[[str], None]
) -> int:
    """One record of each account, one after the other; the worst of their exit codes."""
    return max([await _record(client, name, write, complain) for name in await _accounts(client)])


async def _accounts(client: Client) -> list[str]:
    """The accounts of the server; one without a name where it takes none."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    argument = tools["collect_metrics"].input_schema["properties"].get("account", {})
    return [name for name in argument.get("enum", [""]) if name != ALL]


async def _record(
    client: Client, account: str, write: Callable[[str], None], complain: Callable[[str], None]
) -> int:
    result = await client.call_tool("collect_metrics", {"account": account} if account else {})
    record = result.structured_content
    whose = f"{account}: " if account else ""
    if result.is_error or record is None:
        complain(whose + " ".join(getattr(part, "text", "") for part in result.content))
        return EXIT_ERROR
    write(json.dumps(record, ensure_ascii=False))
    if record["stored"]:
        return 0
    complain(f"{whose}Not stored: {record['store_error']}")
    return EXIT_ERROR
