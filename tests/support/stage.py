"""The whole program on a stage: the double without a socket, a clock that leaps, its tools."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import anyio
import httpx
import pytest
from mcp import Client

from tests.support.double import Request, VultrDouble
from tests.support.virtual_time import START
from tests.support.whole import whole
from tests.support.world import Backdrop, quick, wired
from vultr_cost_mcp.accounts.account import WiredAccount
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.export.folder import ExportFolder
from vultr_cost_mcp.mcp_tools.cost_tool import CostTool
from vultr_cost_mcp.mcp_tools.kept_answers import KeptAnswers
from vultr_cost_mcp.mcp_tools.lazy_tool import LateTool
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp.server.mcpserver import MCPServer
    from mcp.types import CallToolResult


FIXTURES = Path(__file__).parent.parent / "fixtures"
# When the fixtures were made: their open lines end at 11:20:52.
NOW = datetime(2026, 11, 19, 11, 21, tzinfo=UTC)
URL = "https://double.invalid/v2"
KEY = "TEST-KEY-0123456789ABCDEF"

TOOLS: dict[str, dict[str, Any]] = {
    "get_cost_overview": {},
    "get_pending_charges": {"detail": "lines", "limit": 200},
    "breakdown_by_service": {"limit": 200},
    "list_resource_costs": {"limit": 200},
    "list_idle_instances": {"limit": 200},
    "estimate_savings": {"limit": 200},
    "forecast_month_end": {},
    "check_budget": {"monthly_budget": 9000},
    "get_bandwidth_usage": {"top": 20},
    "compare_plans": {"elsewhere": ["aws", "gcp"], "limit": 200},
    "explain_cost_change": {"limit": 200},
    "list_invoices": {"limit": 200},
    "get_cost_history": {},
    "detect_anomalies": {},
    "export_costs": {"format": "json"},
    "collect_metrics": {},
    "estimate_cost": {"items": [{"plan": "vc2-1c-1gb", "region": "ewr"}]},
}
# Files that are written go where nobody looks, and vanish at the end.
_FILES = TemporaryDirectory()


class StagedTransport(httpx.AsyncBaseTransport):
    """The double's answers without a socket; its waits are waits of the event loop."""

    def __init__(self, double: VultrDouble) -> None:
        self.double = double

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the double would."""
        bearer = request.headers.get("Authorization", "")
        seen = Request(
            method=request.method,
            path=unquote(request.url.path).removeprefix("/v2"),
            query=dict(request.url.params.multi_items()),
            at=anyio.current_time(),
            had_key=bool(bearer),
            headers=dict(request.headers),
        )
        reply = self.double.respond(seen, bearer)
        if reply.hang:
            await anyio.sleep_forever()
        await anyio.sleep(self.double.latency + reply.wait_before + reply.dribble)
        if reply.send_only is not None:
            msg = "peer closed connection"
            raise httpx.RemoteProtocolError(msg)
        date = format_datetime(self.double.date or clock(), usegmt=True)
        headers = [("Date", date), ("Content-Type", reply.content_type), *reply.headers]
        return httpx.Response(reply.status, headers=headers, content=reply.body)


def clock_from(begin: datetime) -> Callable[[], datetime]:
    """A wall clock that stands at ``begin`` when the loop begins and goes on with it."""
    return lambda: begin + timedelta(seconds=anyio.current_time() - START)


clock = clock_from(NOW)


def settings_for(url: str = URL, **values: Any) -> Settings:
    """Settings by the names of the environment, ``VULTR_`` left out."""
    given = {"API_URL": url, "API_KEY": KEY, "COST_RATE_LIMIT": 1000, **values}
    named: dict[str, Any] = {f"VULTR_{name}": value for name, value in given.items()}
    return Settings(**named)


@asynccontextmanager
async def staged_source(
    double: VultrDouble, now: Callable[[], datetime] = clock, **values: Any
) -> AsyncIterator[WiredAccount]:
    """The account behind the tools, on the double without a socket."""
    with pytest.MonkeyPatch.context() as patch:
        # Retries count their seconds by the machine's clock: let it be the stage's.
        patch.setattr("tenacity.time", SimpleNamespace(monotonic=anyio.current_time))
        async with wired(settings_for(**values), now, StagedTransport(double)) as source:
            yield source


_STAGE = Backdrop()


@cache
def _server() -> MCPServer[object]:
    exports = ExportFolder(Path(_FILES.name))
    backend = Backend(_STAGE.take, exports=exports, budgets=_STAGE.budgets)
    return build_server({"default": backend}, "0")


async def built_tools() -> list[CostTool]:
    """Return the tools of the server that all tests share."""
    listed = _server()._tool_manager.list_tools()
    late = [tool for tool in listed if isinstance(tool, LateTool)]
    built = [await tool._late.tool(tool.name) for tool in late]
    return [tool for tool in built if isinstance(tool, CostTool)]


@asynccontextmanager
async def staged_client(
    double: VultrDouble, now: Callable[[], datetime] = clock, mode: Any = "legacy", **values: Any
) -> AsyncIterator[Client]:
    """An MCP client that is connected in memory to the whole server."""
    async with staged_source(double, now, **values) as source:
        _STAGE.source = source
        for tool in await built_tools():
            # Another account stands behind them now.
            tool._answers = KeptAnswers()
        async with Client(_server(), mode=mode) as client:
            yield quick(client)


def text_of(result: CallToolResult) -> str:
    """The words of an answer."""
    return " ".join(getattr(part, "text", "") for part in result.content)


def structured(result: CallToolResult) -> dict[str, Any]:
    """The figures of an answer that is no error."""
    assert not result.is_error, text_of(result)
    answer: dict[str, Any] | None = whole(result.structured_content)
    assert answer is not None
    return answer
