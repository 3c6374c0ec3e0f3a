"""The whole server on an enemy's account: the double without a socket, a real store, real files."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager, nullcontext
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from mcp import Client

from tests.support.nouns import at
from tests.support.stage import StagedTransport, settings_for, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from tests.support.world import Backdrop, quick, wired
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.budget import Budget
from vultr_cost_mcp.domain.exporting import NoExports
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    from mcp.server.mcpserver import MCPServer
    from mcp.types import CallToolResult

    from tests.support.double import VultrDouble
    from vultr_cost_mcp.domain.exporting import Exports
    from vultr_cost_mcp.domain.history import History

# When the fixtures were made.
NOW = at("2026-11-19T11:21")
VIRTUAL = VIRTUAL_ASYNCIO
# Every tool, asked for as much as it will give.
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_cost_overview", {}),
    ("get_pending_charges", {"detail": "lines", "limit": 200}),
    ("breakdown_by_service", {"limit": 200}),
    ("list_resource_costs", {"limit": 200}),
    ("list_idle_instances", {"limit": 200}),
    ("estimate_savings", {"limit": 200, "min_monthly": 0}),
    ("forecast_month_end", {}),
    ("estimate_cost", {"items": [{"plan": "vc2-1c-1gb", "region": "ewr"}]}),
    ("check_budget", {"monthly_budget": 9000}),
    ("get_bandwidth_usage", {"top": 20}),
    ("compare_plans", {"elsewhere": ["aws"], "limit": 200}),
    ("explain_cost_change", {"to_period": "current_month", "limit": 200}),
    ("list_invoices", {"limit": 200}),
    ("get_cost_history", {"months": 36}),
    ("detect_anomalies", {}),
    ("export_costs", {"format": "json"}),
    ("collect_metrics", {}),
)
NAMES = tuple(name for name, _ in CALLS)
BUDGETS = (Budget("account", Decimal(1000)),)
# What no answer may hold, however it came about.
_RAW = re.compile(
    r"Traceback|pydantic|input_value|input_type|ValidationError|[a-z]Error\b|site-packages"
    r"|\.py\b|<class |object at 0x"
)
_ENDS = re.compile(r"[.?!](?=\s+[A-Z`']|\s*$)")


_BACKDROP = Backdrop()


@cache
def server() -> MCPServer[object]:
    """Build the server once: its schemas take longer than any answer."""
    history: Any = _BACKDROP
    backend = Backend(_BACKDROP.take, history, _BACKDROP.write, budgets=lambda: BUDGETS)
    return build_server({"default": backend}, "0")


@asynccontextmanager
async def on_stage(
    double: VultrDouble,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    history: History | None = None,
    exports: Exports | None = None,
    mode: Any = "auto",
) -> AsyncIterator[Client]:
    """A client of the whole server on an account, without a limiter; answers fit their schema."""
    double.date = NOW
    network = transport or StagedTransport(double)
    async with wired(settings_for(), lambda: NOW, network, nullcontext()) as source:
        _BACKDROP.source = source
        _BACKDROP.history = history or DisabledHistory()
        _BACKDROP.exports = exports or NoExports()
        async with Client(server(), mode=mode) as client:
            yield quick(client)


def sentences(text: str) -> int:
    """How many sentences a text has."""
    return len(_ENDS.findall(text)) or 1


def check_words(text: str) -> None:
    """Nothing in the words of an answer is raw: no trace, no dump of a validation, no type."""
    found = _RAW.search(text)
    assert found is None, text[max(0, found.start() - 80) : found.end() + 80]


def check_refusal(result: CallToolResult, most: int = 700) -> str:
    """An error of a tool: at most two sentences on one line, nothing raw."""
    text = text_of(result)
    assert result.is_error
    assert text.strip()
    assert "\n" not in text, text
    assert len(text) <= most, (len(text), text[:300])
    assert sentences(text) <= 3, text
    check_words(text)
    assert "did not expect" not in text, text
    return text
