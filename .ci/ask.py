"""Asks an installed vultr-cost-mcp questions about the sample account, as a shell and as a client.

``python -I ask.py FOLDER``: the folder has the wheel that was installed. Ends with 1 if an answer
is not as it should be. Needs no key; run it with the Python of the environment that has it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

PACKAGE = "vultr-cost-mcp"
PROGRAM = Path(sys.executable).parent / PACKAGE
TOOL = "get_cost_overview"


def main() -> int:
    """Ask, and say what was answered."""
    (wheel,) = Path(sys.argv[1]).glob("*.whl")
    installed = version(PACKAGE)
    asked = json.loads(ran("call", TOOL, "--demo"))
    tools, answered, pages = anyio.run(client)
    found = {
        "the wheel's version": wheel.name.split("-")[1] == installed,
        "--version": ran("--version").split() == [PACKAGE, installed],
        "the same answer in a shell and to a client": asked["headline"] == answered["headline"],
        "the sample account": answered["account"] == "sample",
        "every tool": len(tools) == len(ran("tools").splitlines()),
        "pages to read": bool(pages) and all(pages.values()),
    }
    print(f"{PACKAGE} {installed}, {len(tools)} tools, {len(pages)} pages: {answered['headline']}")
    wrong = [name for name, is_right in found.items() if not is_right]
    if wrong:
        print(f"Not as it should be: {', '.join(wrong)}.", file=sys.stderr)
    return 1 if wrong else 0


def ran(*arguments: str) -> str:
    """Return what the program prints; raises if it fails."""
    command = [str(PROGRAM), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


async def client() -> tuple[list[str], dict[str, Any], dict[str, int]]:
    """Return the tools, one answer, and the length of each page, as a client gets them."""
    server = StdioServerParameters(command=str(PROGRAM), args=["--demo"])
    async with Client(stdio_client(server)) as connected:
        tools = [tool.name for tool in (await connected.list_tools()).tools]
        answer = await connected.call_tool(TOOL)
        pages: dict[str, int] = {}
        for resource in (await connected.list_resources()).resources:
            contents = (await connected.read_resource(resource.uri)).contents
            pages[str(resource.uri)] = sum(len(getattr(part, "text", "")) for part in contents)
        return tools, answer.structured_content or {}, pages


if __name__ == "__main__":
    sys.exit(main())
