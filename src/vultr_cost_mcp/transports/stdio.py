"""Stdio transport: serve one client over standard input and output, and exit cleanly."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import ExitStack, suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import anyio
from mcp.server.stdio import stdio_server

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

# Standard input is read in a thread that cannot be interrupted; after this time it is abandoned.
GRACE_SECONDS = 1.0


async def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve until the input ends, the output is closed, or SIGINT or SIGTERM arrives."""
    streams: tuple[TextIO | None, ...] = (sys.stdin, sys.stdout)
    if None in streams:
        # One of them is closed: there is no client.
        return
    try:
        async with anyio.create_task_group() as tasks:
            if sys.platform != "win32":
                tasks.start_soon(_end_on_signal, tasks.cancel_scope)
            await _serve_messages(server)
            tasks.cancel_scope.cancel()
    except* BrokenPipeError:
        # The client left without closing the input. This is not a server error.
        pass


async def _serve_messages(server: MCPServer[Any]) -> None:
    # mcp 2.3 has no public access to it.
    low = server._lowlevel_server  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    async with stdio_server(stdin=anyio.wrap_file(_take_stdin())) as (incoming, outgoing):
        # Output of libraries must not mix with protocol messages. Only from here on: the transport
        # has already taken the real standard output.
        sys.stdout = sys.stderr
        with ExitStack() as exit_timer:
            exit_timer.callback(_leave_soon)
            await low.run(incoming, outgoing, low.create_initialization_options())
            exit_timer.pop_all()


class _Lines(TextIOWrapper):
    """Lines of text; some shells and editors send a byte-order mark first."""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """Return the next line without a byte-order mark."""
        return super().readline(size).removeprefix("\ufeff")

    def close(self) -> None:
        """Leave the underlying stream open: a thread may still be reading it."""
        with suppress(ValueError):
            self.detach()


def _take_stdin() -> TextIOWrapper:
    """Take over standard input, so that other code and child processes find it empty."""
    below: BinaryIO = sys.stdin.buffer
    with suppress(OSError, ValueError):
        if below.fileno() == 0 and sys.platform != "win32":
            below = os.fdopen(os.dup(0), "rb", closefd=False)
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.close(nothing)
    return _Lines(below, encoding="utf-8", errors="replace")


async def _end_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            _leave_soon()
            scope.cancel()
            return


def _leave_soon() -> None:
    leave = threading.Timer(GRACE_SECONDS, os._exit, (0,))
    leave.daemon = True
    leave.start()
