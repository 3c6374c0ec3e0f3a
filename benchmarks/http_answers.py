"""How long one client waits for each answer over HTTP, with TCP_NODELAY and without.

Two servers of the sample account on loopback take turns: ours, and ours with a listening socket
that does not name its protocol, which asyncio then leaves without TCP_NODELAY. One client asks on
one connection, one request after the other. Prints the medians, the calls a second and the ratio;
the exit code is 1 when the ratio is above the bar::

    python benchmarks/http_answers.py [ROUNDS]
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 10
CALLS = 20
BAR = 0.5
COMMAND = ("serve", "--transport", "http", "--port", "0", "--demo")
OURS = [sys.executable, "-m", "vultr_cost_mcp", *COMMAND]
DELAYED = f"""
import socket, sys
from vultr_cost_mcp import cli
from vultr_cost_mcp.transports import http_config
listen = http_config._listen
def unnamed(*given):
    return [
        socket.socket(each.family, each.type, 0, fileno=each.detach()) for each in listen(*given)
    ]
http_config._listen = unnamed
sys.exit(cli.main({COMMAND!r}))
"""
BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {}})
HEADERS = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@contextmanager
def serving(command: list[str]) -> Iterator[http.client.HTTPConnection]:
    """Run a server, and give a connection to it."""
    environment = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251  (handed on, not read)
        if not name.startswith("VULTR_")
    }
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, env={**environment, "VULTR_COST_STORE": "off"}, text=True
    ) as server:
        try:
            found = re.search(r":(\d+)/", server.stderr.readline() if server.stderr else "")
            if found is None:
                msg = "the server does not say where it listens"
                raise RuntimeError(msg)
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=30)
            yield connection
            connection.close()
        finally:
            server.terminate()


def seconds_a_call(connection: http.client.HTTPConnection) -> float:
    """Ask one request after the other; the mean time of an answer."""
    began = time.perf_counter()
    for _ in range(CALLS):
        connection.request("POST", "/mcp", BODY, HEADERS)
        with connection.getresponse() as answer:
            if answer.status != http.client.OK or b'"result"' not in answer.read():
                msg = f"HTTP {answer.status}"
                raise RuntimeError(msg)
    return (time.perf_counter() - began) / CALLS


def main() -> int:
    """Measure, print, and judge."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with serving(OURS) as ours, serving([sys.executable, "-c", DELAYED]) as delayed:
        pairs = [(seconds_a_call(ours), seconds_a_call(delayed)) for _ in range(rounds + 1)][1:]
    with_it, without = (median(pair[place] for pair in pairs) for place in (0, 1))
    ratio = with_it / without
    print(
        f"an answer over HTTP: {with_it * 1000:.1f} ms ({1 / with_it:.0f} a second), without "
        f"TCP_NODELAY {without * 1000:.1f} ms ({1 / without:.0f} a second), ratio {ratio:.2f}"
    )
    print(f"medians of {rounds} times {CALLS} calls; the bar is {BAR}")
    return int(ratio > BAR)


if __name__ == "__main__":
    sys.exit(main())
