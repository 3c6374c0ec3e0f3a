"""The tools as clients list them, from ``tools.json``; a test keeps it equal to the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.mcp_tools.account_argument import one_or_all, with_account
from vultr_cost_mcp.mcp_tools.lazy_tool import LateTool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.server.mcpserver.tools import Tool

    from vultr_cost_mcp.mcp_tools.lazy_tool import LateTools

LISTING = Path(__file__).with_name("tools.json")
# Clients with MCP Apps draw the structured answers of these tools with this page.
MONTH_VIEW = "ui://vultr-cost/month.html"
_VIEWED = frozenset({"forecast_month_end", "check_budget", "explain_cost_change"})


def listed_names() -> list[str]:
    """Return the names of all tools."""
    entries: list[dict[str, Any]] = json.loads(LISTING.read_bytes())["tools"]
    return [entry["name"] for entry in entries]


def argument_names() -> dict[str, set[str]]:
    """Return the names of the arguments of each tool over one account."""
    entries: list[dict[str, Any]] = json.loads(LISTING.read_bytes())["tools"]
    return {entry["name"]: {*entry["inputSchema"]["properties"]} for entry in entries}


def listed_tools(accounts: Sequence[str], late: LateTools) -> list[Tool]:
    """Return all tools; with several accounts each takes one more argument."""
    listing: dict[str, Any] = json.loads(LISTING.read_bytes())
    entries: list[dict[str, Any]] = listing["tools"]
    if len(accounts) > 1:
        entries = [
            {
                **entry,
                "inputSchema": with_account(entry["inputSchema"], accounts),
                "outputSchema": one_or_all(entry["outputSchema"], listing["all_accounts"]),
            }
            for entry in entries
        ]
    view = {"ui": {"resourceUri": MONTH_VIEW}}
    return [
        LateTool.listed(entry, late, view if entry["name"] in _VIEWED else None)
        for entry in entries
    ]
