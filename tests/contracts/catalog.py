"""The tools as a client lists them, and one committed file for each.

``make fix`` writes the files anew::

    python -m tests.contracts.catalog
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import anyio
from mcp import Client

from vultr_cost_mcp.accounts.account import WiredAccount
from vultr_cost_mcp.collect.reading_cache import ReadingCache
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.demo import SAMPLE_NOW
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.server import build_server

Era = Literal["legacy", "auto"]
ERAS: tuple[Era, ...] = ("legacy", "auto")
SCHEMAS = Path(__file__).parent / "schemas"


async def listed_tools(era: Era = "legacy") -> list[dict[str, Any]]:
    """Every tool as it goes over the wire; ``auto`` is the protocol without a handshake."""
    settings = Settings().model_copy(update={"demo": True})
    async with ReadingCache(lambda: SAMPLE_NOW) as readings:
        source = WiredAccount(settings, readings, lambda: SAMPLE_NOW)
        async with Client(
            build_server({"default": source.backend(DisabledHistory())}, "0"), mode=era
        ) as client:
            listed = await client.list_tools()
        await source.aclose()
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed.tools]


def file_of(tool: dict[str, Any]) -> Path:
    """Return the path of the tool's committed listing."""
    return SCHEMAS / f"{tool['name']}.json"


def text_of(tool: dict[str, Any]) -> str:
    """Return the content of that file."""
    return json.dumps(tool, indent=2, ensure_ascii=False) + "\n"


def write() -> None:
    """Write every file anew, and remove those of tools that are gone."""
    tools = anyio.run(listed_tools)
    for stale in {*SCHEMAS.glob("*.json")} - {file_of(tool) for tool in tools}:
        stale.unlink()
    for tool in tools:
        file_of(tool).write_text(text_of(tool), encoding="utf-8")


if __name__ == "__main__":
    write()
