"""How long a client waits for the tools: spawning the server to the answer to ``tools/list``.

Our server, without key and network, takes turns with a server of the same SDK that has one empty
tool, so that the machine's other work falls on both. Prints the medians and their ratio, of the
time that passed and of the processor's time, which a busy machine disturbs less and which holds
the server's end as well. The exit code is 1 when the first ratio is above the bar::

    python benchmarks/start.py [ROUNDS]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from statistics import median

ROUNDS = 9
# The list of tools is read from a file; what else it takes is the import of our own modules.
BAR = 1.1
EMPTY = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("empty", version="0", log_level="WARNING")
@server.tool()
def nothing() -> str:
    return ""
server.run()
"""
OURS = [sys.executable, "-m", "vultr_cost_mcp"]
THEIRS = [sys.executable, "-c", EMPTY]
MESSAGES = (
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "start", "version": "0"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
)


def seconds_to_tools(command: list[str]) -> float:
    """Spawn a server, ask for its tools, end it; the time until they came."""
    # As a client starts it: compiled modules are kept, and nothing of Vultr's is set.
    unset = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "VULTR_")
    environment = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251  (handed on, not read)
        if not name.startswith(unset)
    }
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    ) as server:
        if server.stdin is None or server.stdout is None:
            msg = "no pipes to the server"
            raise RuntimeError(msg)
        for message in MESSAGES:
            server.stdin.write(json.dumps(message) + "\n")
            server.stdin.flush()
            if "id" in message:
                answer = json.loads(server.stdout.readline())
                if "result" not in answer:
                    msg = f"no answer to {message['method']}"
                    raise RuntimeError(msg)
        took = time.perf_counter() - began
        server.stdin.close()
        server.wait(timeout=10)
    return took


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds that passed, and seconds of the processor, for one start."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    passed = seconds_to_tools(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Measure, print, and judge."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    for command in (OURS, THEIRS):
        measured(command)
    pairs = [(measured(OURS), measured(THEIRS)) for _ in range(rounds)]
    ratios: list[float] = []
    for place, what in enumerate(("time that passed", "processor's time")):
        ours = median(mine[place] for mine, _ in pairs)
        theirs = median(other[place] for _, other in pairs)
        ratios.append(ours / theirs)
        print(
            f"{what}: vultr-cost-mcp {ours * 1000:.0f} ms, an empty server {theirs * 1000:.0f} ms, "
            f"ratio {ratios[-1]:.2f}"
        )
    print(f"medians of {rounds}; the bar is {BAR} for the time that passed")
    return int(ratios[0] > BAR)


if __name__ == "__main__":
    sys.exit(main())
