"""``collect``: a record of each account now, or one every hour for as long as the program runs."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
from mcp import Client

from vultr_cost_mcp.domain.customer import ALL
from vultr_cost_mcp.terminal.console import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.mcpserver import MCPServer

EXIT_ERROR = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A clock that is set, or a machine that slept, is noticed within so many seconds.
_LONGEST_SLEEP = 60.0


async def collect(
    server: MCPServer[Any],
    every: float | None,
    write: Callable[[str], object],
    complain: Callable[[str], None],
    now: Callable[[], datetime],
) -> int:
    """Collect once, or every ``every`` seconds until the program is ended; the exit code.

    The first record is taken at once, the others when the clock ``now`` begins a span of that
    length, on the hour for an hour: whenever it was started and however slow a record is, each
    span gets one. What was slept through is left out. Each record is written as one line of JSON;
    where that fails it is kept all the same. One that could not be taken or kept is complained
    about; the next one is tried all the same.
    """
    async with Client(server) as client:
        if every is None:
            return await _once(client, write, complain)
        async with anyio.create_task_group() as tasks:
            if sys.platform != "win32":
                tasks.start_soon(_end_on_signal, tasks.cancel_scope)
            while True:
                span = _span(now(), every)
                await _once(client, write, complain)
                # A record that lasted into the next span is followed by that one's at once.
                await _end_of(span, every, now)
    return 0


def _span(instant: datetime, every: float) -> int:
    """The number of the span of ``every`` seconds that an instant is in, counted since 1970."""
    return int((instant - _EPOCH).total_seconds() // every)


async def _end_of(span: int, every: float, now: Callable[[], datetime]) -> None:
    """Wait until the clock shows another span, be it that somebody set it back."""
    while _span(instant := now(), every) == span:
        left = (span + 1) * every - (instant - _EPOCH).total_seconds()
        # A moment more, so that rounding does not wake it before the hour.
        await anyio.sleep(min(left + 0.001, _LONGEST_SLEEP))


async def _end_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
            return


async def _once(
    client: Client, write: Callable[[str], object], complain: Callable[[str], None]
) -> int:
    """One record of each account, one after the other; the worst of their exit codes."""
    return max([await _record(client, name, write, complain) for name in await _accounts(client)])


async def _accounts(client: Client) -> list[str]:
    """The accounts of the server; one without a name where it takes none."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    argument = tools["collect_metrics"].input_schema["properties"].get("account", {})
    return [name for name in argument.get("enum", [""]) if name != ALL]


async def _record(
    client: Client, account: str, write: Callable[[str], object], complain: Callable[[str], None]
) -> int:
    result = await client.call_tool("collect_metrics", {"account": account} if account else {})
    record = result.structured_content
    whose = f"{account}: " if account else ""
    if result.is_error or record is None:
        complain(whose + " ".join(getattr(part, "text", "") for part in result.content))
        return EXIT_ERROR
    write(as_json(record))
    if record["stored"]:
        return 0
    complain(f"{whose}Not stored: {record['store_error']}")
    return EXIT_ERROR
