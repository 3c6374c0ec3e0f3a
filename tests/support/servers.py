"""Servers in memory: one on a hand-made snapshot, one on the sample account."""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, TextContent

from tests.support.whole import whole
from tests.support.world import Taking
from vultr_cost_mcp.cli import _server
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.bill import Charge
from vultr_cost_mcp.domain.budget import Budget
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Snapshot
from vultr_cost_mcp.export.folder import ExportFolder
from vultr_cost_mcp.money import total_of
from vultr_cost_mcp.server import build_server

# Files that are written go where nobody looks, and vanish at the end.
_FILES = TemporaryDirectory()
# The handshake of 2025 and the one that replaced it.
ERAS = ("legacy", "auto")
TOOLS = (
    "get_cost_overview",
    "get_pending_charges",
    "breakdown_by_service",
    "list_resource_costs",
    "list_idle_instances",
    "estimate_savings",
    "forecast_month_end",
    "estimate_cost",
    "check_budget",
    "get_bandwidth_usage",
    "compare_plans",
    "explain_cost_change",
    "list_invoices",
    "get_cost_history",
    "detect_anomalies",
    "export_costs",
    "collect_metrics",
)
# One of each sort: of all, of a tag, of a service.
BUDGETS = (
    Budget("account", Decimal(1000)),
    Budget("team", Decimal(100), tag="prod"),
    Budget("gpus", Decimal(500), service="Cloud GPU"),
)


def server_of(shot: Snapshot | Exception) -> MCPServer[Any]:
    """Make a server whose every reading is this snapshot, or fails so."""
    exports = ExportFolder(Path(_FILES.name))
    now = None if isinstance(shot, Exception) else lambda: shot.now
    backend = Backend(Taking(shot), exports=exports, budgets=lambda: BUDGETS, now=now)
    return build_server({"default": backend}, "0")


def sample_server() -> AbstractAsyncContextManager[MCPServer[Any]]:
    """Open the server of ``vultr-cost-mcp --demo``."""
    return _server(
        Settings(VULTR_COST_DEMO=True, VULTR_COST_STORE="off", VULTR_COST_EXPORT_DIR=_FILES.name)
    )


def text_of(result: CallToolResult) -> str:
    """Give the one text of a result; beside it there may be files."""
    texts = [part.text for part in result.content if isinstance(part, TextContent)]
    assert len(texts) == 1
    return texts[0]


def structure_of(result: CallToolResult) -> dict[str, Any]:
    """Give the structured content of an answer; what it leaves out reads as its default."""
    assert not result.is_error, text_of(result)
    structure: dict[str, Any] | None = result.structured_content
    assert structure is not None
    filled: dict[str, Any] = whole(structure)
    return filled


def sizes_of(result: CallToolResult) -> tuple[int, int]:
    """Give the UTF-8 bytes of the text and of the structure."""
    structure = json.dumps(result.structured_content, ensure_ascii=False, separators=(",", ":"))
    return len(text_of(result).encode()), len(structure.encode())


def invoiced(shot: Snapshot, months: int = 5) -> Snapshot:
    """The account with an invoice for each of some months, every month a little dearer."""
    invoices: list[Invoice] = []
    month = shot.month
    for back in range(1, months + 1):
        month = month.previous
        lines = tuple(_moved(charge, month, back) for charge in shot.charges or ())
        total = total_of(charge.total for charge in lines)
        invoices.append(Invoice(f"invoice-{back}", month.end, total, lines, asked=True))
    return replace(shot, invoices=tuple(invoices))


def _moved(charge: Charge, month: Month, back: int) -> Charge:
    less = charge.total / (back + 1)
    return replace(charge, start=month.start, end=month.end, total=less, running=False)
