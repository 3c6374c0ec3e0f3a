"""``collect``: store a record of each account, once or at a regular interval."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
from mcp import Client

from vultr_cost_mcp.terminal.console import as_json
from vultr_cost_mcp.terminal.tool_answers import accounts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.mcpserver import MCPServer

    # The client, the account's name or "", and the id that it is kept under.
    Notify = Callable[[Client, str, str], Awaitable[bool]]

EXIT_ERROR = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A changed clock, or a machine that slept, is noticed within this many seconds.
_LONGEST_SLEEP = 60.0


async def collect(
    server: MCPServer[Any],
    every: float | None,
    write: Callable[[str], object],
    report_error: Callable[[str], None],
    now: Callable[[], datetime],
    *,
    notify: Notify | None = None,
) -> int:
    """Collect once, or every ``every`` seconds until the program is stopped.

    The first record is taken at once, the others whenever the clock ``now`` enters a new span of
    that length (for an hour, on the hour). Each span gets one record, however slow a record is;
    spans that passed while the machine slept are skipped. ``write`` gets each record as one line of
    JSON; if that fails, the record is stored all the same. ``report_error`` gets the reason when a
    record could not be taken or stored, and collection continues. ``notify`` sends the messages
    that an account is worth after its record, and returns whether all were sent. Returns the exit
    code.
    """
    async with Client(server) as client:
        if every is None:
            return await _once(client, write, report_error, notify)
        async with anyio.create_task_group() as tasks:
            if sys.platform != "win32":
                tasks.start_soon(_end_on_signal, tasks.cancel_scope)
            while True:
                span = _span(now(), every)
                await _once(client, write, report_error, notify)
                # If a record lasts into the next span, the next one follows at once.
                await _end_of(span, every, now)
    return 0


def _span(instant: datetime, every: float) -> int:
    """Return the number of the span that contains an instant, counted since 1970."""
    return int((instant - _EPOCH).total_seconds() // every)


async def _end_of(span: int, every: float, now: Callable[[], datetime]) -> None:
    """Wait until the clock shows another span, also if it is set back."""
    while _span(instant := now(), every) == span:
        left = (span + 1) * every - (instant - _EPOCH).total_seconds()
        # A little longer, so that rounding does not wake it before the hour.
        await anyio.sleep(min(left + 0.001, _LONGEST_SLEEP))


async def _end_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
            return


async def _once(
    client: Client,
    write: Callable[[str], object],
    report_error: Callable[[str], None],
    notify: Notify | None,
) -> int:
    """Write one record of each account in turn; return the worst of their exit codes."""
    worst = 0
    for name in await accounts(client):
        account_id, status = await _record(client, name, write, report_error)
        worst = max(worst, status)
        # Messages are kept apart by the account's id: without it there are none.
        if notify is not None and account_id and not await notify(client, name, account_id):
            worst = EXIT_ERROR
    return worst


async def _record(
    client: Client,
    account: str,
    write: Callable[[str], object],
    report_error: Callable[[str], None],
) -> tuple[str | None, int]:
    """Write a record; return the id that the account is kept under, and the exit code."""
    result = await client.call_tool("collect_metrics", {"account": account} if account else {})
    record = result.structured_content
    whose = f"{account}: " if account else ""
    if result.is_error or record is None:
        report_error(whose + " ".join(getattr(part, "text", "") for part in result.content))
        return None, EXIT_ERROR
    write(as_json(record))
    account_id = record.get("account_id")
    if record["stored"]:
        return account_id, 0
    report_error(f"{whose}Not stored: {record['store_error']}")
    return account_id, EXIT_ERROR
