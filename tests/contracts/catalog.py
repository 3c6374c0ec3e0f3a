"""The tools as the code makes them and as a client lists them, and the committed file of both.

``make fix`` writes the file::

    python -m tests.contracts.catalog
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import anyio
from mcp import Client
from mcp.server.mcpserver import MCPServer

from tests.support.world import sample_account
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.mcp_tools.accounts import all_accounts
from vultr_cost_mcp.mcp_tools.accounts_report import AccountsReport
from vultr_cost_mcp.mcp_tools.envelope import answer_model
from vultr_cost_mcp.mcp_tools.schemas import whole_schema
from vultr_cost_mcp.questions.catalog import build_tools
from vultr_cost_mcp.questions.tools_list import LISTING
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from mcp.types import Tool

    from vultr_cost_mcp.domain.backend import Backend

Era = Literal["legacy", "auto"]
ERAS: tuple[Era, ...] = ("legacy", "auto")
ONE = ("default",)
SCHEMAS = Path(__file__).parents[2] / "docs/schemas"


async def listed_tools(era: Era = "legacy", accounts: Sequence[str] = ONE) -> list[dict[str, Any]]:
    """Return every tool as it goes over the wire; ``auto`` is the protocol without a handshake."""
    async with (
        _backends(accounts) as backends,
        Client(build_server(backends, "0"), mode=era) as client,
    ):
        return _dumped((await client.list_tools()).tools)


async def made_tools(accounts: Sequence[str] = ONE) -> list[dict[str, Any]]:
    """Return every tool as the SDK lists what the code builds."""
    async with _backends(accounts) as backends:
        return _dumped(await MCPServer("made", tools=build_tools(backends)).list_tools())


def text_of(tools: Sequence[dict[str, Any]]) -> str:
    """Return the content of the committed file for these tools."""
    listing = {"tools": tools, "all_accounts": all_accounts()}
    return json.dumps(listing, indent=1, ensure_ascii=False) + "\n"


@asynccontextmanager
async def _backends(accounts: Sequence[str]) -> AsyncGenerator[dict[str, Backend], None]:
    async with sample_account() as source:
        yield {name: source.backend(DisabledHistory()) for name in accounts}


def _dumped(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]


async def whole_schemas() -> dict[str, str]:
    """Return the whole schema of each tool's answer by the tool's name, as its file holds it."""
    async with _backends(ONE) as backends:
        models = {tool.name: tool.fn_metadata.output_model for tool in build_tools(backends)}
    models["all_accounts"] = answer_model(AccountsReport)
    return {
        name: json.dumps(whole_schema(model), indent=1, ensure_ascii=False) + "\n"
        for name, model in models.items()
        if model is not None
    }


if __name__ == "__main__":
    LISTING.write_text(text_of(anyio.run(made_tools)), encoding="utf-8")
    for _name, _schema in anyio.run(whole_schemas).items():
        (SCHEMAS / f"{_name}.json").write_text(_schema, encoding="utf-8")
