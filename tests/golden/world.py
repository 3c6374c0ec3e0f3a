"""Small accounts from files, served without a socket, and the questions asked of each."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from mcp import Client

from tests.support.world import wired
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.demo import SAMPLE_NOW, SampleTransport
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.export.folder import ExportFolder
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.types import CallToolResult

FOLDER = Path(__file__).parent
CASES = sorted(path.stem for path in (FOLDER / "cases").glob("*.json"))
SAMPLE = "sample"
ACCOUNTS = [SAMPLE, *CASES]

# Two changes and one thing without a price, as Terraform writes them.
PLAN = (FOLDER / "plan.json").read_text("utf-8")

# Three argument sets a tool: the defaults, and two that other branches answer.
QUESTIONS: dict[str, list[dict[str, Any]]] = {
    "get_cost_overview": [{}, {"limit": 1}, {"limit": 200}],
    "get_pending_charges": [{}, {"detail": "lines", "limit": 50}, {"product": "instance"}],
    "breakdown_by_service": [{}, {"group_by": "resource"}, {"group_by": "tag", "region": "ewr"}],
    "list_resource_costs": [{}, {"sort": "created", "limit": 3}, {"kind": "instance"}],
    "list_idle_instances": [{}, {"quiet_days": 7, "quiet_mb_per_day": 50}, {"limit": 1}],
    "estimate_savings": [{}, {"include_inferred": False}, {"min_monthly": 20, "limit": 2}],
    "forecast_month_end": [{}, {"budget": 600, "limit": 1}, {"limit": 200}],
    "estimate_cost": [
        {},
        {"items": [{"plan": "vc2-1c-1gb", "region": "ewr", "quantity": 3}], "budget": 100},
        {"terraform_plan": PLAN, "limit": 200},
    ],
    "check_budget": [{}, {"monthly_budget": 150}, {"monthly_budget": 20, "warn_percent": 50}],
    "get_bandwidth_usage": [{}, {"top": 5}, {"top": 20}],
    "compare_plans": [
        {"like": "account", "elsewhere": ["aws", "gcp", "azure"]},
        {"vcpu": 4, "memory_gb": 16, "region": "ewr", "elsewhere": ["aws"], "limit": 3},
        {"cpu": "dedicated", "max_monthly": 200, "limit": 5},
    ],
    "explain_cost_change": [
        {},
        {"to_period": "current_month", "from_period": "last_month"},
        {"limit": 2},
    ],
    "list_invoices": [{}, {"months": 3}, {"limit": 1}],
    "get_cost_history": [{}, {"months": 3}, {"granularity": "day", "days": 7}],
    "detect_anomalies": [{}, {"days": 14}, {"days": 60}],
    "collect_metrics": [{}, {"keep": False}, {"keep": True}],
    "export_costs": [{}, {"format": "json"}, {"format": "focus"}],
}
# Names that are made up at each call.
_RANDOM = ("run_id",)


@cache
def _empty() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "empty_account.json").read_text())
    return found


class CaseTransport(httpx.AsyncBaseTransport):
    """Answers like the API for one case; a path that the case lacks is that of an empty account.

    A body ``{"__status": 404, "__body": ...}`` is an error. ``/account`` states the sum of the
    pending lines unless the case says otherwise.
    """

    def __init__(self, name: str) -> None:
        case = json.loads((FOLDER / "cases" / f"{name}.json").read_text())
        self.now = datetime.fromisoformat(case["now"]).astimezone(UTC)
        self.bodies: dict[str, Any] = {**deepcopy(_empty()["bodies"]), **case["bodies"]}
        if "/account" not in case["bodies"]:
            lines = self.bodies["/billing/pending-charges"].get("pending_charges") or []
            stated = round(sum(float(line.get("total") or 0) for line in lines), 2)
            self.bodies["/account"]["account"]["pending_charges"] = stated

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        body = self._body(request.url.path.removeprefix("/v2"))
        status = 200
        if "__status" in body:
            status, body = body["__status"], body.get("__body", {})
        date = format_datetime(self.now, usegmt=True)
        return httpx.Response(status, headers={"Date": date}, json=body)

    def _body(self, path: str) -> dict[str, Any]:
        if path in self.bodies:
            body: dict[str, Any] = self.bodies[path]
            return body
        rows = (row for row in _empty()["patterns"] if re.fullmatch(row["path"], path))
        missing = {"__status": 404, "__body": {"error": "Not found", "status": 404}}
        found: dict[str, Any] = next((row["body"] for row in rows), missing)
        return found


@asynccontextmanager
async def client_of(account: str, exports: Path) -> AsyncIterator[Client]:
    """Connect a client in memory to the whole server over one account."""
    demo = account == SAMPLE
    transport = SampleTransport() if demo else CaseTransport(account)
    moment = SAMPLE_NOW if isinstance(transport, SampleTransport) else transport.now
    settings = Settings(
        VULTR_API_KEY="TEST-KEY-0123456789ABCDEF",
        VULTR_API_URL="https://case.invalid/v2",
        VULTR_COST_RATE_LIMIT=1000,
        VULTR_COST_DEMO=demo,
    )
    async with wired(settings, lambda: moment, transport) as source:
        backend = Backend(source, exports=ExportFolder(exports), budgets=source.budgets)
        async with Client(build_server({source.account: backend}, "0")) as client:
            yield client


async def answers_of(account: str, exports: Path) -> str:
    """Ask everything of one account: one text, as the golden file holds it."""
    async with client_of(account, exports) as client:
        pages = [
            _page(tool, arguments, await client.call_tool(tool, arguments), exports)
            for tool, rows in QUESTIONS.items()
            for arguments in rows
        ]
    return "\n".join(pages)


def _page(tool: str, arguments: dict[str, Any], result: CallToolResult, exports: Path) -> str:
    text = "\n".join(getattr(part, "text", "") for part in result.content)
    structure = result.structured_content or {}
    fields = [f"{name}: {_json(value)}" for name, value in structure.items()]
    page = "\n".join([f"=== {tool} {_json(arguments)}", text, "---", *fields, ""])
    for name in _RANDOM:
        if name in structure:
            page = page.replace(str(structure[name]), f"<{name}>")
    return page.replace(str(exports), "<exports>")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
