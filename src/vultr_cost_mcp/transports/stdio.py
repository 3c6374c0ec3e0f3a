"""Serving one client over standard input and output, and ending cleanly."""

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

# The reader of standard input is a thread that nothing can interrupt: after this it is left behind.
GRACE_SECONDS = 1.0


async def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve until the input ends, nobody reads the output, or SIGINT or SIGTERM comes."""
    streams: tuple[TextIO | None, ...] = (sys.stdin, sys.stdout)
    if None in streams:
        # One of them is closed: there is nobody to serve.
        return
    try:
        async with anyio.create_task_group() as tasks:
            if sys.platform != "win32":
                tasks.start_soon(_end_on_signal, tasks.cancel_scope)
            await _converse(server)
            tasks.cancel_scope.cancel()
    except* BrokenPipeError:
        # The client has left without ending the input: nothing is wrong with the server.
        pass


async def _converse(server: MCPServer[Any]) -> None:
    # mcp 2.3 has no public way to it.
    low = server._lowlevel_server  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    async with stdio_server(stdin=anyio.wrap_file(_input())) as (incoming, outgoing):
        # What a library prints must not end up between the protocol's messages. Only now: the
        # transport has taken hold of the real standard output.
        sys.stdout = sys.stderr
        with ExitStack() as unless_the_input_ended:
            unless_the_input_ended.callback(_leave_soon)
            await low.run(incoming, outgoing, low.create_initialization_options())
            unless_the_input_ended.pop_all()


class _Lines(TextIOWrapper):
    """Lines of text; some shells and editors put a byte-order mark in front of what they send."""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """Give the next line without such a mark."""
        return super().readline(size).removeprefix("\ufeff")

    def close(self) -> None:
        """Keep what is below open: a thread may still be waiting for it."""
        with suppress(ValueError):
            self.detach()


def _input() -> TextIOWrapper:
    """Take hold of standard input: what is started or read beside the protocol finds it empty."""
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
